// What rating again changes in one account, added up while its records go by: for the preview, the books and the statistics.
import type { UsageShift } from "../charges/period-totals.ts";
import { newId } from "../kernel/id.ts";
import { canonical, plain } from "../kernel/json.ts";
import type { CompiledPlan } from "../rating/compile-plan.ts";
import type { Price } from "../usage/price-fact.ts";
import type { UsageFigures } from "../usage/tally.ts";
import type { Charged, StoredUsage } from "./stored-usage.ts";

export type Money = { amountMicros: bigint; taxMicros: bigint };

/** A record whose charge, or how it came about, isn't what it was. */
export type Correction = {
  readonly usage: StoredUsage;
  readonly to: Charged;
  /** Its own charge is another. */
  readonly moved: boolean;
  /** Names the components whose periods it changed. */
  readonly plan: CompiledPlan;
};

/** What the price of a component's period changes by, for the usage of one service on one day. */
export type PeriodChange = Money & {
  readonly id: string;
  readonly usage: StoredUsage;
  readonly planId: string;
  readonly planVersion: number;
  readonly code: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly day: string;
  records: number;
  usageAt: string;
};

/** What a closed month of a service turned out to have cost more, or less. */
export type Adjustment = Money & {
  readonly id: string;
  readonly usage: StoredUsage;
  readonly to: Charged;
  readonly month: string;
  records: number;
};

/** The change of a record; nothing when it is charged as it was. In a closed month only its price counts, since the record stands. */
export function correctionOf(usage: StoredUsage, price: Price): Correction | undefined {
  const { plan, ...rest } = price;
  const to: Charged = { ...rest, planId: plan.planId, planVersion: plan.version };
  const was = usage.charged;
  const moved = to.amountMicros !== was.amountMicros || to.taxMicros !== was.taxMicros;
  const same = !moved && sameDetails(was, to) && (usage.closed || samePins(was, to));
  return same ? undefined : { usage, to, moved, plan: plan.plan };
}

/** What was used before it may be told in another order, and the price came about in the same way. */
const sameDetails = (a: Charged, b: Charged) => a.details === b.details || told(a) === told(b);
const told = ({ details }: Charged) => canonical(plain(details && { ...details, basis: undefined }));
const samePins = (a: Charged, b: Charged) =>
  a.planVersion === b.planVersion &&
  a.planId === b.planId &&
  a.prefix === b.prefix &&
  a.billedSec === b.billedSec &&
  a.destinationName === b.destinationName &&
  a.reason === b.reason;

export type Buckets = (startedAt: string) => { readonly hour: string; readonly day: string };

export class AccountChange {
  /** Made in the order in which they are posted; the caller holds the balance. */
  readonly ids = { reversed: newId(), charged: newId(), credited: newId(), adjusted: newId() };
  records = 0;
  changed = 0;
  adjusted = 0;
  vanished = 0;
  readonly was: Money = nothing();
  readonly is: Money = nothing();
  /** Of records in open months: what is taken back, and what is charged instead. */
  readonly reversed: Money = nothing();
  readonly charged: Money = nothing();
  readonly periods = new Map<string, PeriodChange>();
  readonly adjustments = new Map<string, Adjustment>();
  readonly hours = new Map<string, UsageFigures>();
  /** What usage of a service costs more or less, by plan, component and quarter of an hour: what the ends of its billing periods are made from. */
  readonly shifts = new Map<string, Money & Pick<UsageShift, "serviceId" | "planId" | "code" | "atMs">>();
  /** What those ends come to more, or less; net and tax. */
  followsMicros = 0n;
  /** By service the first record that changes: from its billing period on, what is added up at the end is worked out anew. */
  readonly firsts = new Map<string, Correction>();
  first = "";
  last = "";

  constructor(
    readonly accountId: string,
    readonly currency: string,
    private readonly bucketsOf: Buckets,
  ) {}

  add(correction: Correction): void {
    const { usage, to } = correction;
    const { charged: was } = usage;
    this.changed++;
    addTo(this.was, was);
    addTo(this.is, to);
    for (const one of periodsOf(was)) addTo(this.was, one);
    for (const one of periodsOf(to)) addTo(this.is, one);
    this.shift(usage, was, -1n);
    this.shift(usage, to, 1n);
    const first = this.firsts.get(usage.serviceId);
    if (!first || usage.startedMs < first.usage.startedMs) this.firsts.set(usage.serviceId, correction);
    if (usage.closed) {
      this.adjusted++;
      this.adjust(usage, to);
    } else this.correct(correction);
  }

  private correct(correction: Correction): void {
    const { usage, to, moved, plan } = correction;
    const { charged: was } = usage;
    if (this.first === "" || usage.startedAt < this.first) this.first = usage.startedAt;
    if (usage.startedAt > this.last) this.last = usage.startedAt;
    const { hour, day } = this.bucketsOf(usage.startedAt);
    const figures = this.figuresOf(usage, hour, day);
    figures.billedSec += to.billedSec - was.billedSec;
    figures.amountMicros += to.amountMicros - was.amountMicros;
    if (moved) {
      addTo(this.reversed, was);
      addTo(this.charged, to);
    }
    for (const one of periodsOf(was)) this.changePeriod(usage, was, plan, one, day, -1n);
    for (const one of periodsOf(to)) this.changePeriod(usage, to, plan, one, day, 1n);
  }

