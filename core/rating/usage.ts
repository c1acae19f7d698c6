// What is rated: one fact of usage, of any kind, with the figures that prices are made from. Quantities are whole or exact, never floats.

/** Of the service, or of the usage: {"speed": "100"}. */
export type Attributes = Readonly<Record<string, string>>;

type Fact = {
  /** When it began, in milliseconds since 1970; of a call, when it was answered. Decides plan version, time band and period. */
  readonly startMs: number;
  readonly attributes?: Attributes;
};

/**
 * Where a slice lies in its session, or call: so much of that had been used before. The fact's own figures are then the slice's alone, and it began
 * when the session did.
 */
export type Slice = {
  /** The session's own id, the same in all its slices. */
  readonly session: string;
  readonly seconds: number;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
};

export type CallFact = Fact & {
  readonly kind: "call";
  /** Digits without "+", or whatever was dialled. */
  readonly destination: string;
  readonly direction: "out" | "in";
  readonly trunk?: string;
  /** Whole seconds. */
  readonly billableSec: number;
  readonly answered: boolean;
  readonly slice?: Slice;
};

/** A session of internet access. */
export type SessionFact = Fact & {
  readonly kind: "session";
  readonly seconds: number;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
  readonly slice?: Slice;
};

/** Traffic of one class in one bucket of time (5 minutes, unless the collector says otherwise). */
export type TrafficFact = Fact & {
  readonly kind: "traffic";
  readonly seconds: number;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
  /** The far end, as text; decides the traffic class. */
  readonly remote?: { readonly address: string; readonly port?: number; readonly protocol?: "tcp" | "udp" };
  /** The class, where the collector has decided it already. */
  readonly trafficClass?: string;
};

export type MessageFact = Fact & {
  readonly kind: "message";
  readonly destination: string;
  readonly direction: "out" | "in";
  readonly messages: number;
};

/** Anything else that is counted: {"type": "water", "metrics": {"litres": "110.5"}}. */
export type EventFact = Fact & {
  readonly kind: "event";
  readonly type: string;
  /** Exact decimals as text, not below zero. */
  readonly metrics: Readonly<Record<string, string>>;
};

export type UsageFact = CallFact | SessionFact | TrafficFact | MessageFact | EventFact;
