// Whoever asks sees what is his, whatever the question: every query of the registry is asked by everybody.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Actor } from "../../core/kernel/actor.ts";
import { canonical } from "../../core/kernel/json.ts";
import { ask } from "../../core/kernel/query.ts";
import { advance } from "../../core/read/advance.ts";
import { queries } from "../../core/registry.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { call, digitsOf, ingest, manager, markOf, type SeededGroup, type SeededTenant, seedTenant } from "../support/seed.ts";

let db: TestDatabase;
let tenants: SeededTenant[];
/** A transaction of each account. */
const transactions = new Map<string, string>();
const records = new Map<string, { startedAt: string; key: string }>();
const today = Temporal.Now.instant().subtract({ seconds: 1 }).round({ smallestUnit: "second", roundingMode: "floor" });

beforeAll(async () => {
  db = await testDatabase();
  tenants = [await seedTenant(db, 1), await seedTenant(db, 2)];
  for (const tenant of tenants) {
    const calls = tenant.groups.flatMap((group, g) =>
      group.services.flatMap(({ number }, i) =>
        [0, 1, 2, 3].map((n) =>
          call({
            startedAt: today.subtract({ hours: n * 7, seconds: i }).toString(),
            source: number,
            durationSec: 60,
            destination: `${digitsOf(tenant.providerId, g === 0 ? 1 : 2)}77${n}`,
          }),
        ),
      ),
    );
    await ingest(db, tenant, [
      ...calls,
      call({ startedAt: today.toString(), source: `9${digitsOf(tenant.providerId, 1)}`, durationSec: 5 }),
    ]);
  }
  // A charge of nothing for each service, under the service's own id.
  await db.admin`insert into app.charges (provider_id, account_id, id, service_id, subscriber_id, group_id, kind, code, name, period_from, period_to, quantity, amount_micros, tax_micros,
      currency, plan_id, plan_version, source_key, details, charged_at)
    select s.provider_id, s.account_id, s.id, s.id, s.subscriber_id, u.group_id, 'fee', 'line', 'Line', '2026-01-01', '2026-02-01', '31', 0, 0, 'UAH', p.plan_id, 1, s.id::text, '{}', now()
    from app.services s join app.subscribers u on u.provider_id = s.provider_id and u.id = s.subscriber_id
    join app.service_plans p on p.provider_id = s.provider_id and p.service_id = s.id`;
  // A payment on each account, under the id of its service, and one of the same payer that waits for its account, under the plan's.
  await db.admin`insert into app.payment_channels select id, gen_random_uuid(), 'desk', 'Desk of ' || code, 'gateway', true, now() from app.providers`;
  await db.admin`insert into app.payment_gateways (provider_id, id, channel_id, secret, active, created_at) select provider_id, gen_random_uuid(), id, '', true, now() from app.payment_channels`;
  await db.admin`insert into app.payments (provider_id, id, receipt_number, channel_id, account_id, currency, amount_micros, state, payer_name, paid_at, received_at, received_by, search)
    select s.provider_id, s.id, row_number() over (partition by s.provider_id order by s.id), c.id, s.account_id, 'UAH', 1000000, 'credited', 'Payer', now(), now(), 'Somebody', lower(s.label)
    from app.services s join app.payment_channels c on c.provider_id = s.provider_id`;
  await db.admin`insert into app.payments (provider_id, id, receipt_number, channel_id, currency, amount_micros, state, payer_name, paid_at, received_at, received_by, search)
    select p.provider_id, p.id, 1000, c.id, 'UAH', 1000000, 'unmatched', 'Payer', now(), now(), 'Somebody', p.code from app.plans p join app.payment_channels c on c.provider_id = p.provider_id`;
  await db.admin`insert into app.payment_movements (provider_id, id, payment_id, kind, channel_id, day, currency, amount_micros, account_id, transaction_id, at, by_whom)
    select provider_id, gen_random_uuid(), id, 'received', channel_id, '2026-11-01', 'UAH', 1000000, account_id, gen_random_uuid(), now(), 'Somebody' from app.payments where account_id is not null`;
  // An adjustment that waits, for each account.
  await db.admin`insert into app.adjustment_requests (provider_id, account_id, id, amount_micros, tax_micros, currency, reason, state, requested_kind, requested_by, requested_name, requested_at, expires_at)
    select provider_id, account_id, account_id, 1000000, 0, 'UAH', 'a mistake', 'waiting', 'manager', 'x', 'Somebody', now(), now() + interval '1 day' from app.accounts`;
  // A policy of each provider, and each account foreseen to be blocked tomorrow.
  await db.admin`insert into app.credit_policies select id, 1, '{}', code, code, now() from app.providers`;
  await db.admin`insert into read.credit_forecast (provider_id, account_id, subscriber_id, group_id, currency, state, blocked_on, rule, balance_micros, daily_spend_micros, fees_micros,
      promised_micros, needed_micros, built_at)
    select a.provider_id, a.account_id, s.id, s.group_id, a.currency, 'active', current_date + 1, 'left', 0, 0, 0, 0, 0, now()
    from app.accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id`;
  // A hold of nothing for each service.
  await db.admin`insert into app.holds (provider_id, account_id, session_key, service_id, kind, usage, state, started_at, placed_at, expires_at, held_micros, settled_micros, until_sec,
      until_octets, rated_sec, rated_octets_in, rated_octets_out, request_id, answer)
    select provider_id, account_id, id::text, id, 'call', '{"destination": "380501234567"}', 'open', now(), now(), now() + interval '1 day', 0, 0, 0, 0, 0, 0, 0, '1', '{}' from app.services`;
  for (const row of await db.admin`select account_id, id from app.ledger_transactions order by id`)
    transactions.set(row.account_id, row.id);
  await advance(db.core);
  for (const row of await db.admin`select distinct on (account_id) account_id, started_at::text as started_at, key::text as key from app.usage_records`)
    records.set(row.account_id, { startedAt: Temporal.Instant.from(row.started_at).toString(), key: row.key });
}, 60_000);
afterAll(() => db.close());

