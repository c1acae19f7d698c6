import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField, instantField, lineField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountInScope } from "../subscribers/in-scope.ts";
import { sumField } from "./amount-fields.ts";
import { personOf, postByHand, refuseBeyondLimit } from "./by-hand.ts";
import { lockBalances } from "./post.ts";
import { templates } from "./templates.ts";

const priorityText = "must be a whole number from -100 to 100";

/** The name is what the subscriber reads. Cash has priority 0: higher ones are spent before it, lower ones after it. */
export const grantBonus = defineCommand({
  name: "ledger.grant-bonus",
  summary: "Give an account money that can only be spent, and that may expire",
  permission: "ledger:adjust",
  level: "subscriber",
  input: v.strictObject({
    accountId: idField,
    name: lineField(100),
    amount: sumField,
    priority: v.optional(
      v.pipe(v.number(priorityText), v.integer(priorityText), v.minValue(-100, priorityText), v.maxValue(100, priorityText)),
      10,
    ),
    expiresAt: v.optional(v.nullable(instantField), null),
  }),

  async run(context, { accountId, name, amount: amountMicros, priority, expiresAt }) {
    const { tx, actor, providerId, now, audit } = context;
    const found = await accountInScope(context, accountId);
    if (!found) return refuse("not_found");
    const { currency, status } = found.account;
    if (status === "closed") return refuse("account_closed");
    if (expiresAt && Temporal.Instant.compare(expiresAt, now) <= 0)
      return refuse("invalid_input", { issues: [{ path: "expiresAt", message: "must be in the future" }] });
    const beyond = await refuseBeyondLimit(context, amountMicros, currency);
    if (beyond) return beyond;
    await lockBalances(rawOf(tx), providerId, [accountId]);
    const id = newId();
    const pot = { kind: "bonus" as const, name, priority, expiresAt: expiresAt?.toString() ?? null };
    await postByHand(context, [
      {
        ...{ id, accountId, currency, template: "bonus.granted", sourceKey: `bonus:${id}`, effectiveAt: now.toString() },
        details: { name, expiresAt: pot.expiresAt, by: personOf(actor) },
        postings: templates["bonus.granted"]({ amountMicros }),
        pot,
      },
    ]);
    audit({
      after: { accountId, name, amount: formatMicros(amountMicros), currency, priority, expiresAt: pot.expiresAt, transactionId: id },
    });
    return accept({ transactionId: id });
  },
});
