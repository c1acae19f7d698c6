// Whether one session may go on, and what is held for it. Pure but for the situation, which each decision changes for those after it.
import { rateUsage } from "../../rating/rate-usage.ts";
import { Counters } from "../../usage/counters.ts";
import { countsOctets, grant } from "./grant.ts";
import { factOfHeld, heldUsageOf, NONE, NOTHING_RATED, type Quantity, type Rated } from "./held-usage.ts";
import type { Standing } from "./may-spend.ts";
import { notBelowZero, type Purse, type Purses } from "./money.ts";
import type { Answer, AuthorisationRequest, Denial } from "./request.ts";
import type { Session, TermsOfHeld } from "./sessions.ts";
import type { Hold, Placing } from "./stored-hold.ts";

export type Situation = {
  readonly nowMs: number;
  readonly purses: Purses;
  readonly standings: ReadonlyMap<string, Standing>;
  /** By account and session: those of the requests, and all open ones of accounts where others matter. */
  readonly holds: Map<string, Hold>;
  readonly counters: Counters;
  readonly termsOf: TermsOfHeld;
  /** What is to be written. */
  readonly placings: Map<string, Placing>;
};

export const holdName = ({ accountId, sessionKey }: Pick<Hold, "accountId" | "sessionKey">): string => `${accountId} ${sessionKey}`;

// Unless the request says how much one session may hold at a time.
const CALL_SLICE_SEC = 600;
const SESSION_SLICE_SEC = 3600;
const SLICE_OCTETS = 100_000_000n;
/** From the end of what is granted until the record of it should have come. */
const GRACE_SEC = 300;

export function decide(situation: Situation, session: Session, request: AuthorisationRequest): Answer {
  const { requestId, sessionKey } = request;
  const name = holdName({ accountId: session.accountId, sessionKey });
  const before = situation.holds.get(name);
  if (before?.requestId === requestId) return before.answer;
  const deny = (code: Denial): Answer => ({ requestId, sessionKey, ok: false, code });

  const purse = situation.purses.get(session.accountId)!;
  const payer = purse.payerId === null ? undefined : situation.purses.get(purse.payerId);
  const standings = [session.accountId, purse.payerId].map((id) => (id === null ? undefined : situation.standings.get(id)));
  if (standings.includes("refused")) return deny("service_blocked");
  const others = situation.holds
    .values()
    .filter((one) => one.open && one !== before && one.accountId === session.accountId)
    .toArray();
  if (session.mostSessions !== undefined && others.filter((one) => one.serviceId === session.serviceId).length >= session.mostSessions)
    return deny("too_many_sessions");

  const held = before?.open ? before : undefined;
  const samePayer = held?.payerId === purse.payerId ? held : undefined;
  const own = purse.availableMicros + (held?.ownMicros ?? 0n);
  const room = roomOf(purse, others);
  const limit = limitOf(own, payer && { available: payer.availableMicros + (samePayer?.payerMicros ?? 0n), room });
  // What priced it at first goes on to, unless the agent knows better.
  const startedMs = before && !request.startedAt ? before.startedMs : session.startedMs;
  const used = quantityOf("used" in request ? request.used : {}, NONE);
  const rated = ratedOf(before, request, used);
  const given = grant(
    {
      terms: session.terms,
      owner: session,
      counters: withOthers(situation, session, others),
      session: { sessionKey, usage: heldUsageOf(request), startedMs, rated },
      used,
      wanted: wantedOf(session, request),
    },
    limit,
  );
  if (!given.ok) return deny(given.code);

  const payerMicros = payer ? least(given.grossMicros, room ?? given.grossMicros) : 0n;
  const { granted } = given;
  const expiresMs = situation.nowMs + (request.validForSec ?? granted.seconds + GRACE_SEC) * 1000;
  const answer: Answer = {
    ...{ requestId, sessionKey, ok: true },
    seconds: request.kind === "call" || request.kind === "session" ? granted.seconds : null,
    octets: request.kind === "session" && countsOctets(session.terms) ? granted.octets.toString() : null,
    heldMicros: given.grossMicros.toString(),
    currency: session.currency,
    expiresAt: new Date(expiresMs).toISOString(),
    last: given.last,
    limited: standings.includes("limited"),
  };
  const after: Hold = {
    ...{ accountId: session.accountId, sessionKey, serviceId: session.serviceId, usage: given.usage, open: true },
    ...{ startedMs, expiresMs },
    ...{ ownMicros: given.grossMicros - payerMicros, payerMicros, payerId: purse.payerId },
    payerOpen: payerMicros > 0n || samePayer?.payerOpen === true,
    until: { seconds: used.seconds + granted.seconds, octets: used.octets + granted.octets },
    ...{ rated, settledMicros: before?.settledMicros ?? 0n, requestId, answer },
  };
  purse.availableMicros = own - after.ownMicros;
  if (held?.payerId && held.payerId !== purse.payerId) release(situation.purses.get(held.payerId), held.payerMicros);
  if (payer) payer.availableMicros += (samePayer?.payerMicros ?? 0n) - payerMicros;
  situation.holds.set(name, after);
  const first = situation.placings.get(name);
  situation.placings.set(name, { before: first ? first.before : before, after });
  return answer;
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);

