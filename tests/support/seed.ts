// Two providers with two groups each, real calls through the real path, and marks on everything: whoever sees a mark that isn't his
// has seen too much. A mark is in every name, login, number and address of what belongs to it.
import type { sql } from "drizzle-orm";
import type { Actor } from "../../core/kernel/actor.ts";
import { emitIn } from "../../core/kernel/command.ts";
import { newId } from "../../core/kernel/id.ts";
import { allPermissions } from "../../core/kernel/permissions.ts";
import type { CallFields } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { inTenant } from "../../db/tenant.ts";
import type { TestDatabase } from "./database.ts";

export type SeededGroup = {
  readonly mark: string;
  readonly groupId: string;
  /** A re-rating of its first account. */
  readonly runId: string;
  readonly services: readonly { accountId: string; serviceId: string; subscriberId: string; number: string }[];
};
export type SeededTenant = {
  readonly providerId: number;
  readonly mark: string;
  readonly agentId: string;
  readonly fileId: string;
  readonly planId: string;
  readonly deckImportId: string;
  readonly simulationId: string;
  readonly seriesId: string;
  readonly groups: readonly [SeededGroup, SeededGroup];
};

const plan = (name: string) => ({
  schema: "mediabilling/plan@1",
  kind: "telephone",
  name,
  currency: "UAH",
  rounding: { decimals: 4, mode: "half_up" },
  rates: [{ prefix: "380", destination: name, connectFee: "0.10", steps: [{ fromSec: 0, price: "0.60", perSec: 60, incrementSec: 1 }] }],
});

/** Letters that no hexadecimal id and no code word has, so that finding a mark means what it says. */
export const markOf = (providerId: number, group?: 1 | 2) =>
  `zq${"xwvk"[providerId]}${group === undefined ? "all" : `grp${group === 1 ? "one" : "two"}`}zq`;

/** Telephone numbers carry their mark as digits. */
export const digitsOf = (providerId: number, group: 1 | 2) => `3804471${providerId}${group}`;

