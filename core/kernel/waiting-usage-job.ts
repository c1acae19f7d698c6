// The job that looks at quarantine again. It lies in the kernel, since catalogue, services and identifiers send it and usage runs it.
import * as v from "valibot";
import { defineJob } from "./job.ts";

/** Sent with the provider's id as its key when an identifier, a service or a plan has changed. */
export const releaseWaiting = defineJob({
  name: "usage.release-waiting",
  data: v.object({ providerId: v.number() }),
  policy: "stately",
  expireInSeconds: 600,
});
