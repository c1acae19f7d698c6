// The door to the database: drizzle over postgres.js, with columns in snake_case.
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type postgres from "postgres";
import { steadyClient } from "./steady-client.ts";

export type Db = PostgresJsDatabase;
export type Tx = Parameters<Parameters<Db["transaction"]>[0]>[0];
export type Sql = postgres.Sql;
export type RawTx = postgres.TransactionSql;

export type Connection = { readonly db: Db; readonly sql: Sql; close(): Promise<void> };

/** Opens a pool of at most `max` connections. Timestamps come as PostgreSQL prints them in UTC. */
export function connect(url: string, options: { max?: number; name?: string } = {}): Connection {
  const given = {
    max: options.max ?? 10,
    onnotice() {},
    connect_timeout: 10,
    connection: { application_name: options.name ?? "mediabilling", TimeZone: "UTC" },
  };
  // Drizzle has its own ways with dates, which it sets on the client that it is given.
  const sql = steadyClient(url, given, (pool) => drizzle(pool));
  const db = drizzle(sql, { casing: "snake_case" });
  return { db, sql, close: () => sql.end({ timeout: 5 }) };
}

/** The postgres.js transaction under a drizzle one: for COPY and for SQL whose parameters are arrays. */
export function rawOf(tx: Tx): RawTx {
  return (tx as unknown as { session: { client: RawTx } }).session.client;
}
