import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountInScope } from "../subscribers/in-scope.ts";
import { reasonField, sumField } from "./amount-fields.ts";
import { lockBalance } from "./balance.ts";
import { personOf, postByHand, refuseBeyondLimit } from "./by-hand.ts";
import { templates } from "./templates.ts";

/** How much is written off: all that is owed unless told, and never more. Pure. */
export function decide(balanceMicros: bigint, wantedMicros: bigint | undefined): Outcome<bigint> {
  if (balanceMicros >= 0n) return refuse("nothing_owed");
  if (wantedMicros !== undefined && wantedMicros > -balanceMicros)
    return refuse("invalid_input", {
      issues: [{ path: "amount", message: `must be at most what is owed, ${formatMicros(-balanceMicros)}` }],
    });
  return accept(wantedMicros ?? -balanceMicros);
}

export const writeOff = defineCommand({
  name: "ledger.write-off",
  summary: "Write an account's debt off, or a part of it",
  permission: "ledger:write-off",
  level: "subscriber",
  input: v.strictObject({ accountId: idField, amount: v.optional(sumField), reason: reasonField }),

  async run(context, { accountId, amount, reason }) {
    const found = await accountInScope(context, accountId);
    if (!found) return refuse("not_found");
    const { currency } = found.account;
    const balance = await lockBalance(rawOf(context.tx), context.providerId, accountId);
    const decision = decide(balance!.balanceMicros, amount);
    if (!decision.ok) return decision;
    const amountMicros = decision.value;
    const beyond = await refuseBeyondLimit(context, amountMicros, currency);
    if (beyond) return beyond;
    const id = newId();
    await postByHand(context, [
      {
        ...{ id, accountId, currency, template: "debt.written-off", sourceKey: `written-off:${id}` },
        effectiveAt: context.now.toString(),
        details: { reason, by: personOf(context.actor) },
        postings: templates["debt.written-off"]({ amountMicros }),
      },
    ]);
    context.audit({ after: { accountId, amount: formatMicros(amountMicros), currency, reason, transactionId: id } });
    return accept({ transactionId: id });
  },
});
