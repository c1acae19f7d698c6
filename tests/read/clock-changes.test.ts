// Days and hours of usage where clocks are turned: a day of 23 and of 25 hours, an hour that comes twice, zones that are half an hour off, a leap day.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { asteriskReader } from "../../core/agents/pbx/asterisk.ts";
import { instantsOf } from "../../core/interchange/export-kinds.ts";
import { advance } from "../../core/read/advance.ts";
import { checkReadModels } from "../../core/read/rebuild.ts";
import type { CallFields } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";

// On a busy machine; each takes a fraction of it alone.
setDefaultTimeout(30_000);

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

let providers = 0;
/** The hours and days that calls at these instants are counted under, by a provider in this zone. */
async function counted(zone: string, startedAt: readonly string[]) {
  const providerId = ++providers;
  const provider = await seedProvider(db.admin, { providerId, zone, services: 1, ...(providerId > 1 ? { parentId: 1 } : {}) });
  const records: CallFields[] = startedAt.map((at, i) => callOf({ startedAt: at, answeredAt: null, endedAt: null, callId: `${i}` }));
  await receiveBatch(db.core, { providerId, agentId: provider.agentId }, { firstSequence: 1, records });
  await processBatch(db.core, { providerId, agentId: provider.agentId, firstSequence: 1 });
  await advance(db.core);
  const hours = await db.admin`select hour, calls::int as calls from read.provider_hourly where provider_id = ${providerId} order by hour`;
  const days =
    await db.admin`select day::text as day, calls::int as calls from read.provider_daily where provider_id = ${providerId} order by day`;
  return {
    hours: hours.map((h) => [Temporal.Instant.fromEpochMilliseconds(+h.hour).toString(), h.calls]),
    days: days.map((d) => [d.day, d.calls]),
  };
}

/** An instant every quarter of an hour. */
const quarters = (from: string, count: number) =>
  Array.from({ length: count }, (_, i) =>
    Temporal.Instant.from(from)
      .add({ minutes: 15 * i })
      .toString(),
  );

describe("where clocks go back", () => {
  test("the hour that comes twice is two hours, and the day has 25 of them", async () => {
    // Kyiv, 25 October 2026: from 21:00Z the day before; 03:00–04:00 comes at 00:00Z and at 01:00Z.
    const { hours, days } = await counted("Europe/Kyiv", quarters("2026-10-24T21:00:00Z", 100));
    expect(hours).toHaveLength(25);
    expect(hours.every(([, calls]) => calls === 4)).toBe(true);
    expect(hours.map(([hour]) => hour)).toContain("2026-10-25T00:00:00Z");
    expect(hours.map(([hour]) => hour)).toContain("2026-10-25T01:00:00Z");
    expect(days).toEqual([["2026-10-25", 100]]);
  });

  test("by half an hour, no call is counted in an hour that it wasn't in, and none twice", async () => {
    // Lord Howe, 5 April 2026: at 15:00Z the clock goes from 02:00 back to 01:30. The day has 24.5 hours.
    const start = "2026-04-04T13:00:00Z";
    const { hours, days } = await counted("Australia/Lord_Howe", quarters(start, 98));
    expect(days).toEqual([["2026-04-05", 98]]);
    expect(hours.reduce((sum, [, calls]) => sum + (calls as number), 0)).toBe(98);
    for (const [hour, calls] of hours) {
      const local = Temporal.Instant.from(hour as string).toZonedDateTimeISO("Australia/Lord_Howe");
      expect([local.minute === 0 || local.minute === 30, (calls as number) <= 6]).toEqual([true, true]);
    }
  });
});

