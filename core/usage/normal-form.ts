// One usage record in one form, whatever collected it: what agents, importers and the API hand over, and what quarantine keeps.
import * as v from "valibot";
import {
  attributes,
  callSlice,
  direction,
  eventType,
  flags,
  instant,
  MAX_CALL_ID_CHARS,
  MAX_NUMBER_CHARS,
  MAX_RAW_CHARS,
  metrics,
  octets,
  party,
  remote,
  seconds,
  sessionSlice,
  text,
  trafficClass,
  trunk,
} from "./record-fields.ts";

export { isInstantText, MAX_CALL_ID_CHARS, MAX_NUMBER_CHARS, MAX_RAW_CHARS } from "./record-fields.ts";
export const MAX_BATCH_RECORDS = 10_000;

export const dispositions = ["answered", "no_answer", "busy", "failed", "congestion", "cancelled", "unknown"] as const;
export type Disposition = (typeof dispositions)[number];

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
  direction,
  accountCode: text(MAX_NUMBER_CHARS),
  source: text(MAX_NUMBER_CHARS),
  destination: text(MAX_NUMBER_CHARS),
  disposition: v.picklist(dispositions),
  /** The line to or from another exchange. */
  trunk: v.optional(trunk),
  attributes: v.optional(attributes),
  slice: v.optional(callSlice),
  flags,
  /** The source row, word for word, or "" when there is none (records sent through the API). */
  raw: text(MAX_RAW_CHARS),
});

/** What every kind but the call begins with. `id`: the collector's own, of the session, the flow, the message; "" when there is none. */
const common = {
  id: v.optional(text(MAX_CALL_ID_CHARS), ""),
  startedAt: instant,
  endedAt: v.optional(v.nullable(instant), null),
  attributes: v.optional(attributes),
  flags: v.optional(flags, []),
  raw: v.optional(text(MAX_RAW_CHARS), ""),
};
const octetCounts = { seconds: v.optional(seconds, 0), octetsIn: octets, octetsOut: octets };

/** A session of internet access; with `slice`, a part of one that has its price from its place in the whole. */
export const sessionSchema = v.strictObject({
  kind: v.literal("session"),
  party,
  ...common,
  ...octetCounts,
  slice: v.optional(sessionSlice),
});

/** Traffic of one class in one bucket of time. */
export const trafficSchema = v.strictObject({
  kind: v.literal("traffic"),
  party,
  ...common,
  ...octetCounts,
  /** The far end: decides the traffic class, unless the collector has. */
  remote: v.optional(remote),
  trafficClass: v.optional(trafficClass),
});

export const messageSchema = v.strictObject({
  kind: v.literal("message"),
  ...common,
  direction: v.optional(direction, "out"),
  accountCode: v.optional(text(MAX_NUMBER_CHARS), ""),
  source: text(MAX_NUMBER_CHARS),
  destination: text(MAX_NUMBER_CHARS),
  /** Parts that are counted; 1 unless told. */
  messages: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000_000)), 1),
});

/** Anything else that is counted: {"type": "water", "metrics": {"litres": "110.5"}}. */
export const eventSchema = v.strictObject({
  kind: v.literal("event"),
  party,
  ...common,
  type: eventType,
  /** Exact decimals as text. */
  metrics: v.optional(metrics, {}),
});

export const unreadableSchema = v.strictObject({
  kind: v.literal("unreadable"),
  raw: text(MAX_RAW_CHARS),
  /** Code of what is wrong, snake_case. */
  reason: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/)),
  /** Column of the source row that is wrong, from 1; absent when it is the row as a whole. */
  column: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))),
});

/** One row of a source: usage, or a row that can't be read and waits in quarantine for a person. */
export const sourceRecordSchema = v.variant("kind", [
  callSchema,
  sessionSchema,
  trafficSchema,
  messageSchema,
  eventSchema,
  unreadableSchema,
]);

export type CallFields = v.InferOutput<typeof callSchema>;
export type SessionFields = v.InferOutput<typeof sessionSchema>;
export type TrafficFields = v.InferOutput<typeof trafficSchema>;
export type MessageFields = v.InferOutput<typeof messageSchema>;
export type EventFields = v.InferOutput<typeof eventSchema>;
/**
 * `fromPartner`: a partner's usage on its way up the chain (`chain/wholesale-record.ts`), by the partner's provider id. No door takes it: it is
 * added inside.
 */
export type UsageRecord = (CallFields | SessionFields | TrafficFields | MessageFields | EventFields) & { readonly fromPartner?: number };
export type UnreadableRow = v.InferOutput<typeof unreadableSchema>;
export type SourceRecord = UsageRecord | UnreadableRow;

const batchFields = v.strictObject({
  /** Which life of the spool this is; a new or restored spool is recognised by it. */
  spoolId: v.optional(v.pipe(v.string(), v.uuid())),
  firstSequence: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  file: v.optional(v.strictObject({ id: v.pipe(v.string(), v.uuid()), name: text(255) })),
  records: v.pipe(v.array(sourceRecordSchema), v.minLength(1), v.maxLength(MAX_BATCH_RECORDS)),
});
/** One POST from a spool to the core: rows of one file, numbered from `firstSequence` without gaps. */
export const usageBatchSchema = v.pipe(
  batchFields,
  // A number that a double can't hold would be counted as its neighbour, and the rows after it taken for known.
  v.check(({ firstSequence, records }) => Number.isSafeInteger(firstSequence + records.length), "numbers its rows beyond 2^53"),
);
export type UsageBatch = v.InferOutput<typeof usageBatchSchema>;