/** A provider with two groups of `perGroup` subscribers, each with an account, a service and a number. Nothing tells the read side. */
export async function seedTenant(db: TestDatabase, providerId: number, perGroup = 3): Promise<SeededTenant> {
  const mark = markOf(providerId);
  const { admin } = db;
  const [planId, agentId, fileId, roleId] = [newId(), newId(), newId(), newId()];
  await admin`insert into app.providers values (${providerId}, ${providerId === 1 ? null : 1}, ${providerId === 1 ? [1] : [1, providerId]}::int[], ${`p-${mark}`}, ${`Provider ${mark}`}, 'UAH', 'Europe/Kyiv', 'en-GB', now())`;
  await admin`insert into app.plans values (${providerId}, ${planId}, ${`plan-${mark}`}, ${`Plan ${mark}`}, 'telephone', 'UAH', now())`;
  await admin`insert into app.plan_versions values (${providerId}, ${planId}, 1, '2000-01-01', ${JSON.stringify(plan(`Ukraine ${mark}`))}::text::jsonb, now())`;
  const deckImportId = newId();
  await admin`insert into app.deck_imports (provider_id, id, plan_id, revision, name, upload, size_bytes, state, requested_kind, requested_id, requested_by, requested_at)
    values (${providerId}, ${deckImportId}, ${planId}, 1, ${`List ${mark}`}, 'x.upload', 1, 'offered', 'manager', ${mark}, ${`Manager ${mark}`}, now())`;
  await admin`insert into app.agents (provider_id, id, kind, name, config, created_at, last_seen_at) values (${providerId}, ${agentId}, 'pbx', ${`PBX ${mark}`}, '{}', now(), now())`;
  await admin`insert into app.roles values (${providerId}, ${roleId}, ${`Role ${mark}`}, '{dashboard:read}', now())`;
  await admin`insert into app.api_keys (provider_id, id, key_hash, name, permissions, created_at) values (${providerId}, ${newId()}, ${mark}, ${`Key ${mark}`}, '{}', now())`;
  await admin`insert into app.command_log values (${providerId}, ${newId()}, 'seed.done', 'manager', ${mark}, ${`Manager ${mark}`}, now(), null, ${admin.json({ mark })}, null, null)`;
  const simulationId = newId();
  await admin`insert into app.simulations (provider_id, id, plan_id, version, services_of, period_from, period_to, currency, state, parts, parts_done, requested_by, requested_at)
    values (${providerId}, ${simulationId}, ${planId}, 1, ${planId}, '2026-09-01', '2026-10-01', 'UAH', 'done', 1, 1, ${`Manager ${mark}`}, now())`;
  await admin`insert into app.closed_months values (${providerId}, '2000-01-01', now(), ${mark})`;
  const group = async (n: 1 | 2): Promise<SeededGroup> => {
    const groupId = newId();
    const own = markOf(providerId, n);
    await admin`insert into app.subscriber_groups values (${providerId}, ${groupId}, ${`Group ${own}`}, now())`;
    await admin`insert into app.managers (provider_id, id, login, name, password_hash, role_id, group_ids, created_at)
      values (${providerId}, ${newId()}, ${`login-${own}`}, ${`Manager ${own}`}, '', ${roleId}, ${[groupId]}::uuid[], now())`;
    await admin`insert into app.exports (provider_id, id, kind, params, group_ids, state, file_name, requested_by, requested_at)
      values (${providerId}, ${newId()}, 'usage-of-period', '{}', ${[groupId]}::uuid[], 'ready', ${`${own}.xlsx`}, ${own}, now())`;
    const services = Array.from({ length: perGroup }, (_, i) => ({
      accountId: newId(),
      serviceId: newId(),
      subscriberId: newId(),
      number: `${digitsOf(providerId, n)}${String(i).padStart(3, "0")}`,
    }));
    for (const [i, s] of services.entries()) {
      await admin`insert into app.subscribers values (${providerId}, ${s.subscriberId}, ${n * 1000 + i}, 'person', ${`Subscriber ${own} ${i}`}, ${groupId}, ${`${own}${i}@example.org`}, ${s.number}, 'active', now())`;
      await admin`insert into app.accounts values (${providerId}, ${s.accountId}, ${s.subscriberId}, ${`A${i}-${own}`}, 'UAH', 'postpaid', 'active', now())`;
      await admin`insert into app.balances values (${providerId}, ${s.accountId}, 'UAH', 0)`;
      await admin`insert into app.services values (${providerId}, ${s.accountId}, ${s.serviceId}, ${s.subscriberId}, 'telephone', ${`Line ${own} ${i}`}, 'active', '2000-01-01', null, now())`;
      await admin`insert into app.service_plans values (${providerId}, ${s.accountId}, ${s.serviceId}, '2000-01-01', ${planId})`;
      await admin`insert into app.simulation_accounts (provider_id, account_id, run_id, subscriber_id, part, done_at)
        values (${providerId}, ${s.accountId}, ${simulationId}, ${s.subscriberId}, 0, now())`;
      await admin`insert into app.identifiers values (${providerId}, ${newId()}, 'telephone', ${s.number}, '[2000-01-01,)', ${s.accountId}, ${s.serviceId}, now())`;
    }
    await admin`insert into app.simulation_sums values (${providerId}, ${simulationId}, 0, ${groupId}, 'destination', ${own}, ${`To ${own}`}, 1, 0, 1)`;
    const runId = newId();
    await admin`insert into app.reratings (provider_id, id, selection, group_ids, why, state, requested_by, requested_at)
      values (${providerId}, ${runId}, '{}', ${[groupId]}::uuid[], ${`Because ${own}`}, 'done', ${own}, now())`;
    await admin`insert into app.rerating_accounts (provider_id, account_id, run_id, subscriber_id, part, currency, changed)
      values (${providerId}, ${services[0]!.accountId}, ${runId}, ${services[0]!.subscriberId}, 0, 'UAH', 1)`;
    return { mark: own, groupId, runId, services };
  };
  const groups = [await group(1), await group(2)] as const;
  const [seriesId, dealerId] = [newId(), newId()];
  await admin`insert into app.card_dealers values (${providerId}, ${dealerId}, ${`Dealer ${mark}`}, ${groups[0].services[0]!.accountId}, 0, now())`;
  await admin`insert into app.card_series (provider_id, id, code, name, kind, value_micros, currency, alphabet, pin_length, grants, last_serial, created_at, created_by)
    values (${providerId}, ${seriesId}, ${`S${providerId}`}, ${`Cards ${mark}`}, 'sold', 1000000, 'UAH', 'base32', 16, 'cash', 1, now(), ${mark})`;
  await admin`insert into app.cards (provider_id, series_id, serial, pin_hash, state, dealer_id) values (${providerId}, ${seriesId}, 1, ${Buffer.from(mark)}, 'activated', ${dealerId})`;
  await admin`insert into app.card_movements (provider_id, id, series_id, what, to_state, from_blocked, to_blocked, to_dealer, cards, first_serial, last_serial, moved_by, at)
    values (${providerId}, ${newId()}, ${seriesId}, 'printed', 'activated', false, false, ${dealerId}, 1, 1, 1, ${mark}, now())`;
  await emit(db, providerId, "cards.moved", { stock: [{ seriesId, dealerId, state: "activated", blocked: false, cards: 1 }] });
  return { providerId, mark, agentId, fileId, planId, deckImportId, simulationId, seriesId, groups };
}

