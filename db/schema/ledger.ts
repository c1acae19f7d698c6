// The books, and what is made from them for accountants.
import { date, integer, jsonb, primaryKey, smallint, text, uuid } from "drizzle-orm/pg-core";
import { accountId, app, bytea, count, currency, instant, micros, providerId } from "./columns.ts";

export const glAccounts = app.table("gl_accounts", { code: text().primaryKey(), name: text().notNull(), kind: text().notNull() });

/** The live state of settlement accounts; see the migration. */
export const balances = app.table(
  "balances",
  {
    providerId: providerId(),
    accountId: accountId(),
    currency: currency(),
    balanceMicros: micros().notNull(),
    creditLimitMicros: micros().notNull().default(0n),
    heldMicros: micros().notNull().default(0n),
    openHolds: integer().notNull().default(0),
    grantedMicros: micros().notNull().default(0n),
    payerAccountId: uuid(),
    payerLimitMicros: micros(),
    owedSince: instant(),
    watchBelowMicros: micros(),
    watchAboveMicros: micros(),
    checkCreditAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.currency] })],
);

export const ledgerTransactions = app.table(
  "ledger_transactions",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    template: text().notNull(),
    sourceKey: text().notNull(),
    effectiveAt: instant().notNull(),
    postedAt: instant().notNull(),
    details: jsonb().notNull(),
    reversesId: uuid(),
    availableAfterMicros: micros(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

export const ledgerPostings = app.table(
  "ledger_postings",
  {
    providerId: providerId(),
    accountId: accountId(),
    transactionId: uuid().notNull(),
    line: smallint().notNull(),
    debit: text().notNull(),
    credit: text().notNull(),
    amountMicros: micros().notNull(),
    currency: currency(),
    balanceAfterMicros: micros(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.transactionId, t.line] })],
);

export const payerMonths = app.table(
  "payer_months",
  { providerId: providerId(), accountId: accountId(), month: date({ mode: "string" }).notNull(), coveredMicros: micros().notNull() },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.month] })],
);

export const pots = app.table(
  "pots",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    kind: text().$type<"bonus" | "card">().notNull(),
    name: text().notNull(),
    priority: smallint().notNull(),
    grantedMicros: micros().notNull(),
    remainingMicros: micros().notNull(),
    expiresAt: instant(),
    transactionId: uuid().notNull(),
    grantedAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

export const potDraws = app.table(
  "pot_draws",
  {
    providerId: providerId(),
    accountId: accountId(),
    transactionId: uuid().notNull(),
    potId: uuid().notNull(),
    amountMicros: micros().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.transactionId, t.potId] })],
);

/** The provider's own books; see the migration. */
export const providerTransactions = app.table(
  "provider_transactions",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    template: text().notNull(),
    sourceKey: text().notNull(),
    effectiveAt: instant().notNull(),
    postedAt: instant().notNull(),
    details: jsonb().notNull(),
    reversesId: uuid(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const providerPostings = app.table(
  "provider_postings",
  {
    providerId: providerId(),
    transactionId: uuid().notNull(),
    line: smallint().notNull(),
    debit: text().notNull(),
    credit: text().notNull(),
    amountMicros: micros().notNull(),
    currency: currency(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.transactionId, t.line] })],
);

/** Adjustments above somebody's limit; see the migration. */
export const adjustmentRequests = app.table(
  "adjustment_requests",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    amountMicros: micros().notNull(),
    taxMicros: micros().notNull(),
    currency: currency(),
    reason: text().notNull(),
    state: text().$type<"waiting" | "approved" | "rejected">().notNull(),
    requestedKind: text().notNull(),
    requestedBy: text().notNull(),
    requestedName: text().notNull(),
    requestedAt: instant().notNull(),
    expiresAt: instant().notNull(),
    decidedKind: text(),
    decidedBy: text(),
    decidedName: text(),
    decidedAt: instant(),
    decision: text(),
    transactionId: uuid(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

/** What is charged for a period and not for one record; see the migration. */
export const charges = app.table(
  "charges",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    serviceId: uuid().notNull(),
    subscriberId: uuid().notNull(),
    groupId: uuid().notNull(),
    kind: text().$type<"usage" | "fee" | "minimum" | "discount" | "adjustment">().notNull(),
    code: text().notNull(),
    name: text().notNull(),
    periodFrom: date({ mode: "string" }).notNull(),
    periodTo: date({ mode: "string" }).notNull(),
    quantity: text().notNull(),
    amountMicros: micros().notNull(),
    taxMicros: micros().notNull(),
    currency: currency(),
    planId: uuid().notNull(),
    planVersion: integer().notNull(),
    sourceKey: text().notNull(),
    details: jsonb().notNull(),
    transactionId: uuid(),
    chargedAt: instant().notNull(),
    usageAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

/** When something is due for a service; see the migration. */
export const chargeSchedules = app.table(
  "charge_schedules",
  {
    providerId: providerId(),
    accountId: accountId(),
    serviceId: uuid().notNull(),
    nextDue: instant(),
    closedTo: date({ mode: "string" }),
    pinnedTo: date({ mode: "string" }),
    recheckFrom: date({ mode: "string" }),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.serviceId] })],
);

export const exportsTable = app.table(
  "exports",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    kind: text().notNull(),
    params: jsonb().notNull(),
    groupIds: uuid().array(),
    state: text().$type<"waiting" | "running" | "ready" | "failed">().notNull(),
    rowsDone: count().notNull().default(0),
    rowsTotal: count(),
    totals: jsonb(),
    fileName: text(),
    file: bytea(),
    problem: text(),
    requestedBy: text().notNull(),
    requestedAt: instant().notNull(),
    finishedAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);
