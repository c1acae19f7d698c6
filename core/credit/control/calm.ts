// When nobody is blocked, and when nobody is written to: nights, weekends, holidays, in the provider's zone.
import { holidayTest } from "../../catalog/document/public-holidays.ts";
import type { Hours, Policy } from "./policy.ts";

// A calendar could call every day a holiday; then it is blocked all the same.
const mostDays = 40;

/** The first moment from `now` on that is outside of the calm hours; `now` itself when it is. */
export function afterCalm({ night, weekends, holidays }: Policy["calm"], zone: string, now: Temporal.Instant): Temporal.Instant {
  const isHoliday = holidayTest(holidays ?? undefined);
  let at = now;
  for (let day = 0; day < mostDays; day++) {
    const local = at.toZonedDateTimeISO(zone);
    const date = local.toPlainDate();
    if ((weekends && date.dayOfWeek >= 6) || isHoliday(date.toString())) {
      at = date.add({ days: 1 }).toZonedDateTime(zone).toInstant();
      continue;
    }
    const awake = afterHours(night, zone, at);
    if (awake.equals(at)) return at;
    at = awake;
  }
  return at;
}

/** The end of the hours that `now` lies in, or `now`. Hours may go over midnight. */
export function afterHours(hours: Hours | null, zone: string, now: Temporal.Instant): Temporal.Instant {
  if (!hours) return now;
  const local = now.toZonedDateTimeISO(zone);
  const time = local.toPlainTime();
  const [from, to] = [Temporal.PlainTime.from(hours.from), Temporal.PlainTime.from(hours.to)];
  const before = (a: Temporal.PlainTime, b: Temporal.PlainTime) => Temporal.PlainTime.compare(a, b) < 0;
  const overMidnight = before(to, from);
  const inside = overMidnight ? !before(time, from) || before(time, to) : !before(time, from) && before(time, to);
  if (!inside) return now;
  const day = overMidnight && !before(time, from) ? local.toPlainDate().add({ days: 1 }) : local.toPlainDate();
  const end = day.toZonedDateTime({ timeZone: zone, plainTime: to }).toInstant();
  // A clock that is set back shows the end of the night twice.
  return Temporal.Instant.compare(end, now) > 0 ? end : now;
}
