// The column kinds that every table is made of, so that the same thing has the same type everywhere.
import { bigint, customType, integer, pgSchema, text, timestamp, uuid } from "drizzle-orm/pg-core";

export const app = pgSchema("app");
export const read = pgSchema("read");

export const providerId = () => integer().notNull();
export const accountId = () => uuid().notNull();
/** An amount in micro-units of the row's currency. */
export const micros = () => bigint({ mode: "bigint" });
export const count = () => bigint({ mode: "number" });
/** ISO text with offset, as PostgreSQL prints it; `Temporal.Instant.from` reads it. */
export const instant = () => timestamp({ withTimezone: true, mode: "string" });
export const currency = () => text().notNull();
export const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
