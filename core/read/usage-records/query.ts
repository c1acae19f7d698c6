// Which usage was there, newest first? A list reads a page of rows and no more: by the provider's timeline, or by the keys of accounts.
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import type { Scope } from "../../kernel/actor.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, idField, instantField, providersIn } from "../input.ts";
import { afterField, cursorAt, instantPart, limitField, type Page, pageOf, providerField, uuidPart } from "../page.ts";
import { pgArray } from "../projection.ts";
import { rows } from "../rows.ts";

// `limit 1` below keeps the planner from joining whole tables: whatever it believes about their size, each key is one look-up.

/** Up to so many accounts are read one by one through their keys; a wider question goes along the provider's timeline. */
const mostAccounts = 300;

export type UsageRow = {
  providerId: number;
  accountId: string;
  startedAt: string;
  key: string;
  serviceId: string;
  subscriberId: string;
  subscriberName: string;
  direction: string;
  source: string;
  destination: string;
  destinationName: string | null;
  prefix: string | null;
  disposition: string;
  durationSec: number;
  billedSec: number;
  amountMicros: bigint;
  currency: string;
  /** Beside the amount, which is net. */
  taxMicros: bigint;
  /** Why the amount is zero. */
  reason: string | null;
  kind: "call" | "session" | "traffic" | "message" | "event";
  /** What no column holds: octets of sessions and traffic as text, messages, metrics of events, …; null for most calls. */
  facts: Readonly<Record<string, unknown>> | null;
};

const columns = sql`r.provider_id, r.account_id, r.started_at, r.key, r.service_id, r.subscriber_id, r.direction, r.source, r.destination, r.destination_name, r.prefix,
  r.disposition, r.duration_sec, r.billed_sec, r.amount_micros, r.tax_micros, r.currency, r.reason, r.kind, r.facts`;

