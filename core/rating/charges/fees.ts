// Which fees are due, day by day: each day of a stay on a plan is charged once, and what was charged beyond its end, or for a pause, is given back.
import type { Fee } from "../../catalog/document/fees.ts";
import { dayOf, daysIn, type Period, type PeriodUnit, periodOf, startOfDay } from "../../kernel/period.ts";
import { creditOf } from "./credit.ts";
import { type DueCharge, type FeeCharge, type FeeTerms, feeChargesOf } from "./due.ts";
import { linePrice, oncePrice } from "./fee-price.ts";
import { basisOf } from "./proration.ts";
import {
  anchorFor,
  type Day,
  earlier,
  exemptOn,
  firstPausedDay,
  isBefore,
  isOn,
  later,
  pausedUntil,
  type ServiceTimeline,
  type Stay,
  type VersionInForce,
  versionOn,
} from "./timeline.ts";

export type Made = Omit<DueCharge, "trace" | "dueOn">;
/** What is due, oldest first, and the instant at which more will be. */
export type Due = { readonly lines: readonly DueCharge[]; readonly next: Temporal.Instant | undefined };

/**
 * The fees that are due up to `now`, the credits included, beyond what was `made`. Pure: however the time up to `now` is cut into runs, all
 * runs together make the same charges, as long as the account's billing day and exemption stay.
 */
export function dueFees(service: ServiceTimeline, made: readonly Made[], now: Temporal.Instant): Due {
  const charges = feeChargesOf(made);
  const lines: DueCharge[] = [];
  const nexts: Temporal.Instant[] = [];
  for (const stay of service.stays) {
    const own = charges.filter((one) => one.planId === stay.plan.planId);
    const today = dayOf(now, stay.plan.zone);
    for (const code of feeCodes(stay))
      for (const walk of [recurring, once]) {
        const ofCode = own.filter((one) => one.code === code);
        for (const line of walk(service, stay, code, ofCode)) {
          if (isBefore(today, line.dueOn)) {
            nexts.push(startOfDay(line.dueOn, stay.plan.zone));
            break;
          }
          lines.push({ ...line, key: freshKey(line.key, ofCode) });
        }
      }
    const ends = [stay.to, ...(stay.pauses ?? []).map(({ from }) => from)].filter((day) => day && isBefore(today, day));
    if (own.length + lines.length > 0) nexts.push(...ends.map((day) => startOfDay(day!, stay.plan.zone)));
  }
  const credits = [...charges, ...feeChargesOf(lines)].flatMap((one) => creditOf(one, stayOf(service, one), service, now) ?? []);
  const sorted = [...credits, ...lines].sort((a, b) => Temporal.PlainDate.compare(a.dueOn, b.dueOn));
  return { lines: sorted, next: nexts.sort(Temporal.Instant.compare)[0] };
}

/** The stay that a charge was made for, unless the service never was on that plan on that day after all. */
function stayOf(service: ServiceTimeline, { planId, from, terms }: FeeCharge): Stay | undefined {
  const stay = service.stays.find((one) => one.plan.planId === planId && isOn(one, from));
  if (!stay || terms.kind === "recurring") return stay;
  return (terms.at === "end" ? stay.to?.subtract({ days: 1 }).equals(from) : true) ? stay : undefined;
}

export const feeCodes = ({ plan }: Stay): ReadonlySet<string> =>
  new Set(plan.versions.flatMap(({ document }) => document.fees.map(({ code }) => code)));
const feeOf = ({ document }: VersionInForce, code: string): Fee | undefined => document.fees.find((fee) => fee.code === code);

/** A charge that was taken back whole can be made again, under another key. */
const freshKey = (key: string, made: readonly FeeCharge[]): string => {
  const before = made.filter((one) => one.key === key || one.key.startsWith(`${key}#`)).length;
  return before === 0 ? key : `${key}#${before + 1}`;
};

