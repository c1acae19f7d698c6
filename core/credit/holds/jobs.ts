import * as v from "valibot";
import { defineJob } from "../../kernel/job.ts";

/** Runs, and sends itself again for a few seconds later. A time table sends it each minute too, should it have been lost. */
export const expireHoldsJob = defineJob({
  name: "credit.expire-holds",
  data: v.nullish(v.object({})),
  policy: "stately",
  retryLimit: 2,
  expireInSeconds: 120,
  keepSeconds: 600,
});
export const EXPIRE_EVERY_SEC = 5;

export const forgetHoldsJob = defineJob({
  name: "credit.forget-holds",
  data: v.nullish(v.object({})),
  retryLimit: 2,
  expireInSeconds: 900,
});
