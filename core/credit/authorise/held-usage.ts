// Usage that is going to happen: what is priced, with so much of it.
import type { UsageFact } from "../../rating/usage.ts";
import type { AuthorisationRequest } from "./request.ts";

export type Quantity = { readonly seconds: number; readonly octets: bigint };
export const NONE: Quantity = { seconds: 0, octets: 0n };
/** What of a session is rated and charged already. */
export type Rated = { readonly seconds: number; readonly octetsIn: bigint; readonly octetsOut: bigint };
export const NOTHING_RATED: Rated = { seconds: 0, octetsIn: 0n, octetsOut: 0n };

/** Without quantities that grow: as it is stored with the hold. */
export type HeldUsage =
  | {
      readonly kind: "call";
      readonly destination: string;
      readonly direction: "out" | "in";
      readonly trunk?: string;
      readonly attributes?: Attributes;
    }
  /** `octetsAs`: the direction that costs more; nobody knows yet which it will be. */
  | { readonly kind: "session"; readonly octetsAs: "in" | "out"; readonly attributes?: Attributes }
  | {
      readonly kind: "message";
      readonly destination: string;
      readonly direction: "out" | "in";
      readonly messages: number;
      readonly attributes?: Attributes;
    }
  | { readonly kind: "event"; readonly type: string; readonly metrics: Readonly<Record<string, string>>; readonly attributes?: Attributes };
type Attributes = Readonly<Record<string, string>>;

const digitsOf = (number: string) => (number.startsWith("+") ? number.slice(1) : number);

export function heldUsageOf(request: AuthorisationRequest): HeldUsage {
  const attributes = request.attributes ? { attributes: request.attributes } : {};
  switch (request.kind) {
    case "call": {
      const { kind, destination, direction, trunk } = request;
      return { kind, destination: digitsOf(destination), direction, ...(trunk === undefined ? {} : { trunk }), ...attributes };
    }
    case "session":
      return { kind: "session", octetsAs: "in", ...attributes };
    case "message": {
      const { kind, destination, direction, messages } = request;
      return { kind, destination: digitsOf(destination), direction, messages, ...attributes };
    }
    case "event": {
      const { kind, type, metrics } = request;
      return { kind, type, metrics, ...attributes };
    }
  }
}

export type HeldSession = {
  readonly sessionKey: string;
  readonly usage: HeldUsage;
  readonly startedMs: number;
  /** Counted from its beginning. */
  readonly until: Quantity;
  readonly rated: Rated;
};

/** What will be rated if the session goes on to there: a slice of it, where a part is rated already. */
export function factOfHeld({ sessionKey, usage, startedMs: startMs, until, rated }: HeldSession): UsageFact {
  const seconds = Math.max(0, until.seconds - rated.seconds);
  const begun = rated.octetsIn + rated.octetsOut;
  const slice = rated.seconds > 0 || begun > 0n ? { slice: { session: sessionKey, ...rated } } : {};
  switch (usage.kind) {
    case "call":
      return { ...usage, startMs, billableSec: seconds, answered: true, ...slice };
    case "session": {
      const { kind, octetsAs, attributes } = usage;
      const octets = until.octets > begun ? until.octets - begun : 0n;
      const [octetsIn, octetsOut] = octetsAs === "in" ? [octets, 0n] : [0n, octets];
      return { kind, startMs, seconds, octetsIn, octetsOut, ...(attributes ? { attributes } : {}), ...slice };
    }
    case "message":
    case "event":
      return { ...usage, startMs };
  }
}
