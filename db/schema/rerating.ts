// Rating again, and the months that it doesn't touch; see the migration.
import { sql } from "drizzle-orm";
import { boolean, date, integer, jsonb, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { accountId, app, count, currency, instant, micros, providerId } from "./columns.ts";

export const closedMonths = app.table(
  "closed_months",
  { providerId: providerId(), month: date({ mode: "string" }).notNull(), closedAt: instant().notNull(), closedBy: text().notNull() },
  (t) => [primaryKey({ columns: [t.providerId, t.month] })],
);

export type RunState = "previewing" | "previewed" | "running" | "done" | "failed" | "cancelled";

export const reratings = app.table(
  "reratings",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    selection: jsonb().notNull(),
    groupIds: uuid().array(),
    why: text().notNull(),
    state: text().$type<RunState>().notNull(),
    parts: integer(),
    partsDone: integer().notNull().default(0),
    problem: text(),
    requestedBy: text().notNull(),
    requestedAt: instant().notNull(),
    previewedAt: instant(),
    runBy: text(),
    runAt: instant(),
    finishedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const reratingAccounts = app.table(
  "rerating_accounts",
  {
    providerId: providerId(),
    accountId: accountId(),
    runId: uuid().notNull(),
    subscriberId: uuid().notNull(),
    part: integer().notNull(),
    currency: currency(),
    records: count().notNull().default(0),
    changed: count().notNull().default(0),
    adjusted: count().notNull().default(0),
    vanished: count().notNull().default(0),
    oldMicros: micros().notNull().default(0n),
    oldTaxMicros: micros().notNull().default(0n),
    newMicros: micros().notNull().default(0n),
    newTaxMicros: micros().notNull().default(0n),
    differenceMicros: micros().generatedAlwaysAs(sql`new_micros + new_tax_micros - old_micros - old_tax_micros`).notNull(),
    previewedAt: instant(),
    doneAt: instant(),
    followsMicros: micros().notNull().default(0n),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.runId] })],
);

export const reratedRecords = app.table(
  "rerated_records",
  {
    providerId: providerId(),
    accountId: accountId(),
    runId: uuid().notNull(),
    key: uuid().notNull(),
    startedAt: instant().notNull(),
    adjusted: boolean().notNull(),
    amountMicros: micros().notNull(),
    taxMicros: micros().notNull(),
    billedSec: integer().notNull(),
    prefix: text(),
    destinationName: text(),
    reason: text(),
    planId: uuid().notNull(),
    planVersion: integer().notNull(),
    details: jsonb(),
    transactionId: uuid(),
    correctionId: uuid(),
    newAmountMicros: micros().notNull(),
    newTaxMicros: micros().notNull(),
    newPlanId: uuid(),
    newPlanVersion: integer(),
    newDetails: jsonb(),
    reratedAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.runId, t.key] })],
);

export const reratingProblems = app.table(
  "rerating_problems",
  {
    providerId: providerId(),
    accountId: accountId(),
    runId: uuid().notNull(),
    key: uuid().notNull(),
    startedAt: instant().notNull(),
    reason: text().notNull(),
    destination: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.runId, t.key] })],
);
