// A pause that the subscriber asks for: nothing works until it ends, recurring fees stop, and it may have a price of its own.
import * as v from "valibot";
import { rawOf } from "../../../db/client.ts";
import { lookNow } from "../../charges/schedule.ts";
import { chargeDue } from "../../kernel/charge-due-job.ts";
import { type CommandContext, defineCommand } from "../../kernel/command.ts";
import { accept, type Outcome, refuse } from "../../kernel/errors.ts";
import { newId } from "../../kernel/id.ts";
import { idField } from "../../kernel/input-fields.ts";
import { formatMicros } from "../../kernel/money.ts";
import { dayOf } from "../../kernel/period.ts";
import { availableOf, readBalance } from "../../ledger/balance.ts";
import { entriesOf } from "../../ledger/gl-entries.ts";
import { post } from "../../ledger/post.ts";
import { templates } from "../../ledger/templates.ts";
import { decideAtOnce, holdAccount } from "./account-at-once.ts";
import type { Policy } from "./policy.ts";
import { type CreditState, may } from "./states.ts";

const dayField = v.pipe(
  v.string("must be a day such as 2026-11-30"),
  v.check((text) => /^20\d\d-\d\d-\d\d$/.test(text) && isDay(text), "must be a day such as 2026-11-30"),
  v.transform((text) => Temporal.PlainDate.from(text)),
);
function isDay(text: string): boolean {
  try {
    Temporal.PlainDate.from(text, { overflow: "reject" });
    return true;
  } catch {
    return false;
  }
}

type Days = { readonly from: Temporal.PlainDate; readonly until: Temporal.PlainDate };

/** Whether the account may be paused from the beginning of the one day to the beginning of the other. Pure. */
export function decide(
  {
    state,
    past,
    waits,
    bySubscriber,
    today,
  }: {
    readonly state: CreditState;
    /** Pauses that began in the last year. */
    readonly past: number;
    /** One lasts, or is to come. */
    readonly waits: boolean;
    readonly bySubscriber: boolean;
    readonly today: Temporal.PlainDate;
  },
  terms: Policy["suspension"],
  { from, until }: Days,
): Outcome<null> {
  if (!terms || (bySubscriber && !terms.portal)) return refuse("suspension_not_offered");
  if (waits || !may("suspend", state)) return refuse("credit_state", { state });
  if (past >= terms.timesPerYear) return refuse("suspension_too_often", { times: terms.timesPerYear });
  const issue = (path: string, message: string) => refuse("invalid_input", { issues: [{ path, message }] });
  if (Temporal.PlainDate.compare(from, today) < 0) return issue("from", "can't be in the past");
  if (Temporal.PlainDate.compare(from, today.add({ days: 90 })) > 0) return issue("from", "must be within 90 days");
  const days = from.until(until, { largestUnit: "day" }).days;
  if (days < terms.leastDays) return issue("until", `must be at least ${terms.leastDays} days after it begins`);
  if (days > terms.mostDays) return issue("until", `must be at most ${terms.mostDays} days after it begins`);
  return accept(null);
}

