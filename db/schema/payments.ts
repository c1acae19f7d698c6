// Payments, the channels they come by and what gateways say of them; see the migration.
import { boolean, date, jsonb, numeric, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { app, bytea, count, currency, instant, micros, providerId, read } from "./columns.ts";

export type ChannelKind = "desk" | "bank" | "gateway";
export type PaymentState = "credited" | "unmatched" | "refunded" | "returned" | "charged-back" | "cancelled";
export type UnmatchedBecause = "no-account" | "account-closed" | "currency" | "taken-off";
export type MovementKind =
  | "received"
  | "suspended"
  | "matched"
  | "taken-off"
  | "refunded"
  | "refund-reversed"
  | "charged-back"
  | "charge-back-reversed"
  | "cancelled"
  | "returned";
export type GatewayEventKind = "succeeded" | "failed" | "refunded" | "charged_back" | "chargeback_reversed" | "stated";

export const paymentChannels = app.table(
  "payment_channels",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    code: text().notNull(),
    name: text().notNull(),
    kind: text().$type<ChannelKind>().notNull(),
    active: boolean().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const paymentGateways = app.table(
  "payment_gateways",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    channelId: uuid().notNull(),
    secret: bytea().notNull(),
    previousSecret: bytea(),
    previousUntil: instant(),
    active: boolean().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const payments = app.table(
  "payments",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    receiptNumber: count().notNull(),
    channelId: uuid().notNull(),
    gatewayId: uuid(),
    externalId: text(),
    accountId: uuid(),
    currency: currency(),
    amountMicros: micros().notNull(),
    refundedMicros: micros().notNull().default(0n),
    chargedBackMicros: micros().notNull().default(0n),
    state: text().$type<PaymentState>().notNull(),
    payerName: text(),
    payerPhone: text(),
    details: text(),
    accountText: text(),
    unmatchedBecause: text().$type<UnmatchedBecause>(),
    paidAt: instant().notNull(),
    receivedAt: instant().notNull(),
    receivedBy: text().notNull(),
    search: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const paymentMovements = app.table(
  "payment_movements",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    paymentId: uuid().notNull(),
    kind: text().$type<MovementKind>().notNull(),
    channelId: uuid().notNull(),
    day: date({ mode: "string" }).notNull(),
    currency: currency(),
    amountMicros: micros().notNull(),
    accountId: uuid(),
    transactionId: uuid(),
    providerTransactionId: uuid(),
    adjustmentId: uuid(),
    reversesId: uuid(),
    why: text(),
    at: instant().notNull(),
    byWhom: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const gatewayEvents = app.table(
  "gateway_events",
  {
    providerId: providerId(),
    gatewayId: uuid().notNull(),
    eventId: text().notNull(),
    externalId: text().notNull(),
    kind: text().$type<GatewayEventKind>().notNull(),
    at: instant().notNull(),
    data: jsonb().notNull(),
    storedAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.gatewayId, t.eventId] })],
);

export const paymentsDaily = read.table(
  "payments_daily",
  {
    providerId: providerId(),
    channelId: uuid().notNull(),
    day: date({ mode: "string" }).notNull(),
    currency: currency(),
    payments: count().notNull(),
    amountMicros: numeric().notNull(),
    refundedMicros: numeric().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.channelId, t.day, t.currency] })],
);