/** The charges of a recurring fee, in order, from the first day of the stay that isn't charged; without an end when the stay has none. */
function* recurring(service: ServiceTimeline, stay: Stay, code: string, made: readonly FeeCharge[]): Generator<DueCharge> {
  const charged = made.flatMap(({ terms, from, liveTo: to }) =>
    terms.kind === "recurring" && isOn(stay, from) && isBefore(from, to) ? uninterrupted(stay, terms.basis.proration, { from, to }) : [],
  );
  let day = charged.reduce((last, { to }) => later(last, to), stay.from);
  while (stay.to === undefined || isBefore(day, stay.to)) {
    const resumes = pausedUntil(stay, day);
    if (resumes) {
      day = resumes;
      continue;
    }
    const version = versionOn(stay.plan, day);
    const fee = feeOf(version, code);
    if (!fee?.every) {
      const sooner = stay.plan.versions.find((one) => isBefore(day, one.from));
      if (!sooner) return;
      day = sooner.from;
      continue;
    }
    const trialEnd = stay.from.add({ days: fee.trialDays ?? 0 });
    if (isBefore(day, trialEnd)) {
      day = trialEnd;
      continue;
    }
    const recurringFee = { ...fee, every: fee.every };
    const line = recurringLine(service, stay, version, recurringFee, day);
    yield line;
    // What was charged in advance for a pause is given back, so that the days after it are charged for themselves.
    day = uninterrupted(stay, fee.proration, line).to;
  }
}

/** The days up to a pause. Where a part costs the whole, one that began is paid whatever happens in it. */
const uninterrupted = (stay: Stay, proration: Fee["proration"], days: Period): Period =>
  proration === "none" ? days : { from: days.from, to: earlier(days.to, firstPausedDay(stay, days)) };

function recurringLine(
  service: ServiceTimeline,
  stay: Stay,
  version: VersionInForce,
  fee: Fee & { every: PeriodUnit },
  day: Day,
): DueCharge {
  const anchor = anchorFor(version.document, fee.every, { startedOn: stay.from, billingDay: service.billingDay });
  const whole = periodOf(anchor, fee.every, fee.count, day);
  const to = {
    advance: whole.to,
    arrears: uninterrupted(stay, fee.proration, { from: day, to: earlier(whole.to, stay.to) }).to,
    daily: day.add({ days: 1 }),
  }[fee.charge];
  const part: Period = { from: day, to };
  const dueOn = fee.charge === "arrears" ? to : day;
  const terms: FeeTerms = { kind: "recurring", basis: basisOf(fee, whole), exempt: exemptOn(service, dueOn) };
  return {
    ...linePrice(version.document, fee, terms, part),
    ...part,
    ...named(stay, version, fee, day),
    quantity: String(daysIn(part)),
    dueOn,
    countsOn: fee.charge === "arrears" ? to.subtract({ days: 1 }) : day,
    terms,
  };
}

/** The charge of a fee that is charged once, unless it was. */
function* once(service: ServiceTimeline, stay: Stay, code: string, made: readonly FeeCharge[]): Generator<DueCharge> {
  for (const at of ["start", "end"] as const) {
    if (at === "end" && !stay.to) continue;
    const version = versionOn(stay.plan, at === "start" ? stay.from : stay.to!.subtract({ days: 1 }));
    const fee = feeOf(version, code);
    if (!fee || fee.every || fee.at !== at) continue;
    const paidFrom = stay.from.add({ days: fee.trialDays ?? 0 });
    const day = at === "start" ? paidFrom : stay.to!.subtract({ days: 1 });
    if (!isOn(stay, day) || isBefore(day, paidFrom)) continue;
    if (made.some((one) => one.terms.kind === "once" && one.terms.at === at && one.from.equals(day) && isBefore(one.from, one.liveTo)))
      continue;
    const dueOn = at === "start" ? day : stay.to!;
    yield {
      ...oncePrice(version.document, fee, exemptOn(service, dueOn)),
      from: day,
      to: day.add({ days: 1 }),
      ...named(stay, version, fee, day),
      quantity: "1",
      dueOn,
      countsOn: day,
      terms: { kind: "once", at },
    };
  }
}

const named = (stay: Stay, { version }: VersionInForce, { code, name }: Fee, day: Day) => ({
  key: `fee:${stay.plan.planId}:${code}:${day}`,
  kind: "fee" as const,
  code,
  name,
  planId: stay.plan.planId,
  planVersion: version,
});
