// Which counters and samples the usage of a batch may ask for.
import type { RawTx } from "../../db/client.ts";
import { billingPeriodOf } from "../rating/billing-period.ts";
import type { Counters, SamplesKey } from "./counters.ts";
import { loadSessions } from "./load-sessions.ts";
import type { PendingRecord } from "./rate-records.ts";

/** What is known of usage that is going to be priced. */
type Priced = Pick<PendingRecord, "terms" | "fact"> & { readonly holder: Pick<PendingRecord["holder"], "accountId" | "serviceId"> };

/** The caller holds the balances of the accounts: then nobody else changes their counters. */
export async function loadCounters(t: RawTx, providerId: number, counters: Counters, pending: readonly Priced[]): Promise<void> {
  const beyondDecks = pending.filter((one) => one.terms.segments.some(({ plan }) => !plan.plain));
  const accountIds = [...new Set(beyondDecks.map((one) => one.holder.accountId))];
  await counters.load(t, providerId, accountIds, samplesOf(beyondDecks));
  await loadSessions(t, providerId, counters, beyondDecks);
}

/** Samples are many: of 95th percentiles only, and of the periods that the usage is in. */
function samplesOf(pending: readonly Priced[]): SamplesKey[] {
  const asked = new Map<string, SamplesKey>();
  for (const { holder, terms, fact } of pending) {
    const [{ plan, planId }] = terms.segments;
    const components = plan.document.usage.filter((one) => one.aggregate === "percentile_95" && one.of === fact.kind);
    if (components.length === 0) continue;
    const from = billingPeriodOf(plan, terms, fact.startMs).from.toString();
    for (const { code } of components)
      asked.set(`${holder.serviceId} ${planId} ${code} ${from}`, { owner: { ...holder, planId }, key: { code, pooled: false, from } });
  }
  return [...asked.values()];
}
