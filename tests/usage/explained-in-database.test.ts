// The steps of stored records: a percentile over days, whose samples are found again among the records that were counted before.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { stepsOf } from "../../core/http/admin/usage-record.ts";
import { ask } from "../../core/kernel/query.ts";
import { usageRecord } from "../../core/read/usage-records/query.ts";
import { perUnit, planWith } from "../rating/cases.ts";
import { CaseWorld, recordOf } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { manager } from "../support/seed.ts";

let db: TestDatabase;
let world: CaseWorld;
beforeAll(async () => {
  db = await testDatabase();
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

const plan = planWith({
  billing: { period: "day" },
  usage: [
    {
      code: "line",
      of: "session",
      per: "period",
      aggregate: "percentile_95",
      unit: { name: "kbit/s", size: "1000" },
      price: perUnit("0.07"),
    },
  ],
});

const stored = () =>
  db.admin<{ account_id: string; at: string; key: string }[]>`
    select account_id, to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, key from app.usage_records order by started_at`;

async function recordAt({ account_id: accountId, at: startedAt, key }: { account_id: string; at: string; key: string }) {
  const outcome = await ask(db.core, usageRecord, { accountId, startedAt, key }, { actor: manager([1]) });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

test("a percentile is explained with what it had counted before, though records came late and others came since", async () => {
  const [service] = await world.sell({ plan });
  // Sessions of three hours, of which the later and larger come first.
  const session = (hour: number) =>
    recordOf(
      service!,
      {
        kind: "session",
        startedAt: `2026-09-0${1 + Math.floor(hour / 24)}T${String(hour % 24).padStart(2, "0")}:00:00Z`,
        seconds: 10_800,
        octetsIn: String((hour + 1) * 7_000_001),
        octetsOut: "5",
      },
      `h${hour}`,
    );
  await world.send([30, 9, 20].map(session));
  await world.send([3, 14, 6].map(session));
  await world.send([0, 27].map(session));
  const rows = await stored();
  expect(rows).toHaveLength(8);
  for (const row of rows) {
    const steps = stepsOf(await recordAt(row));
    expect(steps.ok && steps.agrees).toBe(true);
  }
  // The one of 6 o'clock is the last of its batch but one: three sessions of the day were counted before it.
  const six = await recordAt(rows.find(({ at }) => at === "2026-09-01T06:00:00Z")!);
  expect(six.counted!.map(({ startedAt }) => startedAt).toSorted()).toEqual([
    "2026-09-01T03:00:00Z",
    "2026-09-01T09:00:00Z",
    "2026-09-01T20:00:00Z",
  ]);

  // Without one of those the steps aren't told, rather than told wrong.
  await db.admin`delete from app.usage_records where started_at = '2026-09-01T03:00:00Z'`;
  expect(stepsOf(await recordAt(rows.find(({ at }) => at === "2026-09-01T06:00:00Z")!))).toEqual({
    ok: false,
    why: "earlier_usage_not_kept",
  });
});
