// The job that charges a partner for usage before it was written down that it is charged. It lies in the kernel, since identifiers sends it and usage runs it.
import * as v from "valibot";
import { defineJob } from "./job.ts";

/** `providerId`: the parent. Sent when a partner comes to be charged on a service, from an instant (`from`) on. */
export const chargePartnerEarlier = defineJob({
  name: "usage.charge-partner",
  data: v.object({ providerId: v.number(), partnerId: v.number(), from: v.string() }),
  expireInSeconds: 3600,
});
