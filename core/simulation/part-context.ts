// What the accounts of a part are billed by, twice: by the plans in force, and with the plan that is tried in its place.
import type { RawTx } from "../../db/client.ts";
import { formerlyOf, loadStays } from "../charges/load-services.ts";
import { startOfDay } from "../kernel/period.ts";
import type { ServiceTimeline } from "../rating/charges/timeline.ts";
import type { CompiledPlan } from "../rating/compile-plan.ts";
import { type Account, readAccounts } from "../rerating/part-context.ts";
import { readFormerExemptions } from "../subscribers/former-exemptions.ts";
import { readPlans, readTerms } from "../usage/plans-in-force.ts";
import type { PayingService, Pricing } from "../usage/price-fact.ts";
import { instantsOf, servicesOn } from "./begin.ts";
import type { Window } from "./bill.ts";
import type { Run } from "./runs.ts";
import { pricingWith, timelineWith, triedPlan } from "./tried-plan.ts";
import { replayedFrom } from "./warm-up.ts";

export type Side = { readonly pricing: Pricing; timelineOf(serviceId: string): ServiceTimeline };

export type SimulatedAccount = Account & {
  readonly groupId: string;
  /** Those that are on the plan in the period. */
  readonly services: readonly PayingService[];
  /** Its usage from this instant on is replayed, in milliseconds since 1970. */
  readonly replayFromMs: number;
};

export type PartContext = {
  readonly t: RawTx;
  readonly run: Run;
  readonly window: Window;
  readonly tried: CompiledPlan;
  readonly before: Side;
  readonly after: Side;
  readonly accounts: readonly SimulatedAccount[];
};

export async function readPartContext(t: RawTx, run: Run, accountIds: readonly string[]): Promise<PartContext> {
  const { providerId, servicesOf } = run;
  const [provider] = await t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`;
  const { zone } = provider!;
  const window = windowOf(run, zone);
  const ids = accountIds as string[];

  const onPlan = await t<{ service_id: string }[]>`
    select o.service_id from (${servicesOn(t, run, instantsOf(run, zone))}) o where o.account_id = any(${ids}::uuid[])`;
  const simulated = new Set(onPlan.map((row) => row.service_id));
  const groups = await t<{ account_id: string; group_id: string }[]>`
    select a.account_id, s.group_id from app.accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
    where a.provider_id = ${providerId} and a.account_id = any(${ids}::uuid[])`;
  const groupOf = new Map(groups.map((row) => [row.account_id, row.group_id]));
  const accounts = [...(await readAccounts(t, providerId, accountIds)).values()].map((account) => ({
    ...account,
    groupId: groupOf.get(account.accountId)!,
    services: account.services.filter(({ serviceId }) => simulated.has(serviceId)),
  }));

  const serviceIds = [...simulated];
  const plans = await readPlans(t, providerId, zone, serviceIds);
  const pricing: Pricing = { segmentsAt: plans.segmentsAt, termsOf: await readTerms(t, providerId, zone, accountIds) };
  const timelines = await timelinesOf(t, providerId, accounts, serviceIds);
  const timelineOf = (serviceId: string) => timelines.get(serviceId)!;
  const tried = { servicesOf, ...(await triedPlan(t, run, zone)) };
  const after: Side = { pricing: pricingWith(pricing, tried), timelineOf: (serviceId) => timelineWith(timelineOf(serviceId), tried) };
  const before: Side = { pricing, timelineOf };
  const both = (serviceId: string) => [before, after].map((side) => side.timelineOf(serviceId));
  return {
    ...{ t, run, window, tried: tried.plan, before, after },
    accounts: accounts.map((account) => {
      const first = replayedFrom(
        account.services.flatMap(({ serviceId }) => both(serviceId)),
        window.from,
      );
      return { ...account, replayFromMs: Math.min(window.fromMs, startOfDay(first, zone).epochMilliseconds) };
    }),
  };
}

function windowOf({ periodFrom, periodTo }: Run, zone: string): Window {
  const [from, to] = [Temporal.PlainDate.from(periodFrom), Temporal.PlainDate.from(periodTo)];
  return { from, to, fromMs: startOfDay(from, zone).epochMilliseconds, toMs: startOfDay(to, zone).epochMilliseconds };
}

async function timelinesOf(
  t: RawTx,
  providerId: number,
  accounts: readonly Account[],
  serviceIds: readonly string[],
): Promise<Map<string, ServiceTimeline>> {
  const services = await t<{ service_id: string; terminated_at: string | null }[]>`
    select id as service_id, terminated_at::text from app.services
    where provider_id = ${providerId} and account_id = any(${accounts.map((one) => one.accountId)}::uuid[]) and id = any(${serviceIds as string[]}::uuid[])`;
  const stays = await loadStays(
    t,
    providerId,
    accounts.map((one) => one.accountId),
    services,
  );
  const former = await readFormerExemptions(
    t,
    providerId,
    accounts.map((one) => one.accountId),
  );
  return new Map(
    accounts.flatMap((account) =>
      account.services.map(({ serviceId, billingDay, taxExempt }) => {
        const own = stays.get(serviceId) ?? [];
        return [
          serviceId,
          { stays: own, billingDay: billingDay ?? undefined, taxExempt, ...formerlyOf(former.get(account.accountId), own) },
        ];
      }),
    ),
  );
}