/** Questions about these services and this tenant. A query that is missing here fails the test below: say how it is asked. */
function inputsFor(tenant: SeededTenant, group: SeededGroup): Record<string, object[]> {
  const [{ accountId, subscriberId, serviceId, number }] = group.services as [SeededGroup["services"][number]];
  return {
    "dashboard.today": [{}, { providerId: tenant.providerId }],
    "subscribers.list": [
      {},
      { search: "zq" },
      { search: number },
      { groupId: group.groupId },
      { providerId: tenant.providerId },
      { status: "active", limit: 200 },
    ],
    "charges.detail": [{ accountId, chargeId: serviceId }],
    "subscribers.detail": [{ subscriberId }],
    "usage.list": [
      {},
      { limit: 200 },
      { providerId: tenant.providerId },
      { subscriberId },
      { accountId },
      { serviceId },
      { destination: "380" },
      { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" },
    ],
    "usage.record": [{ accountId, ...records.get(accountId)! }],
    "services.detail": [{ serviceId }],
    "accounts.list": [{}, { search: "A" }],
    "accounts.detail": [{ accountId }],
    "accounts.statement": [{ accountId }],
    "accounts.transaction": [{ accountId, transactionId: transactions.get(accountId)! }],
    "credit.accounts": [{}, { providerId: tenant.providerId }, { state: "active" }],
    "credit.account": [{ accountId }],
    "credit.policy": [{}, { providerId: tenant.providerId }],
    "credit.forecast": [{}, { providerId: tenant.providerId }, { days: 1 }],
    "credit.holds": [{}, { providerId: tenant.providerId }, { accountId }, { state: "all", search: "a" }, { search: serviceId }],
    "payments.list": [
      {},
      { search: "zq" },
      { providerId: tenant.providerId },
      { accountId },
      { state: "credited" },
      { state: "unmatched" },
    ],
    "payments.detail": [{ paymentId: serviceId }],
    "payments.suggestions": [{ paymentId: serviceId }, { paymentId: tenant.planId }],
    "payments.channels": [{}, { providerId: tenant.providerId }],
    "payments.gateways": [{}, { providerId: tenant.providerId }],
    "payments.by-channel": [
      { from: "2000-01-01", to: "2100-01-01" },
      { providerId: tenant.providerId, from: "2000-01-01", to: "2100-01-01" },
    ],
    "adjustments.list": [{}, { providerId: tenant.providerId }, { accountId }, { waiting: true }],
    "cards.list": [{}, { providerId: tenant.providerId }],
    "cards.detail": [{ seriesId: tenant.seriesId }],
    "cards.card": [
      { seriesId: tenant.seriesId, serial: 1 },
      { code: `S${tenant.providerId}`, serial: 1 },
    ],
    "cards.dealers": [{}, { providerId: tenant.providerId }],
    "quarantine.list": [{}, { providerId: tenant.providerId }],
    "imports.list": [{}, { providerId: tenant.providerId }],
    "imports.file": [{ fileId: tenant.fileId }],
    "agents.list": [{}, { providerId: tenant.providerId }],
    "agents.detail": [{ agentId: tenant.agentId }],
    "agents.rates": [{}],
    "plans.list": [{}, { providerId: tenant.providerId }],
    "plans.detail": [{ planId: tenant.planId }],
    "plans.document": [{ planId: tenant.planId }, { planId: tenant.planId, of: 1, deck: "number", number: "380501234567" }],
    "plans.deck": [
      { planId: tenant.planId, of: 1 },
      { planId: tenant.planId, of: 1, search: "380" },
    ],
    "plans.diff": [{ planId: tenant.planId, from: 1, to: 1, kind: "unchanged" }],
    "plans.deck-import": [{ importId: tenant.deckImportId }],
    "simulations.list": [{}, { providerId: tenant.providerId }, { planId: tenant.planId }],
    "simulations.detail": [{ runId: tenant.simulationId }, { runId: tenant.simulationId, search: "subscriber", order: "cheaper" }],
    "providers.list": [{}],
    "providers.partner": [{ partnerId: tenant.providerId }],
    "groups.list": [{}, { providerId: tenant.providerId }],
    "managers.list": [{}, { providerId: tenant.providerId }],
    "roles.list": [{}, { providerId: tenant.providerId }],
    "api-keys.list": [{}, { providerId: tenant.providerId }],
    "audit.list": [{}, { providerId: tenant.providerId }],
    "books.turnover": [
      { from: "2020-01-01", to: "2100-01-01" },
      { providerId: tenant.providerId, from: "2020-01-01", to: "2100-01-01" },
    ],
    "books.balance-sheet": [{ day: "2100-01-01" }, { providerId: tenant.providerId, day: "2100-01-01" }],
    "books.receivables": [{ day: "2100-01-01" }, { providerId: tenant.providerId, day: "2100-01-01" }],
    "exports.list": [{}, { providerId: tenant.providerId }],
    "reratings.list": [{}, { providerId: tenant.providerId }],
    "reratings.detail": [{ runId: group.runId }],
  };
}

/** Texts that show a row of this provider, or of this group of it. */
const marks = (providerId: number, group?: 1 | 2): string[] =>
  group === undefined
    ? [markOf(providerId), ...marks(providerId, 1), ...marks(providerId, 2)]
    : [
        markOf(providerId, group),
        digitsOf(providerId, group),
        tenants[providerId - 1]!.groups[group - 1]!.groupId,
        ...tenants[providerId - 1]!.groups[group - 1]!.services.flatMap((s) => [s.accountId, s.subscriberId, s.serviceId]),
      ];

async function answers(actor: Actor): Promise<{ query: string; text: string; ok: boolean }[]> {
  const all = [];
  for (const tenant of tenants)
    for (const group of tenant.groups) {
      const inputs = inputsFor(tenant, group);
      for (const query of queries)
        for (const input of inputs[query.name] ?? []) {
          const outcome = await ask(db.core, query, input as never, { actor });
          if (!outcome.ok) expect(["not_found", "not_permitted"]).toContain(outcome.code);
          all.push({ query: query.name, text: canonical(outcome), ok: outcome.ok });
        }
    }
  return all;
}

const expectNone = (found: readonly { query: string; text: string }[], foreign: readonly string[]) => {
  const seen = found.flatMap(({ query, text }) => foreign.filter((mark) => text.includes(mark)).map((mark) => `${query} shows ${mark}`));
  expect([...new Set(seen)]).toEqual([]);
};

test("every query of the registry is asked here", () => {
  const known = Object.keys(inputsFor(tenants[0]!, tenants[0]!.groups[0])).sort();
  expect(known).toEqual(queries.map((query) => query.name).sort());
});

describe("the answers of every query", () => {
  test("to whoever may see everything show every mark: the test can see what it looks for", async () => {
    const found = await answers(manager([1, 2]));
    expect(found.filter((a) => !a.ok)).toEqual([]);
    // The rates name agents by their id alone, and only for whole minutes, of which none has passed here; the books name accounts of the general ledger.
    const unmarked = ["agents.rates", "books.turnover", "books.balance-sheet"];
    for (const query of queries.filter((q) => !unmarked.includes(q.name))) {
      const text = found
        .filter((a) => a.query === query.name)
        .map((a) => a.text)
        .join();
      const shown = [...marks(1), ...marks(2)].filter((mark) => text.includes(mark));
      expect({ query: query.name, both: shown.some((m) => marks(1).includes(m)) && shown.some((m) => marks(2).includes(m)) }).toEqual({
        query: query.name,
        both: true,
      });
    }
  });

  test("to another tenant's manager show no row of a provider that isn't his", async () => {
    expectNone(await answers(manager([2])), marks(1));
    expectNone(await answers(manager([1])), marks(2));
  });

  test("to a manager of a group show no row of another group or provider", async () => {
    for (const tenant of tenants)
      for (const own of [1, 2] as const) {
        const group = tenant.groups[own - 1]!;
        const found = await answers(manager([tenant.providerId], [group.groupId]));
        expectNone(found, [...marks(tenant.providerId === 1 ? 2 : 1), ...marks(tenant.providerId, own === 1 ? 2 : 1)]);
        expect(found.some((a) => a.query === "usage.list" && a.text.includes(digitsOf(tenant.providerId, own)))).toBe(true);
      }
  });

  test("to a manager of a group that belongs to another provider are empty", async () => {
    const found = await answers(manager([2], [tenants[0]!.groups[0].groupId]));
    expectNone(found, [...marks(1), ...marks(2, 1), ...marks(2, 2)]);
  });

  test("to a manager without any provider are empty", async () => {
    const nobody: Actor = { ...manager([1]), scope: { providerIds: [], groupIds: null } };
    expectNone(await answers(nobody), [...marks(1), ...marks(2)]);
  });
});

test("sums of a group are its own: two groups add up to the provider", async () => {
  const dashboard = queries.find((q) => q.name === "dashboard.today")!;
  const charged = async (actor: Actor) => {
    const outcome = await ask(db.core, dashboard, {}, { actor });
    const value = (outcome as { value: { currencies: { days: { amountMicros: bigint }[] }[]; subscribers: number; dearest: unknown[] } })
      .value;
    return {
      micros: value.currencies[0]!.days.reduce((a, d) => a + d.amountMicros, 0n),
      subscribers: value.subscribers,
      dearest: value.dearest.length,
    };
  };
  const [a, b] = tenants[0]!.groups;
  const [whole, one, two] = [
    await charged(manager([1])),
    await charged(manager([1], [a.groupId])),
    await charged(manager([1], [b.groupId])),
  ];
  expect(one.micros).toBeGreaterThan(0n);
  expect(one.micros + two.micros).toBe(whole.micros);
  expect([one.subscribers, two.subscribers, whole.subscribers]).toEqual([3, 3, 6]);
  expect([one.dearest, two.dearest, whole.dearest]).toEqual([3, 3, 6]);
});
