// Charging what is due reads the charges that it needs, however many there were before; and charges the same as if it had read them all.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { loadServices } from "../../core/charges/load-services.ts";
import { workOut } from "../../core/charges/work-out.ts";
import { changePlan } from "../../core/services/change-plan.ts";
import { verify } from "../../core/verify.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { charge, chargesOf, planWith, sellOn, vat } from "./world.ts";

let db: TestDatabase;
let now = "2025-01-15T00:00:00Z";
beforeAll(async () => {
  db = await testDatabase({ clock: () => Temporal.Instant.from(now) });
  await setUpOperator(db.core);
}, 60_000);
afterAll(() => db.close());

const fee = (code: string, charge: string, every: string) => ({ code, name: code, amount: "31", every, charge });
const parts = {
  taxes: vat,
  fees: [
    fee("daily", "daily", "month"),
    fee("ahead", "advance", "month"),
    fee("behind", "arrears", "month"),
    fee("yearly", "arrears", "year"),
    { code: "in", name: "In", amount: "5", at: "start" },
  ],
  minimum: { amount: "100", counts: "usage_and_fees" },
} as never;
const begun = "2025-01-15T00:00:00Z";
const due = ({ accountId, serviceId }: { accountId: string; serviceId: string }, named: boolean) =>
  inTenant(db.core.db, [1], async (tx) => {
    const t = rawOf(tx);
    const at = Temporal.Instant.from(now);
    const services = await loadServices(t, 1, [accountId], at, named ? [serviceId] : undefined);
    const [one] = await workOut(t, 1, services, at);
    return {
      read: services[0]!.made.length,
      due: one && { lines: one.lines, next: one.next?.toString(), closedTo: one.closedTo?.toString() },
    };
  });

test("after a year of daily fees a day reads what is of its billing period, and charges what reading all would", async () => {
  const sold = await sellOn(db.core, await planWith(db.core, parts, "2024-01-01T00:00:00Z"), begun);
  now = "2026-02-10T00:00:00Z";
  await charge(db);
  now = "2026-02-11T00:00:00Z";
  const [bounded, all] = [await due(sold, false), await due(sold, true)];
  expect(all.read).toBeGreaterThan(390);
  expect(bounded.read).toBeLessThan(20);
  expect(bounded.due!.lines).toHaveLength(1);
  expect(bounded.due).toEqual(all.due!);
});

test("day by day it comes to what it comes to at once, over ends of months and years, a change of plan and the way back", async () => {
  const [first, other] = [await planWith(db.core, parts, "2024-01-01T00:00:00Z"), await planWith(db.core, parts, "2024-01-01T00:00:00Z")];
  now = begun;
  const daily = await sellOn(db.core, first, begun);
  const moves = [
    [other, "2025-02-20T00:00:00Z"],
    [first, "2025-03-25T00:00:00Z"],
  ] as const;
  const move = async (serviceId: string, upTo: string) => {
    for (const [planId, from] of moves) if (from === upTo) await done(db.core, changePlan, { serviceId, planId, from });
  };
  const end = Temporal.PlainDate.from("2025-05-03");
  for (let day = Temporal.PlainDate.from("2025-01-15"); Temporal.PlainDate.compare(day, end) <= 0; day = day.add({ days: 1 })) {
    now = `${day}T00:00:00Z`;
    await move(daily.serviceId, now);
    await charge(db);
  }
  const once = await sellOn(db.core, first, begun);
  for (const [planId, from] of moves) await done(db.core, changePlan, { serviceId: once.serviceId, planId, from });
  await charge(db);
  // Fees in advance are charged and given back day by day, and only what is used at once: the sums are the same.
  const sums = async ({ serviceId }: { serviceId: string }) =>
    (
      await db.admin`select kind, code, plan_id, sum(amount_micros)::text as amount, sum(tax_micros)::text as tax from app.charges where service_id = ${serviceId}
        group by 1, 2, 3 having sum(amount_micros) <> 0 order by 1, 2, 3`
    ).map((row) => ({ ...row }));
  expect(await sums(daily)).toEqual(await sums(once));
  const days = (await chargesOf(db, daily.serviceId)).filter((one) => one.startsWith("fee daily"));
  expect(new Set(days).size).toBe(days.length);
  expect(days).toHaveLength(109);
}, 120_000);

test("after that the books are right", async () => {
  expect((await verify(db.core)).findings.filter(({ proof }) => /^(charges|ledger|read)\./.test(proof))).toEqual([]);
}, 60_000);
