import { afterAll, beforeAll, expect, test } from "bun:test";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import * as v from "valibot";
import type { Outcome } from "../../core/kernel/errors.ts";
import { ask, type Query } from "../../core/kernel/query.ts";
import { accountsDetail } from "../../core/read/account-detail/query.ts";
import { accountsStatement } from "../../core/read/account-statement/query.ts";
import { advance } from "../../core/read/advance.ts";
import { agentsDetail, agentsList } from "../../core/read/agents/query.ts";
import { dashboardToday } from "../../core/read/dashboard/query.ts";
import { importsFile, importsList } from "../../core/read/imports/query.ts";
import { quarantineList } from "../../core/read/quarantine/query.ts";
import { subscribersDetail } from "../../core/read/subscriber-detail/query.ts";
import { subscribersList } from "../../core/read/subscriber-list/query.ts";
import { usageList, usagePage, usageRecord } from "../../core/read/usage-records/query.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { call, ingest, manager, type SeededTenant, seedTenant } from "../support/seed.ts";

let db: TestDatabase;
let tenant: SeededTenant;
// 14:30 in Kyiv: half an hour into the 15th hour of the day.
const now = Temporal.Instant.from("2026-11-23T12:30:00Z");
const clock = () => now;

beforeAll(async () => {
  db = await testDatabase({ clock });
  tenant = await seedTenant(db, 1, 5);
  const [a, b] = tenant.groups;
  const at = (startedAt: string, source: string, durationSec = 60) => call({ startedAt, source, durationSec });
  await ingest(db, tenant, [
    at("2026-11-23T12:10:00Z", a.services[0]!.number), // today, the running hour: 0.70 each
    at("2026-11-23T11:10:00Z", a.services[0]!.number),
    at("2026-11-22T22:05:00Z", a.services[0]!.number), // 00:05 today in Kyiv
    at("2026-11-22T11:10:00Z", b.services[1]!.number), // yesterday, an hour that is over
    at("2026-11-22T12:40:00Z", b.services[1]!.number), // yesterday, the hour that runs
    at("2026-11-22T21:59:59Z", b.services[1]!.number), // the last second of yesterday
    at("2026-11-01T12:00:00Z", b.services[1]!.number, 120),
    at("2026-11-23T12:00:00Z", `0${a.services[2]!.number.slice(3)}`), // without the country's prefix: nobody's
    at("2026-11-23T12:00:01Z", `0${a.services[2]!.number.slice(3)}`),
  ]);
  for (let n = 0; n < 3; n++)
    await ingest(
      db,
      tenant,
      Array.from({ length: 20 }, (_, i) => at(`2026-10-0${n + 1}T10:00:${String(i % 10).padStart(2, "0")}Z`, b.services[i % 5]!.number)),
    );
  await db.admin`update app.usage_files set state = 'read', size_bytes = 1000, read_bytes = 1000, read_rows = 69`;
  await advance(db.core);
}, 60_000);
afterAll(() => db.close());

const all = () => manager([1]);
async function value<I extends v.GenericSchema, T>(query: Query<I, T>, input: v.InferInput<I>): Promise<T> {
  const outcome: Outcome<T> = await ask(db.core, query, input, { actor: all() });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

test("the dashboard counts the provider's own day and compares hours that are over", async () => {
  const today = await value(dashboardToday, {});
  const [uah] = today.currencies;
  expect(today.day).toBe("2026-11-23");
  expect(today.hour).toBe(14);
  expect(uah!.today).toMatchObject({ calls: 3, amountMicros: 2_100_000n });
  expect(uah!.hoursOver).toEqual({ todayMicros: 1_400_000n, yesterdayMicros: 700_000n });
  expect(uah!.hours[14]).toMatchObject({ today: { calls: 1 }, yesterday: { calls: 1 } });
  expect(uah!.hours[15]!.today).toBeNull();
  expect(uah!.hours[23]!.yesterday.calls).toBe(1);
  expect(uah!.days).toHaveLength(30);
  expect(uah!.days.find((d) => d.day === "2026-11-01")).toMatchObject({ calls: 1, amountMicros: 1_300_000n });
  expect(today.subscribers).toBe(10);
  expect(today.quarantined).toBe(2);
  expect(today.freshnessSec).toBe(0);
  expect(today.dearest[0]).toMatchObject({ serviceId: tenant.groups[0].services[0]!.serviceId, amountMicros: 2_100_000n });
});

test("subscribers are found by words of the name, number, identifier, e-mail and phone, and paged without a gap", async () => {
  const [a] = tenant.groups;
  const ids = async (search: string) => (await value(subscribersList, { search })).rows.map((row) => row.subscriberId);
  expect(await ids(a.services[1]!.number)).toEqual([a.services[1]!.subscriberId]);
  expect(await ids(`${a.mark.toUpperCase()} 1 subscriber`)).toContain(a.services[1]!.subscriberId);
  expect(await ids(`${a.mark}1@example`)).toEqual([a.services[1]!.subscriberId]);
  expect(await ids("1003")).toEqual([a.services[3]!.subscriberId]);
  expect(await ids("100%")).toEqual([]);
  expect(await ids("_")).toEqual([]);
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await value(subscribersList, { limit: 3, ...(after ? { after } : {}) });
    expect(page.total).toBe(10);
    seen.push(...page.rows.map((row) => row.subscriberId));
    if (!page.next) break;
    after = page.next;
  }
  expect(new Set(seen).size).toBe(10);
  expect(seen).toHaveLength(10);
});

