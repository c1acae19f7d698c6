// A worker: takes jobs as they are announced and does them. Any number of workers may run, here or on other machines.
import type { JobWithMetadata } from "pg-boss";
import type { Core } from "../core/kernel/core.ts";
import { sweepReadModels } from "../core/kernel/read-models-job.ts";
import { handlers as all, type Handler } from "./handlers.ts";

export type Worker = {
  /** Takes no more jobs, finishes those it has for at most the seconds given, and leaves the rest to others. */
  close(graceSec?: number): Promise<void>;
};

/** Announcements wake a worker at once; these intervals, in seconds, only bound what a lost one costs. */
const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 2, burstWhenBatchFull: true } as const;

/** Starts taking jobs. The queues exist already: `prepareQueues` makes them with the migrations. */
export async function startWorker(core: Core, handlers: readonly Handler[] = all): Promise<Worker> {
  for (const handler of handlers) {
    await core.boss.work(handler.job.name, { ...polling, ...handler.work, perJobResults: true, includeMetadata: true }, (jobs) =>
      run(core, handler, jobs),
    );
    if (handler.cron) await core.boss.schedule(handler.job.name, handler.cron, null, { tz: "UTC" });
  }
  // A job may have been lost, or its worker killed: look once at the start instead of waiting for the next event.
  await core.boss.send(sweepReadModels.name, {});
  const close = async (graceSec = 10) => {
    const ended = Promise.all(handlers.map((handler) => core.boss.offWork(handler.job.name, { wait: true })));
    await Promise.race([ended, Bun.sleep(graceSec * 1000)]);
  };
  return { close };
}

async function run(core: Core, handler: Handler, jobs: JobWithMetadata<unknown>[]) {
  const began = performance.now();
  const outcomes = await handler.run(
    core,
    jobs.map((job) => job.data),
  );
  const failed = outcomes.filter((outcome) => outcome !== undefined);
  for (const error of failed) core.log.error({ err: error, job: handler.job.name }, "job failed");
  core.log.debug(
    { job: handler.job.name, jobs: jobs.length, failed: failed.length, ms: Math.round(performance.now() - began) },
    "jobs done",
  );
  return jobs.map((job, i) =>
    outcomes[i] === undefined
      ? { id: job.id, status: "completed" as const }
      : { id: job.id, status: "failed" as const, output: { message: outcomes[i].message } },
  );
}
