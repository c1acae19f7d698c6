// Holds as they are stored: read under the balance's lock, placed in one statement that moves the balance with them.
import type { RawTx } from "../../../db/client.ts";
import { jsonText } from "../../kernel/json.ts";
import type { HeldSession, HeldUsage } from "./held-usage.ts";
import type { Answer } from "./request.ts";

export type Hold = HeldSession & {
  readonly accountId: string;
  readonly serviceId: string;
  readonly open: boolean;
  readonly expiresMs: number;
  /** The account's own part, and that of the account that pays for it. */
  readonly ownMicros: bigint;
  readonly payerMicros: bigint;
  readonly payerId: string | null;
  /** There is a part at the payer, even of nothing. */
  readonly payerOpen: boolean;
  readonly settledMicros: bigint;
  readonly requestId: string;
  readonly answer: Answer;
};

type Row = {
  account_id: string;
  session_key: string;
  service_id: string;
  usage: HeldUsage;
  open: boolean;
  started_ms: number;
  expires_ms: number;
  own: string;
  payer: string | null;
  payer_account_id: string | null;
  until_sec: string;
  until_octets: string;
  rated_sec: string;
  rated_octets_in: string;
  rated_octets_out: string;
  settled: string;
  request_id: string;
  answer: Answer;
};

const columns = `h.account_id, h.session_key, h.service_id, h.usage, h.state = 'open' as open, (extract(epoch from h.started_at) * 1000)::float8 as started_ms,
  (extract(epoch from h.expires_at) * 1000)::float8 as expires_ms, h.held_micros::text as own, p.held_micros::text as payer, h.payer_account_id,
  h.until_sec::text as until_sec, h.until_octets::text as until_octets, h.rated_sec::text as rated_sec, h.rated_octets_in::text as rated_octets_in, h.rated_octets_out::text as rated_octets_out,
  h.settled_micros::text as settled, h.request_id, h.answer`;
const payersPart = `left join app.holds p on p.provider_id = h.provider_id and p.account_id = h.payer_account_id and p.session_key = h.session_key and p.state = 'open'
  and p.paid_for = h.account_id`;

/** The holds of these sessions, ended ones too. */
export async function readHolds(
  t: RawTx,
  providerId: number,
  sessions: readonly { accountId: string; sessionKey: string }[],
): Promise<Hold[]> {
  const rows = await t<Row[]>`
    select ${t.unsafe(columns)} from unnest(${sessions.map((one) => one.accountId)}::uuid[], ${sessions.map((one) => one.sessionKey)}::text[]) as g(account_id, session_key)
    join app.holds h on h.provider_id = ${providerId} and h.account_id = g.account_id and h.session_key = g.session_key and h.paid_for is null ${t.unsafe(payersPart)}`;
  return rows.map(holdOf);
}

/** All that these accounts hold for themselves. */
export async function readOpenHolds(t: RawTx, providerId: number, accountIds: readonly string[]): Promise<Hold[]> {
  if (accountIds.length === 0) return [];
  const rows = await t<Row[]>`
    select ${t.unsafe(columns)} from app.holds h ${t.unsafe(payersPart)}
    where h.provider_id = ${providerId} and h.account_id = any(${accountIds as string[]}::uuid[]) and h.state = 'open' and h.paid_for is null`;
  return rows.map(holdOf);
}

const holdOf = (r: Row): Hold => ({
  accountId: r.account_id,
  sessionKey: r.session_key,
  serviceId: r.service_id,
  usage: r.usage,
  open: r.open,
  startedMs: r.started_ms,
  expiresMs: r.expires_ms,
  ownMicros: BigInt(r.own),
  payerMicros: BigInt(r.payer ?? 0),
  payerId: r.payer_account_id,
  payerOpen: r.payer !== null,
  until: { seconds: Number(r.until_sec), octets: BigInt(r.until_octets) },
  rated: { seconds: Number(r.rated_sec), octetsIn: BigInt(r.rated_octets_in), octetsOut: BigInt(r.rated_octets_out) },
  settledMicros: BigInt(r.settled),
  requestId: r.request_id,
  answer: r.answer,
});

/** A hold as it was before, and as it shall be. */
export type Placing = { readonly before: Hold | undefined; readonly after: Hold };

/**
 * Writes holds and moves the balances of all accounts concerned, in one statement. Where a hold grew, it keeps what remained available: the database
 * refuses less than nothing (`holds_funded`). The caller holds the balances.
 */
