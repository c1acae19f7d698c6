// The job that makes a spreadsheet. A worker that dies leaves a job that runs again from the start: making one takes seconds.
import * as v from "valibot";
import { defineJob } from "../kernel/job.ts";

export const makeExportJob = defineJob({
  name: "interchange.make-export",
  data: v.object({ providerId: v.number(), exportId: v.string() }),
  retryLimit: 5,
  expireInSeconds: 300,
});
