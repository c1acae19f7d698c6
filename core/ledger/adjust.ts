// A person corrects a balance. Above their limit the correction waits until a second person has looked at it.
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { adjustmentRequests } from "../../db/schema/ledger.ts";
import { type CommandContext, defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountInScope } from "../subscribers/in-scope.ts";
import { reasonField, signedAmountField } from "./amount-fields.ts";
import { isWithinLimit, personOf, postByHand } from "./by-hand.ts";
import { lockBalances } from "./post.ts";
import { templates } from "./templates.ts";

/** Days for which an adjustment waits for its second person. */
const waitsDays = 14;

type Adjustment = {
  readonly accountId: string;
  readonly currency: string;
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
  readonly reason: string;
};

type Adjusted = { readonly transactionId: string | null; readonly requestId: string | null };

/** `amount` is net, `tax` beside it; below zero the account loses. The answer has the transaction, or the request that waits. */
export const adjust = defineCommand({
  name: "ledger.adjust",
  summary: "Correct an account's balance; above your limit it waits for a second person",
  permission: "ledger:adjust",
  level: "subscriber",
  input: v.pipe(
    v.strictObject({
      accountId: idField,
      amount: v.pipe(
        signedAmountField,
        v.check((micros) => micros !== 0n, "must not be zero"),
      ),
      tax: v.optional(signedAmountField, "0"),
      reason: reasonField,
    }),
    v.forward(
      v.check(({ amount, tax }) => tax === 0n || tax < 0n === amount < 0n, "must have the sign of the amount"),
      ["tax"],
    ),
  ),

  async run(context, { accountId, amount: amountMicros, tax: taxMicros, reason }) {
    const { tx, actor, providerId, now, emit, audit } = context;
    const found = await accountInScope(context, accountId);
    if (!found) return refuse("not_found");
    const { currency } = found.account;
    const adjustment = { accountId, currency, amountMicros, taxMicros, reason };
    const after = { accountId, amount: formatMicros(amountMicros), tax: formatMicros(taxMicros), currency, reason };
    if (await isWithinLimit(context, amountMicros + taxMicros, currency)) {
      const transactionId = await postAdjustment(context, adjustment, { by: personOf(actor) });
      audit({ after: { ...after, transactionId } });
      return accept<Adjusted>({ transactionId, requestId: null });
    }
    const id = newId();
    const expiresAt = now.add({ hours: 24 * waitsDays }).toString();
    const { kind, id: by, name } = actor;
    const asked = { requestedKind: kind, requestedBy: by, requestedName: name, requestedAt: now.toString(), expiresAt };
    await tx.insert(adjustmentRequests).values({ ...adjustment, ...asked, providerId, id, state: "waiting" });
    await emit("adjustment.requested", { accountId, requestId: id });
    audit({ after: { ...after, requestId: id, expiresAt } });
    return accept<Adjusted>({ transactionId: null, requestId: id });
  },
});

/** `people`: who asked for it and who allowed it, for the transaction's page. */
export async function postAdjustment(
  context: CommandContext,
  { accountId, currency, amountMicros, taxMicros, reason }: Adjustment,
  people: object,
): Promise<string> {
  await lockBalances(rawOf(context.tx), context.providerId, [accountId]);
  const id = newId();
  const postings = templates["account.adjusted"]({ amountMicros, taxMicros });
  const effectiveAt = context.now.toString();
  const details = { reason, ...people };
  const transaction = {
    id,
    accountId,
    currency,
    template: "account.adjusted" as const,
    sourceKey: `adjusted:${id}`,
    effectiveAt,
    details,
    postings,
  };
  await postByHand(context, [transaction]);
  return id;
}
