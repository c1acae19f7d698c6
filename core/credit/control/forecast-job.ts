import * as v from "valibot";
import { defineJob } from "../../kernel/job.ts";

/** Looks ahead, for every provider that has a policy. */
export const buildForecastJob = defineJob({
  name: "credit.build-forecast",
  data: v.nullish(v.object({})),
  policy: "stately",
  expireInSeconds: 1800,
});
