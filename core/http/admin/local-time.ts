// Points of time in forms: a wall clock in the zone of whoever is signed in, with daylight saving as the calendar has it.

/** What a field of type datetime-local shows for an instant: "2026-11-23T16:40". */
export const localValue = (instant: Temporal.Instant | string, zone: string): string =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: "minute" });

/** The instant of "2026-11-23T16:40" in the zone, as ISO text. What is no such time stays as it is: the command says what is wrong with it. */
export function instantOf(text: string, zone: string): string {
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(zone).toInstant().toString();
  } catch {
    return text;
  }
}

/** `{ from: instant }`, or `{}` when nothing was chosen and the command takes the present. */
export const instantGiven = <K extends string>(name: K, text: string, zone: string): { [key in K]?: string } =>
  text === "" ? {} : ({ [name]: instantOf(text, zone) } as { [key in K]?: string });
