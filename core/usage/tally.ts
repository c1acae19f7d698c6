// What a batch adds to every figure, counted in one pass while its records are at hand, so that no projection reads them again.
import { newId } from "../kernel/id.ts";
import type { UsageRecord } from "./normal-form.ts";
import type { PlanInForce } from "./plans-in-force.ts";
import type { RatedRecord } from "./rate-records.ts";
import type { Holder } from "./resolve.ts";

/** One service, hour and day: `hour` is the instant at which the hour of the provider's zone begins, `day` the date there. Amounts are net. */
export type UsageFigures = {
  readonly accountId: string;
  readonly serviceId: string;
  readonly subscriberId: string;
  readonly groupId: string;
  readonly currency: string;
  readonly hour: string;
  readonly day: string;
  /** Whose usage was charged on; left out for one's own subscribers. */
  readonly partnerId?: number;
  calls: number;
  answered: number;
  durationSec: number;
  billedSec: number;
  amountMicros: bigint;
  // Left out where there are none: most services make calls alone, and the event that carries the figures is written and read for each of them.
  sessions?: number;
  octetsIn?: bigint;
  octetsOut?: bigint;
  messages?: number;
  events?: number;
};

/** What one account is charged in this batch, or credited (below zero), in the ledger transaction `id`. */
export type AccountCharge = {
  readonly id: string;
  readonly accountId: string;
  readonly currency: string;
  amountMicros: bigint;
  taxMicros: bigint;
  /** Records that cost something by themselves. */
  records: number;
  calls: number;
  billedSec: number;
  first: string;
  last: string;
  /** Those that usage came late for, such as "2026-10"; left out where there are none. */
  closedMonths?: Set<string>;
  readonly periods: PeriodCharge[];
};

/** What the price of a component's period rose or fell by the usage of one service on one day. */
export type PeriodCharge = {
  readonly id: string;
  readonly holder: Holder;
  readonly plan: PlanInForce;
  readonly code: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly day: string;
  /** As in `UsageFigures`. */
  readonly partnerId?: number | undefined;
  amountMicros: bigint;
  taxMicros: bigint;
  records: number;
  usageAt: string;
};

export type Tally = {
  readonly usage: readonly UsageFigures[];
  /** By account: what rises, and what falls. A record's charge never falls. */
  readonly charges: ReadonlyMap<string, AccountCharge>;
  readonly credits: ReadonlyMap<string, AccountCharge>;
  readonly accountIds: readonly string[];
};

/** `closedBeforeMs`: the instant before which months are closed, in milliseconds since 1970. */
export function tally(records: Iterable<RatedRecord>, zone: string, closedBeforeMs: number): Tally {
  const figuresAt = figuresBy(localBuckets(zone));
  const charges = new Map<string, AccountCharge>();
  const credits = new Map<string, AccountCharge>();
  const periods = new Map<string, PeriodCharge>();
  const accountIds = new Set<string>();
  for (const rated of records) {
    const { record, holder, amountMicros, taxMicros, billedSec, details } = rated;
    accountIds.add(holder.accountId);
    const u = figuresAt.of(holder, record.startedAt, record.fromPartner);
    count(u, record);
    u.billedSec += billedSec;
    u.amountMicros += amountMicros;
    if (details) addPeriods(periods, rated, u.day);
    if (amountMicros === 0n && taxMicros === 0n) continue;
    const c = chargeOf(charges, holder, record.startedAt);
    add(c, amountMicros, taxMicros, record.startedAt);
    if (Date.parse(record.startedAt) < closedBeforeMs) addClosed(c, u.day);
    c.records++;
    if (record.kind === "call" && isFirst(record)) c.calls++;
    c.billedSec += billedSec;
  }
  for (const period of periods.values()) {
    const { holder, amountMicros, taxMicros, usageAt, day, partnerId } = period;
    if (amountMicros === 0n && taxMicros === 0n) continue;
    figuresAt.of(holder, usageAt, partnerId).amountMicros += amountMicros;
    const c = chargeOf(amountMicros + taxMicros < 0n ? credits : charges, holder, usageAt);
    add(c, amountMicros, taxMicros, usageAt);
    if (Date.parse(usageAt) < closedBeforeMs) addClosed(c, day);
    c.periods.push(period);
  }
  return { usage: figuresAt.all(), charges, credits, accountIds: [...accountIds] };
}

