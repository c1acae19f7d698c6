// One usage record in one form, whatever collected it: what agents, importers and the API hand over, and what quarantine keeps.
import * as v from "valibot";

/** Longest text of a source row that a record carries, in UTF-16 code units. A longer row is unreadable and keeps its beginning and a digest. */
export const MAX_RAW_CHARS = 8192;
/** Longest account code, source or destination, in UTF-16 code units. */
export const MAX_NUMBER_CHARS = 80;
export const MAX_CALL_ID_CHARS = 150;
export const MAX_BATCH_RECORDS = 10_000;

export const dispositions = ["answered", "no_answer", "busy", "failed", "congestion", "cancelled", "unknown"] as const;
export type Disposition = (typeof dispositions)[number];

// PostgreSQL's text holds no NUL and only whole characters; a record that carries either would fail the whole batch it is in.
const storable = (text: string) => !text.includes("\0") && text.isWellFormed();
const text = (maxChars: number) => v.pipe(v.string(), v.maxLength(maxChars), v.check(storable, "NUL or a lone surrogate"));

const instantShape = /^(?:19[7-9]\d|20\d\d|21\d\d)-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
/** True for an ISO 8601 instant in UTC of the years 1970 to 2199 that exists in the calendar. */
export function isInstantText(value: string): boolean {
  if (!instantShape.test(value)) return false;
  const date = new Date(value);
  // A 31st of February parses in some engines and comes back as another day.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value.slice(0, 19));
}
const instant = v.pipe(v.string(), v.check(isInstantText, "not an instant in UTC"));
const seconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647));

export const callSchema = v.strictObject({
  kind: v.literal("call"),
  /** The collector's own id of the call leg, or "" when the source has none. Not unique: see `recordKey`. */
  callId: text(MAX_CALL_ID_CHARS),
  startedAt: instant,
  /** Null unless the call was answered. */
  answeredAt: v.nullable(instant),
  endedAt: v.nullable(instant),
  durationSec: seconds,
  /** Seconds of conversation as the source counted them; 0 unless answered. */
  billableSec: seconds,
  direction: v.picklist(["out", "in"]),
  accountCode: text(MAX_NUMBER_CHARS),
  source: text(MAX_NUMBER_CHARS),
  destination: text(MAX_NUMBER_CHARS),
  disposition: v.picklist(dispositions),
  /** Why the record must not be rated without a person's look: snake_case codes, none for a sound record. */
  flags: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/))), v.maxLength(16)),
  /** The source row, word for word, or "" when there is none (records sent through the API). */
  raw: text(MAX_RAW_CHARS),
});

export const unreadableSchema = v.strictObject({
  kind: v.literal("unreadable"),
  raw: text(MAX_RAW_CHARS),
  /** Code of what is wrong, snake_case. */
  reason: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/)),
  /** Column of the source row that is wrong, from 1; absent when it is the row as a whole. */
  column: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))),
});

/** One row of a source: a call, or a row that can't be read and waits in quarantine for a person. */
export const callRecordSchema = v.variant("kind", [callSchema, unreadableSchema]);

export type CallFields = v.InferOutput<typeof callSchema>;
export type UnreadableRow = v.InferOutput<typeof unreadableSchema>;
export type CallRecord = CallFields | UnreadableRow;

const batchFields = v.strictObject({
  /** Which life of the spool this is; a new or restored spool is recognised by it. */
  spoolId: v.optional(v.pipe(v.string(), v.uuid())),
  firstSequence: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  file: v.optional(v.strictObject({ id: v.pipe(v.string(), v.uuid()), name: text(255) })),
  records: v.pipe(v.array(callRecordSchema), v.minLength(1), v.maxLength(MAX_BATCH_RECORDS)),
});
/** One POST from a spool to the core: rows of one file, numbered from `firstSequence` without gaps. */
export const usageBatchSchema = v.pipe(
  batchFields,
  // A number that a double can't hold would be counted as its neighbour, and the rows after it taken for known.
  v.check(({ firstSequence, records }) => Number.isSafeInteger(firstSequence + records.length), "numbers its rows beyond 2^53"),
);
export type UsageBatch = v.InferOutput<typeof usageBatchSchema>;

/**
 * The natural key of a record: 128 bits in uuid text form, the same on every machine and in every release.
 *
 * A record that carries its source row is keyed by the row: byte-identical rows are one record, rows that differ in any column are
 * two. What the codec made of the row stays out, so that a corrected codec or number rule can't turn the same row into a second
 * charge. A record without a source row is keyed by all its fields, so a blank call id collides with nothing. Unreadable rows are
 * keyed apart: they were never charged, and a later codec that can read the row must not be stopped by them.
 *
 * SHA-256 cut to 128 bits. A caller chooses parts of a row (number, name): with a fast seeded hash one could search for two rows
 * with one key and have the second call dropped as a duplicate; here that search costs 2^64 rows, and the PBX adds the time,
 * channel and sequence that the caller doesn't choose. By accident: 10^12 records collide with probability below 10^-14.
 * About 1,400,000 keys a second on one core; two seeded xxHash64 gave 3,900,000 and no such protection.
 */
export function recordKey(record: CallRecord): string {
  const subject = record.raw !== "" ? `${record.kind}\n${record.raw}` : `${record.kind}\0${fieldsOf(record)}`;
  const hex = Bun.SHA256.hash(subject, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

// A JSON array and not a joined text: no value can pretend to be two. The order is part of the key and never changes.
function fieldsOf(r: CallRecord): string {
  if (r.kind === "unreadable") return JSON.stringify([r.reason]);
  return JSON.stringify([
    r.callId,
    r.startedAt,
    r.answeredAt,
    r.endedAt,
    r.durationSec,
    r.billableSec,
    r.direction,
    r.accountCode,
    r.source,
    r.destination,
    r.disposition,
  ]);
}

// Sources count whole seconds of a clock with fractions, each truncated or rounded by itself.
const CLOCK_TOLERANCE_SEC = 2;

/**
 * Codes of what can't be true in a call, for any source: the record is quarantined with them instead of being charged.
 * `reportedBillableSec` is what the source said before it was set to 0 for an unanswered call.
 */
export function implausibilities(call: CallFields, reportedBillableSec = call.billableSec): string[] {
  const flags: string[] = [];
  if (reportedBillableSec > call.durationSec) flags.push("billable_exceeds_duration");
  if (call.disposition !== "answered" && reportedBillableSec > 0) flags.push("billable_without_answer");
  const started = Date.parse(call.startedAt) / 1000;
  if (call.startedAt < "2000") flags.push("clock_was_not_set");
  const ended = call.endedAt === null ? null : Date.parse(call.endedAt) / 1000;
  if (ended !== null && ended < started) flags.push("ends_before_start");
  else if (ended !== null && Math.abs(ended - started - call.durationSec) > CLOCK_TOLERANCE_SEC)
    flags.push("duration_disagrees_with_times");
  if (call.disposition === "answered") {
    if (call.answeredAt === null) flags.push("answer_time_missing");
    else {
      const answered = Date.parse(call.answeredAt) / 1000;
      if (answered < started) flags.push("answered_before_start");
      if (ended !== null && answered > ended) flags.push("answered_after_end");
    }
  }
  return flags;
}
