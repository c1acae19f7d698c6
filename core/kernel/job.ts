// A job is a name and a schema; it is declared beside the core function it runs, and sent inside the transaction that causes it.
import { sql } from "drizzle-orm";
import { fromDrizzle, type PgBoss } from "pg-boss";
import type * as v from "valibot";
import type { Tx } from "../../db/client.ts";

export type Job<D extends v.GenericSchema = v.GenericSchema> = {
  readonly name: `${string}.${string}`;
  readonly data: D;
  /** `standard`: every send is a job. `stately`: at most one waiting and one running per key, so a burst of sends collapses. */
  readonly policy: "standard" | "stately";
  /** Retries before the job is put among the failed; the delay between them grows from one second. */
  readonly retryLimit: number;
  /** Seconds after which a job whose worker fell silent is given to another one. */
  readonly expireInSeconds: number;
  /** How long a job that is done stays in the queue's table, to be looked at. */
  readonly keepSeconds: number;
};

export const defineJob = <D extends v.GenericSchema>(job: Pick<Job<D>, "name" | "data"> & Partial<Job<D>>): Job<D> => ({
  policy: "standard",
  retryLimit: 20,
  expireInSeconds: 300,
  keepSeconds: 86_400,
  ...job,
});

export type Enqueue = <D extends v.GenericSchema>(
  job: Job<D>,
  data: v.InferInput<D>,
  options?: { key?: string; afterSeconds?: number },
) => Promise<void>;

/** Sends inside `tx`: a transaction that rolls back leaves no job. */
export function enqueueIn(boss: PgBoss, tx: Tx): Enqueue {
  return async (job, data, options = {}) => {
    await boss.send(job.name, data as object, {
      db: fromDrizzle(tx, sql),
      ...(options.key === undefined ? {} : { singletonKey: options.key }),
      ...(options.afterSeconds === undefined ? {} : { startAfter: options.afterSeconds }),
    });
  };
}

/** A worker that was killed says nothing for so long, then its jobs are given to another; `expireInSeconds` bounds those that hang. */
const silenceSeconds = 10;

/** Makes the queues that `jobs` need, or changes them to what the code says now. */
export async function prepareQueues(boss: PgBoss, jobs: readonly Job[]): Promise<void> {
  for (const { name, policy, retryLimit, expireInSeconds, keepSeconds } of jobs) {
    const options = {
      retryLimit,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 60,
      expireInSeconds,
      heartbeatSeconds: silenceSeconds,
      deleteAfterSeconds: keepSeconds,
      notify: true,
    };
    if (await boss.getQueue(name)) await boss.updateQueue(name, options);
    else await boss.createQueue(name, { policy, ...options });
  }
}