describe("where clocks go forward", () => {
  test("the hour that isn't there is no hour, and the day has 23", async () => {
    // Kyiv, 29 March 2026: 03:00 becomes 04:00 at 01:00Z.
    const { hours, days } = await counted("Europe/Kyiv", quarters("2026-03-28T22:00:00Z", 92));
    expect(hours).toHaveLength(23);
    expect(hours.every(([, calls]) => calls === 4)).toBe(true);
    expect(days).toEqual([["2026-03-29", 92]]);
  });

  test("at midnight, the day begins at one", async () => {
    // Santiago, 6 September 2026: midnight becomes 01:00 at 04:00Z.
    const { days } = await counted("America/Santiago", [
      "2026-09-06T03:59:59Z",
      "2026-09-06T04:00:00Z",
      "2026-09-07T02:59:59Z",
      "2026-09-07T03:00:00Z",
    ]);
    expect(days).toEqual([
      ["2026-09-05", 1],
      ["2026-09-06", 2],
      ["2026-09-07", 1],
    ]);
    expect(instantsOf({ from: "2026-09-06", to: "2026-09-06" }, "America/Santiago")).toEqual({
      from: "2026-09-06T04:00:00Z",
      to: "2026-09-07T03:00:00Z",
    });
  });
});

test.each([
  ["Asia/Kolkata", "2026-11-01T18:29:59Z", "2026-11-01T18:30:00Z", "2026-11-01T17:30:00Z"],
  ["Asia/Kathmandu", "2026-11-01T18:14:59Z", "2026-11-01T18:15:00Z", "2026-11-01T17:15:00Z"],
  ["America/St_Johns", "2026-11-02T03:29:59Z", "2026-11-02T03:30:00Z", "2026-11-02T02:30:00Z"],
])("in %s hours and days begin where the clock there says", async (zone, before, after, hourBefore) => {
  const { hours, days } = await counted(zone, [before, after]);
  expect(hours).toEqual([
    [hourBefore, 1],
    [after, 1],
  ]);
  expect(days).toEqual([
    ["2026-11-01", 1],
    ["2026-11-02", 1],
  ]);
});

test("the 29th of February is a day of its own, in the years that have one", async () => {
  const { days } = await counted("Europe/Kyiv", [
    "2028-02-28T21:59:59Z",
    "2028-02-28T22:00:00Z",
    "2028-02-29T21:59:59Z",
    "2028-02-29T22:00:00Z",
    "2026-02-28T21:59:59Z",
    "2026-02-28T22:00:00Z",
  ]);
  expect(days).toEqual([
    ["2026-02-28", 1],
    ["2026-03-01", 1],
    ["2028-02-28", 1],
    ["2028-02-29", 2],
    ["2028-03-01", 1],
  ]);
});

test("a row of the exchange keeps its instant whatever zone the provider counts in", async () => {
  // The same wall-clock hour twice, told apart by the epoch in the unique id.
  const read = asteriskReader({ zone: "America/New_York" });
  const row = (epoch: number) =>
    `"","380440000000","380671234567","c","n","SIP/1","SIP/2","Dial","x","2026-11-01 01:30:00","2026-11-01 01:30:00","2026-11-01 01:31:00",60,60,"ANSWERED","DOCUMENTATION","${epoch}.1",""`;
  const calls = [1793511000, 1793514600].map((epoch) => read(row(epoch)) as CallFields);
  expect(calls.map((c) => [c.startedAt, c.answeredAt, c.endedAt, c.flags])).toEqual([
    ["2026-11-01T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-01T05:31:00Z", []],
    ["2026-11-01T06:30:00Z", "2026-11-01T06:30:00Z", "2026-11-01T06:31:00Z", []],
  ]);
  expect(
    (
      await counted(
        "Europe/Kyiv",
        calls.map((c) => c.startedAt),
      )
    ).hours,
  ).toEqual([
    ["2026-11-01T05:00:00Z", 1],
    ["2026-11-01T06:00:00Z", 1],
  ]);
});

test("afterwards the figures equal what the facts give anew", async () => {
  // Subscribers were put in by hand, without a word to the read side; usage came by the door.
  const wrong = (await checkReadModels(db.core)).filter(({ table }) => /hourly|daily/.test(table));
  expect(wrong).toEqual([]);
});
