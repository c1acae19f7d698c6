// The job that reads a price list into a draft: 100,000 lines take seconds, which nobody should wait for with a page open.
import * as v from "valibot";
import { defineJob } from "../../kernel/job.ts";

export const importDeckJob = defineJob({
  name: "catalog.import-deck",
  data: v.object({ providerId: v.number(), importId: v.string() }),
  retryLimit: 5,
  expireInSeconds: 600,
});
