// Many sessions, calls and messages ask at once whether they may begin or go on: one transaction, a fixed number of statements, the money held.
import { type RawTx, rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import type { Core } from "../../kernel/core.ts";
import { databaseErrorOf, isTransient } from "../../kernel/database-error.ts";
import { lockBalances } from "../../ledger/balance.ts";
import { endHolds } from "../../ledger/holds.ts";
import { Counters } from "../../usage/counters.ts";
import { loadCounters } from "../../usage/load-counters.ts";
import { decide, holdName, type Situation } from "./decide.ts";
import { factOfHeld, NONE, NOTHING_RATED } from "./held-usage.ts";
import { readStandings } from "./may-spend.ts";
import { readPurses } from "./money.ts";
import type { Answer, AuthorisationRequest } from "./request.ts";
import { readSessions, type Session } from "./sessions.ts";
import { placeHolds, readHolds, readOpenHolds } from "./stored-hold.ts";

const attempts = 5;

/** In a transaction of its own; a lost race is tried again, at most five times. Answers are in the order of the requests. */
export async function authorise(core: Core, providerId: number, requests: readonly AuthorisationRequest[]): Promise<readonly Answer[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTenant(core.db, [providerId], (tx) => authoriseIn(rawOf(tx), providerId, requests, core.clock()));
    } catch (error) {
      if (attempt === attempts || !(isTransient(error) || isRaced(error))) throw error;
      await Bun.sleep(2 ** attempt * 5 * (0.5 + Math.random()));
    }
  }
}

/** Somebody took the same session key in the meantime: looked at again, it is known. */
const isRaced = (error: unknown) => databaseErrorOf(error)?.constraint?.startsWith("hold_sessions_pkey") === true;

/** The same inside of a transaction of somebody else's. */
export async function authoriseIn(
  t: RawTx,
  providerId: number,
  requests: readonly AuthorisationRequest[],
  now: Temporal.Instant,
): Promise<readonly Answer[]> {
  const { zone, of, termsOf } = await readSessions(t, providerId, requests, now);
  const asked = requests.flatMap((request, i) => {
    const session = of[i]!;
    return typeof session === "string" ? [] : [{ ...session, sessionKey: request.sessionKey }];
  });
  const accountIds = [...new Set(asked.map((one) => one.accountId))];
  // Sent together; from the first on nobody else changes holds or counters of these accounts.
  const [, own, purses, standings] = await Promise.all([
    lockBalances(t, providerId, accountIds),
    readHolds(t, providerId, asked),
    readPurses(t, providerId, accountIds, zone, now),
    readStandings(t, providerId, accountIds),
  ]);

  const crowded = asked.filter((one) => minds(one) || purses.get(one.accountId)?.payerRoomMicros !== null);
  const open = await readOpenHolds(t, providerId, [...new Set(crowded.map((one) => one.accountId))]);
  const ownNames = new Set(own.map(holdName));
  const over = open.filter((one) => one.expiresMs <= now.epochMilliseconds && !ownNames.has(holdName(one)));
  if (over.length > 0) {
    await endHolds(
      t,
      providerId,
      over.map((one) => [one.accountId, one.sessionKey] as const),
      "expired",
      now,
    );
    for (const { accountId, ownMicros, payerId, payerMicros } of over) {
      purses.get(accountId)!.availableMicros += ownMicros;
      const payer = payerId === null ? undefined : purses.get(payerId);
      if (payer) payer.availableMicros += payerMicros;
    }
  }

  const situation: Situation = {
    nowMs: now.epochMilliseconds,
    purses,
    standings,
    holds: new Map([...open.filter((one) => !over.includes(one)), ...own].map((one) => [holdName(one), one])),
    counters: await countersOf(t, providerId, asked),
    termsOf,
    placings: new Map(),
  };
  const answers = requests.map((request, i): Answer => {
    const session = of[i]!;
    if (typeof session !== "string") return decide(situation, session, request);
    return { requestId: request.requestId, sessionKey: request.sessionKey, ok: false, code: session };
  });
  await placeHolds(t, providerId, [...situation.placings.values()], now);
  return answers;
}

const isPlain = ({ terms }: Session) => terms.segments.every(({ plan }) => plan.plain);
/** Whether it matters what else the account holds: included units are shared, sessions counted. */
const minds = (session: Session) => !isPlain(session) || session.mostSessions !== undefined;

async function countersOf(t: RawTx, providerId: number, sessions: readonly Session[]): Promise<Counters> {
  const counters = new Counters();
  const usage = { kind: "session", octetsAs: "in" } as const;
  const priced = sessions.map((session) => {
    const fact = factOfHeld({ sessionKey: "", usage, startedMs: session.startedMs, until: NONE, rated: NOTHING_RATED });
    return { terms: session.terms, holder: session, fact };
  });
  await loadCounters(t, providerId, counters, priced);
  return counters;
}
