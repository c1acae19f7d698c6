// Prepaid cards; see the migration.
import { boolean, date, integer, jsonb, primaryKey, smallint, text, uuid } from "drizzle-orm/pg-core";
import { app, bytea, count, currency, instant, micros, providerId, read } from "./columns.ts";

export type CardState = "generated" | "activated" | "sold" | "used" | "void" | "expired";
export type CardKind = "sold" | "promotion";
export type CardGrant = "cash" | "pot" | "service" | "subscriber";
export type PinAlphabet = "base32" | "digits";
export type ExportFormat = "csv" | "xlsx" | "sheets";

export const cardDealers = app.table(
  "card_dealers",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    name: text().notNull(),
    accountId: uuid().notNull(),
    commissionPpm: integer().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const cardSeries = app.table(
  "card_series",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    code: text().notNull(),
    name: text().notNull(),
    kind: text().$type<CardKind>().notNull(),
    valueMicros: micros().notNull(),
    currency: currency(),
    alphabet: text().$type<PinAlphabet>().notNull(),
    pinLength: smallint().notNull(),
    sellableUntil: date({ mode: "string" }),
    usableFor: text(),
    grants: text().$type<CardGrant>().notNull(),
    grantedFor: text(),
    potName: text(),
    potPriority: smallint(),
    planId: uuid(),
    groupId: uuid(),
    dealerId: uuid(),
    lastSerial: count().notNull().default(0),
    sweptAt: instant(),
    createdAt: instant().notNull(),
    createdBy: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const cardBatches = app.table(
  "card_batches",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    seriesId: uuid().notNull(),
    firstSerial: count().notNull(),
    cards: integer().notNull(),
    made: integer().notNull().default(0),
    state: text().$type<"making" | "made" | "cancelled" | "failed">().notNull(),
    problem: text(),
    requestedBy: text().notNull(),
    requestedAt: instant().notNull(),
    finishedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const cardPins = app.table(
  "card_pins",
  { providerId: providerId(), batchId: uuid().notNull(), firstSerial: count().notNull(), sealed: bytea().notNull() },
  (t) => [primaryKey({ columns: [t.providerId, t.batchId, t.firstSerial] })],
);

export const cardExports = app.table(
  "card_exports",
  {
    providerId: providerId(),
    batchId: uuid().notNull(),
    format: text().$type<ExportFormat>().notNull(),
    redeemUrl: text(),
    sealedPassword: bytea(),
    state: text().$type<"waiting" | "ready" | "failed" | "dropped">().notNull(),
    cardsDone: integer().notNull().default(0),
    file: bytea(),
    fileName: text(),
    totals: jsonb(),
    problem: text(),
    requestedBy: text().notNull(),
    requestedAt: instant().notNull(),
    finishedAt: instant(),
    fetchedBy: text(),
    fetchedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.batchId] })],
);

export const cards = app.table(
  "cards",
  {
    providerId: providerId(),
    seriesId: uuid().notNull(),
    serial: count().notNull(),
    pinHash: bytea().notNull(),
    state: text().$type<CardState>().notNull(),
    blocked: boolean().notNull().default(false),
    dealerId: uuid(),
    commissionPpm: integer(),
    usableUntil: instant(),
    usedAt: instant(),
    accountId: uuid(),
    transactionId: uuid(),
    serviceId: uuid(),
    serviceUntil: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.seriesId, t.serial] })],
);

export const cardMovements = app.table(
  "card_movements",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    seriesId: uuid().notNull(),
    what: text().notNull(),
    fromState: text().$type<CardState>(),
    toState: text().$type<CardState>().notNull(),
    fromBlocked: boolean().notNull(),
    toBlocked: boolean().notNull(),
    fromDealer: uuid(),
    toDealer: uuid(),
    cards: integer().notNull(),
    firstSerial: count().notNull(),
    lastSerial: count().notNull(),
    transactionId: uuid(),
    why: text(),
    movedBy: text().notNull(),
    at: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const cardGuesses = app.table(
  "card_guesses",
  { subject: text().notNull(), guess: bytea().notNull(), at: instant().notNull() },
  (t) => [primaryKey({ columns: [t.subject, t.guess] })],
);

export const cardAlarms = app.table(
  "card_alarms",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    subject: text().notNull(),
    at: instant().notNull(),
    seenBy: text(),
    seenAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const cardStock = read.table(
  "card_stock",
  {
    providerId: providerId(),
    seriesId: uuid().notNull(),
    dealerId: uuid().notNull(),
    state: text().notNull(),
    blocked: boolean().notNull(),
    cards: count().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.seriesId, t.dealerId, t.state, t.blocked] })],
);
