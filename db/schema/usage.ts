// Usage on its way from an agent's batch to a rated record, or to quarantine.
import { boolean, date, integer, jsonb, numeric, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { accountId, app, bytea, count, currency, instant, micros, providerId } from "./columns.ts";

export const agents = app.table(
  "agents",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    kind: text().$type<"pbx" | "import" | "chain">().notNull(),
    name: text().notNull(),
    tokenHash: text(),
    config: jsonb().notNull(),
    createdAt: instant().notNull(),
    revokedAt: instant(),
    lastSequence: count().notNull().default(0),
    lostRows: count().notNull().default(0),
    lastBatchAt: instant(),
    lastSeenAt: instant(),
    heartbeat: jsonb(),
    partnerId: integer(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const usageFiles = app.table(
  "usage_files",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    agentId: uuid().notNull(),
    name: text().notNull(),
    source: text().$type<"agent" | "upload" | "cli">().notNull(),
    sizeBytes: count().notNull().default(0),
    readBytes: count().notNull().default(0),
    readRows: count().notNull().default(0),
    rowWaiting: boolean().notNull().default(false),
    state: text().$type<"reading" | "read" | "failed">().notNull(),
    problem: text(),
    createdAt: instant().notNull(),
    createdBy: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const usageInbox = app.table(
  "usage_inbox",
  {
    providerId: providerId(),
    agentId: uuid().notNull(),
    firstSequence: count().notNull(),
    rows: integer().notNull(),
    fileId: uuid(),
    records: bytea().notNull(),
    receivedAt: instant().notNull(),
    processedAt: instant(),
    rated: integer().notNull().default(0),
    duplicates: integer().notNull().default(0),
    quarantined: integer().notNull().default(0),
    discarded: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.agentId, t.firstSequence] })],
);

export const usageKeys = app.table(
  "usage_keys",
  { providerId: providerId(), key: uuid().notNull(), startedAt: instant().notNull(), accountId: uuid() },
  (t) => [primaryKey({ columns: [t.providerId, t.key] })],
);

export const usageRecords = app.table(
  "usage_records",
  {
    providerId: providerId(),
    accountId: accountId(),
    startedAt: instant().notNull(),
    key: uuid().notNull(),
    serviceId: uuid().notNull(),
    subscriberId: uuid().notNull(),
    groupId: uuid().notNull(),
    kind: text().notNull(),
    callId: text().notNull(),
    direction: text().notNull(),
    source: text().notNull(),
    destination: text().notNull(),
    disposition: text().notNull(),
    durationSec: integer().notNull(),
    billableSec: integer().notNull(),
    billedSec: integer().notNull(),
    prefix: text(),
    destinationName: text(),
    amountMicros: micros().notNull(),
    currency: currency(),
    reason: text(),
    planId: uuid().notNull(),
    planVersion: integer().notNull(),
    agentId: uuid().notNull(),
    sequence: count().notNull(),
    transactionId: uuid(),
    ratedAt: instant().notNull(),
    answeredAt: instant(),
    taxMicros: micros().notNull(),
    facts: jsonb(),
    details: jsonb(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.startedAt, t.key] })],
);

/** Units taken out of bundles and totals of periods; see the migration. */
export const usageCounters = app.table(
  "usage_counters",
  {
    providerId: providerId(),
    accountId: accountId(),
    serviceId: uuid().notNull(),
    planId: uuid().notNull(),
    kind: text().$type<"bundle" | "total">().notNull(),
    code: text().notNull(),
    periodFrom: date({ mode: "string" }).notNull(),
    used: numeric(),
    total: jsonb(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.serviceId, t.planId, t.kind, t.code, t.periodFrom] })],
);

export const usageSamples = app.table(
  "usage_samples",
  {
    providerId: providerId(),
    accountId: accountId(),
    serviceId: uuid().notNull(),
    planId: uuid().notNull(),
    code: text().notNull(),
    periodFrom: date({ mode: "string" }).notNull(),
    at: instant().notNull(),
    octetsIn: numeric().notNull(),
    octetsOut: numeric().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.serviceId, t.planId, t.code, t.periodFrom, t.at] })],
);

export const usageQuarantine = app.table(
  "usage_quarantine",
  {
    providerId: providerId(),
    key: uuid().notNull(),
    startedAt: instant().notNull(),
    agentId: uuid().notNull(),
    firstSequence: count().notNull(),
    sequence: count().notNull(),
    reason: text().notNull(),
    identifierKind: text(),
    identifierValue: text(),
    record: jsonb().notNull(),
    quarantinedAt: instant().notNull(),
    resolvedAt: instant(),
    resolution: text().$type<"rated" | "discarded">(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.key] })],
);
