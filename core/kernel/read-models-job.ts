// The job that brings the read models up to date. It lies in the kernel, since whoever emits an event sends it.
import * as v from "valibot";
import { defineJob } from "./job.ts";

/**
 * One job per emitting transaction; a worker takes all that wait in one go, so a burst makes one run.
 * Not one job per key: a unique key would make every transaction that emits wait for the commit of the one before it, and the event of
 * a transaction that commits after the shared job was taken would wait for the next one. A failed run is repeated by the next event or the sweep.
 */
export const advanceReadModels = defineJob({
  name: "read.advance",
  data: v.object({}),
  retryLimit: 3,
  expireInSeconds: 600,
  keepSeconds: 600, // one per batch: a day of them would be larger than what they are about
});

/** Sends the job above each minute, should one have been lost. */
export const sweepReadModels = defineJob({ name: "read.sweep", data: v.nullish(v.object({})), retryLimit: 0 });

/** Deletes events that every projection has applied and that are older than a week. */
export const forgetEvents = defineJob({ name: "read.forget-events", data: v.nullish(v.object({})), retryLimit: 3 });
