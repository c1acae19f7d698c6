// The job that brings the read models up to date. It lies in the kernel, since whoever emits an event sends it.
import * as v from "valibot";
import { defineJob } from "./job.ts";

/** Sent with the key "all": a burst of events makes one run, and one more that waits behind it. */
export const advanceReadModels = defineJob({
  name: "read.advance",
  data: v.object({}),
  policy: "stately",
  retryLimit: 1000,
  expireInSeconds: 120,
});
