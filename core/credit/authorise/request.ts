// What an agent asks before something that costs money begins, or goes on, and what it is answered.
import * as v from "valibot";
import {
  attributes,
  direction,
  eventType,
  instant,
  MAX_NUMBER_CHARS,
  metrics,
  octets,
  party,
  seconds,
  text,
  trunk,
} from "../../usage/record-fields.ts";

const line = (most: number) => v.pipe(text(most), v.minLength(1));
const some = v.strictObject({ seconds: v.optional(seconds), octets: v.optional(octets) });
const number = text(MAX_NUMBER_CHARS);

const common = {
  /** Of this question: the same one asked again gets the same answer. */
  requestId: line(128),
  /** Of the session or call, unique for the provider and composed by the agent; its usage comes under the same. */
  sessionKey: line(255),
  /** Who asks: a number or login, or the service itself. */
  party: v.optional(party),
  serviceId: v.optional(v.pipe(v.string(), v.uuid())),
  /** When it began, or begins: its prices are those of this instant. Now, or what was said first, unless told. */
  startedAt: v.optional(instant),
  attributes: v.optional(attributes),
  /** For so long the hold stays without news; unless told, as long as is granted and five minutes. */
  validForSec: v.optional(v.pipe(seconds, v.minValue(1), v.maxValue(604_800))),
};
const lasting = {
  /** So far, counted from the beginning. */
  used: v.optional(some, {}),
  /** Of what follows. As much as a slice, unless told. */
  wanted: v.optional(some, {}),
  /** The most that one session holds at a time, so that others of the account get their part. */
  slice: v.optional(some, {}),
};

export const authorisationRequest = v.pipe(
  v.variant("kind", [
    v.strictObject({
      kind: v.literal("call"),
      ...common,
      ...lasting,
      destination: number,
      direction: v.optional(direction, "out"),
      trunk: v.optional(trunk),
    }),
    v.strictObject({ kind: v.literal("session"), ...common, ...lasting }),
    v.strictObject({
      kind: v.literal("message"),
      ...common,
      destination: number,
      direction: v.optional(direction, "out"),
      messages: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)), 1),
    }),
    v.strictObject({ kind: v.literal("event"), ...common, type: eventType, metrics: v.optional(metrics, {}) }),
  ]),
  v.check(({ party, serviceId }) => (party === undefined) !== (serviceId === undefined), "must have either a party or a serviceId"),
);
export const authorisationRequests = v.pipe(v.array(authorisationRequest), v.minLength(1), v.maxLength(1000));

export type AuthorisationRequest = v.InferOutput<typeof authorisationRequest>;
export type AuthorisationInput = v.InferInput<typeof authorisationRequest>;

/** Why not. Each is a code of the table of errors. */
export type Denial =
  | "not_found"
  | "service_terminated"
  | "service_blocked"
  | "plan_not_published"
  | "currency_differs"
  | "no_rate"
  | "bundle_used_up"
  | "insufficient_funds"
  | "max_cost_reached"
  | "too_many_sessions"
  | "session_key_taken";

/** Amounts are micro-units as text, octets too: it is JSON, stored to be given again. */
export type Answer = { readonly requestId: string; readonly sessionKey: string } & (
  | {
      readonly ok: true;
      /** Of what follows `used`; null: as many as it likes. */
      readonly seconds: number | null;
      readonly octets: string | null;
      readonly heldMicros: string;
      readonly currency: string;
      readonly expiresAt: string;
      /** Less than was asked for, because the money ends there. */
      readonly last: boolean;
      /** At a limited speed: credit control says so. */
      readonly limited: boolean;
    }
  | { readonly ok: false; readonly code: Denial }
);
