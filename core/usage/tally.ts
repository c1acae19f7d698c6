// What a batch adds to every figure, counted in one pass while its records are at hand, so that no projection reads them again.
import { newId } from "../kernel/id.ts";
import type { RatedRecord } from "./rate-records.ts";

/** One service, hour and day: `hour` is the instant at which the hour of the provider's zone begins, `day` the date there. */
export type UsageFigures = {
  readonly accountId: string;
  readonly serviceId: string;
  readonly subscriberId: string;
  readonly groupId: string;
  readonly currency: string;
  readonly hour: string;
  readonly day: string;
  calls: number;
  answered: number;
  durationSec: number;
  billedSec: number;
  amountMicros: bigint;
};

/** The charges of one account in this batch, which share the ledger transaction `id`. */
export type AccountCharge = {
  readonly id: string;
  readonly accountId: string;
  readonly currency: string;
  amountMicros: bigint;
  calls: number;
  billedSec: number;
  first: string;
  last: string;
};

export type Tally = {
  readonly usage: readonly UsageFigures[];
  readonly charges: ReadonlyMap<string, AccountCharge>;
  readonly accountIds: readonly string[];
};

export function tally(records: Iterable<RatedRecord>, zone: string): Tally {
  const bucketOf = localBuckets(zone);
  const usage = new Map<string, UsageFigures>();
  const charges = new Map<string, AccountCharge>();
  const accountIds = new Set<string>();
  for (const { call, holder, amountMicros, billedSec } of records) {
    accountIds.add(holder.accountId);
    const { hour, day } = bucketOf(call.startedAt);
    const key = holder.serviceId + hour;
    let u = usage.get(key);
    if (!u) {
      const { accountId, serviceId, subscriberId, groupId, currency } = holder;
      u = {
        accountId,
        serviceId,
        subscriberId,
        groupId,
        currency,
        hour,
        day,
        calls: 0,
        answered: 0,
        durationSec: 0,
        billedSec: 0,
        amountMicros: 0n,
      };
      usage.set(key, u);
    }
    u.calls++;
    if (call.disposition === "answered") u.answered++;
    u.durationSec += call.durationSec;
    u.billedSec += billedSec;
    if (amountMicros === 0n) continue;
    u.amountMicros += amountMicros;

    let c = charges.get(holder.accountId);
    if (!c) {
      c = {
        id: newId(),
        accountId: holder.accountId,
        currency: holder.currency,
        amountMicros: 0n,
        calls: 0,
        billedSec: 0,
        first: call.startedAt,
        last: call.startedAt,
      };
      charges.set(holder.accountId, c);
    }
    c.amountMicros += amountMicros;
    c.calls++;
    c.billedSec += billedSec;
    if (call.startedAt < c.first) c.first = call.startedAt;
    if (call.startedAt > c.last) c.last = call.startedAt;
  }
  return { usage: [...usage.values()], charges, accountIds: [...accountIds] };
}

/** Hour and day of an instant in `zone`. Every zone's offset is a multiple of a quarter of an hour and changes on one, so a quarter is looked up once. */
function localBuckets(zone: string): (startedAt: string) => { hour: string; day: string } {
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
