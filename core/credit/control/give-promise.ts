// A promise of payment: what is promised counts as paid until a day. Given by a manager, or by the subscriber in the portal, within the policy's limits.
import * as v from "valibot";
import { rawOf } from "../../../db/client.ts";
import { type CommandContext, defineCommand } from "../../kernel/command.ts";
import { accept, type Outcome, refuse } from "../../kernel/errors.ts";
import { newId } from "../../kernel/id.ts";
import { amountField, idField } from "../../kernel/input-fields.ts";
import { formatMicros } from "../../kernel/money.ts";
import { entriesOf } from "../../ledger/gl-entries.ts";
import { post } from "../../ledger/post.ts";
import { templates } from "../../ledger/templates.ts";
import { decideAtOnce, type Held, holdAccount } from "./account-at-once.ts";
import type { Policy } from "./policy.ts";
import { type CreditState, may, severityOf } from "./states.ts";

export type Past = {
  readonly givenAt: Temporal.Instant;
  readonly state: "open" | "kept" | "broken";
  readonly closedAt: Temporal.Instant | undefined;
};
type Asked = { readonly amountMicros: bigint; readonly days: number };

/** Whether a promise may be given. Pure. `past`: promises before, the latest first. */
export function decide(
  {
    state,
    zone,
    openedAt,
    past,
    bySubscriber,
  }: {
    readonly state: CreditState;
    readonly zone: string;
    readonly openedAt: Temporal.Instant;
    readonly past: readonly Past[];
    readonly bySubscriber: boolean;
  },
  terms: Policy["promise"],
  { amountMicros, days }: Asked,
  now: Temporal.Instant,
): Outcome<{ dueAt: Temporal.Instant }> {
  if (!terms || (bySubscriber && !terms.portal)) return refuse("promises_not_offered");
  if (past.some((one) => one.state === "open")) return refuse("promise_open");
  if (!may("promise", state)) return refuse("credit_state", { state });
  const issue = (path: string, message: string) => refuse("invalid_input", { issues: [{ path, message }] });
  if (amountMicros === 0n) return issue("amount", "must be more than zero");
  if (amountMicros > terms.most) return issue("amount", `can't be more than ${formatMicros(terms.most)}`);
  if (days > terms.mostDays) return issue("days", `can't be more than ${terms.mostDays}`);
  const since = (at: Temporal.Instant, days: number) => at.toZonedDateTimeISO(zone).add({ days }).toInstant();
  const tooEarly = (at: Temporal.Instant) => Temporal.Instant.compare(now, at) < 0;
  const allowedFrom = [
    since(openedAt, terms.minAgeDays),
    ...past.map((one) => since(one.givenAt, terms.everyDays)),
    ...past.filter((one) => one.state === "broken").map((one) => since(one.closedAt ?? one.givenAt, terms.afterBrokenDays)),
  ].filter(tooEarly);
  if (allowedFrom.length > 0) return refuse("promise_too_early", { from: allowedFrom.sort(Temporal.Instant.compare).at(-1)!.toString() });
  // To the end of the last day.
  const last = now.toZonedDateTimeISO(zone).toPlainDate().add({ days });
  return accept({ dueAt: last.add({ days: 1 }).toZonedDateTime(zone).toInstant() });
}

const daysMessage = "must be a whole number of days, 1 to 60";

export const givePromise = defineCommand({
  name: "credit.promise",
  summary: "Promise a payment: it counts as paid for some days, and the account works again",
  permission: "credit:write",
  level: "subscriber",
  input: v.strictObject({
    accountId: idField,
    amount: amountField,
    days: v.pipe(v.number(daysMessage), v.integer(daysMessage), v.minValue(1, daysMessage), v.maxValue(60, daysMessage)),
  }),

  async run(context, { accountId, amount: amountMicros, days }) {
    const { tx, providerId, actor, now, emit, audit } = context;
    const t = rawOf(tx);
    const held = await holdAccount(context, accountId);
    if (!held.ok) return held;
    const { account, stored } = held.value;
    const bySubscriber = actor.kind === "subscriber";
    const decision = decide(await stateOf(context, held.value, bySubscriber), stored?.policy.promise ?? null, { amountMicros, days }, now);
    if (!decision.ok) return decision;
    const [id, dueAt] = [newId(), decision.value.dueAt.toString()];
    const transaction = {
      ...{ id: newId(), accountId, currency: account.currency, template: "promise.given" as const, sourceKey: `promise:${id}` },
      ...{ effectiveAt: now.toString(), details: { promiseId: id, dueAt }, postings: templates["promise.given"]({ amountMicros }) },
    };
    await post(t, providerId, [transaction], now);
    await emit("ledger.posted", { accountIds: [accountId], gl: entriesOf([transaction]) });
    await t`
      insert into app.promises (provider_id, account_id, id, amount_micros, currency, given_at, given_by, by_subscriber, due_at, state, transaction_id)
      values (${providerId}, ${accountId}, ${id}, ${amountMicros.toString()}, ${account.currency}, ${now.toString()}::timestamptz, ${actor.name}, ${bySubscriber}, ${dueAt}::timestamptz, 'open', ${transaction.id})`;
    const after = await decideAtOnce(context, accountId);
    // A promise that helps nobody would only use up the next one.
    if (severityOf(after.standing.state) > severityOf("warned")) return refuse("promise_too_small");
    audit({ before: { state: account.standing.state }, after: { state: after.standing.state, amount: formatMicros(amountMicros), dueAt } });
    return accept({ promiseId: id, dueAt, state: after.standing.state });
  },
});

async function stateOf({ tx, providerId }: CommandContext, { account, openedAt }: Held, bySubscriber: boolean) {
  const rows = await rawOf(tx)<{ given_at: string; state: Past["state"]; closed_at: string | null }[]>`
    select given_at::text, state, closed_at::text from app.promises where provider_id = ${providerId} and account_id = ${account.accountId} order by given_at desc limit 100`;
  const past = rows.map((row) => ({
    givenAt: Temporal.Instant.from(row.given_at),
    state: row.state,
    closedAt: row.closed_at === null ? undefined : Temporal.Instant.from(row.closed_at),
  }));
  return { state: account.standing.state, zone: account.facts.zone, openedAt, past, bySubscriber };
}
