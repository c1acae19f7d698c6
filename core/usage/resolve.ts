// Who pays for a record: the identifiers a batch mentions, their holders at the time of the usage, and the plan version in force then.
import type { RawTx } from "../../db/client.ts";
import { parsePlanDocument } from "../catalog/plan-document.ts";
import { type CompiledPlan, compilePlan } from "../rating/compile-plan.ts";
import type { CallFields } from "./normal-form.ts";

export type Identifier = { readonly kind: "telephone" | "login"; readonly value: string };

export type Holder = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly accountId: string;
  readonly serviceId: string;
  readonly subscriberId: string;
  readonly groupId: string;
  readonly currency: string;
};

export type PlanInForce = { readonly planId: string; readonly version: number; readonly currency: string; readonly compiled: CompiledPlan };

/** A number in E.164 digits is a telephone; anything else that names a party is a login, without regard to case. */
export function identifierOf(text: string): Identifier | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const digits = trimmed.startsWith("+") ? trimmed.slice(1) : trimmed;
  return /^\d{1,18}$/.test(digits) ? { kind: "telephone", value: digits } : { kind: "login", value: trimmed.toLowerCase() };
}

/** Who may pay, the most particular first: the account code that the switch was told, then the calling party. For a call received, the called one. */
export function partiesOf(call: CallFields): Identifier[] {
  return [call.accountCode, call.direction === "in" ? call.destination : call.source].map(identifierOf).filter((x) => x !== undefined);
}

const keyOf = (identifier: Identifier) => `${identifier.kind}:${identifier.value}`;

/** What the database says about the parties of one batch, read in the transaction that rates it: never older than the batch. */
export type Directory = {
  holderOf(identifier: Identifier, atMs: number): Holder | undefined;
  planOf(serviceId: string, atMs: number): PlanInForce | undefined;
};

export async function readDirectory(t: RawTx, providerId: number, identifiers: Iterable<Identifier>): Promise<Directory> {
  const values = new Set<string>();
  for (const { value } of identifiers) values.add(value);

  // Look-ups by key, one table at a time: a join here is planned from statistics, which a fresh or fast growing table doesn't have.
  const found = await t<
    { kind: Identifier["kind"]; value: string; from_ms: number; to_ms: number; account_id: string; service_id: string }[]
  >`
    select kind, value, coalesce(ceil(extract(epoch from nullif(lower(valid), '-infinity')) * 1000), '-infinity')::float8 as from_ms,
           coalesce(ceil(extract(epoch from nullif(upper(valid), 'infinity')) * 1000), 'infinity')::float8 as to_ms, account_id, service_id
    from app.identifiers where provider_id = ${providerId} and value = any(${[...values]}::text[])`;
  const payers = await readPayers(t, providerId, [...new Set(found.map((f) => f.account_id))]);
  const byKey = new Map<string, Holder[]>();
  for (const f of found) {
    const holder = { fromMs: f.from_ms, toMs: f.to_ms, accountId: f.account_id, serviceId: f.service_id, ...payers.get(f.account_id)! };
    const key = keyOf(f);
    byKey.get(key)?.push(holder) ?? byKey.set(key, [holder]);
  }

  const plans = await readPlans(t, providerId, [...new Set(found.map((f) => f.service_id))]);
  return {
    holderOf: (identifier, atMs) => byKey.get(keyOf(identifier))?.find((h) => h.fromMs <= atMs && atMs < h.toMs),
    planOf: plans,
  };
}

type Payer = Pick<Holder, "subscriberId" | "groupId" | "currency">;

async function readPayers(t: RawTx, providerId: number, accountIds: string[]): Promise<Map<string, Payer>> {
  const accounts = await t<{ account_id: string; subscriber_id: string; currency: string }[]>`
    select account_id, subscriber_id, currency from app.accounts where provider_id = ${providerId} and account_id = any(${accountIds}::uuid[])`;
  const groups = await t<{ id: string; group_id: string }[]>`
    select id, group_id from app.subscribers where provider_id = ${providerId} and id = any(${[...new Set(accounts.map((a) => a.subscriber_id))]}::uuid[])`;
  const groupOf = new Map(groups.map((g) => [g.id, g.group_id]));
  return new Map(
    accounts.map((a) => [a.account_id, { subscriberId: a.subscriber_id, groupId: groupOf.get(a.subscriber_id)!, currency: a.currency }]),
  );
}

// A published version never changes, so it is compiled once per process.
const compiledVersions = new Map<string, { currency: string; compiled: CompiledPlan }>();
const maxCompiledVersions = 500;

async function readPlans(t: RawTx, providerId: number, serviceIds: string[]): Promise<Directory["planOf"]> {
  const assignments = await t<{ service_id: string; from_ms: number; plan_id: string }[]>`
    select service_id, ceil(extract(epoch from valid_from) * 1000)::float8 as from_ms, plan_id from app.service_plans
    where provider_id = ${providerId} and service_id = any(${serviceIds}::uuid[]) order by valid_from desc`;
  const planIds = [...new Set(assignments.map((a) => a.plan_id))];
  const versions = await t<{ plan_id: string; version: number; from_ms: number }[]>`
    select plan_id, version, ceil(extract(epoch from valid_from) * 1000)::float8 as from_ms from app.plan_versions
    where provider_id = ${providerId} and plan_id = any(${planIds}::uuid[]) order by valid_from desc`;

  const nameOf = (planId: string, version: number) => `${providerId}:${planId}:${version}`;
  const missing = versions.filter((x) => !compiledVersions.has(nameOf(x.plan_id, x.version)));
  for (const { plan_id, version } of missing) {
    const [row] =
      await t`select document from app.plan_versions where provider_id = ${providerId} and plan_id = ${plan_id} and version = ${version}`;
    const parsed = parsePlanDocument(row!.document);
    if (!parsed.ok) throw new Error(`plan ${plan_id} version ${version} can't be read: ${JSON.stringify(parsed.issues)}`);
    if (compiledVersions.size >= maxCompiledVersions) compiledVersions.delete(compiledVersions.keys().next().value!);
    compiledVersions.set(nameOf(plan_id, version), { currency: parsed.plan.currency, compiled: compilePlan(parsed.plan) });
  }

  const assignmentsOf = Map.groupBy(assignments, (a) => a.service_id);
  const versionsOf = Map.groupBy(versions, (x) => x.plan_id);
  return (serviceId, atMs) => {
    const planId = assignmentsOf.get(serviceId)?.find((a) => a.from_ms <= atMs)?.plan_id;
    const version = planId && versionsOf.get(planId)?.find((x) => x.from_ms <= atMs)?.version;
    const found = planId && version ? compiledVersions.get(nameOf(planId, version)) : undefined;
    return found && { planId: planId!, version: version as number, ...found };
  };
}
