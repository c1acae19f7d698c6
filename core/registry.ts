// Everything that can be done, asked and run in the background. The API, the pages' rights and the workers are made from these lists.

import { commands as agentCommands } from "./agents/commands.ts";
import { importFile, startImport } from "./agents/import-file.ts";
import { commands as authCommands } from "./auth/commands.ts";
import { forgetSignInsJob } from "./auth/forget-sign-ins.ts";
import { commands as cardCommands } from "./cards/commands.ts";
import { expireCardsJob, makeCardsJob, writeCardsExportJob } from "./cards/jobs.ts";
import { commands as catalogCommands } from "./catalog/commands.ts";
import { forgetDeckUploadsJob } from "./catalog/deck/forget-uploads.ts";
import { importDeckJob } from "./catalog/deck/import-job.ts";
import { commands as chargeCommands } from "./charges/commands.ts";
import { checkAccountsJob } from "./credit/control/check-job.ts";
import { commands as controlCommands } from "./credit/control/commands.ts";
import { buildForecastJob } from "./credit/control/forecast-job.ts";
import { commands as holdCommands } from "./credit/holds/commands.ts";
import { expireHoldsJob, forgetHoldsJob } from "./credit/holds/jobs.ts";
import { loadDemo, loadDemoJob } from "./demo/load-demo.ts";
import { commands as identifierCommands } from "./identifiers/commands.ts";
import { commands as interchangeCommands } from "./interchange/commands.ts";
import { makeExportJob } from "./interchange/make-export-job.ts";
import { chargeDue } from "./kernel/charge-due-job.ts";
import { chargePartnerEarlier } from "./kernel/charge-partner-job.ts";
import type { Command } from "./kernel/command.ts";
import type { Job } from "./kernel/job.ts";
import type { Query } from "./kernel/query.ts";
import { advanceReadModels, forgetEvents, sweepReadModels } from "./kernel/read-models-job.ts";
import { releaseWaiting } from "./kernel/waiting-usage-job.ts";
import { commands as ledgerCommands } from "./ledger/commands.ts";
import { expirePotsJob } from "./ledger/expire-pots.ts";
import { commands as paymentCommands } from "./payments/commands.ts";
import { commands as providerCommands } from "./providers/commands.ts";
import { queries as readQueries } from "./read/queries.ts";
import { commands as reratingCommands } from "./rerating/commands.ts";
import { beginRerating, reratePartJob } from "./rerating/jobs.ts";
import { commands as serviceCommands } from "./services/commands.ts";
import { commands as simulationCommands } from "./simulation/commands.ts";
import { beginSimulation, simulatePartJob } from "./simulation/jobs.ts";
import { commands as subscriberCommands } from "./subscribers/commands.ts";
import { commands as usageCommands } from "./usage/commands.ts";
import { rateUsage } from "./usage/rate-usage-job.ts";

export const commands: readonly Command[] = [
  ...providerCommands,
  ...authCommands,
  ...catalogCommands,
  ...subscriberCommands,
  ...serviceCommands,
  ...identifierCommands,
  ...ledgerCommands,
  ...paymentCommands,
  ...chargeCommands,
  ...usageCommands,
  ...controlCommands,
  ...holdCommands,
  ...reratingCommands,
  ...simulationCommands,
  ...agentCommands,
  startImport,
  ...interchangeCommands,
  ...cardCommands,
  loadDemo,
];
export const queries: readonly Query[] = [...readQueries];
export const jobs: readonly Job[] = [
  rateUsage,
  releaseWaiting,
  chargePartnerEarlier,
  beginRerating,
  reratePartJob,
  beginSimulation,
  simulatePartJob,
  chargeDue,
  checkAccountsJob,
  buildForecastJob,
  expireHoldsJob,
  forgetHoldsJob,
  expirePotsJob,
  importFile,
  importDeckJob,
  makeExportJob,
  makeCardsJob,
  writeCardsExportJob,
  expireCardsJob,
  loadDemoJob,
  advanceReadModels,
  sweepReadModels,
  forgetEvents,
  forgetSignInsJob,
  forgetDeckUploadsJob,
];
