// All projections, in the order in which they are brought forward: what a person waits for comes first.
import { accountOverview } from "./account-overview/projection.ts";
import { books } from "./books/projection.ts";
import { cardStock } from "./card-stock/projection.ts";
import { creditStanding } from "./credit/projection.ts";
import { glBalances } from "./gl-balances/projection.ts";
import { ingestHealth } from "./ingest-health/projection.ts";
import { paymentsDaily } from "./payments-daily/projection.ts";
import type { Projection } from "./projection.ts";
import { providerUsage } from "./provider-usage/projection.ts";
import { serviceList } from "./service-list/projection.ts";
import { serviceUsage } from "./service-usage/projection.ts";
import { subscriberList } from "./subscriber-list/projection.ts";

export const projections: readonly Projection[] = [
  providerUsage,
  serviceUsage,
  ingestHealth,
  accountOverview,
  subscriberList,
  serviceList,
  glBalances,
  cardStock,
  creditStanding,
  paymentsDaily,
  books,
];