export async function placeHolds(t: RawTx, providerId: number, placings: readonly Placing[], now: Temporal.Instant): Promise<void> {
  if (placings.length === 0) return;
  const rows = placings.flatMap(partsOf);
  const result = await t`
    with given as materialized (
      select * from jsonb_to_recordset(${jsonText(rows)}::text::jsonb)
        as g(account_id uuid, session_key text, paid_for uuid, payer_account_id uuid, service_id uuid, kind text, usage jsonb, state text, started_ms float8, expires_ms float8,
          held bigint, grown bigint, opened int, settled bigint, until_sec bigint, until_octets numeric, rated_sec bigint, rated_octets_in numeric, rated_octets_out numeric, request_id text, answer jsonb, fresh boolean)),
    claimed as (
      insert into app.hold_sessions (provider_id, session_key, account_id)
      select ${providerId}::int, session_key, account_id from given where fresh order by session_key),
    moved as (
      update app.balances b set held_micros = b.held_micros + g.grown, open_holds = b.open_holds + g.opened
      from (select account_id, sum(grown)::bigint as grown, sum(opened)::int as opened from given group by 1) g
      where b.provider_id = ${providerId} and b.account_id = g.account_id
      returning b.account_id, b.balance_micros + b.credit_limit_micros - b.held_micros as available)
    insert into app.holds as h (provider_id, account_id, session_key, paid_for, payer_account_id, service_id, kind, usage, state, started_at, placed_at, expires_at, ended_at,
      held_micros, settled_micros, until_sec, until_octets, rated_sec, rated_octets_in, rated_octets_out, available_after_micros, request_id, answer)
    select ${providerId}::int, g.account_id, g.session_key, g.paid_for, g.payer_account_id, g.service_id, g.kind, g.usage, g.state, to_timestamp(g.started_ms / 1000), ${now.toString()}::timestamptz,
      to_timestamp(g.expires_ms / 1000), case when g.state <> 'open' then ${now.toString()}::timestamptz end,
      g.held, g.settled, g.until_sec, g.until_octets, g.rated_sec, g.rated_octets_in, g.rated_octets_out, case when g.grown > 0 then m.available end, g.request_id, g.answer
    from given g join moved m on m.account_id = g.account_id
    on conflict (provider_id, account_id, session_key) do update set payer_account_id = excluded.payer_account_id, service_id = excluded.service_id, usage = excluded.usage,
      state = excluded.state, expires_at = excluded.expires_at, ended_at = excluded.ended_at, held_micros = excluded.held_micros, rated_sec = excluded.rated_sec, rated_octets_in = excluded.rated_octets_in, rated_octets_out = excluded.rated_octets_out, until_sec = excluded.until_sec,
      until_octets = excluded.until_octets, available_after_micros = excluded.available_after_micros, request_id = excluded.request_id, answer = excluded.answer
    where h.paid_for is not distinct from excluded.paid_for`;
  if (result.count !== rows.length) throw new Error("holds: an account has no balance, or its payer's part belongs to another session");
}

type Part = {
  readonly account_id: string;
  readonly paid_for: string | null;
  readonly held: bigint;
  readonly was: bigint;
  readonly wasOpen: boolean;
  readonly open: boolean;
};

/** The account's own part, the payer's, and that of a payer who doesn't pay any more. */
function partsOf({ before, after }: Placing) {
  const { accountId, payerId } = after;
  const wasOpen = before?.open === true;
  const parts: Part[] = [
    { account_id: accountId, paid_for: null, held: after.ownMicros, was: before?.ownMicros ?? 0n, wasOpen, open: true },
  ];
  const paidBefore = wasOpen && before.payerOpen ? before : undefined;
  if (payerId !== null && after.payerOpen) {
    const same = paidBefore?.payerId === payerId;
    parts.push({
      account_id: payerId,
      paid_for: accountId,
      held: after.payerMicros,
      was: same ? paidBefore.payerMicros : 0n,
      wasOpen: same,
      open: true,
    });
  }
  if (paidBefore?.payerId && paidBefore.payerId !== payerId)
    parts.push({ account_id: paidBefore.payerId, paid_for: accountId, held: 0n, was: paidBefore.payerMicros, wasOpen: true, open: false });
  return parts.map((part) => ({
    ...{
      account_id: part.account_id,
      session_key: after.sessionKey,
      paid_for: part.paid_for,
      payer_account_id: part.paid_for === null ? payerId : null,
    },
    ...{ service_id: after.serviceId, kind: after.usage.kind, usage: after.usage, state: part.open ? "open" : "released" },
    ...{ started_ms: after.startedMs, expires_ms: after.expiresMs, held: part.held, grown: part.held - part.was },
    opened: Number(part.open) - Number(part.wasOpen),
    ...{ settled: after.settledMicros, until_sec: after.until.seconds, until_octets: after.until.octets },
    ...{
      rated_sec: after.rated.seconds,
      rated_octets_in: after.rated.octetsIn,
      rated_octets_out: after.rated.octetsOut,
      request_id: after.requestId,
      answer: part.paid_for === null ? after.answer : {},
    },
    fresh: part.paid_for === null && before === undefined,
  }));
}
