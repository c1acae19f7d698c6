// What of a session was rated before a slice of it, on plans where that matters: read back from its records, which lie under one instant.
import type { RawTx } from "../../db/client.ts";
import { fromExactText } from "../kernel/rational.ts";
import { nanoOfExact } from "../rating/figures.ts";
import { isSlice, type SliceFact, sessionName } from "../rating/rate-slice.ts";
import type { UsageFact } from "../rating/usage.ts";
import type { Drawn } from "../rating/usage-rating.ts";
import type { SessionSoFar, StateKey } from "../rating/usage-state.ts";
import type { Counters } from "./counters.ts";
import type { Terms } from "./plans-in-force.ts";

type Priced = {
  readonly fact: UsageFact;
  readonly terms: Terms;
  readonly holder: { readonly accountId: string; readonly serviceId: string };
};
type Sliced = Priced & { readonly fact: SliceFact };
type Row = {
  i: number;
  seconds: number;
  octets_in: string;
  octets_out: string;
  drawn: readonly Drawn[] | null;
  lines: readonly { readonly code: string; readonly billed?: unknown }[] | null;
};

/** The caller holds the balances of the accounts, so that no other slice is rated meanwhile. */
export async function loadSessions(t: RawTx, providerId: number, counters: Counters, priced: readonly Priced[]): Promise<void> {
  const sessions = new Map<string, Sliced>();
  for (const { fact, terms, holder } of priced)
    if (isSlice(fact)) sessions.set(`${holder.serviceId} ${sessionName(fact)}`, { fact, terms, holder });
  if (sessions.size === 0) return;
  const asked = [...sessions.values()];
  const rows = await t<Row[]>`
    select a.i, case r.kind when 'call' then r.billable_sec else r.duration_sec end as seconds, coalesce(r.facts ->> 'octetsIn', '0') as octets_in,
      coalesce(r.facts ->> 'octetsOut', '0') as octets_out, d.details -> 'drawn' as drawn, d.details -> 'lines' as lines
    from jsonb_to_recordset(${JSON.stringify(asked.map(keyOf))}::text::jsonb)
      as a(i int, account_id uuid, service_id uuid, kind text, session text, at timestamptz, earliest timestamptz)
    join app.usage_records r on r.provider_id = ${providerId} and r.account_id = a.account_id and r.started_at >= a.earliest
      and r.started_at < a.at + interval '1 millisecond' and r.service_id = a.service_id and r.kind = a.kind and r.facts -> 'slice' ->> 'session' = a.session
      and date_trunc('milliseconds', coalesce(r.answered_at, r.started_at)) = a.at
    -- What adjustments of a closed month made of a record.
    cross join lateral (select coalesce((
      select h.new_details from app.rerated_records h
      where h.provider_id = r.provider_id and h.account_id = r.account_id and h.key = r.key and h.adjusted order by h.rerated_at desc, h.run_id desc limit 1),
      r.details) as details) d`;
  for (const [i, of] of Map.groupBy(rows, (row) => row.i)) {
    const { fact, terms, holder } = asked[i]!;
    counters.stateOf({ ...holder, planId: terms.segments[0].planId }).setSession(sessionName(fact), soFarOf(of, terms));
  }
}

/** A call belongs to the instant at which it was answered, but lies under that of its start: no telephone rings for longer. */
const RINGING_MS = 86_400_000;

function keyOf({ fact, holder: { accountId, serviceId } }: Sliced, i: number) {
  const { kind, slice, startMs } = fact;
  const at = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();
  const earliest = at(kind === "call" ? startMs - RINGING_MS : startMs);
  return { i, account_id: accountId, service_id: serviceId, kind, session: slice.session, at: at(startMs), earliest };
}

function soFarOf(rows: readonly Row[], { segments }: Terms): SessionSoFar {
  const drawn = new Map<string, StateKey & { nano: string }>();
  const free: Record<string, boolean> = {};
  for (const { drawn: taken, lines } of rows) {
    for (const { code, pooled, from, quantity, carried } of taken ?? []) {
      const bundle = segments[0].plan.document.bundles.find((one) => one.code === code);
      if (!bundle) continue;
      const key = { code: carried ? `${code}+` : code, pooled, from };
      const name = JSON.stringify(key);
      const nano = BigInt(drawn.get(name)?.nano ?? 0) + nanoOfExact(fromExactText(quantity), bundle);
      drawn.set(name, { ...key, nano: nano.toString() });
    }
    for (const { code, billed } of lines ?? []) free[code] = billed === undefined;
  }
  const sum = (of: (row: Row) => string) => rows.reduce((all, row) => all + BigInt(of(row)), 0n).toString();
  return {
    seconds: rows.reduce((all, row) => all + row.seconds, 0),
    octetsIn: sum((row) => row.octets_in),
    octetsOut: sum((row) => row.octets_out),
    drawn: [...drawn.values()],
    free,
  };
}
