// A database with as many usage records as asked for, made by a few statements: an installation after some months, within minutes.
import { newId } from "../../core/kernel/id.ts";
import { allPermissions } from "../../core/kernel/permissions.ts";
import { rebuildAll } from "../../core/read/rebuild.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

const SPAN_DAYS = 40;

export type Filled = { readonly db: TestDatabase; readonly provider: SeededProvider; readonly managerId: string };

/**
 * The same services and days whatever the number of records, so that only the calls of a service grow. Records and read models are as rating
 * makes them; there is no ledger behind them, which neither page reads.
 */
export async function manyRecords(count: number, services: number): Promise<Filled> {
  const db = await testDatabase();
  const { admin } = db;
  const provider = await seedProvider(admin, { services });
  const { providerId, groupId, planId, agentId } = provider;
  const perService = Math.ceil(count / services);

  // Indexes over random keys are made once, afterwards: row by row they would take most of the time.
  await admin.unsafe("alter table app.usage_keys drop constraint usage_keys_pkey; drop index app.usage_keys_timeline");
  await admin`
    insert into app.usage_records (provider_id, account_id, started_at, key, service_id, subscriber_id, group_id, kind, call_id, direction, source, destination, disposition,
      duration_sec, billable_sec, billed_sec, prefix, destination_name, amount_micros, currency, reason, plan_id, plan_version, agent_id, sequence, transaction_id, rated_at)
    select ${providerId}::int, s.account_id, now() - make_interval(secs => ${SPAN_DAYS * 86_400} * (1 - (n - random()) / ${perService}::int)), gen_random_uuid(), s.id, s.subscriber_id, ${groupId}::uuid, 'call', n::text, 'out',
      s.label, '380671234567', 'answered', 90, 85, 85, '380', 'Ukraine', 641700, 'UAH', null, ${planId}::uuid, 1, ${agentId}::uuid, n, s.id, now()
    from app.services s, generate_series(1, ${perService}::int) n where s.provider_id = ${providerId}`;
  await admin`insert into app.usage_keys (provider_id, key, started_at, account_id) select provider_id, key, started_at, account_id from app.usage_records`;
  await admin.unsafe("set maintenance_work_mem = '512MB'; alter table app.usage_keys add primary key (provider_id, key)");
  await admin.unsafe("create index usage_keys_timeline on app.usage_keys (provider_id, started_at, key)");

  const roleId = newId();
  const managerId = newId();
  await admin`insert into app.roles values (${providerId}, ${roleId}, 'Everything', ${[...allPermissions]}::text[], now())`;
  await admin`insert into app.managers (provider_id, id, login, name, password_hash, role_id, created_at) values (${providerId}, ${managerId}, 'bench', 'Bench', '', ${roleId}, now())`;
  await rebuildAll(db.core);
  await admin.unsafe("vacuum analyze");
  return { db, provider, managerId };
}
