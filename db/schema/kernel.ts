// What every command leaves behind: the log, the memory of idempotency keys, the events and the cursors that follow them.
import { bigint, customType, integer, jsonb, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { app, count, instant, providerId } from "./columns.ts";

const xid8 = customType<{ data: string }>({ dataType: () => "xid8" });

export const commandLog = app.table(
  "command_log",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    command: text().notNull(),
    actorKind: text().notNull(),
    actorId: text().notNull(),
    actorName: text().notNull(),
    at: instant().notNull(),
    idempotencyKey: text(),
    input: jsonb().notNull(),
    before: jsonb(),
    after: jsonb(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const idempotencyKeys = app.table(
  "idempotency_keys",
  {
    providerId: providerId(),
    key: text().notNull(),
    command: text().notNull(),
    inputDigest: text().notNull(),
    outcome: jsonb(),
    at: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.key] })],
);

export const numberSeries = app.table(
  "number_series",
  { providerId: providerId(), series: text().notNull(), lastNumber: count().notNull() },
  (t) => [primaryKey({ columns: [t.providerId, t.series] })],
);

export const events = app.table(
  "events",
  {
    xid: xid8().notNull(),
    position: bigint({ mode: "bigint" }).generatedAlwaysAsIdentity(),
    providerId: providerId(),
    type: text().notNull(),
    data: jsonb().notNull(),
    at: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.xid, t.position] })],
);

export const projectionCursors = app.table("projection_cursors", {
  projection: text().primaryKey(),
  version: integer().notNull(),
  xid: xid8().notNull(),
  position: bigint({ mode: "bigint" }).notNull(),
  rebuilt: jsonb().$type<Record<string, string>>().notNull().default({}),
  advancedAt: instant().notNull(),
});

export const installation = app.table("installation", { key: text().primaryKey(), value: jsonb().notNull() });

export const signInFailures = app.table(
  "sign_in_failures",
  { subject: text().notNull(), at: instant().notNull(), id: uuid().notNull() },
  (t) => [primaryKey({ columns: [t.subject, t.at, t.id] })],
);
