// The job that charges what is due. It lies in the kernel, since catalogue, services and accounts send it and charges runs it.
import * as v from "valibot";
import { defineJob } from "./job.ts";

/** Sent when a service, or the versions of a plan, have changed: what is due is looked at again. Each hour it is sent without data: for all that is due. */
export const chargeDue = defineJob({
  name: "charges.charge-due",
  data: v.nullish(
    v.object({
      providerId: v.number(),
      accountId: v.optional(v.string()),
      serviceId: v.optional(v.string()),
      planId: v.optional(v.string()),
    }),
  ),
  retryLimit: 20,
  expireInSeconds: 600,
});