  private shift({ serviceId, startedMs }: StoredUsage, of: Charged, sign: 1n | -1n): void {
    const atMs = startedMs - (startedMs % QUARTER_MS);
    for (const { code, amountMicros, taxMicros } of [...linesOf(of), ...periodsOf(of)]) {
      if (amountMicros === 0n && taxMicros === 0n) continue;
      const key = `${serviceId} ${of.planId} ${code} ${atMs}`;
      const one = this.shifts.get(key) ?? { serviceId, planId: of.planId, code, atMs, ...nothing() };
      this.shifts.set(key, one);
      addTo(one, { amountMicros: sign * amountMicros, taxMicros: sign * taxMicros });
    }
  }

  /** After the last record: what periods changed by goes where it belongs, and what came to nothing is dropped. */
  settle(): void {
    for (const [key, one] of this.periods) {
      if (one.amountMicros === 0n && one.taxMicros === 0n) {
        this.periods.delete(key);
        continue;
      }
      const { hour, day } = this.bucketsOf(one.usageAt);
      this.figuresOf(one.usage, hour, day).amountMicros += one.amountMicros;
      if (isCredit(one)) addTo(this.reversed, { amountMicros: -one.amountMicros, taxMicros: -one.taxMicros });
      else addTo(this.charged, one);
    }
    for (const [key, one] of this.adjustments) if (one.amountMicros === 0n && one.taxMicros === 0n) this.adjustments.delete(key);
    for (const [key, one] of this.hours) if (one.amountMicros === 0n && one.billedSec === 0) this.hours.delete(key);
  }

  private adjust(usage: StoredUsage, to: Charged): void {
    const month = this.bucketsOf(usage.startedAt).day.slice(0, 7);
    const key = `${usage.serviceId} ${month}`;
    const one = this.adjustments.get(key) ?? { id: newId(), usage, to, month, records: 0, ...nothing() };
    this.adjustments.set(key, one);
    one.records++;
    for (const part of [to, ...periodsOf(to)]) addTo(one, part);
    for (const part of [usage.charged, ...periodsOf(usage.charged)])
      addTo(one, { amountMicros: -part.amountMicros, taxMicros: -part.taxMicros });
  }

  private changePeriod(usage: StoredUsage, of: Charged, plan: CompiledPlan, part: PeriodPart, day: string, sign: 1n | -1n): void {
    const { planId, planVersion } = of;
    const { code, from, to } = part;
    const key = `${usage.serviceId} ${planId} ${code} ${from} ${day} ${usage.partnerId}`;
    let one = this.periods.get(key);
    if (!one) {
      const name = plan.document.usage.find((component) => component.code === code)?.name ?? code;
      one = { id: newId(), usage, planId, planVersion, code, name, from, to, day, records: 0, usageAt: usage.startedAt, ...nothing() };
      this.periods.set(key, one);
    }
    one.records++;
    one.amountMicros += sign * part.amountMicros;
    one.taxMicros += sign * part.taxMicros;
    if (usage.startedAt > one.usageAt) one.usageAt = usage.startedAt;
  }

  private figuresOf({ accountId, serviceId, subscriberId, groupId, partnerId }: StoredUsage, hour: string, day: string): UsageFigures {
    // Its group may have been another when the next record was rated.
    const key = `${serviceId} ${hour} ${groupId} ${partnerId}`;
    const known = this.hours.get(key);
    if (known) return known;
    const counts = { calls: 0, answered: 0, durationSec: 0, sessions: 0, octetsIn: 0n, octetsOut: 0n, messages: 0, events: 0 };
    const made = {
      accountId,
      serviceId,
      subscriberId,
      groupId,
      currency: this.currency,
      hour,
      day,
      ...(partnerId === undefined ? {} : { partnerId }),
      ...counts,
      billedSec: 0,
      amountMicros: 0n,
    };
    this.hours.set(key, made);
    return made;
  }
}

/** No zone's day begins inside one. */
const QUARTER_MS = 900_000;

/** What the record costs by itself, by component; a deck has the code "calls". */
const linesOf = ({ details, amountMicros, taxMicros }: Charged) =>
  details?.lines.length
    ? details.lines.map((line) => ({ code: line.code, amountMicros: BigInt(line.amountMicros), taxMicros: BigInt(line.taxMicros) }))
    : [{ code: "calls", amountMicros, taxMicros }];

const nothing = (): Money => ({ amountMicros: 0n, taxMicros: 0n });

function addTo(sum: Money, { amountMicros, taxMicros }: Readonly<Money>): void {
  sum.amountMicros += amountMicros;
  sum.taxMicros += taxMicros;
}

/** Whether it is to be given back: then it stands in a transaction of what is taken back. */
export const isCredit = ({ amountMicros, taxMicros }: Readonly<Money>): boolean =>
  amountMicros + taxMicros < 0n || (amountMicros + taxMicros === 0n && amountMicros < 0n);

type PeriodPart = Readonly<Money> & { readonly code: string; readonly from: string; readonly to: string };
/** What the record changed the prices of periods by; amounts that come from the database are text. */
const periodsOf = ({ details }: Charged): PeriodPart[] =>
  (details?.period ?? []).map(({ code, from, to, amountMicros, taxMicros }) => ({
    code,
    from,
    to,
    amountMicros: BigInt(amountMicros),
    taxMicros: BigInt(taxMicros),
  }));
