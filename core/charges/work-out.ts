// What is due for services: their fees, and what the ends of their billing periods bring. Reads, and writes nothing: a preview asks the same.
import type { RawTx } from "../../db/client.ts";
import { type BillingPart, overParts, startOfPart } from "../rating/charges/billing-part.ts";
import type { DueCharge } from "../rating/charges/due.ts";
import { type Due, dueFees, type Made } from "../rating/charges/fees.ts";
import { type Given, periodEnd } from "../rating/charges/period-end.ts";
import { feeTotals } from "../rating/charges/statement.ts";
import { exemptOn, isBefore } from "../rating/charges/timeline.ts";
import type { DueService } from "./load-services.ts";
import { madeCharges } from "./made-charges.ts";
import { type UsageShift, usageTotals } from "./period-totals.ts";

export type ServiceDue = {
  readonly service: DueService;
  readonly lines: readonly DueCharge[];
  readonly next: Temporal.Instant | undefined;
  readonly closedTo: Temporal.PlainDate | undefined;
};

/** `shifts`: with usage priced otherwise than it is. */
export async function workOut(
  t: RawTx,
  providerId: number,
  services: readonly DueService[],
  now: Temporal.Instant,
  shifts: readonly UsageShift[] = [],
): Promise<ServiceDue[]> {
  const plans = (await withAllNeeded(t, providerId, services, now)).map(({ service, fees, since }) => ({
    ...{ service, fees, since },
    ...overParts(service.timeline, since, now),
  }));
  const asked = plans.flatMap(({ service, parts }) =>
    parts
      .filter((part) => looksAtUsage(part, service))
      .map((part) => ({ accountId: service.accountId, serviceId: service.serviceId, part })),
  );
  const totals = await usageTotals(t, providerId, asked, shifts);
  const totalsOf = new Map(asked.map(({ part }, i) => [part, totals[i]!]));

  return plans.map(({ service, fees, since, parts, next }) => {
    const all: readonly Made[] = [...service.made, ...fees.lines];
    const ends = parts.flatMap((part) => {
      const usage = totalsOf.get(part);
      return usage ? periodEnd(part, [...feeTotals(all, part), ...usage], givenOf(service, part), exemptOn(service.timeline, part.to)) : [];
    });
    const soonest = [fees.next, next].filter((one) => one !== undefined).sort(Temporal.Instant.compare)[0];
    const closedTo = parts.at(-1)?.to ?? since;
    return { service, lines: [...fees.lines, ...ends, ...takenBack(service, parts, since, closedTo)], next: soonest, closedTo };
  });
}

/**
 * What is due mostly follows the last charges. Where it reaches back before the day from which all of them were read (a fee that was never charged, one in
 * arrears for longer than a billing period), all are read, and it is worked out anew.
 */
async function withAllNeeded(t: RawTx, providerId: number, services: readonly DueService[], now: Temporal.Instant) {
  const feesOf = (service: DueService) => {
    const fees = dueFees(service.timeline, service.made, now);
    return { service, fees, since: reviewFrom(service, fees) };
  };
  const found = services.map(feesOf);
  const reachesBack = ({ service: { madeSince }, fees, since }: (typeof found)[number]) =>
    madeSince !== undefined && [since, ...fees.lines.map(({ from }) => from)].some((day) => day !== undefined && isBefore(day, madeSince));
  const again = found.filter(reachesBack).map(({ service }) => service);
  const made = await madeCharges(
    t,
    providerId,
    again.map(({ accountId, serviceId, timeline: { stays } }) => ({ accountId, serviceId, since: undefined, stays })),
  );
  return found.map((one) =>
    reachesBack(one) ? feesOf({ ...one.service, made: made.get(one.service.serviceId) ?? [], madeSince: undefined }) : one,
  );
}

/** From where billing periods are added up: where they weren't yet, or where something changed since they were. */
function reviewFrom({ timeline, closedTo, pinnedTo, recheckFrom }: DueService, fees: Due): Temporal.PlainDate | undefined {
  if (closedTo === undefined) return undefined;
  const days = [recheckFrom, ...fees.lines.map((line) => line.countsOn)].filter((day) => day !== undefined);
  const first = days.sort(Temporal.PlainDate.compare)[0];
  if (first === undefined || Temporal.PlainDate.compare(first, closedTo) >= 0) return closedTo;
  const start = startOfPart(timeline, first);
  return pinnedTo && (!start || Temporal.PlainDate.compare(start, pinnedTo) < 0) ? pinnedTo : start;
}

/** Only what is charged from usage needs its totals. */
const looksAtUsage = ({ version: { document }, from }: BillingPart, { made }: DueService): boolean =>
  document.minimum !== undefined ||
  document.discounts.length > 0 ||
  document.usage.some(({ per }) => per === "period") ||
  made.some((one) => isOfPeriod(one) && one.from.equals(from));

const isOfPeriod = ({ key }: Made) => key.startsWith("period:");
const partName = (one: { planId: string; from: Temporal.PlainDate }) => `${one.planId} ${one.from}`;

function givenOf({ made }: DueService, { stay, from }: BillingPart): Given[] {
  const name = partName({ planId: stay.plan.planId, from });
  return givenIn(made.filter((one) => isOfPeriod(one) && partName(one) === name));
}

function givenIn(made: readonly Made[]): Given[] {
  const given = new Map<string, Given>();
  for (const { kind, code, name, amountMicros, taxMicros } of made) {
    const before = given.get(`${kind} ${code}`) ?? { kind, code, name, amountMicros: 0n, taxMicros: 0n, times: 0 };
    given.set(`${kind} ${code}`, {
      ...before,
      amountMicros: before.amountMicros + amountMicros,
      taxMicros: before.taxMicros + taxMicros,
      times: before.times + 1,
    });
  }
  return [...given.values()];
}

/** What was charged for billing periods that the service turned out not to have. */
function takenBack(
  { made }: DueService,
  parts: readonly BillingPart[],
  since: Temporal.PlainDate | undefined,
  closedTo: Temporal.PlainDate | undefined,
): DueCharge[] {
  const existing = new Set(parts.map((part) => partName({ planId: part.stay.plan.planId, from: part.from })));
  const orphans = made.filter(
    (one) => isOfPeriod(one) && (since === undefined || Temporal.PlainDate.compare(one.from, since) >= 0) && !existing.has(partName(one)),
  );
  return [...Map.groupBy(orphans, partName).values()].flatMap((of) =>
    givenIn(of).flatMap(({ kind, code, name, amountMicros, taxMicros, times }) => {
      const one = of.find((line) => line.kind === kind && line.code === code)!;
      if (amountMicros === 0n && taxMicros === 0n) return [];
      return {
        ...one,
        key: `period:${kind}:${one.planId}:${code}:${one.from}:${times + 1}`,
        amountMicros: -amountMicros,
        taxMicros: -taxMicros,
        dueOn: closedTo ?? one.to,
        trace: [{ kind: "given_back" as const, from: one.from.toString(), to: one.to.toString(), name }],
      };
    }),
  );
}
