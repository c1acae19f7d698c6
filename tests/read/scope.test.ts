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
  // An adjustment that waits, for each account.
  await db.admin`insert into app.adjustment_requests (provider_id, account_id, id, amount_micros, tax_micros, currency, reason, state, requested_kind, requested_by, requested_name, requested_at, expires_at)
    select provider_id, account_id, account_id, 1000000, 0, 'UAH', 'a mistake', 'waiting', 'manager', 'x', 'Somebody', now(), now() + interval '1 day' from app.accounts`;
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
    "credit.holds": [{}, { providerId: tenant.providerId }, { accountId }, { state: "all", search: "a" }, { search: serviceId }],
    "adjustments.list": [{}, { providerId: tenant.providerId }, { accountId }, { waiting: true }],
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
