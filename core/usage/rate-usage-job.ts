// The job that rates one batch of the inbox. A batch that is rated already is left alone, so running it twice does no harm.
import * as v from "valibot";
import { defineJob } from "../kernel/job.ts";

export const rateUsage = defineJob({
  name: "usage.rate",
  data: v.object({ providerId: v.number(), agentId: v.string(), firstSequence: v.number() }),
  retryLimit: 1000,
  expireInSeconds: 120,
});
