// From usage as a quote takes it to the fact that is rated.
import type { QuotedUsage } from "./quote-document.ts";
import type { UsageFact } from "./usage.ts";

/** `nowMs` is the beginning of usage that doesn't say when it began. */
export function quotedFact(usage: QuotedUsage, nowMs: number): UsageFact {
  const startMs = usage.startedAt === undefined ? nowMs : Temporal.Instant.from(usage.startedAt).epochMilliseconds;
  const began = { startMs, ...(usage.attributes ? { attributes: usage.attributes } : {}) };
  switch (usage.kind) {
    case "session":
      return { kind: "session", ...began, seconds: usage.seconds, ...octetsOf(usage), ...sliceOf(usage.slice) };
    case "traffic": {
      const { seconds, remote, trafficClass } = usage;
      return { kind: "traffic", ...began, seconds, ...octetsOf(usage), ...given({ remote, trafficClass }) } as UsageFact;
    }
    case "message":
      return { kind: "message", ...began, destination: digits(usage.destination), direction: usage.direction, messages: usage.messages };
    case "event":
      return { kind: "event", ...began, type: usage.type, metrics: usage.metrics };
    default: {
      const { destination, seconds, answered, direction = "out", trunk } = usage;
      const call = { destination: digits(destination), direction, billableSec: seconds, answered };
      return { kind: "call", ...began, ...call, ...sliceOf(usage.slice), ...given({ trunk }) } as UsageFact;
    }
  }
}

const digits = (destination: string) => (destination.startsWith("+") ? destination.slice(1) : destination);

const octetsOf = ({ octetsIn, octetsOut }: { readonly octetsIn: string | number; readonly octetsOut: string | number }) => ({
  octetsIn: BigInt(octetsIn),
  octetsOut: BigInt(octetsOut),
});

type Before = {
  readonly session: string;
  readonly seconds: number;
  readonly octetsIn?: string | number;
  readonly octetsOut?: string | number;
};
const sliceOf = (slice: Before | undefined) =>
  slice ? { slice: { session: slice.session, seconds: slice.seconds, ...octetsOf({ octetsIn: 0, octetsOut: 0, ...slice }) } } : {};

const given = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
