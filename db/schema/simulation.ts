// Simulations of plans; see the migration.
import { sql } from "drizzle-orm";
import { date, integer, jsonb, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { accountId, app, count, currency, instant, micros, providerId } from "./columns.ts";

export type SimulationState = "waiting" | "running" | "done" | "failed" | "cancelled";

export const simulations = app.table(
  "simulations",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    planId: uuid().notNull(),
    version: integer(),
    revision: integer(),
    document: jsonb(),
    servicesOf: uuid().notNull(),
    periodFrom: date({ mode: "string" }).notNull(),
    periodTo: date({ mode: "string" }).notNull(),
    groupIds: uuid().array(),
    currency: currency(),
    state: text().$type<SimulationState>().notNull(),
    parts: integer(),
    partsDone: integer().notNull().default(0),
    problem: text(),
    requestedBy: text().notNull(),
    requestedAt: instant().notNull(),
    finishedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const simulationAccounts = app.table(
  "simulation_accounts",
  {
    providerId: providerId(),
    accountId: accountId(),
    runId: uuid().notNull(),
    subscriberId: uuid().notNull(),
    part: integer().notNull(),
    records: count().notNull().default(0),
    unpriced: count().notNull().default(0),
    unpricedBefore: count().notNull().default(0),
    oldMicros: micros().notNull().default(0n),
    oldTaxMicros: micros().notNull().default(0n),
    newMicros: micros().notNull().default(0n),
    newTaxMicros: micros().notNull().default(0n),
    differenceMicros: micros().generatedAlwaysAs(sql`new_micros + new_tax_micros - old_micros - old_tax_micros`).notNull(),
    doneAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.runId] })],
);

export const simulationSums = app.table(
  "simulation_sums",
  {
    providerId: providerId(),
    runId: uuid().notNull(),
    part: integer().notNull(),
    groupId: uuid().notNull(),
    what: text().$type<"component" | "destination" | "unpriced">().notNull(),
    code: text().notNull(),
    name: text().notNull(),
    records: count().notNull(),
    oldMicros: micros().notNull(),
    newMicros: micros().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.runId, t.part, t.groupId, t.what, t.code] })],
);
