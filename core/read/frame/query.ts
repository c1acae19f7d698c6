// What stands around every page of the web client: how many, how fresh. A few sums of small tables, since every page pays for it.
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client.ts";
import type { Scope } from "../../kernel/actor.ts";
import { isWaiting } from "../adjustments/query.ts";
import { groupSeen, providersIn } from "../input.ts";
import { rows } from "../rows.ts";

export type FrameFigures = {
  readonly subscribers: number;
  /** Null for who sees only some groups of subscribers. */
  readonly quarantined: number | null;
  readonly agents: number | null;
  /** Payments that wait for their account; null for who sees only some groups. */
  readonly unmatchedPayments: number | null;
  /** Adjustments that wait for a second person. */
  readonly adjustments: number;
};

/** Counts of what the scope may see. `tx` sees the providers of the scope. */
export async function frameFigures(tx: Tx, scope: Scope, now: Temporal.Instant): Promise<FrameFigures> {
  const providers = providersIn(scope);
  const [counts] = await rows<{ subscribers: number; quarantined: number; agents: number; adjustments: number; unmatchedPayments: number }>(
    tx,
    sql`select (select coalesce(sum(u.subscribers), 0) from read.provider_summary u where u.provider_id = any(${providers}) and ${groupSeen(scope, sql`u.group_id`)}) as subscribers,
               (select coalesce(sum(u.quarantined), 0) from read.ingest_agents u where u.provider_id = any(${providers})) as quarantined,
               (select count(*) from app.agents a where a.provider_id = any(${providers}) and a.kind <> 'import' and a.revoked_at is null) as agents,
               (select count(*) from app.payments p where p.provider_id = any(${providers}) and p.state = 'unmatched') as unmatched_payments,
               (select count(*) from app.adjustment_requests r where r.provider_id = any(${providers}) and ${isWaiting(now)} and ${accountSeen(scope)}) as adjustments`,
  );
  const wide = scope.groupIds === null;
  return {
    subscribers: counts!.subscribers,
    quarantined: wide ? counts!.quarantined : null,
    agents: wide ? counts!.agents : null,
    unmatchedPayments: wide ? counts!.unmatchedPayments : null,
    adjustments: counts!.adjustments,
  };
}

/** Few wait at a time; whose group may not be seen isn't counted. */
const accountSeen = (scope: Scope): SQL =>
  scope.groupIds === null
    ? sql`true`
    : sql`exists (select from app.accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
        where a.provider_id = r.provider_id and a.account_id = r.account_id and ${groupSeen(scope, sql`s.group_id`)})`;