/** A session that speaks again after its hold ended was charged slice by slice meanwhile; a call is charged when it is over. */
function ratedOf(before: Hold | undefined, { kind }: AuthorisationRequest, { seconds, octets }: Quantity): Rated {
  const rated = before?.rated ?? NOTHING_RATED;
  if (!before || before.open || kind !== "session") return rated;
  return {
    seconds: Math.max(rated.seconds, seconds),
    octetsIn: rated.octetsIn + notBelowZero(octets - rated.octetsIn - rated.octetsOut),
    octetsOut: rated.octetsOut,
  };
}

function release(purse: Purse | undefined, micros: bigint) {
  if (purse) purse.availableMicros += micros;
}

/** What the payer still takes over, beyond what other sessions hold of it. Null: everything. */
function roomOf({ payerId, payerRoomMicros }: Purse, others: readonly Hold[]): bigint | null {
  if (payerRoomMicros === null) return null;
  return notBelowZero(others.reduce((room, one) => (one.payerId === payerId ? room - one.payerMicros : room), payerRoomMicros));
}

/** A charge is the payer's first, as far as he takes it over; the rest is the account's own. */
function limitOf(own: bigint, payer: { readonly available: bigint; readonly room: bigint | null } | undefined): bigint {
  if (!payer) return own;
  const { available, room } = payer;
  return room === null || available < room ? available : room === 0n ? own : room + notBelowZero(own);
}

type Some = { readonly seconds?: number; readonly octets?: number | string };
const quantityOf = ({ seconds, octets }: Some, unless: Quantity): Quantity => ({
  seconds: seconds ?? unless.seconds,
  octets: octets === undefined ? unless.octets : BigInt(octets),
});

function wantedOf({ terms }: Session, request: AuthorisationRequest): Quantity {
  if (request.kind === "message" || request.kind === "event") return NONE;
  const isCall = request.kind === "call";
  const slice = quantityOf(request.slice, { seconds: isCall ? CALL_SLICE_SEC : SESSION_SLICE_SEC, octets: SLICE_OCTETS });
  const wanted = quantityOf(request.wanted, slice);
  const octets = isCall || !countsOctets(terms) ? 0n : least(wanted.octets, slice.octets);
  return { seconds: Math.min(wanted.seconds, slice.seconds), octets };
}

/** What other sessions of the account hold counts as used up: included units, and totals of periods. */
function withOthers({ counters, termsOf }: Situation, { terms }: Session, others: readonly Hold[]): Counters {
  if (terms.segments.every(({ plan }) => plan.plain) || others.length === 0) return counters;
  const all = new Counters(counters);
  for (const hold of others) {
    const termsOfOther = termsOf(hold, hold.startedMs);
    if (!termsOfOther) continue;
    const fact = factOfHeld(hold);
    rateUsage(termsOfOther, fact, all.stateOf({ ...hold, planId: termsOfOther.segments[0].planId }));
  }
  return all;
}
