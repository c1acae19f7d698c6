// Which function does which job. A handler calls one core function and knows nothing more.
import type { WorkOptions } from "pg-boss";
import * as v from "valibot";
import { importFile, importUpload } from "../core/agents/import-file.ts";
import { forgetSignIns, forgetSignInsJob } from "../core/auth/forget-sign-ins.ts";
import { expireCards } from "../core/cards/expire-cards.ts";
import { expireCardsJob, makeCardsJob, writeCardsExportJob } from "../core/cards/jobs.ts";
import { makeCards } from "../core/cards/make-cards.ts";
import { writeCardsExport } from "../core/cards/write-export.ts";
import { forgetDeckUploads, forgetDeckUploadsJob } from "../core/catalog/deck/forget-uploads.ts";
import { importDeckJob } from "../core/catalog/deck/import-job.ts";
import { runDeckImport } from "../core/catalog/deck/run-import.ts";
import { chargeWhatIsDue } from "../core/charges/charge-due.ts";
import { checkAccounts, sendChecks } from "../core/credit/control/check-accounts.ts";
import { checkAccountsJob } from "../core/credit/control/check-job.ts";
import { buildForecasts } from "../core/credit/control/forecast.ts";
import { buildForecastJob } from "../core/credit/control/forecast-job.ts";
import { expireHolds, forgetHolds } from "../core/credit/holds/expire-holds.ts";
import { EXPIRE_EVERY_SEC, expireHoldsJob, forgetHoldsJob } from "../core/credit/holds/jobs.ts";
import { buildDemo, loadDemoJob } from "../core/demo/load-demo.ts";
import { makeExport } from "../core/interchange/make-export.ts";
import { makeExportJob } from "../core/interchange/make-export-job.ts";
import { chargeDue } from "../core/kernel/charge-due-job.ts";
import { chargePartnerEarlier } from "../core/kernel/charge-partner-job.ts";
import type { Core } from "../core/kernel/core.ts";
import type { Job } from "../core/kernel/job.ts";
import { advanceReadModels, forgetEvents, sweepReadModels } from "../core/kernel/read-models-job.ts";
import { releaseWaiting } from "../core/kernel/waiting-usage-job.ts";
import { expirePots, expirePotsJob } from "../core/ledger/expire-pots.ts";
import { advance, forgetOldEvents } from "../core/read/advance.ts";
import { begin as beginRun } from "../core/rerating/begin.ts";
import { beginRerating, reratePartJob } from "../core/rerating/jobs.ts";
import { reratePart } from "../core/rerating/rerate-part.ts";
import { begin as beginSimulated } from "../core/simulation/begin.ts";
import { beginSimulation, simulatePartJob } from "../core/simulation/jobs.ts";
import { simulatePart } from "../core/simulation/simulate-part.ts";
import { chargeEarlierUsage } from "../core/usage/chain/charge-earlier-usage.ts";
import { processBatch } from "../core/usage/process-batch.ts";
import { rateUsage } from "../core/usage/rate-usage-job.ts";
import { resendStaleBatches } from "../core/usage/receive-batch.ts";
import { releaseWaitingUsage, sweepQuarantine } from "../core/usage/release.ts";

export type Handler = {
  readonly job: Job;
  /** How a worker takes the jobs: how many at once, and in how many places of the process. */
  readonly work: Pick<WorkOptions, "batchSize" | "localConcurrency">;
  /** A time table (cron, UTC) on which the job is sent, besides being sent by others. */
  readonly cron?: string;
  /** Does the jobs that were taken together. Gives one outcome per job, in their order: an error puts that job back alone. */
  run(core: Core, data: readonly unknown[]): Promise<readonly (Error | undefined)[]>;
};

type Options = Partial<Handler["work"]> & { cron?: string };

/** Jobs that have nothing to do with each other: one that fails is repeated, the others are done. */
function each<D extends v.GenericSchema>(
  job: Job<D>,
  run: (core: Core, data: v.InferOutput<D>) => Promise<unknown>,
  { cron, ...work }: Options = {},
): Handler {
  return {
    job,
    work: { batchSize: 4, localConcurrency: 1, ...work },
    ...(cron ? { cron } : {}),
    async run(core, data) {
      const outcomes: (Error | undefined)[] = [];
      for (const one of data) {
        try {
          await run(core, v.parse(job.data, one));
          outcomes.push(undefined);
        } catch (error) {
          outcomes.push(error instanceof Error ? error : new Error(String(error)));
        }
      }
      return outcomes;
    },
  };
}

