// One event, charged at each level of the chain by that level's plan.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { assignIdentifier } from "../../../core/identifiers/assign-identifier.ts";
import { chargePartner } from "../../../core/identifiers/charge-partner.ts";
import { endIdentifier } from "../../../core/identifiers/end-identifier.ts";
import { systemActor } from "../../../core/kernel/actor.ts";
import { execute } from "../../../core/kernel/command.ts";
import { chargeEarlierUsage } from "../../../core/usage/chain/charge-earlier-usage.ts";
import { processBatch } from "../../../core/usage/process-batch.ts";
import { releaseWaitingUsage } from "../../../core/usage/release.ts";
import { proofs } from "../../../core/verify.ts";
import { rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import { callOf } from "../../support/calls.ts";
import { charge, owed, rateAll, send, wholesalePlan, wholesaleService } from "../../support/chain.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { actorWith, done } from "../../support/operator.ts";
import { type SeededProvider, seedProvider } from "../../support/provider.ts";

let db: TestDatabase;
let [operator, partner, below] = [] as unknown as [SeededProvider, SeededProvider, SeededProvider];
let last = 1;

// A call of 85 seconds costs 0.641700 to a subscriber, 0.50/min wholesale = 0.708333 to `below`, 0.20/min = 0.283333 to `partner`.
const [RETAIL, MIDDLE, TOP] = [641_700n, 708_333n, 283_333n];

beforeAll(async () => {
  db = await testDatabase();
  await seedProvider(db.admin);
});
afterAll(() => db.close());

/** Three new levels, so that no test sees another's usage. */
beforeEach(async () => {
  operator = await seedProvider(db.admin, { providerId: ++last, parentId: 1, services: 4 });
  partner = await seedProvider(db.admin, { providerId: ++last, parentId: operator.providerId, services: 4 });
  below = await seedProvider(db.admin, { providerId: ++last, parentId: partner.providerId, services: 4 });
});

async function chargeBoth(from?: string) {
  await charge(db.core, partner.providerId, below.providerId, await wholesaleService(db, partner, 1, wholesalePlan("0.50")), from);
  await charge(db.core, operator.providerId, partner.providerId, await wholesaleService(db, operator, 1, wholesalePlan("0.20")), from);
}
const recordsOf = async ({ providerId }: SeededProvider) =>
  await db.admin`select * from app.usage_records where provider_id = ${providerId} order by started_at, key`;
const inboxOf = async ({ providerId }: SeededProvider) => {
  const [row] =
    await db.admin`select coalesce(sum(rows), 0)::int as rows, coalesce(sum(rated), 0)::int as rated, coalesce(sum(duplicates), 0)::int as duplicates, coalesce(sum(quarantined), 0)::int as quarantined
    from app.usage_inbox i join app.agents a on a.provider_id = i.provider_id and a.id = i.agent_id where i.provider_id = ${providerId} and a.kind = 'chain'`;
  return row;
};
/** Of the three providers of this test. */
async function findings(): Promise<string[]> {
  const found: string[] = [];
  for (const { providerId } of [operator, partner, below])
    for (const proof of proofs)
      found.push(
        ...(await inTenant(db.core.db, [providerId], (tx) => proof.find(rawOf(tx), providerId, 20), "read")).map(
          (message) => `${proof.name}: ${message}`,
        ),
      );
  return found;
}

test("a call of a partner's subscriber is charged to the partner by its parent's plan", async () => {
  await charge(db.core, operator.providerId, partner.providerId, await wholesaleService(db, operator, 1, wholesalePlan("0.20")));
  await send(db.core, partner, [callOf()]);
  await rateAll(db);
  expect([await owed(db, partner), await owed(db, operator, 1)]).toEqual([RETAIL, TOP]);
  expect(await findings()).toEqual([]);
});

test("the chain goes on by itself: three levels, each by its own plan", async () => {
  await chargeBoth();
  await send(db.core, below, [callOf(), callOf({ source: "380440000001" })]);
  await rateAll(db);
  expect([await owed(db, below), await owed(db, partner, 1), await owed(db, operator, 1)]).toEqual([RETAIL, 2n * MIDDLE, 2n * TOP]);
  expect(await findings()).toEqual([]);
});

test("without a link nothing is charged above", async () => {
  await send(db.core, below, [callOf()]);
  await rateAll(db);
  expect(await recordsOf(partner)).toHaveLength(0);
  expect(await findings()).toEqual([]);
});

test("the parent learns what it needs for its price, and not whose call it was", async () => {
  await chargeBoth();
  const [made, received] = [
    callOf({ trunk: "north", attributes: { tier: "gold" } }),
    callOf({ direction: "in", source: "48221234567", destination: "+380440000001" }),
  ];
  await send(db.core, below, [
    { ...made, callId: "SIP/iryna-1", accountCode: "test", raw: "iryna's row" },
    received,
    {
      kind: "session",
      party: { kind: "login", value: "test" },
      id: "s1",
      startedAt: "2026-11-01T12:00:00Z",
      endedAt: null,
      flags: [],
      raw: "",
      seconds: 60,
      octetsIn: 5,
      octetsOut: 7,
    },
  ]);
  await rateAll(db);
  const [original] = (await recordsOf(below)).filter((r) => r.call_id === "SIP/iryna-1");
  for (const level of [partner, operator]) {
    const all = await recordsOf(level);
    const text = JSON.stringify([all, await db.admin`select * from app.usage_quarantine where provider_id = ${level.providerId}`]);
    for (const secret of ["iryna", "380440000000", "380440000001", '"test"']) expect(text).not.toContain(secret);
    expect(all.find((r) => r.direction === "out")).toMatchObject({
      source: "38044000",
      destination: "380671234567",
      facts: { trunk: "north", attributes: { tier: "gold" } },
    });
    expect(all.find((r) => r.direction === "in")).toMatchObject({
      source: "48221234567",
      destination: "+38044000",
      amount_micros: "0",
      reason: "incoming",
    });
  }
  expect((await recordsOf(partner)).map((r) => r.call_id)).toContain(original!.key);
});

test("calls received and calls that nobody answered go along, and cost what the wholesale plan says", async () => {
  await chargeBoth();
  await send(db.core, below, [
    callOf({ direction: "in", source: "48221234567", destination: "380440000000" }),
    callOf({ disposition: "busy", answeredAt: null, billableSec: 0, destination: "100" }),
  ]);
  await rateAll(db);
  expect((await recordsOf(operator)).map((r) => r.reason).sort()).toEqual(["incoming", "not_answered"]);
  expect(await owed(db, operator, 1)).toBe(0n);
});

test("the same rows twice, in one batch and in two, are charged once at each level", async () => {
  await chargeBoth();
  const call = callOf();
  await send(db.core, below, [call, call]);
  await rateAll(db);
  await send(db.core, below, [call]);
  await rateAll(db);
  expect([await owed(db, below), await owed(db, partner, 1), await owed(db, operator, 1)]).toEqual([RETAIL, MIDDLE, TOP]);
  expect(await inboxOf(operator)).toEqual({ rows: 1, rated: 1, duplicates: 0, quarantined: 0 });
});

test("batches rated by several workers at once, each several times, are handed on once", async () => {
  await chargeBoth();
  const batches = Array.from({ length: 6 }, () => Array.from({ length: 20 }, () => callOf()));
  for (const records of batches) await send(db.core, below, records);
  for (const level of [below, partner, operator]) {
    const waiting =
      await db.admin`select provider_id, agent_id, first_sequence from app.usage_inbox where provider_id = ${level.providerId} and processed_at is null`;
    const each = waiting.map((w) => ({ providerId: w.provider_id, agentId: w.agent_id, firstSequence: Number(w.first_sequence) }));
    await Promise.all([...each, ...each.toReversed(), ...each].map((batch) => processBatch(db.core, batch)));
  }
  expect([await owed(db, below), await owed(db, partner, 1), await owed(db, operator, 1)]).toEqual([
    120n * RETAIL,
    120n * MIDDLE,
    120n * TOP,
  ]);
  expect(await inboxOf(operator)).toEqual({ rows: 120, rated: 120, duplicates: 0, quarantined: 0 });
  expect(await findings()).toEqual([]);
});

test("what fails above leaves the partner's batch unrated, and nothing behind", async () => {
  await chargeBoth();
  await db.admin`alter table app.usage_inbox add constraint broken check (provider_id <> ${db.admin.unsafe(String(partner.providerId))}) not valid`;
  await send(db.core, below, [callOf()]);
  expect(rateAll(db)).rejects.toThrow();
  await Bun.sleep(200);
  expect(await recordsOf(below)).toHaveLength(0);
  await db.admin`alter table app.usage_inbox drop constraint broken`;
  await rateAll(db);
  expect([await owed(db, below), await owed(db, partner, 1), await owed(db, operator, 1)]).toEqual([RETAIL, MIDDLE, TOP]);
});

test("what waits in quarantine at the partner is charged above when it is released, and not before", async () => {
  await chargeBoth();
  await send(db.core, below, [callOf({ source: "380449990001" })]);
  await rateAll(db);
  expect(await recordsOf(partner)).toHaveLength(0);
  const number = { kind: "telephone", value: "380449990001", from: "2026-01-01T00:00:00Z" } as const;
  await done(db.core, assignIdentifier, { serviceId: below.services[0]!.serviceId, ...number }, below.providerId);
  expect(await releaseWaitingUsage(db.core, below.providerId)).toBe(1);
  await rateAll(db);
  expect([await owed(db, below), await owed(db, partner, 1), await owed(db, operator, 1)]).toEqual([RETAIL, MIDDLE, TOP]);
});

test("what the wholesale plan has no price for waits at the parent, never free, until it has one", async () => {
  const serviceId = await wholesaleService(db, operator, 1, wholesalePlan("0.20", "0", "48"));
  await charge(db.core, operator.providerId, partner.providerId, serviceId);
  await send(db.core, partner, [callOf()]);
  await rateAll(db);
  expect(await owed(db, partner)).toBe(RETAIL);
  expect(
    await db.admin`select reason, identifier_kind, identifier_value from app.usage_quarantine where provider_id = ${operator.providerId}`,
  ).toEqual([{ reason: "no_rate", identifier_kind: "partner", identifier_value: String(partner.providerId) }] as never);
  expect(await findings()).toEqual([]);
  await wholesaleService(db, operator, 1, wholesalePlan("0.20"));
  expect(await releaseWaitingUsage(db.core, operator.providerId)).toBe(1);
  expect(await owed(db, operator, 1)).toBe(TOP);
  expect(await findings()).toEqual([]);
});

test("a link begins and ends by the time of the usage", async () => {
  const service = await wholesaleService(db, operator, 1, wholesalePlan("0.20"));
  await charge(db.core, operator.providerId, partner.providerId, service, "2026-10-01T00:00:00Z");
  await charge(db.core, operator.providerId, partner.providerId, null, "2026-11-01T00:00:00Z");
  await charge(
    db.core,
    operator.providerId,
    partner.providerId,
    await wholesaleService(db, operator, 2, wholesalePlan("0.60")),
    "2026-11-10T00:00:00Z",
  );
  const at = (startedAt: string) => callOf({ startedAt, answeredAt: startedAt, endedAt: null });
  await send(
    db.core,
    partner,
    [
      "2026-09-30T23:59:59Z",
      "2026-10-01T00:00:00Z",
      "2026-10-31T23:59:59Z",
      "2026-11-01T00:00:00Z",
      "2026-11-09T23:59:59Z",
      "2026-11-10T00:00:00Z",
    ].map(at),
  );
  await rateAll(db);
  expect([await owed(db, partner), await owed(db, operator, 1), await owed(db, operator, 2)]).toEqual([6n * RETAIL, 2n * TOP, 850_000n]);
  expect(await findings()).toEqual([]);
});

test("usage that was rated before the link was written down is charged from the link's beginning, once, however often the job runs", async () => {
  const at = (startedAt: string) => callOf({ startedAt, answeredAt: startedAt, endedAt: null });
  await send(db.core, below, [
    at("2026-10-01T10:00:00Z"),
    at("2026-11-01T10:00:00Z"),
    callOf({ direction: "in", source: "48221234567", destination: "380440000000" }),
  ]);
  await rateAll(db);
  await chargeBoth("2026-10-15T00:00:00Z");
  const job = { providerId: partner.providerId, partnerId: below.providerId, from: "2026-10-15T00:00:00Z" };
  // Until the job has run it is on its way, and not missing.
  expect(await findings()).toEqual([]);
  expect(await chargeEarlierUsage(db.core, job)).toBe(2);
  await rateAll(db);
  expect(await chargeEarlierUsage(db.core, job)).toBe(0);
  await chargeEarlierUsage(db.core, { providerId: operator.providerId, partnerId: partner.providerId, from: "2026-10-15T00:00:00Z" });
  await rateAll(db);
  expect([await owed(db, below), await owed(db, partner, 1), await owed(db, operator, 1)]).toEqual([2n * RETAIL, MIDDLE, TOP]);
  expect((await recordsOf(operator)).map((r) => r.source).sort()).toEqual(["38044000", "48221234567"]);
  await db.admin`delete from pgboss.job where name = 'usage.charge-partner'`;
  expect(await findings()).toEqual([]);
});

test("links set while batches are being rated lose nothing", async () => {
  for (let i = 0; i < 12; i++)
    await send(
      db.core,
      partner,
      Array.from({ length: 10 }, () => callOf()),
    );
  const service = await wholesaleService(db, operator, 1, wholesalePlan("0.20"));
  const waiting =
    await db.admin`select agent_id, first_sequence from app.usage_inbox where provider_id = ${partner.providerId} and processed_at is null`;
  await Promise.all([
    ...waiting.map((w) =>
      processBatch(db.core, { providerId: partner.providerId, agentId: w.agent_id, firstSequence: Number(w.first_sequence) }),
    ),
    Bun.sleep(15).then(() => charge(db.core, operator.providerId, partner.providerId, service)),
  ]);
  await chargeEarlierUsage(db.core, { providerId: operator.providerId, partnerId: partner.providerId, from: "2000-01-01T00:00:00Z" });
  await rateAll(db);
  expect(await owed(db, operator, 1)).toBe(120n * TOP);
  await db.admin`delete from pgboss.job where name = 'usage.charge-partner'`;
  expect(await findings()).toEqual([]);
});

test("a proof finds what isn't charged above, and what is charged without having been used", async () => {
  await chargeBoth();
  await db.admin`delete from pgboss.job where name = 'usage.charge-partner'`;
  await send(db.core, partner, [callOf(), callOf()]);
  await rateAll(db);
  const [one, other] = await recordsOf(operator);
  await db.admin`update app.usage_records set key = gen_random_uuid() where provider_id = ${operator.providerId} and key = ${one!.key}`;
  const messages = (await findings()).filter((message) => message.startsWith("usage.partners-charged-once"));
  expect(messages.some((m) => m.includes("isn't charged by its parent"))).toBe(true);
  expect(messages.some((m) => m.includes("has no such record"))).toBe(true);
  expect(messages).toHaveLength(2);
  await db.admin`update app.usage_records set key = ${one!.key} where provider_id = ${operator.providerId} and key <> ${other!.key}`;
  expect(await findings()).toEqual([]);
});

test("nobody is charged on a foreign service, by a foreign provider, or twice at one time", async () => {
  const service = await wholesaleService(db, operator, 1, wholesalePlan("0.20"));
  const as = (providerId: number) => ({ actor: systemActor([providerId]), providerId });
  const ask = (providerId: number, partnerId: number, serviceId: string | null, from = "2026-01-01T00:00:00Z") =>
    execute(db.core, chargePartner, { partnerId, serviceId, from }, as(providerId));
  // A service of the partner itself, of nobody; a partner that isn't one, isn't directly below, or is oneself.
  expect(await ask(operator.providerId, partner.providerId, partner.services[0]!.serviceId)).toMatchObject({ code: "not_found" });
  expect(await ask(operator.providerId, below.providerId, service)).toMatchObject({ code: "not_found" });
  expect(await ask(operator.providerId, operator.providerId, service)).toMatchObject({ code: "not_found" });
  expect(await ask(partner.providerId, operator.providerId, partner.services[0]!.serviceId)).toMatchObject({ code: "not_found" });
  expect(await ask(operator.providerId, partner.providerId, null)).toMatchObject({ code: "invalid_input" });
  expect(await ask(operator.providerId, partner.providerId, service)).toMatchObject({ ok: true });
  expect(await ask(operator.providerId, partner.providerId, service, "2026-02-01T00:00:00Z")).toMatchObject({ code: "invalid_input" });
  expect(await ask(operator.providerId, partner.providerId, operator.services[2]!.serviceId, "2026-01-01T00:00:00Z")).toMatchObject({
    code: "invalid_input",
  });
  const [held] = await db.admin`select id from app.identifiers where provider_id = ${operator.providerId} and kind = 'partner'`;
  expect(await execute(db.core, endIdentifier, { identifierId: held!.id }, as(operator.providerId))).toMatchObject({
    code: "not_permitted",
  });
  const less = {
    actor: actorWith({ providerId: operator.providerId, permissions: ["subscribers:write"] }),
    providerId: operator.providerId,
  };
  expect(await execute(db.core, chargePartner, { partnerId: partner.providerId, serviceId: null }, less)).toMatchObject({
    code: "not_permitted",
  });
});

test("slices of a call are slices at each level: a fee for the connection once, one call in all, and no session's id goes up", async () => {
  await charge(db.core, partner.providerId, below.providerId, await wholesaleService(db, partner, 1, wholesalePlan("0.50", "0.1")));
  await charge(db.core, operator.providerId, partner.providerId, await wholesaleService(db, operator, 1, wholesalePlan("0.20", "0.03")));
  const slice = (seconds: number, billableSec: number) =>
    callOf({ callId: "bakery", endedAt: null, durationSec: billableSec, billableSec, slice: { session: "bakery-7", seconds } });
  await send(db.core, below, [slice(60, 25), slice(7, 53), slice(0, 7)]);
  await send(db.core, below, [slice(7, 53)]);
  await rateAll(db);
  expect(await owed(db, below)).toBe(RETAIL);
  expect(await owed(db, partner, 1)).toBe(MIDDLE + 100_000n);
  expect(await owed(db, operator, 1)).toBe(TOP + 30_000n);
  for (const level of [partner, operator]) {
    const records = await recordsOf(level);
    expect(records).toHaveLength(3);
    expect(new Set(records.map((row) => row.facts.slice.session)).size).toBe(1);
    expect(JSON.stringify(records)).not.toContain("bakery");
  }
  expect(await findings()).toEqual([]);
});
