// The web client: pages for administrators and managers. Mounts the sub-app of each domain; what none of them knows is a friendly 404.
import { Hono } from "hono";
import { CONTENT_SECURITY_POLICY } from "../../../views/content-security-policy.ts";
import type { Core } from "../../kernel/core.ts";
import { refuse } from "../../kernel/errors.ts";
import { newId } from "../../kernel/id.ts";
import { refusalOf } from "../errors.ts";
import { accountMoneyPages } from "./account-money.ts";
import { accountsPages } from "./accounts.ts";
import { adjustmentsPages } from "./adjustments.ts";
import { agentsPages } from "./agents.ts";
import { apiKeysPages } from "./api-keys.ts";
import { auditPages } from "./audit.ts";
import { calculatorPages } from "./calculator.ts";
import { cardBatchPages } from "./card-batches.ts";
import { cardRedeemPages } from "./card-redeem.ts";
import { cardSeriesPages } from "./card-series.ts";
import { cardsPages } from "./cards.ts";
import { chargesPages } from "./charges.ts";
import { creditPages } from "./credit.ts";
import { creditPolicyPages } from "./credit-policy.ts";
import { dashboardPages } from "./dashboard.ts";
import { deckDiffPages } from "./deck-diff.ts";
import { deckImportPages } from "./deck-imports.ts";
import { demoPages } from "./demo.ts";
import type { AdminEnv } from "./env.ts";
import { errorPage } from "./errors.ts";
import { exportsPages } from "./exports.ts";
import { groupsPages } from "./groups.ts";
import { holdsPages } from "./holds.ts";
import { identifiersPages } from "./identifiers.ts";
import { importsPages } from "./imports.ts";
import { managersPages } from "./managers.ts";
import { myAccountPages } from "./my-account.ts";
import { partnerPages } from "./partner.ts";
import { partnersPages } from "./partners.ts";
import { paymentSettingsPages } from "./payment-settings.ts";
import { paymentsPages } from "./payments.ts";
import { planEditorPages } from "./plan-editor.ts";
import { planVersionsPages } from "./plan-versions.ts";
import { planWordsPages } from "./plan-words.ts";
import { plansPages } from "./plans.ts";
import { quarantinePages } from "./quarantine.ts";
import { quarantineAssignPages } from "./quarantine-assign.ts";
import { reportsPages } from "./reports.ts";
import { reratingsPages } from "./reratings.ts";
import { rolesPages } from "./roles.ts";
import { searchPages } from "./search.ts";
import { servicesPages } from "./services.ts";
import { setUpPages } from "./set-up.ts";
import { signInPages } from "./sign-in.ts";
import { simulationsPages } from "./simulations.ts";
import { subscriberPages } from "./subscriber.ts";
import { subscribersPages } from "./subscribers.ts";
import { transactionPages } from "./transaction.ts";
import { unmatchedPaymentsPages } from "./unmatched-payments.ts";
import { usagePages } from "./usage.ts";

// One line per domain; the order doesn't matter, since no two domains share a path.
const domains: readonly Hono<AdminEnv>[] = [
  setUpPages,
  signInPages,
  dashboardPages,
  demoPages,
  usagePages,
  auditPages,
  exportsPages,
  agentsPages,
  importsPages,
  quarantinePages,
  quarantineAssignPages,
  subscribersPages,
  subscriberPages,
  accountsPages,
  accountMoneyPages,
  adjustmentsPages,
  transactionPages,
  chargesPages,
  cardRedeemPages,
  cardSeriesPages,
  cardBatchPages,
  cardsPages,
  unmatchedPaymentsPages,
  paymentSettingsPages,
  paymentsPages,
  creditPages,
  creditPolicyPages,
  holdsPages,
  servicesPages,
  identifiersPages,
  plansPages,
  planVersionsPages,
  deckDiffPages,
  deckImportPages,
  planEditorPages,
  planWordsPages,
  simulationsPages,
  calculatorPages,
  reratingsPages,
  reportsPages,
  groupsPages,
  managersPages,
  rolesPages,
  apiKeysPages,
  partnersPages,
  partnerPages,
  searchPages,
  myAccountPages,
];

export type AdminOptions = { /** Where users' browsers find us; https makes cookies Secure. */ readonly publicUrl: string };

/** The web client for `createApp({ admin: adminApp(core, { publicUrl }) })`. */
export function adminApp(core: Core, { publicUrl }: AdminOptions): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  const secure = publicUrl.startsWith("https:");
  app.use(async (c, next) => {
    c.set("core", core);
    c.set("requestId", c.env?.requestId ?? newId());
    c.set("secure", secure);
    c.set("publicUrl", publicUrl.replace(/\/+$/, ""));
    c.set("form", new URLSearchParams());
    await next();
    c.res.headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
    c.res.headers.set("cache-control", "no-store");
  });
  for (const domain of domains) app.route("/", domain);
  app.notFound((c) => errorPage(c, refuse("unknown_path")));
  app.onError((error, c) => {
    const refusal = refusalOf(error);
    if (refusal.code === "internal")
      core.log.error({ requestId: c.get("requestId"), method: c.req.method, path: c.req.path, err: error }, "page failed");
    else if (refusal.code === "database_unavailable")
      core.log.warn({ requestId: c.get("requestId"), error: error.message }, "database away");
    return errorPage(c, refusal);
  });
  return app;
}
