// The jobs of a simulation: one that counts the accounts and gives out the parts, and one for each part. Any of them may run twice, on any worker.
import * as v from "valibot";
import { defineJob } from "../kernel/job.ts";

export const beginSimulation = defineJob({
  name: "simulation.begin",
  data: v.object({ providerId: v.number(), runId: v.string() }),
  retryLimit: 1000,
  expireInSeconds: 3600,
});

export const simulatePartJob = defineJob({
  name: "simulation.part",
  data: v.object({ providerId: v.number(), runId: v.string(), part: v.number() }),
  retryLimit: 1000,
  expireInSeconds: 1800,
});