function count(u: UsageFigures, record: UsageRecord): void {
  switch (record.kind) {
    case "call":
      if (isFirst(record)) {
        u.calls++;
        if (record.disposition === "answered") u.answered++;
      }
      u.durationSec += record.durationSec;
      return;
    case "session":
    case "traffic":
      if (record.kind === "session" && isFirst(record)) u.sessions = (u.sessions ?? 0) + 1;
      u.octetsIn = (u.octetsIn ?? 0n) + BigInt(record.octetsIn);
      u.octetsOut = (u.octetsOut ?? 0n) + BigInt(record.octetsOut);
      return;
    case "message":
      u.messages = (u.messages ?? 0) + record.messages;
      return;
    case "event":
      u.events = (u.events ?? 0) + 1;
  }
}

/** A session or call is counted once: with its first slice. The read side counts stored records by the same rule (`countedUsage`). */
function isFirst(record: Extract<UsageRecord, { kind: "call" | "session" }>): boolean {
  if (record.slice === undefined) return true;
  const { seconds } = record.slice;
  if (record.kind === "call") return seconds === 0 && record.billableSec > 0;
  const octetsBefore = BigInt(record.slice.octetsIn) + BigInt(record.slice.octetsOut);
  return seconds === 0 && octetsBefore === 0n && (record.seconds > 0 || BigInt(record.octetsIn) + BigInt(record.octetsOut) > 0n);
}

function addPeriods(periods: Map<string, PeriodCharge>, { record, holder, plan, details }: RatedRecord, day: string): void {
  const partnerId = record.fromPartner;
  for (const { code, from, to, amountMicros, taxMicros } of details!.period) {
    const key = `${holder.serviceId} ${plan.planId} ${code} ${from} ${day} ${partnerId}`;
    let p = periods.get(key);
    if (!p) {
      const name = plan.plan.document.usage.find((component) => component.code === code)?.name ?? code;
      const nothing = { amountMicros: 0n, taxMicros: 0n, records: 0, usageAt: record.startedAt };
      p = { id: newId(), holder, plan, code, name, from, to, day, partnerId, ...nothing };
      periods.set(key, p);
    }
    p.amountMicros += amountMicros;
    p.taxMicros += taxMicros;
    p.records++;
    if (record.startedAt > p.usageAt) p.usageAt = record.startedAt;
  }
}

function chargeOf(charges: Map<string, AccountCharge>, { accountId, currency }: Holder, at: string): AccountCharge {
  let c = charges.get(accountId);
  if (!c) {
    const figures = { amountMicros: 0n, taxMicros: 0n, records: 0, calls: 0, billedSec: 0 };
    c = { id: newId(), accountId, currency, ...figures, first: at, last: at, periods: [] };
    charges.set(accountId, c);
  }
  return c;
}

function add(c: AccountCharge, amountMicros: bigint, taxMicros: bigint, at: string): void {
  c.amountMicros += amountMicros;
  c.taxMicros += taxMicros;
  if (at < c.first) c.first = at;
  if (at > c.last) c.last = at;
}

function addClosed(c: AccountCharge, day: string): void {
  c.closedMonths ??= new Set();
  c.closedMonths.add(day.slice(0, 7));
}

function figuresBy(bucketOf: ReturnType<typeof localBuckets>) {
  const usage = new Map<string, UsageFigures>();
  return {
    all: () => [...usage.values()],
    of({ accountId, serviceId, subscriberId, groupId, currency }: Holder, at: string, partnerId?: number): UsageFigures {
      const { hour, day } = bucketOf(at);
      const key = serviceId + hour + (partnerId ?? "");
      let u = usage.get(key);
      if (!u) {
        const counts = { calls: 0, answered: 0, durationSec: 0, billedSec: 0, amountMicros: 0n };
        u = {
          accountId,
          serviceId,
          subscriberId,
          groupId,
          currency,
          hour,
          day,
          ...counts,
          ...(partnerId === undefined ? {} : { partnerId }),
        };
        usage.set(key, u);
      }
      return u;
    },
  };
}

/** Hour and day of an instant in `zone`. Every zone's offset is a multiple of a quarter of an hour and changes on one, so a quarter is looked up once. */
export function localBuckets(zone: string): (startedAt: string) => { hour: string; day: string } {
  const known = new Map<number, { hour: string; day: string }>();
  return (startedAt) => {
    const quarter = Math.floor(Date.parse(startedAt) / 900_000);
    let bucket = known.get(quarter);
    if (!bucket) {
      const local = Temporal.Instant.fromEpochMilliseconds(quarter * 900_000).toZonedDateTimeISO(zone);
      bucket = {
        // Back to the full hour by the offset of this very instant, as PostgreSQL's date_trunc does when it rebuilds: where clocks go back by
        // half an hour, rounding on the clock would lead into the hour before.
        hour: local.toInstant().subtract({ minutes: local.minute }).toString(),
        day: local.toPlainDate().toString(),
      };
      known.set(quarter, bucket);
    }
    return bucket;
  };
}
