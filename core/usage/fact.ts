// A record as it is rated, as it is stored, and as it is read back to be rated again.
import type { CallFact, Slice, UsageFact } from "../rating/usage.ts";
import type { CallFields, EventFields, MessageFields, SessionFields, TrafficFields, UsageRecord } from "./normal-form.ts";

const dialledDigits = (destination: string) => (destination.startsWith("+") ? destination.slice(1) : destination);

/** What is rated of a record. A call's price is that of the instant at which it was answered. */
export function factOf(record: UsageRecord): UsageFact {
  if (record.kind === "call") return callFactOf(record);
  const attributes = record.attributes ? { attributes: record.attributes } : {};
  const startMs = Date.parse(record.startedAt);
  switch (record.kind) {
    case "session":
    case "traffic": {
      const { kind, seconds, octetsIn, octetsOut } = record;
      const common = { startMs, seconds, octetsIn: BigInt(octetsIn), octetsOut: BigInt(octetsOut), ...attributes };
      if (record.kind === "session") return { kind: "session", ...common, ...sliceOf(record) };
      const { remote, trafficClass } = record;
      return {
        kind,
        ...common,
        ...(remote ? { remote: remote as NonNullable<typeof remote> } : {}),
        ...(trafficClass ? { trafficClass } : {}),
      } as UsageFact;
    }
    case "message":
      return {
        kind: "message",
        startMs,
        destination: dialledDigits(record.destination),
        direction: record.direction,
        messages: record.messages,
        ...attributes,
      };
    case "event":
      return { kind: "event", startMs, type: record.type, metrics: record.metrics, ...attributes };
  }
}

function callFactOf(call: CallFields): CallFact {
  const { startedAt, answeredAt, destination, direction, billableSec, disposition, trunk, attributes, slice } = call;
  const fact: CallFact = {
    kind: "call",
    startMs: Date.parse(answeredAt ?? startedAt),
    destination: dialledDigits(destination),
    direction,
    billableSec,
    answered: disposition === "answered",
  };
  // Most calls have none of these, and a literal is made faster than a spread.
  if (trunk === undefined && attributes === undefined && slice === undefined) return fact;
  return { ...fact, ...(trunk === undefined ? {} : { trunk }), ...(attributes === undefined ? {} : { attributes }), ...sliceOf(call) };
}

function sliceOf({ slice }: CallFields | SessionFields): { readonly slice?: Slice } {
  if (slice === undefined) return {};
  const { octetsIn, octetsOut } = { octetsIn: 0, octetsOut: 0, ...slice };
  return { slice: { session: slice.session, seconds: slice.seconds, octetsIn: BigInt(octetsIn), octetsOut: BigInt(octetsOut) } };
}

/** Columns of app.usage_records that hold the fact, named as there; a column that a kind has no use for is empty. */
export type FactColumns = {
  readonly call_id: string;
  readonly direction: string;
  readonly source: string;
  readonly destination: string;
  readonly disposition: string;
  readonly duration_sec: number;
  readonly billable_sec: number;
  readonly answered_at: string | null;
  readonly facts: StoredFacts | null;
};

type OfKind<T, K extends keyof T> = { readonly [key in K]?: T[key] };
/** What has no column: the record's own fields. */
export type StoredFacts = OfKind<CallFields, "trunk" | "attributes" | "accountCode"> &
  OfKind<SessionFields, "party" | "octetsIn" | "octetsOut" | "endedAt"> & {
    readonly slice?: CallFields["slice"] | SessionFields["slice"];
  } & OfKind<TrafficFields, "remote" | "trafficClass"> &
  OfKind<MessageFields, "messages"> &
  OfKind<EventFields, "type" | "metrics">;

const none = {
  call_id: "",
  direction: "",
  source: "",
  destination: "",
  disposition: "",
  duration_sec: 0,
  billable_sec: 0,
  answered_at: null,
};

