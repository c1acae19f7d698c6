// A small provider put into the database by hand: numbered services on one plan, so that usage has somebody to belong to.
import type postgres from "postgres";

export type SeededService = { accountId: string; serviceId: string; subscriberId: string; number: string };
export type SeededProvider = { providerId: number; groupId: string; planId: string; agentId: string; services: SeededService[] };

const planDocument = (currency: string) => ({
  schema: "mediabilling/plan@1",
  kind: "telephone",
  name: "Standard",
  currency,
  rounding: { decimals: 4, mode: "half_up" },
  rates: [
    {
      prefix: "380",
      destination: "Ukraine",
      connectFee: "0.40",
      steps: [
        { fromSec: 0, price: "0.20", perSec: 60, incrementSec: 60 },
        { fromSec: 60, price: "0.10", perSec: 60, incrementSec: 1 },
      ],
    },
    { prefix: "1201", destination: "New Jersey", connectFee: "0", steps: [{ fromSec: 0, price: "0.033", perSec: 60, incrementSec: 6 }] },
  ],
});

/** Numbers run from 380440000000 upwards; every service is valid from 2000 on. The first account also holds login "test". */
export async function seedProvider(
  admin: postgres.Sql,
  options: { providerId?: number; services?: number; parentId?: number; zone?: string; groupId?: string } = {},
): Promise<SeededProvider> {
  const { providerId = 1, services: count = 10, parentId = null, zone = "Europe/Kyiv" } = options;
  const groupId = options.groupId ?? crypto.randomUUID();
  const planId = crypto.randomUUID();
  const agentId = crypto.randomUUID();
  await admin`insert into app.providers values (${providerId}, ${parentId}, coalesce((select path from app.providers where id = ${parentId}), '{}') || ${providerId}::int, ${`p${providerId}`}, ${`Provider ${providerId}`}, 'UAH', ${zone}, 'en-GB', now())`;
  await admin`insert into app.subscriber_groups values (${providerId}, ${groupId}, 'General', now())`;
  await admin`insert into app.plans values (${providerId}, ${planId}, 'standard', 'Standard', 'telephone', 'UAH', now())`;
  await admin`insert into app.plan_versions values (${providerId}, ${planId}, 1, '2000-01-01', ${JSON.stringify(planDocument("UAH"))}::text::jsonb, now())`;
  await admin`insert into app.agents (provider_id, id, kind, name, config, created_at) values (${providerId}, ${agentId}, 'pbx', 'PBX', '{}', now())`;
  const services = Array.from({ length: count }, (_, i) => ({
    accountId: crypto.randomUUID(),
    serviceId: crypto.randomUUID(),
    subscriberId: crypto.randomUUID(),
    number: String(380440000000 + i),
  }));
  const of = <K extends keyof SeededService>(key: K) => services.map((s) => s[key]);
  const rows = admin`unnest(${of("accountId")}::uuid[], ${of("serviceId")}::uuid[], ${of("subscriberId")}::uuid[], ${of("number")}::text[]) with ordinality as s(account_id, service_id, subscriber_id, number, n)`;
  await admin`insert into app.subscribers select ${providerId}, subscriber_id, 1000 + n, 'person', 'Subscriber ' || n, ${groupId}, null, null, 'active', now() from ${rows}`;
  await admin`insert into app.accounts select ${providerId}, account_id, subscriber_id, 'A' || n, 'UAH', 'postpaid', 'active', now() from ${rows}`;
  await admin`insert into app.balances select ${providerId}, account_id, 'UAH', 0 from ${rows}`;
  await admin`insert into app.services select ${providerId}, account_id, service_id, subscriber_id, 'telephone', number, 'active', '2000-01-01', null, now() from ${rows}`;
  await admin`insert into app.service_plans select ${providerId}, account_id, service_id, '2000-01-01', ${planId} from ${rows}`;
  await admin`insert into app.identifiers select ${providerId}, gen_random_uuid(), 'telephone', number, '[2000-01-01,)', account_id, service_id, now() from ${rows}`;
  await admin`insert into app.identifiers values (${providerId}, gen_random_uuid(), 'login', 'test', '[2000-01-01,)', ${services[0]!.accountId}, ${services[0]!.serviceId}, now())`;
  return { providerId, groupId, planId, agentId, services };
}