export const call = (fields: Partial<CallFields> & { startedAt: string; source: string; durationSec: number }): CallFields => {
  const end = Temporal.Instant.from(fields.startedAt).add({ seconds: fields.durationSec }).toString();
  return {
    kind: "call",
    callId: crypto.randomUUID(),
    answeredAt: fields.startedAt,
    endedAt: end,
    billableSec: fields.durationSec,
    direction: "out",
    accountCode: "",
    destination: "380671234567",
    disposition: "answered",
    flags: [],
    raw: "",
    ...fields,
  };
};

const sequences = new Map<string, number>();

/** Sends calls as one batch of the tenant's agent, and rates them. */
export async function ingest(db: TestDatabase, tenant: SeededTenant, records: readonly CallFields[], withFile = true) {
  const last = sequences.get(tenant.agentId) ?? 0;
  sequences.set(tenant.agentId, last + records.length);
  const agent = { providerId: tenant.providerId, agentId: tenant.agentId };
  const file = withFile ? { file: { id: tenant.fileId, name: `Master ${tenant.mark}.csv` } } : {};
  await receiveBatch(db.core, agent, { firstSequence: last + 1, ...file, records });
  return processBatch(db.core, { ...agent, firstSequence: last + 1 });
}

/** Tells the read side by hand, as a command would. */
export const emit = (db: TestDatabase, providerId: number, type: string, data: object) =>
  inTenant(db.core.db, [providerId], (tx) => emitIn(tx, providerId, type, data, db.core.clock()));

/** Changes facts as a command would: the change and what it tells, in one transaction. */
export const change = (db: TestDatabase, providerId: number, statement: ReturnType<typeof sql>, type: string, data: object) =>
  inTenant(db.core.db, [providerId], async (tx) => {
    await tx.execute(statement);
    await emitIn(tx, providerId, type, data, db.core.clock());
  });

/** A manager with every permission: of a subtree of providers, or of one provider's groups. */
export const manager = (providerIds: readonly number[], groupIds: readonly string[] | null = null): Actor => ({
  kind: "manager",
  id: newId(),
  name: "Somebody",
  providerId: providerIds[0]!,
  scope: { providerIds, groupIds },
  permissions: new Set(allPermissions),
});
