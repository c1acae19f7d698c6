// Everything that can be done, asked and run in the background. The API, the pages' rights and the workers are made from these lists.
import type { Command } from "./kernel/command.ts";
import type { Job } from "./kernel/job.ts";
import type { Query } from "./kernel/query.ts";
import { advanceReadModels } from "./kernel/read-models-job.ts";
import { rateUsage } from "./usage/rate-usage-job.ts";

export const commands: readonly Command[] = [];
export const queries: readonly Query[] = [];
export const jobs: readonly Job[] = [rateUsage, advanceReadModels];