test("a subscriber's page has accounts with balances, services with plan and identifiers, and usage by hour and day", async () => {
  const { subscriberId, number } = tenant.groups[0].services[0]!;
  const page = await value(subscribersDetail, { subscriberId });
  expect(page.profile).toMatchObject({ number: 1000, status: "active" });
  expect(page.accounts).toMatchObject([{ balanceMicros: -2_100_000n, currency: "UAH" }]);
  expect(page.services).toMatchObject([{ planName: `Plan ${tenant.mark}`, identifiers: [{ kind: "telephone", value: number }] }]);
  expect(page.usage!.currencies[0]).toMatchObject({ today: { calls: 3, amountMicros: 2_100_000n } });
  expect(page.usage!.currencies[0]!.hours[0]!.today).toMatchObject({ calls: 1 });
});

test("balances need the right to the ledger and charges the right to usage, also for whoever may see subscribers", async () => {
  const { subscriberId } = tenant.groups[0].services[0]!;
  const support = { ...manager([1]), permissions: new Set(["subscribers:read"]) };
  const outcome = await ask(db.core, subscribersDetail, { subscriberId }, { actor: support });
  expect(outcome).toMatchObject({ ok: true, value: { usage: null, accounts: [{ balanceMicros: null }] } });
  const { accounts } = (outcome as { value: { accounts: { accountId: string }[] } }).value;
  expect(await ask(db.core, accountsDetail, { accountId: accounts[0]!.accountId }, { actor: support })).toMatchObject({
    ok: true,
    value: { account: { balanceMicros: null } },
  });
});

const pages = async <R>(ask1: (after?: string) => Promise<{ rows: readonly R[]; next: string | null }>): Promise<R[]> => {
  const seen: R[] = [];
  for (let after: string | undefined; ; ) {
    const page = await ask1(after);
    seen.push(...page.rows);
    if (!page.next) return seen;
    after = page.next;
  }
};

test("usage is paged newest first without a gap or a repetition, along the timeline and along accounts", async () => {
  const whole = await pages((after) => value(usageList, { limit: 7, ...(after ? { after } : {}) }));
  expect(whole).toHaveLength(67);
  expect(new Set(whole.map((row) => row.key)).size).toBe(67);
  const times = whole.map((row) => row.startedAt);
  expect(times).toEqual([...times].sort().reverse());
  const { subscriberId, accountId, serviceId } = tenant.groups[1].services[1]!;
  for (const input of [{ subscriberId }, { accountId }, { serviceId }]) {
    const own = await pages((after) => value(usageList, { ...input, limit: 4, ...(after ? { after } : {}) }));
    expect(own.map((row) => row.key)).toEqual(whole.filter((row) => row.accountId === accountId).map((row) => row.key));
  }
  const october = await value(usageList, { from: "2026-10-01T00:00:00+03:00", to: "2026-10-02T00:00:00+03:00", limit: 200 });
  expect(october.rows).toHaveLength(20);
  expect((await value(usageList, { destination: "+1" })).rows).toEqual([]);
});

test("one record comes with the plan version that priced it", async () => {
  const [row] = (await value(usageList, { limit: 1 })).rows;
  const record = await value(usageRecord, { accountId: row!.accountId, startedAt: row!.startedAt, key: row!.key });
  expect(record).toMatchObject({
    amountMicros: 700_000n,
    planVersion: 1,
    billableSec: 60,
    zone: "Europe/Kyiv",
    serviceLabel: expect.any(String),
  });
  expect(record.planDocument).toMatchObject({ kind: "telephone" });
});

test("a statement's lines add up to its running balance", async () => {
  const { accountId } = tenant.groups[1].services[1]!;
  const lines = await pages((after) => value(accountsStatement, { accountId, limit: 1, ...(after ? { after } : {}) }));
  expect(lines).toHaveLength(4);
  for (const [i, line] of lines.entries()) expect(line.balanceAfterMicros - line.amountMicros).toBe(lines[i + 1]?.balanceAfterMicros ?? 0n);
  const { account } = await value(accountsStatement, { accountId });
  expect(account.balanceMicros).toBe(lines[0]!.balanceAfterMicros);
});

test("quarantine is grouped, and suggests the owner of a number that differs in the country's prefix only", async () => {
  const { groups, rows } = await value(quarantineList, {});
  expect(groups).toMatchObject([{ records: 2, suggestion: { subscriberId: tenant.groups[0].services[2]!.subscriberId } }]);
  expect(rows).toHaveLength(2);
  expect((await value(quarantineList, { identifierValue: "nobody" })).rows).toEqual([]);
});

