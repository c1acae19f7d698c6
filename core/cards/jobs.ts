// The jobs of the slice. Any of them may run twice, and on any worker.
import * as v from "valibot";
import { defineJob } from "../kernel/job.ts";

/** Goes on where another worker ended. */
export const makeCardsJob = defineJob({
  name: "cards.make",
  data: v.object({ providerId: v.number(), batchId: v.string() }),
  retryLimit: 1000,
  expireInSeconds: 3600,
});

export const writeCardsExportJob = defineJob({
  name: "cards.write-export",
  data: v.object({ providerId: v.number(), batchId: v.string() }),
  retryLimit: 20,
  expireInSeconds: 3600,
});

/** What has come to its end: cards nobody may sell or use any more, and services that cards paid for. */
export const expireCardsJob = defineJob({
  name: "cards.expire",
  data: v.nullish(v.object({})),
  policy: "stately",
  retryLimit: 3,
  expireInSeconds: 3600,
});
