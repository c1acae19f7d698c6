// Drafts of plan versions, and price lists on their way into them.
import { integer, jsonb, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { app, count, instant, providerId } from "./columns.ts";

export const planDrafts = app.table(
  "plan_drafts",
  {
    providerId: providerId(),
    planId: uuid().notNull(),
    state: text().$type<"draft" | "preview">().notNull(),
    revision: integer().notNull(),
    basedOn: integer(),
    follows: integer().notNull(),
    document: jsonb().notNull(),
    changes: jsonb().notNull().default([]),
    contentHash: text(),
    startedBy: text().notNull(),
    startedAt: instant().notNull(),
    savedBy: text().notNull(),
    savedAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.planId] })],
);

export const deckImports = app.table(
  "deck_imports",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    planId: uuid().notNull(),
    revision: integer().notNull(),
    name: text().notNull(),
    upload: text().notNull(),
    sizeBytes: count().notNull(),
    state: text().$type<"offered" | "waiting" | "reading" | "done" | "failed">().notNull(),
    reading: jsonb(),
    linesDone: integer().notNull().default(0),
    linesTotal: integer(),
    result: jsonb(),
    mistakes: jsonb(),
    problem: text(),
    requestedKind: text().notNull(),
    requestedId: text().notNull(),
    requestedBy: text().notNull(),
    requestedAt: instant().notNull(),
    finishedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);
