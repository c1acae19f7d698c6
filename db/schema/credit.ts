// Credit control: policies, states and what follows from them, and its read models; see the migration.
import { boolean, date, integer, jsonb, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { accountId, app, currency, instant, micros, providerId, read } from "./columns.ts";

export const creditPolicies = app.table(
  "credit_policies",
  {
    providerId: providerId(),
    version: integer().notNull(),
    document: jsonb().notNull(),
    why: text(),
    setBy: text().notNull(),
    setAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.version] })],
);

export const creditStates = app.table(
  "credit_states",
  {
    providerId: providerId(),
    accountId: accountId(),
    state: text().notNull(),
    since: instant().notNull(),
    rule: text().notNull(),
    reason: jsonb().notNull(),
    decidedAt: instant().notNull(),
    policyVersion: integer(),
    dailySpendMicros: micros().notNull().default(0n),
    goodPayer: boolean().notNull().default(false),
    overrideState: text(),
    overrideUntil: instant(),
    overrideBy: text(),
    overrideWhy: text(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId] })],
);

export const creditHistory = app.table(
  "credit_history",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    at: instant().notNull(),
    fromState: text().notNull(),
    toState: text().notNull(),
    trigger: text().notNull(),
    reason: jsonb().notNull(),
    balanceMicros: micros().notNull(),
    creditLimitMicros: micros().notNull(),
    currency: currency(),
    policyVersion: integer(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

export const promises = app.table(
  "promises",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    amountMicros: micros().notNull(),
    currency: currency(),
    givenAt: instant().notNull(),
    givenBy: text().notNull(),
    bySubscriber: boolean().notNull(),
    dueAt: instant().notNull(),
    state: text().notNull(),
    closedAt: instant(),
    forgivenAt: instant(),
    transactionId: uuid().notNull(),
    reversalId: uuid(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

export const suspensions = app.table(
  "suspensions",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    fromAt: instant().notNull(),
    untilAt: instant().notNull(),
    askedAt: instant().notNull(),
    askedBy: text().notNull(),
    bySubscriber: boolean().notNull(),
    resumedAt: instant(),
    transactionId: uuid(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

export const enforcements = app.table(
  "enforcements",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    serviceId: uuid(),
    action: text().notNull(),
    state: text().notNull(),
    details: jsonb().notNull(),
    createdAt: instant().notNull(),
    notBefore: instant().notNull(),
    finishedAt: instant(),
    problem: text(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

export const notices = app.table(
  "notices",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    kind: text().notNull(),
    locale: text().notNull(),
    title: text().notNull(),
    body: text().notNull(),
    advice: text().notNull(),
    at: instant().notNull(),
    endedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

export const creditStanding = read.table(
  "credit_standing",
  {
    providerId: providerId(),
    accountId: accountId(),
    subscriberId: uuid().notNull(),
    groupId: uuid().notNull(),
    state: text().notNull(),
    since: instant().notNull(),
    rule: text().notNull(),
    reason: jsonb().notNull(),
    promise: jsonb(),
    suspension: jsonb(),
    offers: jsonb().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId] })],
);

export const shownNotices = read.table(
  "notices",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    subscriberId: uuid().notNull(),
    kind: text().notNull(),
    title: text().notNull(),
    body: text().notNull(),
    advice: text().notNull(),
    at: instant().notNull(),
    endedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

export const creditForecast = read.table(
  "credit_forecast",
  {
    providerId: providerId(),
    accountId: accountId(),
    subscriberId: uuid().notNull(),
    groupId: uuid().notNull(),
    currency: currency(),
    state: text().notNull(),
    blockedOn: date({ mode: "string" }).notNull(),
    rule: text().notNull(),
    balanceMicros: micros().notNull(),
    dailySpendMicros: micros().notNull(),
    feesMicros: micros().notNull(),
    promisedMicros: micros().notNull(),
    neededMicros: micros().notNull(),
    builtAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId] })],
);
