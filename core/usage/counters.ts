// What usage has used up, of the accounts of one batch: read under their balances' locks, changed in memory, written back.
import type { RawTx } from "../../db/client.ts";
import {
  type PeriodTotal,
  type Sample,
  type SessionSoFar,
  type StateKey,
  totalFromJson,
  totalToJson,
  type UsageState,
} from "../rating/usage-state.ts";

/** Whose state it is: of one service on one plan, and of all services of the account on it what is pooled. */
export type StateOwner = { readonly accountId: string; readonly serviceId: string; readonly planId: string };

export type SamplesKey = { readonly owner: StateOwner; readonly key: StateKey };

const POOLED = "00000000-0000-0000-0000-000000000000";
const separator = "\u0000";

/**
 * States of many services over one store of counters. Empty unless they are loaded: so they serve rating again too, in memory. `undo` takes back
 * whatever was changed since `mark`. Over others, they read those and change nothing of them: what something would cost, if it happened.
 */
export class Counters {
  constructor(private readonly others?: Counters) {}

  private readonly used = new Map<string, bigint>();
  private readonly totals = new Map<string, PeriodTotal>();
  private readonly sampled = new Map<string, Map<number, Sample>>();
  private readonly added = new Map<string, Map<number, Sample>>();
  private readonly sessions = new Map<string, SessionSoFar>();
  private readonly changed = new Set<string>();
  private undoing: (() => void)[] = [];

  /** From here on `undo` takes back. */
  mark(): void {
    this.undoing = [];
  }
  undo(): void {
    for (const back of this.undoing.reverse()) back();
    this.undoing = [];
  }

  private usedOf(name: string): bigint {
    return this.used.get(name) ?? this.others?.usedOf(name) ?? 0n;
  }
  private totalOf(name: string): PeriodTotal | undefined {
    return this.totals.get(name) ?? this.others?.totalOf(name);
  }
  private samplesOf(name: string): ReadonlyMap<number, Sample> {
    return this.sampled.get(name) ?? this.others?.samplesOf(name) ?? new Map();
  }

  private sessionOf(name: string): SessionSoFar | undefined {
    return this.sessions.get(name) ?? this.others?.sessionOf(name);
  }

  stateOf(owner: StateOwner): UsageState {
    const ofService = (session: string) => [owner.accountId, owner.serviceId, session].join(separator);
    const name = (key: StateKey) => nameOf(owner, key);
    const set = <T>(map: Map<string, T>, at: string, value: T) => {
      const before = map.get(at);
      this.undoing.push(() => (before === undefined ? map.delete(at) : map.set(at, before)));
      map.set(at, value);
      this.changed.add(at);
    };
    return {
      bundleUsed: (key) => this.usedOf(name(key)),
      useBundle: (key, nano) => set(this.used, name(key), this.usedOf(name(key)) + nano),
      total: (key) => this.totalOf(name(key)),
      setTotal: (key, total) => set(this.totals, name(key), total),
      samples: (key) => this.samplesOf(name(key)),
      addSample: (key, atMs, sample) => {
        for (const map of [this.sampled, this.added]) {
          const own = map.get(name(key)) ?? new Map<number, Sample>(map === this.sampled ? this.others?.samplesOf(name(key)) : undefined);
          map.set(name(key), own);
          const before = own.get(atMs);
          this.undoing.push(() => (before === undefined ? own.delete(atMs) : own.set(atMs, before)));
          own.set(atMs, before ? sumOf(before, sample) : sample);
        }
      },
      session: (session) => this.sessionOf(ofService(session)),
      // Not written back: it is the sum of the session's records.
      setSession: (session, soFar) => {
        const before = this.sessions.get(ofService(session));
        this.undoing.push(() => (before ? this.sessions.set(ofService(session), before) : this.sessions.delete(ofService(session))));
        this.sessions.set(ofService(session), soFar);
      },
    };
  }

  /** Reads what the account has used of bundles, and nothing of totals. The caller holds the account's balance. */
  async loadBundles(t: RawTx, providerId: number, accountId: string): Promise<void> {
    const rows = await t<CounterRow[]>`
      select account_id, service_id, plan_id, kind, code, period_from::text as period_from, used::text as used, total from app.usage_counters
      where provider_id = ${providerId} and account_id = ${accountId} and kind = 'bundle'`;
    for (const row of rows) this.used.set(nameOfRow(row), BigInt(row.used!));
  }

