// What follows usage that would be rated again: minimum and discounts of billing periods that were added up already. The run charges it by the job, as
// for usage that comes late, in closed months too; a preview asks here.
import type { RawTx } from "../../db/client.ts";
import { type DueService, loadServices } from "./load-services.ts";
import type { UsageShift } from "./period-totals.ts";
import { type ServiceDue, workOut } from "./work-out.ts";

/** Usage of the service changes from this day of its plan on. */
export type ChangedService = { readonly accountId: string; readonly serviceId: string; readonly day: string };

/** By account, net and tax together, in micros. */
export async function whatFollows(
  t: RawTx,
  providerId: number,
  changed: readonly ChangedService[],
  shifts: readonly UsageShift[],
  now: Temporal.Instant,
): Promise<Map<string, bigint>> {
  const days = new Map(changed.map(({ serviceId, day }) => [serviceId, Temporal.PlainDate.from(day)]));
  const accountIds = [...new Set(changed.map((one) => one.accountId))];
  const all = days.size === 0 ? [] : await loadServices(t, providerId, accountIds, now, [...days.keys()]);
  const addedUp = all.filter(({ serviceId, closedTo }) => closedTo && Temporal.PlainDate.compare(closedTo, days.get(serviceId)!) > 0);
  if (addedUp.length === 0) return new Map();
  const again = addedUp.map((one): DueService => ({ ...one, recheckFrom: earlier(days.get(one.serviceId)!, one.recheckFrom) }));
  const sums = new Map<string, bigint>();
  const count = (due: readonly ServiceDue[], sign: bigint) => {
    for (const { service, lines } of due)
      for (const { amountMicros, taxMicros } of lines)
        sums.set(service.accountId, (sums.get(service.accountId) ?? 0n) + sign * (amountMicros + taxMicros));
  };
  // What is due anyway isn't a matter of the usage.
  count(await workOut(t, providerId, addedUp, now), -1n);
  count(await workOut(t, providerId, again, now, shifts), 1n);
  return sums;
}

const earlier = (a: Temporal.PlainDate, b: Temporal.PlainDate | undefined) => (b && Temporal.PlainDate.compare(b, a) < 0 ? b : a);
