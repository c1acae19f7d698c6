// What can't be true in a record, for any source: it is quarantined with these codes instead of being charged.
import type { CallFields, UsageRecord } from "./normal-form.ts";

// Sources count whole seconds of a clock with fractions, each truncated or rounded by itself.
const CLOCK_TOLERANCE_SEC = 2;
/** A terabit a second: no subscriber's line carries more. */
const MOST_OCTETS_PER_SEC = 125_000_000_000n;

/** `reportedBillableSec`: of a call, what the source said before it was set to 0 for one that nobody answered. */
export function implausibilities(record: UsageRecord, reportedBillableSec?: number): string[] {
  if (record.kind === "call") return ofCall(record, reportedBillableSec);
  const lengthSec = record.kind === "session" || record.kind === "traffic" ? record.seconds : undefined;
  // What lies before a slice is a part of the time from the session's beginning to the slice's end.
  const beforeSec = record.kind === "session" ? (record.slice?.seconds ?? 0) : 0;
  const flags = ofTimes(record, lengthSec === undefined ? undefined : beforeSec + lengthSec);
  if (lengthSec === undefined || (record.kind !== "session" && record.kind !== "traffic")) return flags;
  const most = MOST_OCTETS_PER_SEC * BigInt(lengthSec + CLOCK_TOLERANCE_SEC);
  if (BigInt(record.octetsIn) > most || BigInt(record.octetsOut) > most) flags.push("more_octets_than_time");
  return flags;
}

type Times = { readonly startedAt: string; readonly endedAt: string | null };

function ofTimes({ startedAt, endedAt }: Times, lengthSec: number | undefined): string[] {
  const flags: string[] = [];
  if (startedAt < "2000") flags.push("clock_was_not_set");
  if (endedAt === null) return flags;
  const elapsedSec = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  if (elapsedSec < 0) flags.push("ends_before_start");
  else if (lengthSec !== undefined && Math.abs(elapsedSec - lengthSec) > CLOCK_TOLERANCE_SEC) flags.push("duration_disagrees_with_times");
  return flags;
}

function ofCall(call: CallFields, reportedBillableSec = call.billableSec): string[] {
  const flags: string[] = [];
  if (reportedBillableSec > call.durationSec) flags.push("billable_exceeds_duration");
  if (call.disposition !== "answered" && reportedBillableSec > 0) flags.push("billable_without_answer");
  // Of a slice it isn't told how long the telephone rang.
  const { slice, answeredAt, endedAt } = call;
  const sinceAnswer = { startedAt: answeredAt ?? call.startedAt, endedAt };
  flags.push(...(slice ? ofTimes(sinceAnswer, slice.seconds + call.billableSec) : ofTimes(call, call.durationSec)));
  if (call.disposition !== "answered") return flags;
  if (call.answeredAt === null) flags.push("answer_time_missing");
  else {
    const answered = Date.parse(call.answeredAt);
    if (answered < Date.parse(call.startedAt)) flags.push("answered_before_start");
    if (call.endedAt !== null && answered > Date.parse(call.endedAt)) flags.push("answered_after_end");
  }
  return flags;
}