  /** Reads what these accounts have used up, and these samples. The caller holds the accounts' balances. */
  async load(t: RawTx, providerId: number, accountIds: readonly string[], samplesOf: readonly SamplesKey[]): Promise<void> {
    if (accountIds.length === 0) return;
    const counters = await t<CounterRow[]>`
      select account_id, service_id, plan_id, kind, code, period_from::text as period_from, used::text as used, total from app.usage_counters
      where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[])`;
    for (const row of counters) {
      if (row.kind === "bundle") this.used.set(nameOfRow(row), BigInt(row.used!));
      else this.totals.set(nameOfRow(row), totalFromJson(row.total));
    }
    const asked = new Map(samplesOf.map(({ owner, key }) => [nameOf(owner, key), rowOf(nameOf(owner, key))]));
    if (asked.size === 0) return;
    const samples = await t<SampleRow[]>`
      select s.account_id, s.service_id, s.plan_id, s.code, s.period_from::text as period_from, (extract(epoch from s.at) * 1000)::float8 as at_ms,
             s.octets_in::text as octets_in, s.octets_out::text as octets_out
      from jsonb_to_recordset(${JSON.stringify([...asked.values()])}::text::jsonb) as k(account_id uuid, service_id uuid, plan_id uuid, code text, period_from date)
      join app.usage_samples s on s.provider_id = ${providerId} and s.account_id = k.account_id and s.service_id = k.service_id and s.plan_id = k.plan_id
        and s.code = k.code and s.period_from = k.period_from`;
    for (const row of samples) {
      const name = nameOfRow(row);
      const own = this.sampled.get(name) ?? new Map<number, Sample>();
      this.sampled.set(name, own);
      own.set(row.at_ms, { octetsIn: BigInt(row.octets_in), octetsOut: BigInt(row.octets_out) });
    }
  }

  /** Writes what has changed. */
  async store(t: RawTx, providerId: number): Promise<void> {
    const counters = [...this.changed].flatMap((name) => {
      const [used, total] = [this.used.get(name), this.totals.get(name)];
      return [
        ...(used === undefined ? [] : [{ ...rowOf(name), kind: "bundle", used: used.toString(), total: null }]),
        ...(total === undefined ? [] : [{ ...rowOf(name), kind: "total", used: null, total: totalToJson(total) }]),
      ];
    });
    if (counters.length > 0)
      await t`
        insert into app.usage_counters (provider_id, account_id, service_id, plan_id, kind, code, period_from, used, total)
        select ${providerId}::int, account_id, service_id, plan_id, kind, code, period_from, used, total
        from jsonb_to_recordset(${JSON.stringify(counters)}::text::jsonb)
          as c(account_id uuid, service_id uuid, plan_id uuid, kind text, code text, period_from date, used numeric, total jsonb)
        on conflict (provider_id, account_id, service_id, plan_id, kind, code, period_from) do update set used = excluded.used, total = excluded.total`;
    const samples = [...this.added].flatMap(([name, own]) =>
      [...own].map(([atMs, { octetsIn, octetsOut }]) => ({
        ...rowOf(name),
        at: Temporal.Instant.fromEpochMilliseconds(atMs).toString(),
        octets_in: octetsIn.toString(),
        octets_out: octetsOut.toString(),
      })),
    );
    if (samples.length > 0)
      await t`
        insert into app.usage_samples as s (provider_id, account_id, service_id, plan_id, code, period_from, at, octets_in, octets_out)
        select ${providerId}::int, account_id, service_id, plan_id, code, period_from, at, octets_in, octets_out
        from jsonb_to_recordset(${JSON.stringify(samples)}::text::jsonb)
          as c(account_id uuid, service_id uuid, plan_id uuid, code text, period_from date, at timestamptz, octets_in numeric, octets_out numeric)
        on conflict (provider_id, account_id, service_id, plan_id, code, period_from, at)
          do update set octets_in = s.octets_in + excluded.octets_in, octets_out = s.octets_out + excluded.octets_out`;
    this.changed.clear();
    this.added.clear();
  }
}

type Row = { account_id: string; service_id: string; plan_id: string; code: string; period_from: string };
type CounterRow = Row & { kind: "bundle" | "total"; used: string | null; total: unknown };
type SampleRow = Row & { at_ms: number; octets_in: string; octets_out: string };

const nameOf = ({ accountId, serviceId, planId }: StateOwner, { code, pooled, from }: StateKey) =>
  [accountId, pooled ? POOLED : serviceId, planId, code, from].join(separator);
const nameOfRow = (row: Row) => [row.account_id, row.service_id, row.plan_id, row.code, row.period_from].join(separator);
function rowOf(name: string): Row {
  const [account_id, service_id, plan_id, code, period_from] = name.split(separator) as [string, string, string, string, string];
  return { account_id, service_id, plan_id, code, period_from };
}

const sumOf = (a: Sample, b: Sample): Sample => ({ octetsIn: a.octetsIn + b.octetsIn, octetsOut: a.octetsOut + b.octetsOut });
