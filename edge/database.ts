// The portal's one way to the database: read-only transactions that see one subscriber's rows, on a server that may be a replica.
// The role may use nothing in schema app, not even its functions, so the tenant is set by plain SET LOCAL.
import { drizzle } from "drizzle-orm/postgres-js";
import * as v from "valibot";
import { databaseErrorOf, isUnavailable } from "../core/kernel/database-error.ts";
import { type Outcome, refuse } from "../core/kernel/errors.ts";
import type { PortalQuery } from "../core/read/portal/portal-query.ts";
import type { Tx } from "../db/client.ts";
import { steadyClient } from "../db/steady-client.ts";
import type { Subscriber } from "./session-token.ts";

/** Runs a query of the read side; inside `read`, so that all answers of a page are of one subscriber and one transaction. */
export type Ask = <I extends v.GenericSchema, T>(query: PortalQuery<I, T>, raw: v.InferInput<I>) => Promise<Outcome<T>>;

export type PortalDatabase = {
  /**
   * Gives `work` the means to ask as this subscriber.
   * @throws DatabaseAway when the server doesn't answer in time
   */
  read<T>(who: Subscriber, now: Temporal.Instant, work: (ask: Ask) => Promise<T>): Promise<T>;
  /** Whether the server answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
};

/** Nothing is wrong with the request: the database is away, starting, full, or too slow just now. */
export class DatabaseAway extends Error {}

/** Longer than any query of a page may take, shorter than the patience of who waits for it. */
const patienceMs = 8_000;

export function openPortalDatabase(url: string, options: { max?: number } = {}): PortalDatabase {
  const given = {
    max: options.max ?? 10,
    connect_timeout: 5,
    idle_timeout: 60,
    onnotice() {},
    connection: {
      application_name: "portal",
      TimeZone: "UTC",
      default_transaction_read_only: true,
      statement_timeout: 5_000,
      idle_in_transaction_session_timeout: 10_000,
    },
  };
  const sql = steadyClient(url, given, (pool) => drizzle(pool));
  const db = drizzle(sql, { casing: "snake_case" });
  return {
    read: (who, now, work) =>
      orAway(
        db.transaction(
          async (tx) => {
            await beSubscriber(tx, who);
            return work(async (query, raw) => {
              const parsed = v.safeParse(query.input, raw);
              if (!parsed.success) return refuse("invalid_input", { issues: parsed.issues.map((issue) => issue.message) });
              return query.run({ tx, now, providerId: who.providerId, subscriberId: who.subscriberId }, parsed.output);
            });
          },
          { isolationLevel: "repeatable read", accessMode: "read only" },
        ),
      ),
    ping: () =>
      orAway(sql`select 1`).then(
        () => true,
        () => false,
      ),
    close: () => sql.end({ timeout: 2 }),
  };
}

/** SET takes no parameters: the values are a number and a UUID, or nothing is run. */
async function beSubscriber(tx: Tx, { providerId, subscriberId }: Subscriber): Promise<void> {
  if (!Number.isInteger(providerId) || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(subscriberId))
    throw new Error("not a subscriber");
  await tx.execute(`set local app.providers = '{${providerId}}'`);
  await tx.execute(`set local app.subscriber_id = '${subscriberId}'`);
}

async function orAway<T>(work: PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new DatabaseAway("no answer in time")), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (isAway(error)) throw new DatabaseAway("the database doesn't answer", { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Also: timed out, no connection left, not let in, or not made yet (the installation is just starting). */
function isAway(error: unknown): boolean {
  const code = databaseErrorOf(error)?.code ?? "";
  return isUnavailable(error) || ["57014", "25P03", "53300", "3D000"].includes(code) || code.startsWith("28") || isNetwork(error);
}

/** A connection that broke while it was being written to, or a host that can't be found just now. */
function isNetwork(error: unknown): boolean {
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    if (/^E(PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)/.test(String((e as Error & { code?: unknown }).code ?? "")))
      return true;
  }
  return false;
}
