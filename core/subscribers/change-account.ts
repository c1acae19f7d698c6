// How an account is paid for, how far below zero it may go, when it is billed, whether it pays taxes, and whether it is in use. Its currency never changes: its entries are in it.
import { and, count, eq } from "drizzle-orm";
import * as v from "valibot";
import { balances } from "../../db/schema/ledger.ts";
import { accounts, services } from "../../db/schema/subscribers.ts";
import { chargeDue } from "../kernel/charge-due-job.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { amountField, idField, instantField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { keepExemption } from "./former-exemptions.ts";
import { accountInScope } from "./in-scope.ts";
import { accountKindField } from "./subscriber-fields.ts";

type Status = "active" | "closed";

/** Whether an account may go from one status to the other. Pure. */
export function decide(state: { status: Status; subscriber: Status; activeServices: number }, wanted: Status): Outcome<null> {
  if (state.subscriber === "closed") return refuse("subscriber_closed");
  if (state.status === "closed" && wanted === "closed") return refuse("account_closed");
  if (wanted === "closed" && state.activeServices > 0) return refuse("account_has_services", { services: state.activeServices });
  return accept(null);
}

const billingDayMessage = "must be a day of the month, a whole number from 1 to 31";
const billingDayField = v.pipe(
  v.number(billingDayMessage),
  v.integer(billingDayMessage),
  v.minValue(1, billingDayMessage),
  v.maxValue(31, billingDayMessage),
  v.description("Periods of plans that follow the account begin on it; null: the calendar's, the first."),
);

/** What is left out stays as it is. The exemption holds from now on, or from an instant that is past (`taxExemptFrom`): what was charged since then is for a re-rating. A closed account can be opened again with `status: "active"`. */
export const changeAccount = defineCommand({
  name: "subscribers.change-account",
  summary: "Change an account's kind, credit limit, billing day, tax exemption or status",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({
    accountId: idField,
    kind: v.optional(accountKindField),
    creditLimit: v.optional(amountField),
    billingDay: v.optional(v.nullable(billingDayField)),
    taxExempt: v.optional(v.boolean("must be true or false")),
    taxExemptFrom: v.optional(instantField),
    status: v.optional(v.picklist(["active", "closed"], "must be active or closed")),
  }),

  async run(context, input) {
    const { tx, providerId, now, emit, audit } = context;
    const found = await accountInScope(context, input.accountId);
    if (!found) return refuse("not_found");
    const { account, subscriber } = found;
    const which = and(eq(services.providerId, providerId), eq(services.accountId, account.accountId), eq(services.status, "active"));
    const [active] = await tx.select({ services: count() }).from(services).where(which);
    const [terms] = await tx
      .select({ creditLimitMicros: balances.creditLimitMicros })
      .from(balances)
      .where(and(eq(balances.providerId, providerId), eq(balances.accountId, account.accountId)))
      .for("update");
    const before = { ...account, ...terms! };
    const wanted = input.status ?? account.status;
    const decision = decide({ status: account.status, subscriber: subscriber.status, activeServices: active!.services }, wanted);
    if (!decision.ok) return decision;
    if (wanted === "closed") {
      const [others] = await tx
        .select({ accounts: count() })
        .from(balances)
        .where(and(eq(balances.providerId, providerId), eq(balances.payerAccountId, account.accountId)));
      if (others!.accounts > 0) return refuse("account_pays_for_others", { accounts: others!.accounts });
    }
    const exemptFrom = input.taxExemptFrom ?? now;
    if (Temporal.Instant.compare(exemptFrom, now) > 0)
      return refuse("invalid_input", { issues: [{ path: "taxExemptFrom", message: "can't be in the future" }] });
    if (input.taxExempt !== undefined) await keepExemption(tx, providerId, account, input.taxExempt, exemptFrom);
    const creditLimitMicros = input.creditLimit ?? before.creditLimitMicros;
    const after = {
      kind: input.kind ?? account.kind,
      billingDay: input.billingDay === undefined ? account.billingDay : input.billingDay,
      taxExempt: input.taxExempt ?? account.taxExempt,
      status: wanted,
    };
    await tx
      .update(accounts)
      .set(after)
      .where(and(eq(accounts.providerId, providerId), eq(accounts.accountId, account.accountId)));
    // Credit control looks again: what may be spent has changed.
    if (creditLimitMicros !== before.creditLimitMicros || after.kind !== account.kind || wanted !== account.status)
      await tx
        .update(balances)
        .set({ creditLimitMicros, checkCreditAt: now.toString() })
        .where(and(eq(balances.providerId, providerId), eq(balances.accountId, account.accountId)));
    // The charges so far stay as they are; the next ones are reckoned by the new terms.
    if (after.billingDay !== account.billingDay || after.taxExempt !== account.taxExempt)
      await context.enqueue(chargeDue, { providerId, accountId: account.accountId });
    await emit("account.changed", { accountId: account.accountId, subscriberId: subscriber.id });
    audit({ before: shown(before), after: shown({ ...after, creditLimitMicros }) });
    return accept({ accountId: account.accountId });
  },
});

const shown = (terms: { kind: string; creditLimitMicros: bigint; billingDay: number | null; taxExempt: boolean; status: string }) => ({
  kind: terms.kind,
  creditLimit: formatMicros(terms.creditLimitMicros),
  billingDay: terms.billingDay,
  taxExempt: terms.taxExempt,
  status: terms.status,
});
