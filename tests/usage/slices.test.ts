// Slices over the whole path: in batches as they come, twice, late and out of order, they are charged and counted as the whole is.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { stepsOf } from "../../core/http/admin/usage-record.ts";
import { ask } from "../../core/kernel/query.ts";
import { advance } from "../../core/read/advance.ts";
import { usageList, usageRecord } from "../../core/read/usage-records/query.ts";
import { implausibilities } from "../../core/usage/implausibilities.ts";
import { sessionSchema, type UsageRecord } from "../../core/usage/normal-form.ts";
import { recordKey } from "../../core/usage/record-key.ts";
import { verify } from "../../core/verify.ts";
import { usageWords } from "../../views/shared/usage-words.ts";
import { call, perUnit, planWith } from "../rating/cases.ts";
import { cuts, type Length, length, parted, plans } from "../rating/slice-arbitraries.ts";
import { rerate } from "../rerating/rerate.ts";
import { CaseWorld, recordOf, type SoldCase } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { manager } from "../support/seed.ts";

const seed = Number(process.env.MB_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`slices: MB_SEED=${seed}`);

let db: TestDatabase;
let world: CaseWorld;
beforeAll(async () => {
  db = await testDatabase();
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

const START = "2026-09-10T17:30:00Z";
const text = ({ octetsIn, octetsOut }: Length) => ({ octetsIn: `${octetsIn}`, octetsOut: `${octetsOut}` });

function record(sold: SoldCase, kind: "call" | "session", own: Length, id: string, before?: Length, startedAt = START): UsageRecord {
  const { seconds } = own;
  if (kind === "call") {
    const place = before ? { slice: { session: "one", seconds: before.seconds } } : {};
    return recordOf(sold, call(seconds, { startedAt, ...place }), id);
  }
  const place = before ? { slice: { session: "one", seconds: before.seconds, ...text(before) } } : {};
  return recordOf(sold, { kind, startedAt, seconds, ...text(own), ...place }, id);
}

/** What an account was charged, what it was counted, and what was taken out of its bundles. */
async function standing({ accountId }: SoldCase) {
  const [counted] = await db.admin`
    select sum(calls)::int as calls, sum(answered)::int as answered, sum(sessions)::int as sessions, sum(duration_sec)::int as duration, sum(billed_sec)::int as billed,
      sum(octets_in)::text as octets_in, sum(octets_out)::text as octets_out, sum(amount_micros)::text as amount from read.usage_daily where account_id = ${accountId}`;
  const used =
    await db.admin`select code, period_from::text as at, used::text as used from app.usage_counters where account_id = ${accountId} and kind = 'bundle' order by 1, 2`;
  return {
    owed: await world.owed({ accountId }),
    counted: { ...counted },
    used: used.filter((row) => row.used !== "0").map((row) => ({ ...row })),
  };
}

async function explained({ accountId }: SoldCase): Promise<boolean[]> {
  const rows = await db.admin<{ at: string; key: string }[]>`
    select to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, key from app.usage_records where account_id = ${accountId}`;
  const asked = rows.map(async ({ at: startedAt, key }) => {
    const outcome = await ask(db.core, usageRecord, { accountId, startedAt, key }, { actor: manager([1]) });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome));
    const steps = stepsOf(outcome.value);
    return steps.ok && steps.agrees;
  });
  return Promise.all(asked);
}

