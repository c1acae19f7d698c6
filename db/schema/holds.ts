// Money that is reserved while sessions go on.
import { jsonb, numeric, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { accountId, app, count, instant, micros, providerId } from "./columns.ts";

/** See the migration. */
export const holds = app.table(
  "holds",
  {
    providerId: providerId(),
    accountId: accountId(),
    sessionKey: text().notNull(),
    paidFor: uuid(),
    payerAccountId: uuid(),
    serviceId: uuid().notNull(),
    kind: text().$type<"call" | "session" | "message" | "event">().notNull(),
    usage: jsonb().notNull(),
    state: text().$type<"open" | "settled" | "released" | "expired">().notNull(),
    startedAt: instant().notNull(),
    placedAt: instant().notNull(),
    expiresAt: instant().notNull(),
    endedAt: instant(),
    heldMicros: micros().notNull(),
    settledMicros: micros().notNull(),
    untilSec: count().notNull(),
    untilOctets: numeric().notNull(),
    ratedSec: count().notNull(),
    ratedOctetsIn: numeric().notNull(),
    ratedOctetsOut: numeric().notNull(),
    availableAfterMicros: micros(),
    requestId: text().notNull(),
    answer: jsonb().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.sessionKey] })],
);

export const holdSessions = app.table(
  "hold_sessions",
  { providerId: providerId(), sessionKey: text().notNull(), accountId: accountId() },
  (t) => [primaryKey({ columns: [t.providerId, t.sessionKey] })],
);
