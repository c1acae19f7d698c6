// What the accounts of a part are rated by: today's plans and terms, who pays, which months are closed.
import type { RawTx } from "../../db/client.ts";
import { NEVER_CLOSED, readClosedBefore } from "../ledger/closed-months.ts";
import { readPlans, readTerms } from "../usage/plans-in-force.ts";
import type { PayingService, Pricing } from "../usage/price-fact.ts";
import { localBuckets } from "../usage/tally.ts";
import type { Buckets } from "./account-change.ts";
import type { Run } from "./runs.ts";
import { type Range, rangeOf } from "./selection.ts";
import { type Adjusted, readAdjusted } from "./stored-usage.ts";

export type Account = { readonly accountId: string; readonly currency: string; readonly services: readonly PayingService[] };

export type PartContext = {
  readonly t: RawTx;
  readonly run: Run;
  readonly providerId: number;
  readonly zone: string;
  readonly range: Range;
  readonly closedBeforeMs: number;
  readonly adjusted: Adjusted;
  readonly pricing: Pricing;
  readonly bucketsOf: Buckets;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly serviceOf: (usage: { readonly serviceId: string }) => PayingService;
  /** What is used there depends on what was used before: its periods are replayed. The others' records stand alone. */
  readonly stateful: readonly Account[];
  readonly plain: readonly Account[];
};

export async function readPartContext(t: RawTx, run: Run, accountIds: readonly string[]): Promise<PartContext> {
  const { providerId } = run;
  const [provider] = await t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`;
  const { zone } = provider!;
  const accounts = await readAccounts(t, providerId, accountIds);
  const services = new Map(
    [...accounts.values()].flatMap((account) => account.services.map((service) => [service.serviceId, service] as const)),
  );
  const plans = await readPlans(t, providerId, zone, [...services.keys()]);
  const needsReplay = ({ services }: Account) => services.some(({ serviceId }) => plans.someBeyondDeck(serviceId));
  const stateful = [...accounts.values()].filter(needsReplay);
  const termsOf = await readTerms(
    t,
    providerId,
    zone,
    stateful.map((one) => one.accountId),
  );
  const closedBeforeMs = await readClosedBefore(t, providerId);
  const adjusted: Adjusted = closedBeforeMs === NEVER_CLOSED ? new Map() : await readAdjusted(t, providerId, accountIds);
  return {
    ...{ t, run, providerId, zone, closedBeforeMs, adjusted, accounts, stateful },
    range: rangeOf(run.selection, zone),
    pricing: { segmentsAt: plans.segmentsAt, termsOf },
    bucketsOf: localBuckets(zone),
    serviceOf: ({ serviceId }) => services.get(serviceId)!,
    plain: [...accounts.values()].filter((one) => !needsReplay(one)),
  };
}

/** With all their services. */
export async function readAccounts(t: RawTx, providerId: number, accountIds: readonly string[]): Promise<Map<string, Account>> {
  const ids = accountIds as string[];
  const payers = await t<{ account_id: string; currency: string; billing_day: number | null; tax_exempt: boolean }[]>`
    select account_id, currency, billing_day, tax_exempt from app.accounts where provider_id = ${providerId} and account_id = any(${ids}::uuid[]) order by account_id`;
  const services = await t<{ account_id: string; id: string }[]>`
    select account_id, id from app.services where provider_id = ${providerId} and account_id = any(${ids}::uuid[]) order by id`;
  const servicesOf = Map.groupBy(services, (one) => one.account_id);
  return new Map(
    payers.map((p) => {
      const of = { accountId: p.account_id, currency: p.currency, billingDay: p.billing_day, taxExempt: p.tax_exempt };
      const paying = (servicesOf.get(p.account_id) ?? []).map((one) => ({ ...of, serviceId: one.id }));
      return [p.account_id, { accountId: p.account_id, currency: p.currency, services: paying }] as const;
    }),
  );
}
