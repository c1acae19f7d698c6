// How long cards, and what they grant, last: days or months of the provider's calendar, the last one to its end.

/** "P30D" or "P6M". */
export const DURATION = /^P[1-9][0-9]{0,3}[DM]$/;

/** The end of the day that lies so long after the one in which `from` is; null: never. */
export function endAfter(from: Temporal.Instant, duration: string | null, zone: string): Temporal.Instant | null {
  if (duration === null) return null;
  const day = from.toZonedDateTimeISO(zone).toPlainDate().add(Temporal.Duration.from(duration));
  return day.add({ days: 1 }).toZonedDateTime(zone).toInstant();
}

export const dayIn = (now: Temporal.Instant, zone: string): string => now.toZonedDateTimeISO(zone).toPlainDate().toString();
