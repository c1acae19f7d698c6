// The jobs of a run: one that counts what is chosen and gives out the parts, and one for each part. Any of them may run twice, and on any worker.
import * as v from "valibot";
import { defineJob } from "../kernel/job.ts";

/** Sent when a preview or a run begins. */
export const beginRerating = defineJob({
  name: "rerating.begin",
  data: v.object({ providerId: v.number(), runId: v.string() }),
  retryLimit: 1000,
  expireInSeconds: 3600,
});

/** `apply`: changes what the preview would only count. */
export const reratePartJob = defineJob({
  name: "rerating.part",
  data: v.object({ providerId: v.number(), runId: v.string(), part: v.number(), apply: v.boolean() }),
  retryLimit: 1000,
  expireInSeconds: 1800,
});