/** Jobs that all say the same thing: one run answers for all that wait. */
function together(job: Job, run: (core: Core) => Promise<unknown>, { cron, ...work }: Options = {}): Handler {
  return {
    job,
    work: { batchSize: 1000, localConcurrency: 1, ...work },
    ...(cron ? { cron } : {}),
    async run(core, data) {
      await run(core);
      return data.map(() => undefined);
    },
  };
}

/** Jobs that are done in one run for all that wait, each saying its part. */
function gathered<D extends v.GenericSchema>(
  job: Job<D>,
  run: (core: Core, data: readonly v.InferOutput<D>[]) => Promise<unknown>,
  { cron, ...work }: Options = {},
): Handler {
  return {
    job,
    work: { batchSize: 200, localConcurrency: 1, ...work },
    ...(cron ? { cron } : {}),
    async run(core, data) {
      await run(
        core,
        data.map((one) => v.parse(job.data, one)),
      );
      return data.map(() => undefined);
    },
  };
}

export const handlers: readonly Handler[] = [
  // Two at a time: one rates while the database works for the other.
  each(rateUsage, (core, batch) => processBatch(core, batch), { localConcurrency: 2 }),
  together(advanceReadModels, async (core) => {
    // Whatever moves a balance comes by here at once.
    await sendChecks(core);
    if (!(await advance(core))) await core.boss.send(advanceReadModels.name, {});
  }),
  each(chargePartnerEarlier, (core, partner) => chargeEarlierUsage(core, partner)),
  each(releaseWaiting, (core, { providerId }) => releaseWaitingUsage(core, providerId)),
  each(beginRerating, beginRun, { batchSize: 1 }),
  each(reratePartJob, reratePart, { localConcurrency: 2 }),
  each(beginSimulation, beginSimulated, { batchSize: 1 }),
  each(simulatePartJob, simulatePart, { batchSize: 1 }),
  together(checkAccountsJob, checkAccounts, { cron: "* * * * *" }),
  together(buildForecastJob, buildForecasts, { cron: "23 * * * *" }),
  gathered(chargeDue, chargeWhatIsDue, { cron: "7 * * * *" }),
  together(expirePotsJob, expirePots, { cron: "* * * * *" }),
  together(
    expireHoldsJob,
    async (core) => {
      await expireHolds(core);
      await core.boss.send(expireHoldsJob.name, {}, { startAfter: EXPIRE_EVERY_SEC, singletonKey: "all" });
    },
    { cron: "* * * * *" },
  ),
  together(forgetHoldsJob, forgetHolds, { cron: "47 3 * * *" }),
  each(importFile, (core, file) => importUpload(core, file), { batchSize: 1 }),
  each(importDeckJob, runDeckImport, { batchSize: 1 }),
  each(makeExportJob, makeExport, { batchSize: 1 }),
  each(makeCardsJob, (core, batch) => makeCards(core, batch), { batchSize: 1 }),
  each(writeCardsExportJob, writeCardsExport, { batchSize: 1 }),
  together(expireCardsJob, expireCards, { cron: "27 * * * *" }),
  each(loadDemoJob, (core, data) => buildDemo(core, data), { batchSize: 1 }),
  together(sweepReadModels, (core) => sweep(core), { cron: "* * * * *" }),
  together(forgetEvents, forgetOldEvents, { cron: "17 3 * * *" }),
  together(forgetSignInsJob, forgetSignIns, { cron: "37 3 * * *" }),
  together(forgetDeckUploadsJob, forgetDeckUploads, { cron: "47 3 * * *" }),
];

/** What would otherwise wait for a job that was lost. */
async function sweep(core: Core): Promise<void> {
  const ids = (await core.sql<{ id: number }[]>`select id from app.providers order by id`).map((row) => row.id);
  await resendStaleBatches(core, ids);
  await sweepQuarantine(core, ids);
  await core.boss.send(advanceReadModels.name, {});
}
