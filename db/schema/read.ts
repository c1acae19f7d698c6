// The read models: what pages ask. Each is rebuilt from the facts by its projection in core/read.
import { date, integer, jsonb, numeric, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { accountId, count, currency, instant, micros, providerId, read } from "./columns.ts";

const usageFigures = () => ({
  calls: count().notNull(),
  answered: count().notNull(),
  durationSec: count().notNull(),
  billedSec: count().notNull(),
  amountMicros: micros().notNull(),
  sessions: count().notNull(),
  octetsIn: numeric().notNull(),
  octetsOut: numeric().notNull(),
  messages: count().notNull(),
  events: count().notNull(),
});

const ingestFigures = () => ({
  rows: count().notNull(),
  rated: count().notNull(),
  duplicates: count().notNull(),
  quarantined: count().notNull(),
});

export const usageHourly = read.table(
  "usage_hourly",
  {
    providerId: providerId(),
    accountId: accountId(),
    serviceId: uuid().notNull(),
    hour: instant().notNull(),
    subscriberId: uuid().notNull(),
    currency: currency(),
    ...usageFigures(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.serviceId, t.hour] })],
);

export const usageDaily = read.table(
  "usage_daily",
  {
    providerId: providerId(),
    accountId: accountId(),
    serviceId: uuid().notNull(),
    day: date({ mode: "string" }).notNull(),
    subscriberId: uuid().notNull(),
    currency: currency(),
    ...usageFigures(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.serviceId, t.day] })],
);

export const providerHourly = read.table(
  "provider_hourly",
  {
    providerId: providerId(),
    groupId: uuid().notNull(),
    currency: currency(),
    hour: instant().notNull(),
    ...usageFigures(),
    partnerId: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.groupId, t.currency, t.partnerId, t.hour] })],
);

export const providerDaily = read.table(
  "provider_daily",
  {
    providerId: providerId(),
    groupId: uuid().notNull(),
    currency: currency(),
    day: date({ mode: "string" }).notNull(),
    ...usageFigures(),
    partnerId: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.groupId, t.currency, t.partnerId, t.day] })],
);

export const glDaily = read.table(
  "gl_daily",
  {
    providerId: providerId(),
    day: date({ mode: "string" }).notNull(),
    debit: text().notNull(),
    credit: text().notNull(),
    currency: currency(),
    amountMicros: numeric().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.day, t.debit, t.credit, t.currency] })],
);

export const accountDaily = read.table(
  "account_daily",
  {
    providerId: providerId(),
    accountId: accountId(),
    day: date({ mode: "string" }).notNull(),
    currency: currency(),
    chargedMicros: numeric().notNull(),
    creditedMicros: numeric().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.day, t.currency] })],
);

export const accountOverview = read.table(
  "account_overview",
  {
    providerId: providerId(),
    accountId: accountId(),
    subscriberId: uuid().notNull(),
    groupId: uuid().notNull(),
    number: text().notNull(),
    currency: currency(),
    kind: text().notNull(),
    status: text().notNull(),
    balanceMicros: micros().notNull(),
    creditLimitMicros: micros().notNull(),
    services: integer().notNull(),
    lastPostedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId] })],
);

export const subscriberList = read.table(
  "subscribers",
  {
    providerId: providerId(),
    subscriberId: uuid().notNull(),
    number: count().notNull(),
    name: text().notNull(),
    kind: text().notNull(),
    status: text().notNull(),
    groupId: uuid().notNull(),
    groupName: text().notNull(),
    email: text(),
    phone: text(),
    accounts: integer().notNull(),
    services: integer().notNull(),
    identifiers: text().array().notNull(),
    search: text().notNull(),
    providerName: text().notNull(),
    zone: text().notNull(),
    locale: text().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.subscriberId] })],
);

export const serviceList = read.table(
  "services",
  {
    providerId: providerId(),
    accountId: accountId(),
    serviceId: uuid().notNull(),
    subscriberId: uuid().notNull(),
    kind: text().notNull(),
    label: text().notNull(),
    status: text().notNull(),
    activatedAt: instant().notNull(),
    terminatedAt: instant(),
    plans: jsonb().$type<{ planId: string; name: string; from: string }[]>().notNull(),
    identifiers: jsonb().$type<{ kind: string; value: string; from: string; to: string | null }[]>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.serviceId] })],
);

export const providerSummary = read.table(
  "provider_summary",
  { providerId: providerId(), groupId: uuid().notNull(), subscribers: integer().notNull() },
  (t) => [primaryKey({ columns: [t.providerId, t.groupId] })],
);

export const ingestAgents = read.table(
  "ingest_agents",
  {
    providerId: providerId(),
    agentId: uuid().notNull(),
    batches: count().notNull(),
    ...ingestFigures(),
    discarded: count().notNull(),
    lastBatchAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.agentId] })],
);

export const ingestFiles = read.table(
  "ingest_files",
  {
    providerId: providerId(),
    fileId: uuid().notNull(),
    agentId: uuid().notNull(),
    ...ingestFigures(),
    discarded: count().notNull(),
    firstAt: instant().notNull(),
    lastAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.fileId] })],
);

export const ingestMinutes = read.table(
  "ingest_minutes",
  { providerId: providerId(), agentId: uuid().notNull(), minute: instant().notNull(), ...ingestFigures() },
  (t) => [primaryKey({ columns: [t.providerId, t.agentId, t.minute] })],
);

export const glBalances = read.table(
  "gl_balances",
  {
    providerId: providerId(),
    glAccount: text().notNull(),
    currency: currency(),
    debitMicros: numeric().notNull(),
    creditMicros: numeric().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.glAccount, t.currency] })],
);

/** A view: one row per rated usage of the subscriber whose id is set for the transaction. */
export const calls = read
  .view("calls", {
    providerId: providerId(),
    accountId: accountId(),
    startedAt: instant().notNull(),
    key: uuid().notNull(),
    serviceId: uuid().notNull(),
    subscriberId: uuid().notNull(),
    direction: text().notNull(),
    source: text().notNull(),
    destination: text().notNull(),
    destinationName: text(),
    disposition: text().notNull(),
    durationSec: integer().notNull(),
    billedSec: integer().notNull(),
    amountMicros: micros().notNull(),
    currency: currency(),
    kind: text().notNull(),
    facts: jsonb(),
    taxMicros: micros().notNull(),
  })
  .existing();