test("the rows of a file add up: rated, duplicate, quarantined, discarded and pending", async () => {
  const { rows } = await value(importsList, {});
  expect(rows).toMatchObject([{ rowsIn: 69, rated: 67, quarantined: 2, duplicates: 0, discarded: 0, pending: 0, progress: 1 }]);
  const file = await value(importsFile, { fileId: tenant.fileId });
  expect(file.reasons).toMatchObject([{ records: 2 }]);
});

test("an agent is online, late or silent by its last sign of life, and has a rate", async () => {
  const after = async (seconds: number) => {
    await db.admin`update app.agents set last_seen_at = ${now.subtract({ seconds }).toString()}`;
    return (await value(agentsList, {})).agents[0]!.state;
  };
  expect([await after(1), await after(31), await after(121)]).toEqual(["online", "late", "silent"]);
  const detail = await value(agentsDetail, { agentId: tenant.agentId });
  expect(detail).toMatchObject({ lastSequence: 69, rows: 69, batches: 4, lostRows: 0 });
});

test("limits are bounded, and a cursor of another list is refused with the input", async () => {
  const refused = async (input: object) => {
    const outcome = await ask(db.core, usageList, input as never, { actor: all() });
    return outcome.ok ? "accepted" : outcome.code;
  };
  expect(await refused({ limit: 201 })).toBe("invalid_input");
  expect(await refused({ limit: "50" })).toBe("accepted");
  expect(await refused({ after: "%%%" })).toBe("invalid_input");
  expect(await refused({ after: btoa(JSON.stringify(["1", "2"])) })).toBe("invalid_input");
  expect(await refused({ after: btoa(JSON.stringify(["2026-13-45T99:99:99Z", "x"])) })).toBe("invalid_input");
});

type Node = { "Relation Name"?: string; "Index Cond"?: string; Plans?: Node[] };
const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

test("the dashboard and the subscriber's page never touch the calls; lists of calls read them by account", async () => {
  const statements: { query: string; params: unknown[] }[] = [];
  const sql = postgres(db.appUrl, { max: 1, onnotice() {}, connection: { TimeZone: "UTC" } });
  const logged = drizzle(sql, { casing: "snake_case", logger: { logQuery: (query, params) => void statements.push({ query, params }) } });
  const { subscriberId } = tenant.groups[0].services[0]!;
  const plansOf = async <I extends v.GenericSchema, T>(query: Query<I, T>, input: v.InferInput<I>) => {
    statements.length = 0;
    await ask({ db: logged, clock }, query, input, { actor: all() });
    const nodes: Node[] = [];
    for (const s of statements.filter((each) => each.query.includes("from"))) {
      // A table of ten rows is read whole when it has been analysed: what counts is the way when it is large.
      const [plan] = await db.admin.begin(async (t) => {
        await t`set local enable_seqscan = off`;
        return t.unsafe(`explain (format json) ${s.query}`, s.params as never[]);
      });
      nodes.push(...nodesOf(plan!["QUERY PLAN"][0].Plan));
    }
    expect(nodes.length).toBeGreaterThan(0);
    return nodes.filter((node) => node["Relation Name"]?.startsWith("usage_records"));
  };
  try {
    for (const touched of [
      await plansOf(dashboardToday, {}),
      await plansOf(subscribersDetail, { subscriberId }),
      await plansOf(subscribersList, { search: "x" }),
    ])
      expect(touched).toEqual([]);
    for (const touched of [await plansOf(usageList, { limit: 50 }), await plansOf(usageList, { subscriberId })]) {
      expect(touched.length).toBeGreaterThan(0);
      for (const node of touched) expect(node["Index Cond"]).toContain("account_id");
    }
  } finally {
    await sql.end();
  }
});

test("a search that finds little stops, says how far it came, and goes on from there without leaving anything out", async () => {
  const { services } = tenant.groups[0];
  const odd = Array.from({ length: 250 }, (_, i) =>
    call({
      startedAt: Temporal.Instant.from("2026-09-01T00:00:00Z").add({ seconds: i }).toString(),
      source: services[i % 5]!.number,
      durationSec: 60,
      destination: i % 100 === 7 ? "380991111111" : "380671234567",
    }),
  );
  await ingest(db, tenant, odd, false);
  const scope = { providerIds: [1], groupIds: null };
  for (const which of [{}, { subscriberId: services[2]!.subscriberId }]) {
    let stopped = 0;
    const found = await pages((after) =>
      inTenant(db.core.db, [1], async (tx) => {
        const input = v.parse(usageList.input, { destination: "38099", limit: 2, ...which, ...(after ? { after } : {}) });
        const page = await usagePage(tx, scope, input, 20);
        if (page.searchedTo) stopped++;
        return page;
      }),
    );
    expect(found.map((row) => row.startedAt)).toEqual(["2026-09-01T00:03:27Z", "2026-09-01T00:01:47Z", "2026-09-01T00:00:07Z"]);
    expect(stopped).toBeGreaterThan(1);
  }
});