export function columnsOf(record: UsageRecord): FactColumns {
  if (record.kind === "call") {
    const { callId, direction, source, destination, disposition, durationSec, billableSec, answeredAt, trunk, attributes, slice } = record;
    const none = trunk === undefined && attributes === undefined && slice === undefined;
    const facts = none ? null : withoutUndefined({ trunk, attributes, slice });
    return {
      call_id: callId,
      direction,
      source,
      destination,
      disposition,
      duration_sec: durationSec,
      billable_sec: billableSec,
      answered_at: answeredAt,
      facts,
    };
  }
  const { id, attributes, endedAt } = record;
  const common = { ...none, call_id: id };
  const end = endedAt === null ? {} : { endedAt };
  switch (record.kind) {
    case "session":
    case "traffic": {
      const { party, seconds, octetsIn, octetsOut } = record;
      const octets = { party, octetsIn: String(octetsIn), octetsOut: String(octetsOut), ...end };
      const own = { ...common, source: party.value, duration_sec: seconds };
      if (record.kind === "session") return { ...own, facts: withoutUndefined({ ...octets, attributes, slice: record.slice }) };
      const { remote, trafficClass } = record;
      return { ...own, destination: remote?.address ?? "", facts: withoutUndefined({ ...octets, remote, trafficClass, attributes }) };
    }
    case "message": {
      const { direction, source, destination, messages, accountCode } = record;
      const code = accountCode === "" ? {} : { accountCode };
      return { ...common, direction, source, destination, facts: withoutUndefined({ messages, ...code, ...end, attributes }) };
    }
    case "event": {
      const { party, type, metrics } = record;
      return { ...common, source: party.value, destination: type, facts: withoutUndefined({ party, type, metrics, ...end, attributes }) };
    }
  }
}

/** A row of app.usage_records, as far as it holds the fact; times as ISO text. */
export type StoredFact = FactColumns & { readonly kind: string; readonly started_at: string };

/** The fact of a stored record: exactly what was rated. */
export const factOfStored = (row: StoredFact): UsageFact => factOf(recordOfStored(row));

/** A stored record, as far as it is stored: without its source row, its end, and the account code of a call. */
export function recordOfStored(row: StoredFact): UsageRecord {
  const { kind, facts } = row;
  const attributes = facts?.attributes ? { attributes: facts.attributes } : {};
  const common = { id: row.call_id, startedAt: row.started_at, endedAt: null, flags: [], raw: "", ...attributes };
  switch (kind as UsageRecord["kind"]) {
    case "call":
      return {
        ...common,
        kind: "call",
        callId: row.call_id,
        answeredAt: row.answered_at,
        durationSec: row.duration_sec,
        billableSec: row.billable_sec,
        direction: row.direction as CallFields["direction"],
        accountCode: "",
        source: row.source,
        destination: row.destination,
        disposition: row.disposition as CallFields["disposition"],
        ...(facts?.trunk === undefined ? {} : { trunk: facts.trunk }),
        ...(facts?.slice === undefined ? {} : { slice: { session: facts.slice.session, seconds: facts.slice.seconds } }),
      };
    case "session":
      return {
        ...common,
        kind: "session",
        seconds: row.duration_sec,
        ...octetsOf(facts),
        ...(facts?.slice ? { slice: { octetsIn: 0, octetsOut: 0, ...facts.slice } } : {}),
      };
    case "traffic": {
      const { remote, trafficClass } = facts ?? {};
      return { ...common, kind: "traffic", seconds: row.duration_sec, ...octetsOf(facts), remote, trafficClass };
    }
    case "message": {
      const { direction, source, destination } = row;
      return {
        ...common,
        kind: "message",
        direction: direction as "out" | "in",
        accountCode: "",
        source,
        destination,
        messages: facts?.messages ?? 1,
      };
    }
    case "event":
      return { ...common, kind: "event", party: facts!.party!, type: facts!.type!, metrics: facts!.metrics ?? {} };
  }
}

const octetsOf = (facts: StoredFacts | null) => ({ party: facts!.party!, octetsIn: facts!.octetsIn!, octetsOut: facts!.octetsOut! });

const withoutUndefined = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
