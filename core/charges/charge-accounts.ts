// Charges what is due for some accounts: rows, postings and the event for the read models, in the transaction that calls this.
import type { RawTx } from "../../db/client.ts";
import { newId } from "../kernel/id.ts";
import { startOfDay } from "../kernel/period.ts";
import { holdClosedBefore } from "../ledger/closed-months.ts";
import { tellPosted } from "../ledger/gl-entries.ts";
import { lockBalances, post } from "../ledger/post.ts";
import { type LedgerTransaction, templates } from "../ledger/templates.ts";
import type { DueCharge } from "../rating/charges/due.ts";
import { type DueService, loadServices } from "./load-services.ts";
import { detailsOf } from "./made-charges.ts";
import { holdSchedules, moveOn } from "./schedule.ts";
import { workOut } from "./work-out.ts";

type Line = { readonly service: DueService; readonly charge: DueCharge; readonly id: string };
/** The charges of an account that take effect at one instant: one transaction. */
type Group = LedgerTransaction & { readonly lines: readonly Line[] };

/** Gives how many charges were made. The balances are held to the end of the transaction, so that nobody else charges the same. */
export async function chargeAccounts(t: RawTx, providerId: number, accountIds: readonly string[], now: Temporal.Instant): Promise<number> {
  const closedBeforeMs = await holdClosedBefore(t, providerId);
  await lockBalances(t, providerId, accountIds);
  await holdSchedules(t, providerId, accountIds);
  const due = await workOut(t, providerId, await loadServices(t, providerId, accountIds, now), now);
  const lines = due.flatMap(({ service, lines }) => lines.map((charge) => ({ service, charge, id: newId() })));
  const groups = groupsOf(lines, (line) => effectiveAt(line, closedBeforeMs, now));
  for (const turn of turnsOf(groups)) {
    const posted = await post(
      t,
      providerId,
      turn.map(({ lines: of, ...transaction }) => ({ ...transaction, details: shownLines(transaction.postings, of) })),
      now,
    );
    if (posted.length !== turn.length) throw new Error("charges were posted before");
  }
  await storeCharges(t, providerId, lines, groups, now);
  await moveOn(
    t,
    providerId,
    due.map(({ service, next, closedTo }) => ({ accountId: service.accountId, serviceId: service.serviceId, next, closedTo })),
  );
  await tellPosted(t, providerId, groups, now);
  return lines.length;
}

function groupsOf(lines: readonly Line[], timeOf: (line: Line) => string): Group[] {
  const paid = lines.filter(({ charge }) => charge.amountMicros !== 0n || charge.taxMicros !== 0n);
  const groups = Map.groupBy(paid, (line) => `${line.service.accountId} ${timeOf(line)}`);
  const made = [...groups.values()].map((of): Group => {
    const id = newId();
    const { accountId, currency } = of[0]!.service;
    return {
      ...{
        id,
        accountId,
        currency,
        template: "fee.charged",
        sourceKey: `charges:${of[0]!.id}`,
        effectiveAt: timeOf(of[0]!),
        details: {},
        lines: of,
      },
      postings: of.flatMap(({ charge }) => templates["fee.charged"](charge)),
    };
  });
  // Ids grow in the order in which the balance moves.
  const inOrder = made.toSorted((a, b) => (a.effectiveAt < b.effectiveAt ? -1 : 1));
  const ids = inOrder.map(({ id }) => id).sort();
  return inOrder.map((one, i) => ({ ...one, id: ids[i]! }));
}

/** A ledger call takes one transaction per account: the oldest of each, then the next ones. */
function turnsOf(groups: readonly Group[]): Group[][] {
  const turns: Group[][] = [];
  const made = new Map<string, number>();
  for (const group of groups) {
    const turn = made.get(group.accountId) ?? 0;
    made.set(group.accountId, turn + 1);
    if (turn === turns.length) turns.push([]);
    turns[turn]!.push(group);
  }
  return turns;
}

/** When it is due; what was due in a month that is closed by now takes effect today. */
function effectiveAt({ charge, service }: Line, closedBeforeMs: number, now: Temporal.Instant): string {
  const zone =
    service.timeline.stays.find(({ plan }) => plan.planId === charge.planId)?.plan.zone ??
    service.timeline.stays.at(-1)?.plan.zone ??
    "UTC";
  const due = startOfDay(charge.dueOn, zone);
  return (due.epochMilliseconds < closedBeforeMs ? now : due).toString();
}

/** What each posting of the transaction is, in its order: the charge, then the tax on it. */
const shownLines = (postings: readonly object[], lines: readonly Line[]) => {
  const charges = lines.flatMap(({ charge: { kind, name, from, to, amountMicros, taxMicros }, id }) => {
    const one = { chargeId: id, kind, name, from: from.toString(), to: to.toString() };
    return [...(amountMicros === 0n ? [] : [one]), ...(taxMicros === 0n ? [] : [{ ...one, tax: true }])];
  });
  if (charges.length !== postings.length) throw new Error("a posting has no charge");
  return { charges };
};

async function storeCharges(
  t: RawTx,
  providerId: number,
  lines: readonly Line[],
  groups: readonly Group[],
  now: Temporal.Instant,
): Promise<void> {
  if (lines.length === 0) return;
  const transactionOf = new Map(groups.flatMap((group) => group.lines.map(({ id }) => [id, group.id] as const)));
  const rows = lines.map(({ service, charge, id }) => ({
    ...{ id, account_id: service.accountId, service_id: service.serviceId, subscriber_id: service.subscriberId, group_id: service.groupId },
    ...{
      kind: charge.kind,
      code: charge.code,
      name: charge.name,
      period_from: charge.from,
      period_to: charge.to,
      quantity: charge.quantity,
    },
    ...{ amount_micros: charge.amountMicros.toString(), tax_micros: charge.taxMicros.toString(), currency: service.currency },
    ...{ plan_id: charge.planId, plan_version: charge.planVersion, source_key: `${service.serviceId}:${charge.key}` },
    ...{ details: detailsOf(charge), transaction_id: transactionOf.get(id) ?? null },
  }));
  await t`
    insert into app.charges (provider_id, account_id, id, service_id, subscriber_id, group_id, kind, code, name, period_from, period_to, quantity, amount_micros, tax_micros, currency,
      plan_id, plan_version, source_key, details, transaction_id, charged_at)
    select ${providerId}::int, account_id, id, service_id, subscriber_id, group_id, kind, code, name, period_from, period_to, quantity, amount_micros, tax_micros, currency,
      plan_id, plan_version, source_key, details, transaction_id, ${now.toString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as c(account_id uuid, id uuid, service_id uuid, subscriber_id uuid, group_id uuid, kind text, code text, name text,
      period_from date, period_to date, quantity text, amount_micros bigint, tax_micros bigint, currency text, plan_id uuid, plan_version int, source_key text, details jsonb, transaction_id uuid)`;
}