export const suspendAccount = defineCommand({
  name: "credit.suspend",
  summary: "Pause all services of an account for some days, as its subscriber wishes",
  permission: "credit:write",
  level: "subscriber",
  input: v.strictObject({ accountId: idField, from: v.optional(dayField), until: dayField }),

  async run(context, { accountId, until, ...given }) {
    const { tx, providerId, actor, now, audit } = context;
    const t = rawOf(tx);
    const held = await holdAccount(context, accountId);
    if (!held.ok) return held;
    const { account, stored } = held.value;
    const { zone } = account.facts;
    const today = dayOf(now, zone);
    const from = given.from ?? today;
    const bySubscriber = actor.kind === "subscriber";
    const terms = stored?.policy.suspension ?? null;
    const [past] = await t<{ n: number; waits: boolean }[]>`
      select count(*) filter (where from_at < until_at and from_at > ${now.subtract({ hours: 24 * 365 }).toString()}::timestamptz)::int as n, coalesce(bool_or(until_at > ${now.toString()}::timestamptz), false) as waits
      from app.suspensions where provider_id = ${providerId} and account_id = ${accountId}`;
    const decision = decide({ state: account.standing.state, past: past!.n, waits: past!.waits, bySubscriber, today }, terms, {
      from,
      until,
    });
    if (!decision.ok) return decision;
    const fee = await chargeFee(context, accountId, account.currency, terms!.fee);
    if (!fee.ok) return fee;
    const id = newId();
    // One of today begins now.
    const fromAt = from.equals(today) ? now : from.toZonedDateTime(zone).toInstant();
    const untilAt = until.toZonedDateTime(zone).toInstant();
    await t`
      insert into app.suspensions (provider_id, account_id, id, from_at, until_at, asked_at, asked_by, by_subscriber, transaction_id)
      values (${providerId}, ${accountId}, ${id}, ${fromAt.toString()}::timestamptz, ${untilAt.toString()}::timestamptz, ${now.toString()}::timestamptz, ${actor.name}, ${bySubscriber}, ${fee.value})`;
    const after = await decideAtOnce(context, accountId);
    await chargeAnew(context, accountId);
    audit({
      before: { state: account.standing.state },
      after: { state: after.standing.state, from: fromAt.toString(), until: untilAt.toString() },
    });
    return accept({ suspensionId: id, from: fromAt.toString(), until: untilAt.toString(), state: after.standing.state });
  },
});

/** Asked for before it is spent; gives the transaction, or null where it costs nothing. */
async function chargeFee(
  { tx, providerId, now, emit }: CommandContext,
  accountId: string,
  currency: string,
  amountMicros: bigint,
): Promise<Outcome<string | null>> {
  if (amountMicros === 0n) return accept(null);
  const balance = await readBalance(rawOf(tx), providerId, accountId);
  if (!balance || availableOf(balance) < amountMicros) return refuse("insufficient_funds", { fee: formatMicros(amountMicros) });
  const id = newId();
  const transaction = {
    ...{ id, accountId, currency, template: "fee.debited" as const, sourceKey: `suspension:${id}`, effectiveAt: now.toString() },
    ...{ details: { what: "suspension" }, postings: templates["fee.debited"]({ amountMicros }) },
  };
  await post(rawOf(tx), providerId, [transaction], now);
  await emit("ledger.posted", { accountIds: [accountId], gl: entriesOf([transaction]) });
  return accept(id);
}

/** Fees of the services stop with the day on which the pause begins, and go on with the one on which it ends. */
async function chargeAnew({ tx, providerId, now, enqueue }: CommandContext, accountId: string): Promise<void> {
  await lookNow(rawOf(tx), providerId, accountId, now);
  await enqueue(chargeDue, { providerId });
}

export const resumeAccount = defineCommand({
  name: "credit.resume",
  summary: "End a pause before its time, or take one back that is to come",
  permission: "credit:write",
  level: "subscriber",
  input: v.strictObject({ accountId: idField }),

  async run(context, { accountId }) {
    const { tx, providerId, now, audit } = context;
    const t = rawOf(tx);
    const held = await holdAccount(context, accountId);
    if (!held.ok) return held;
    const before = held.value.account.standing.state;
    const ended = await t<{ id: string }[]>`
      update app.suspensions set from_at = least(from_at, ${now.toString()}::timestamptz), until_at = ${now.toString()}::timestamptz, resumed_at = ${now.toString()}::timestamptz
      where provider_id = ${providerId} and account_id = ${accountId} and until_at > ${now.toString()}::timestamptz returning id`;
    if (ended.length === 0) return refuse("credit_state", { state: before });
    const after = await decideAtOnce(context, accountId);
    await chargeAnew(context, accountId);
    audit({ before: { state: before }, after: { state: after.standing.state } });
    return accept({ state: after.standing.state });
  },
});
