// Usage that comes when its billing period has been added up already: the minimum and the discounts of that period are made anew.
import type { RawTx } from "../../db/client.ts";
import { reopenPeriods } from "../charges/schedule.ts";
import { dayOf } from "../kernel/period.ts";
import type { RatedRecord } from "./rate-records.ts";

/** The caller holds the balances. Only plans that add something up are looked at, so that a batch of plain calls costs nothing here. */
export async function reopenAddedUp(t: RawTx, providerId: number, records: readonly RatedRecord[], now: Temporal.Instant): Promise<void> {
  const first = new Map<string, { accountId: string; serviceId: string; day: string }>();
  for (const { plan, holder, record } of records) {
    const { document, zone } = plan.plan;
    if (!document.minimum && document.discounts.length === 0 && !document.usage.some(({ per }) => per === "period")) continue;
    const day = dayOf(Temporal.Instant.from(record.startedAt), zone).toString();
    const before = first.get(holder.serviceId);
    if (!before || day < before.day) first.set(holder.serviceId, { accountId: holder.accountId, serviceId: holder.serviceId, day });
  }
  await reopenPeriods(t, providerId, [...first.values()], now);
}
