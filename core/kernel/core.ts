// What a process of MediaBilling holds while it runs: the database, the queue, the clock, the log.

import { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import { type Connection, connect, type Db, type Sql } from "../../db/client.ts";
import { type Clock, systemClock } from "./clock.ts";

export type Core = {
  readonly db: Db;
  readonly sql: Sql;
  readonly boss: PgBoss;
  readonly clock: Clock;
  readonly log: Logger;
  /** Secret bytes for one purpose, derived from the installation's secret. */
  readonly secret: (label: string) => string;
  readonly dataDir: string;
  close(): Promise<void>;
};

export type CoreOptions = {
  readonly url: string;
  readonly name: string;
  readonly log: Logger;
  readonly secret: (label: string) => string;
  readonly dataDir: string;
  readonly clock?: Clock;
  readonly maxConnections?: number;
  /** A worker listens for jobs and looks after the queue; other processes only send. */
  readonly worker?: boolean;
};

/** Connects as role mb_app. Throws when the database doesn't answer. */
export async function openCore(options: CoreOptions): Promise<Core> {
  const connection: Connection = connect(options.url, { max: options.maxConnections ?? 10, name: options.name });
  const worker = options.worker ?? false;
  const boss = new PgBoss({
    connectionString: options.url,
    schema: "pgboss",
    application_name: `${options.name}-queue`,
    max: worker ? 4 : 2,
    migrate: false,
    createSchema: false,
    supervise: worker,
    // How often a worker looks for jobs of one that fell silent: read models and imports stand still as long.
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    schedule: worker,
    useListenNotify: worker,
    registerInstance: worker,
  });
  boss.on("error", (error) => options.log.warn({ error: error.message }, "queue"));
  await boss.start();
  const { db, sql } = connection;
  const close = async () => {
    await boss.stop({ graceful: true, timeout: 5000 });
    await connection.close();
  };
  return { db, sql, boss, clock: options.clock ?? systemClock, log: options.log, secret: options.secret, dataDir: options.dataDir, close };
}
