// Every question of the web client and the API. The portal's are apart: they run under its own database role.
import type { Query } from "../kernel/query.ts";
import { accountsDetail } from "./account-detail/query.ts";
import { accountsList } from "./account-list/query.ts";
import { accountsStatement } from "./account-statement/query.ts";
import { accountsTransaction } from "./account-transaction/query.ts";
import { adjustmentsList } from "./adjustments/query.ts";
import { agentsDetail, agentsList } from "./agents/query.ts";
import { agentsRates } from "./agents/rates.ts";
import { auditList } from "./audit/query.ts";
import { booksBalanceSheet, booksTurnover } from "./books/query.ts";
import { booksReceivables } from "./books/receivables.ts";
import { cardsCard, cardsDealers, cardsDetail, cardsList } from "./cards/query.ts";
import { chargesDetail } from "./charge-detail/query.ts";
import { creditAccount, creditAccounts, creditForecast, creditPolicy } from "./credit/query.ts";
import { dashboardToday } from "./dashboard/query.ts";
import { plansDeckImport } from "./deck-imports/query.ts";
import { exportsList } from "./exports/query.ts";
import { holdsList } from "./holds/query.ts";
import { importsFile, importsList } from "./imports/query.ts";
import { providersPartner } from "./partner/query.ts";
import { paymentsChannels, paymentsGateways } from "./payments/channels.ts";
import { paymentsDetail } from "./payments/detail.ts";
import { paymentsList } from "./payments/list.ts";
import { paymentsSuggestions } from "./payments/suggestions.ts";
import { paymentsByChannel } from "./payments-daily/query.ts";
import { plansDeck, plansDiff } from "./plan-deck/query.ts";
import { plansDetail, plansDocument, plansList } from "./plans/query.ts";
import { quarantineList } from "./quarantine/query.ts";
import { reratingsDetail, reratingsList } from "./reratings/query.ts";
import { apiKeysList, groupsList, managersList, providersList, rolesList } from "./rights/query.ts";
import { servicesDetail } from "./service-detail/query.ts";
import { simulationsDetail, simulationsList } from "./simulations/query.ts";
import { subscribersDetail } from "./subscriber-detail/query.ts";
import { subscribersList } from "./subscriber-list/query.ts";
import { usageList, usageRecord } from "./usage-records/query.ts";

export const queries: readonly Query[] = [
  dashboardToday,
  subscribersList,
  subscribersDetail,
  usageList,
  usageRecord,
  accountsList,
  accountsDetail,
  accountsStatement,
  accountsTransaction,
  adjustmentsList,
  booksTurnover,
  booksBalanceSheet,
  booksReceivables,
  chargesDetail,
  holdsList,
  servicesDetail,
  quarantineList,
  importsList,
  importsFile,
  agentsList,
  agentsDetail,
  agentsRates,
  plansList,
  plansDetail,
  plansDocument,
  plansDeck,
  plansDiff,
  plansDeckImport,
  simulationsList,
  simulationsDetail,
  providersList,
  providersPartner,
  groupsList,
  managersList,
  rolesList,
  apiKeysList,
  auditList,
  exportsList,
  paymentsList,
  paymentsDetail,
  paymentsSuggestions,
  paymentsChannels,
  paymentsGateways,
  paymentsByChannel,
  reratingsList,
  reratingsDetail,
  creditAccounts,
  creditAccount,
  creditPolicy,
  creditForecast,
  cardsList,
  cardsDetail,
  cardsCard,
  cardsDealers,
];