describe("a random session", () => {
  test("in slices is charged, counted and explained as the whole, and rating it again changes nothing", async () => {
    const sold: [SoldCase, SoldCase][] = [];
    await fc.assert(
      fc.asyncProperty(plans(true), length, length, cuts, fc.nat(), async ({ kind, plan }, other, whole, at, turn) => {
        const [one] = await world.sell({ plan });
        const [cut] = await world.sell({ plan });
        sold.push([one!, cut!]);
        const hourBefore = "2026-09-10T16:30:00Z";
        await world.send([one!, cut!].map((service) => record(service, kind, other, "other", undefined, hourBefore)));
        await world.send([record(one!, kind, whole, "whole")]);
        // In two batches, the second of which brings some of the first again.
        const slices = parted(whole, at).map(({ before, own }, i) => record(cut!, kind, own, `${i}`, before));
        const first = slices.slice(0, 1 + (turn % slices.length));
        await world.send(first);
        await world.send([...slices.slice(first.length), ...first]);
        expect(await world.owed(cut!)).toBe(await world.owed(one!));
      }),
      { seed, numRuns: 30 },
    );
    expect(await advance(db.core)).toBe(true);
    for (const [one, cut] of sold) expect(await standing(cut)).toEqual(await standing(one));
    for (const [, cut] of sold) expect((await explained(cut)).every(Boolean)).toBe(true);
    expect((await verify(db.core)).findings).toEqual([]);

    const before = await Promise.all(sold.map(([, cut]) => standing(cut)));
    const { accounts } = await rerate(db, 1, { from: "2026-09-01" });
    expect(accounts.filter(({ difference }) => difference !== "0")).toEqual([]);
    expect(await advance(db.core)).toBe(true);
    expect(await Promise.all(sold.map(([, cut]) => standing(cut)))).toEqual(before);
    expect((await verify(db.core)).findings).toEqual([]);
  }, 120_000);
});

const sliced = (own: number, seconds: number, more: object = {}) =>
  v.parse(sessionSchema, {
    kind: "session",
    party: { kind: "login", value: "bakery" },
    startedAt: START,
    seconds: own,
    octetsIn: 1000,
    octetsOut: 10,
    slice: { session: "4F2A", seconds, octetsIn: 500 },
    ...more,
  });

test("a slice is known by its session and place, however often and with whatever time of sending it is told", () => {
  const key = recordKey(sliced(60, 60));
  expect(recordKey(sliced(60, 60, { raw: "a later time of sending", id: "packet-2", endedAt: "2026-09-10T17:32:00Z" }))).toBe(key);
  for (const other of [
    sliced(60, 61),
    sliced(61, 60),
    sliced(60, 60, { octetsIn: 1001 }),
    sliced(60, 60, { startedAt: "2026-09-10T17:30:01Z" }),
  ])
    expect(recordKey(other)).not.toBe(key);
});

test("a slice ends so long after the session's beginning as all of it till then", () => {
  expect(implausibilities(sliced(60, 60, { endedAt: "2026-09-10T17:32:00Z" }))).toEqual([]);
  expect(implausibilities(sliced(60, 60, { endedAt: "2026-09-10T17:31:00Z" }))).toEqual(["duration_disagrees_with_times"]);
});

test("a list of usage says of which session a slice is, and from where on", async () => {
  const [service] = await world.sell({ plan: planWith({ usage: [{ code: "data", of: "session", price: perUnit("0") }] }) });
  await world.send([{ ...sliced(60, 1800), party: { kind: "login", value: service!.login } }]);
  const found = await ask(db.core, usageList, { accountId: service!.accountId }, { actor: manager([1]) });
  if (!found.ok) throw new Error(JSON.stringify(found));
  const [row] = found.value.rows;
  expect(usageWords(row!, "en")).toMatchObject({ what: "Internet session", note: "slice of session 4F2A, from 30:00" });
});

test("of a session, one slice of which is lost, what came is charged at its place", async () => {
  const plan = planWith({ usage: [{ code: "time", of: "session", metric: "seconds", price: perUnit("1", { connectFee: "5" }) }] });
  const [service] = await world.sell({ plan });
  const own = { seconds: 100, octetsIn: 0n, octetsOut: 0n };
  const at = (seconds: number) => ({ seconds, octetsIn: 0n, octetsOut: 0n });
  await world.send([record(service!, "session", own, "3", at(200))]);
  expect(await world.owed(service!)).toBe("100");
  await world.send([record(service!, "session", own, "1", at(0))]);
  expect(await world.owed(service!)).toBe("205");
});