const digitsField = v.pipe(v.string(), v.trim(), v.regex(/^[+0-9*#]{1,32}$/, "must be digits"));

/** A question with a filter that no index answers looks at no more calls than this for one page, and says how far it has come. */
const mostLookedAt = 20_000;

const usageInput = v.object({
  from: v.optional(instantField),
  to: v.optional(instantField),
  subscriberId: v.optional(idField),
  accountId: v.optional(idField),
  serviceId: v.optional(idField),
  destination: v.optional(digitsField),
  providerId: providerField,
  limit: limitField,
  after: afterField(instantPart, uuidPart),
});

/** `searchedTo`: where a filtered search stopped before the page was full; `next` goes on from there. Null when nothing was left out. */
export type UsagePage = Page<UsageRow> & { readonly searchedTo: string | null };

/** Half-open period [from, to); without it, everything. `destination` is the beginning of the called number. */
export const usageList = defineQuery({
  name: "usage.list",
  summary: "Rated usage of every kind, newest first",
  permission: "usage:read",
  level: "subscriber",
  input: usageInput,
  run: async ({ tx, scope }, input) => accept(await usagePage(tx, scope, input)),
});

/** One page of calls. `lookAtMost` bounds what a filter may look at. */
export async function usagePage(
  tx: Tx,
  scope: Scope,
  input: v.InferOutput<typeof usageInput>,
  lookAtMost = mostLookedAt,
): Promise<UsagePage> {
  const { from, to, serviceId, destination, limit, after } = input;
  const accounts = await accountsAsked(tx, scope, input);
  if (accounts?.length === 0) return { ...pageOf<UsageRow>([], limit, () => []), searchedTo: null };
  const period = and([
    ...(from ? [sql`t.started_at >= ${from}::timestamptz`] : []),
    ...(to ? [sql`t.started_at < ${to}::timestamptz`] : []),
    ...(after ? [sql`(t.started_at, t.key) < (${after[0]}::timestamptz, ${after[1]}::uuid)`] : []),
  ]);
  const filters = and([
    ...(serviceId ? [sql`r.service_id = ${serviceId}`] : []),
    ...(destination ? [sql`r.destination like ${`${destination}%`}`] : []),
    ...(accounts === null && scope.groupIds !== null ? [seenAccount(scope)] : []),
  ]);
  const sources = accounts
    ? sql`unnest(${pgArray(accounts.map((a) => a.providerId))}::int[], ${pgArray(accounts.map((a) => a.accountId))}::uuid[]) o(provider_id, account_id)`
    : sql`unnest(${providersIn(scope, input.providerId)}) o(provider_id)`;
  const along = accounts
    ? sql`app.usage_records t where t.provider_id = o.provider_id and t.account_id = o.account_id ${period}`
    : sql`app.usage_keys t where t.provider_id = o.provider_id and t.account_id is not null ${period}`;

  const count = accounts?.length ?? scope.providerIds.length;
  const stop =
    filters === nothing
      ? undefined
      : await lookedUpTo(tx, sources, along, Math.max(limit + 1, Math.floor(lookAtMost / Math.max(1, count))));
  const page = await rows<UsageRow>(
    tx,
    sql`select u.*, s.name as subscriber_name from (
          select x.* from ${sources} cross join lateral (
            select r.* from (select t.provider_id, t.account_id, t.started_at, t.key from ${along}
              ${stop ? sql`and (t.started_at, t.key) >= (${stop.startedAt}::timestamptz, ${stop.key}::uuid)` : nothing}) k
            cross join lateral (
              select ${columns} from app.usage_records r
              where r.provider_id = k.provider_id and r.account_id = k.account_id and r.started_at = k.started_at and r.key = k.key limit 1) r
            where true ${filters}
            order by k.started_at desc, k.key desc limit ${limit + 1}) x
          order by x.started_at desc, x.key desc limit ${limit + 1}) u
        left join app.subscribers s on s.provider_id = u.provider_id and s.id = u.subscriber_id order by u.started_at desc, u.key desc`,
  );
  const found = pageOf(page, limit, (row) => [row.startedAt, row.key]);
  if (found.next !== null || !stop) return { ...found, searchedTo: null };
  return { ...found, next: cursorAt([stop.startedAt, stop.key]), searchedTo: stop.startedAt };
}

const nothing = sql``;
const and = (conditions: readonly SQL[]): SQL => (conditions.length === 0 ? nothing : sql`and ${sql.join([...conditions], sql` and `)}`);

/** The key down to which every source has been looked at when `most` of each have been; undefined when all of them end before. */
async function lookedUpTo(tx: Tx, sources: SQL, along: SQL, most: number): Promise<{ startedAt: string; key: string } | undefined> {
  const [last] = await rows<{ startedAt: string; key: string }>(
    tx,
    sql`select x.* from ${sources} cross join lateral (
          select t.started_at, t.key from ${along} order by t.started_at desc, t.key desc offset ${most - 1} limit 1) x
        order by x.started_at desc, x.key desc limit 1`,
  );
  return last;
}

const seenAccount = (scope: Scope): SQL =>
  sql`exists (select from read.account_overview o where o.provider_id = r.provider_id and o.account_id = r.account_id and ${groupSeen(scope, sql`o.group_id`)})`;

type AccountKey = { providerId: number; accountId: string };
type Asked = {
  subscriberId?: string | undefined;
  accountId?: string | undefined;
  serviceId?: string | undefined;
  providerId?: number | undefined;
};

/** The accounts that the answer can come from; null when the timeline is the shorter way. */
async function accountsAsked(
  tx: Tx,
  scope: Scope,
  { subscriberId, accountId, serviceId, providerId }: Asked,
): Promise<AccountKey[] | null> {
  if (!subscriberId && !accountId && !serviceId && scope.groupIds === null) return null;
  const named = Boolean(subscriberId || accountId || serviceId);
  const found = await rows<AccountKey>(
    tx,
    sql`select a.provider_id, a.account_id from app.accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
        where a.provider_id = any(${providersIn(scope, providerId)}) and ${groupSeen(scope, sql`s.group_id`)}
          and ${subscriberId ? sql`a.subscriber_id = ${subscriberId}` : sql`true`} and ${accountId ? sql`a.account_id = ${accountId}` : sql`true`}
          and ${serviceId ? sql`a.account_id in (select w.account_id from app.services w where w.provider_id = any(${providersIn(scope, providerId)}) and w.id = ${serviceId})` : sql`true`}
        limit ${mostAccounts + 1}`,
  );
  return named || found.length <= mostAccounts ? found : null;
}

/** As it is stored: micros are text. */
export type UsageDetails = {
  readonly lines: readonly {
    readonly code: string;
    readonly amountMicros: string;
    readonly taxMicros?: string;
    readonly billed?: { readonly quantity: string; readonly unit: string };
    readonly prefix?: string | null;
    readonly destinationName?: string | null;
    readonly reason?: string;
  }[];
  readonly period: readonly {
    readonly code: string;
    readonly from: string;
    readonly to: string;
    readonly amountMicros: string;
    readonly taxMicros: string;
  }[];
  readonly drawn: readonly { readonly code: string; readonly pooled: boolean; readonly from: string; readonly quantity: string }[];
  readonly segments: readonly { readonly from: string; readonly planId: string; readonly version: number }[];
  /** What the price was worked out from; records that were rated by older releases have none. */
  readonly basis?: {
    readonly versions: readonly PinnedVersion[];
    readonly totals?: readonly TotalBefore[];
    readonly [other: string]: unknown;
  };
};
/** From when on it priced the service's usage, in milliseconds since 1970. */
type PinnedVersion = { readonly fromMs: number; readonly planId: string; readonly version: number };
type TotalBefore = {
  readonly code: string;
  readonly from: string;
  readonly total: { readonly versions: readonly { readonly count: string }[] } | null;
};

/** Traffic or a session that a percentile had counted before the record. */
export type CountedBefore = {
  readonly code: string;
  readonly from: string;
  readonly to: string;
  readonly startedAt: string;
  readonly durationSec: number;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
};

export type UsageRecord = UsageRow & {
  callId: string;
  billableSec: number;
  answeredAt: string | null;
  /** Lines, period charges and bundles of a price that isn't a deck's alone: {lines, period, drawn, segments}. */
  details: UsageDetails | null;
  planId: string;
  planVersion: number;
  planName: string;
  planDocument: unknown;
  planValidFrom: string;
  /** Of all versions that had a part in the price, the pinned one first; of long decks, prices that the destination doesn't begin with are left out. */
  versions: readonly (PinnedVersion & { readonly document: unknown })[];
  /** For 95th percentiles, what they had counted; null where it is too much, or gone. */
  counted: readonly CountedBefore[] | null;
  agentId: string;
  agentName: string | null;
  sequence: number;
  transactionId: string | null;
  ratedAt: string;
  serviceLabel: string;
  zone: string;
};

/** The version of the plan that is pinned in the record comes with it: the pure rating function makes the trace from the two. */
export const usageRecord = defineQuery({
  name: "usage.record",
  summary: "One rated record with the plan version that priced it",
  permission: "usage:read",
  level: "subscriber",
  input: v.object({ accountId: idField, startedAt: instantField, key: idField }),
  async run({ tx, scope }, { accountId, startedAt, key }) {
    const [record] = await rows<Omit<UsageRecord, "versions" | "planDocument" | "counted">>(
      tx,
      sql`select ${columns}, r.call_id, r.billable_sec, r.answered_at, r.details, r.plan_id, r.plan_version, pl.name as plan_name, pv.valid_from as plan_valid_from,
            r.agent_id, ag.name as agent_name, r.sequence, r.transaction_id, r.rated_at, v.label as service_label, s.name as subscriber_name, p.zone
          from app.usage_records r
          join app.providers p on p.id = r.provider_id
          join app.subscribers s on s.provider_id = r.provider_id and s.id = r.subscriber_id
          join app.services v on v.provider_id = r.provider_id and v.account_id = r.account_id and v.id = r.service_id
          join app.plans pl on pl.provider_id = r.provider_id and pl.id = r.plan_id
          join app.plan_versions pv on pv.provider_id = r.provider_id and pv.plan_id = r.plan_id and pv.version = r.plan_version
          left join app.agents ag on ag.provider_id = r.provider_id and ag.id = r.agent_id
          where r.provider_id = any(${providersIn(scope)}) and r.account_id = ${accountId} and r.started_at = ${startedAt}::timestamptz and r.key = ${key}
            and ${groupSeen(scope, sql`s.group_id`)}`,
    );
    if (!record) return refuse("not_found");
    const versions = await versionsOf(tx, record);
    return accept({ ...record, versions, planDocument: versions[0]!.document, counted: await countedBefore(tx, record, versions) });
  },
});

type Found = Pick<
  UsageRecord,
  "providerId" | "accountId" | "serviceId" | "destination" | "planId" | "planVersion" | "planValidFrom" | "details"
>;

/** Of a deck of 100,000 prices only those that may be the destination's: to send and to compile them all takes a second. */
const MOST_RATES = 100;

async function versionsOf(tx: Tx, { providerId, destination, planId, planVersion, planValidFrom, details }: Found) {
  const pinned: PinnedVersion = { fromMs: Date.parse(planValidFrom), planId, version: planVersion };
  const later = (details?.segments ?? []).map(({ from, ...one }) => ({ fromMs: Date.parse(from), ...one }));
  const asked = details?.basis?.versions ?? [pinned, ...later];
  const found = await rows<{ planId: string; version: number; document: unknown }>(
    tx,
    sql`select pv.plan_id, pv.version, case when jsonb_array_length(pv.document -> 'rates') > ${MOST_RATES} then jsonb_set(pv.document, '{rates}', (
            select jsonb_agg(x.rate order by x.i) from jsonb_array_elements(pv.document -> 'rates') with ordinality x(rate, i)
            where x.i = 1 or starts_with(${destination.replace(/^\+/, "")}, x.rate ->> 'prefix')))
          else pv.document end as document
        from app.plan_versions pv join unnest(${pgArray(asked.map((one) => one.planId))}::uuid[], ${pgArray(asked.map((one) => one.version))}::int[]) a(plan_id, version)
          on a.plan_id = pv.plan_id and a.version = pv.version where pv.provider_id = ${providerId}`,
  );
  return asked.map((one) => ({
    ...one,
    document: found.find(({ planId: id, version }) => id === one.planId && version === one.version)!.document,
  }));
}

/** More than a month of five minutes, twice over. */
const MOST_COUNTED = 20_000;

async function countedBefore(tx: Tx, record: Found, versions: UsageRecord["versions"]): Promise<readonly CountedBefore[] | null> {
  const { providerId, accountId, serviceId, planId, details } = record;
  const percentiles = (details?.period ?? []).filter(({ code }) => versions.some(({ document }) => isPercentile(document, code)));
  const counted: CountedBefore[] = [];
  for (const { code, from, to } of percentiles) {
    const total = details?.basis?.totals?.find((one) => one.code === code && one.from === from)?.total;
    const before = total?.versions.reduce((sum, { count }) => sum + Number(count), 0) ?? 0;
    if (before === 0) continue;
    if (before > MOST_COUNTED) return null;
    // A total counts one by one: those with a lower count were there before. A period's days are those of its zone, which is within a day of UTC.
    const found = await rows<CountedBefore>(
      tx,
      sql`select ${code}::text as code, ${from}::text as "from", ${to}::text as "to", r.started_at + make_interval(secs => coalesce((r.facts -> 'slice' ->> 'seconds')::int, 0)) as started_at, r.duration_sec,
            (r.facts ->> 'octetsIn')::numeric as octets_in, (r.facts ->> 'octetsOut')::numeric as octets_out
          from app.usage_records r
          where r.provider_id = ${providerId} and r.account_id = ${accountId} and r.service_id = ${serviceId} and r.plan_id = ${planId}
            and r.started_at >= ${from}::date - interval '1 day' and r.started_at < ${to}::date + interval '1 day'
            and r.details -> 'period' @> ${JSON.stringify([{ code, from }])}::jsonb and r.details ? 'basis'
            and coalesce((select sum((v ->> 'count')::bigint) from jsonb_array_elements(r.details -> 'basis' -> 'totals') t, jsonb_array_elements(t -> 'total' -> 'versions') v
                  where t ->> 'code' = ${code} and t ->> 'from' = ${from}), 0) < ${before}
          limit ${MOST_COUNTED}`,
    );
    if (found.length !== before) return null;
    counted.push(...found);
  }
  return counted;
}

const isPercentile = (document: unknown, code: string) =>
  ((document as { usage?: readonly { code: string; aggregate?: string }[] }).usage ?? []).some(
    (one) => one.code === code && one.aggregate === "percentile_95",
  );
