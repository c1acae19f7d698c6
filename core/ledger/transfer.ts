// Money goes from one account to another: two transactions, one on each account, that meet in a clearing account and are committed together.
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountsInScope } from "../subscribers/in-scope.ts";
import { reasonField, sumField } from "./amount-fields.ts";
import { type Balance, readBalance, withdrawableOf } from "./balance.ts";
import { personOf, postByHand } from "./by-hand.ts";
import { lockBalances } from "./post.ts";
import { templates } from "./templates.ts";

type Side = { readonly currency: string; readonly status: "active" | "closed" };

/** Only cash leaves an account, and only what is not held. Pure. */
export function decide(from: Side & { readonly balance: Balance }, to: Side, amountMicros: bigint): Outcome<null> {
  if (from.currency !== to.currency) return refuse("currencies_differ", { from: from.currency, to: to.currency });
  if (to.status === "closed") return refuse("account_closed");
  const most = withdrawableOf(from.balance);
  return amountMicros <= most ? accept(null) : refuse("insufficient_funds", { available: formatMicros(most > 0n ? most : 0n) });
}

/** A closed account may give what is left on it. */
export const transfer = defineCommand({
  name: "ledger.transfer",
  summary: "Transfer money from one account to another of the same currency",
  permission: "ledger:transfer",
  level: "subscriber",
  input: v.pipe(
    v.strictObject({ fromAccountId: idField, toAccountId: idField, amount: sumField, reason: reasonField }),
    v.forward(
      v.check(({ fromAccountId, toAccountId }) => fromAccountId.toLowerCase() !== toAccountId.toLowerCase(), "must be another account"),
      ["toAccountId"],
    ),
  ),

  async run(context, { fromAccountId, toAccountId, amount: amountMicros, reason }) {
    const { tx, actor, providerId, now, audit } = context;
    const found = await accountsInScope(context, [fromAccountId, toAccountId]);
    if (!found) return refuse("not_found");
    const [from, to] = [found[0]!.account, found[1]!.account];
    await lockBalances(rawOf(tx), providerId, [from.accountId, to.accountId]);
    const decision = decide({ ...from, balance: (await readBalance(rawOf(tx), providerId, from.accountId))! }, to, amountMicros);
    if (!decision.ok) return decision;
    const transferId = newId();
    const [sent, received] = [newId(), newId()];
    const frame = { currency: from.currency, sourceKey: `transfer:${transferId}`, effectiveAt: now.toString() };
    const details = { transferId, reason, by: personOf(actor) };
    await postByHand(context, [
      {
        ...{ ...frame, id: sent, accountId: from.accountId, template: "transfer.sent" },
        details: { ...details, otherAccountId: to.accountId, otherTransactionId: received },
        postings: templates["transfer.sent"]({ amountMicros }),
      },
      {
        ...{ ...frame, id: received, accountId: to.accountId, template: "transfer.received" },
        details: { ...details, otherAccountId: from.accountId, otherTransactionId: sent },
        postings: templates["transfer.received"]({ amountMicros }),
      },
    ]);
    const shown = { fromAccount: from.number, toAccount: to.number, amount: formatMicros(amountMicros), currency: from.currency, reason };
    audit({ after: { ...shown, sentTransactionId: sent, receivedTransactionId: received } });
    return accept({ transferId, sentTransactionId: sent, receivedTransactionId: received });
  },
});
