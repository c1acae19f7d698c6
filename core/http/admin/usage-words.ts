// Usage in words, alike wherever usage is shown.
import { type UsageWords, usageWords } from "../../../views/shared/usage-words.ts";

export { type UsageWords, usageWords };

/** What came of it: of a call how it ended, of others how much it was. */
export const resultOf = ({ kind, disposition }: { readonly kind: string; readonly disposition: string }, { amount }: UsageWords): string =>
  kind === "call" ? dispositionText(disposition) : amount;

const dispositions: Readonly<Record<string, string>> = {
  answered: "answered",
  no_answer: "no answer",
  busy: "busy",
  failed: "failed",
  congestion: "congestion",
  cancelled: "cancelled",
  unknown: "unknown",
};
export const dispositionText = (code: string): string => dispositions[code] ?? code.replaceAll("_", " ");

const freeReasons: Readonly<Record<string, string>> = {
  not_answered: "Nobody answered: nothing is charged",
  zero_duration: "It lasted 0 seconds: nothing is charged",
  grace: "It ended within the free seconds: nothing is charged",
  covered: "A bundle pays for it",
  incoming: "What is received costs its receiver nothing",
};
export const freeReasonText = (code: string): string => freeReasons[code] ?? code.replaceAll("_", " ");

const flags: Readonly<Record<string, string>> = {
  billable_exceeds_duration: "the billed seconds exceed the duration",
  billable_without_answer: "billed seconds of a call that nobody answered",
  more_octets_than_time: "no line carries so many octets in its time",
  clock_was_not_set: "it began before the year 2000",
  ends_before_start: "it ends before it begins",
  duration_disagrees_with_times: "the duration isn’t the time between beginning and end",
  answer_time_missing: "it was answered, but it isn’t said when",
  answered_before_start: "it was answered before it began",
  answered_after_end: "it was answered after it ended",
};
export const flagText = (code: string): string => flags[code] ?? code.replaceAll("_", " ");
