// Tenants, and who may do what in them.
import { integer, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { app, currency, instant, micros, providerId } from "./columns.ts";

export const providers = app.table("providers", {
  id: integer().primaryKey(),
  parentId: integer(),
  path: integer().array().notNull(),
  code: text().notNull(),
  name: text().notNull(),
  currency: currency(),
  zone: text().notNull(),
  locale: text().notNull(),
  createdAt: instant().notNull(),
});

export const roles = app.table(
  "roles",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    name: text().notNull(),
    permissions: text().array().notNull(),
    createdAt: instant().notNull(),
    adjustmentLimitMicros: micros().default(0n),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const managers = app.table(
  "managers",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    login: text().notNull(),
    name: text().notNull(),
    passwordHash: text().notNull(),
    roleId: uuid().notNull(),
    groupIds: uuid().array(),
    blockedAt: instant(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const managerSessions = app.table(
  "manager_sessions",
  {
    providerId: providerId(),
    tokenHash: text().notNull(),
    managerId: uuid().notNull(),
    csrfToken: text().notNull(),
    createdAt: instant().notNull(),
    expiresAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.tokenHash] })],
);

export const apiKeys = app.table(
  "api_keys",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    keyHash: text().notNull(),
    name: text().notNull(),
    permissions: text().array().notNull(),
    groupIds: uuid().array(),
    createdAt: instant().notNull(),
    expiresAt: instant(),
    revokedAt: instant(),
    adjustmentLimitMicros: micros().default(0n),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);
