// What is added up at the end of a billing period follows usage that is rated again, once; in closed months too, charged in the open one.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { publishVersion } from "../../core/catalog/publish-version.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { closeMonth } from "../../core/ledger/close-month.ts";
import { verify } from "../../core/verify.ts";
import { balanceOf, charge, chargesOf, deliver, planWith, sellOn } from "../charges/world.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { rerate } from "./rerate.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ clock: () => Temporal.Instant.from("2026-11-20T12:00:00Z") });
  await setUpOperator(db.core);
}, 60_000);
afterAll(() => db.close());

let count = 0;
const parts = (price: string, more: object = {}) => ({
  kind: "telephone" as const,
  rates: [{ prefix: "", destination: "Everywhere", steps: [{ fromSec: 0, price, perSec: 60, incrementSec: 60 }] }],
  minimum: { amount: "10" },
  discounts: [{ code: "ten", name: "Ten percent", percent: "10" }],
  ...more,
});
const document = (price: string, more: object = {}) => ({
  ...{ schema: "mediabilling/plan@1", name: "Internet", currency: "UAH", zone: "UTC", rounding: { decimals: 2 } },
  ...parts(price, more),
});

/** A service since `from` that has called for so many minutes on these days. */
async function called(price: string, from: string, calls: Readonly<Record<string, number>>) {
  const planId = await planWith(db.core, parts(price));
  const sold = await sellOn(db.core, planId, `${from}T00:00:00Z`);
  const source = String(380441230000 + ++count);
  await done(db.core, assignIdentifier, { serviceId: sold.serviceId, kind: "telephone", value: source, from: `${from}T00:00:00Z` });
  const at = (day: string, minutes: number) =>
    callOf({ source, startedAt: `${day}T12:00:00Z`, answeredAt: `${day}T12:00:00Z`, durationSec: minutes * 60, billableSec: minutes * 60 });
  const call = (day: string, minutes: number) => deliver(db, [at(day, minutes)]);
  for (const [day, minutes] of Object.entries(calls)) await call(day, minutes);
  await charge(db);
  return { ...sold, planId, call };
}
const correct = (planId: string, price: string, more: object = {}, validFrom = "2026-02-01T00:00:00Z") =>
  done(db.core, publishVersion, { planId, document: document(price, more) as never, validFrom });
const ends = async (serviceId: string) => (await chargesOf(db, serviceId)).filter((one) => /^(minimum|discount)/.test(one));

test("the discount and what is missing to the minimum follow a corrected price, up and down, each once", async () => {
  const { planId, serviceId, accountId } = await called("1", "2026-10-01", { "2026-10-10": 5, "2026-10-20": 3 });
  expect(await ends(serviceId)).toEqual(["discount ten 2026-10-01/2026-11-01 -0.80", "minimum minimum 2026-10-01/2026-11-01 2.80"]);
  expect(await balanceOf(db, accountId)).toBe("-10.00");

  await correct(planId, "1.20");
  expect((await rerate(db, 1, { planId })).accounts).toMatchObject([{ changed: 2, difference: "1600000", follows: "-1600000" }]);
  // The job that the run sends, as a worker does it.
  await charge(db);
  expect((await ends(serviceId)).slice(2)).toEqual([
    "discount ten 2026-10-01/2026-11-01 -0.16",
    "minimum minimum 2026-10-01/2026-11-01 -1.44",
  ]);
  expect(await balanceOf(db, accountId)).toBe("-10.00");

  await correct(planId, "2", {}, "2026-03-01T00:00:00Z");
  expect((await rerate(db, 1, { planId })).accounts).toMatchObject([{ difference: "6400000", follows: "-2000000" }]);
  await charge(db);
  expect((await ends(serviceId)).slice(4)).toEqual([
    "discount ten 2026-10-01/2026-11-01 -0.64",
    "minimum minimum 2026-10-01/2026-11-01 -1.36",
  ]);
  expect(await balanceOf(db, accountId)).toBe("-14.40");

  const all = await chargesOf(db, serviceId);
  expect((await rerate(db, 1, { planId })).accounts).toMatchObject([{ changed: 0 }]);
  await charge(db);
  expect(await chargesOf(db, serviceId)).toEqual(all);
});

test("a version without them takes back what the one before it brought", async () => {
  const { planId, serviceId, accountId } = await called("1", "2026-10-01", { "2026-10-10": 5 });
  expect(await balanceOf(db, accountId)).toBe("-10.00");
  await correct(planId, "2", { minimum: undefined, discounts: [] });
  await rerate(db, 1, { planId });
  await charge(db);
  expect((await ends(serviceId)).slice(2).sort()).toEqual([
    "discount ten 2026-10-01/2026-11-01 0.50",
    "minimum minimum 2026-10-01/2026-11-01 -5.50",
  ]);
  expect(await balanceOf(db, accountId)).toBe("-10.00");
});

test("one rule for a closed month, whether usage comes late for it or is rated again: its minimum and discount follow, charged in the open month", async () => {
  const months = { "2026-08-10": 5, "2026-10-10": 5 };
  const corrected = await called("1", "2026-08-01", months);
  const late = await called("1", "2026-08-01", months);
  await done(db.core, closeMonth, { month: "2026-08" });
  const stands = async ({ accountId }: { accountId: string }) =>
    await db.admin`select id, amount_micros from app.ledger_transactions join app.ledger_postings p using (provider_id, account_id)
      where account_id = ${accountId} and effective_at < '2026-09-01' and p.transaction_id = id order by id`;
  const before = [await stands(corrected), await stands(late)];

  await correct(corrected.planId, "1.20");
  const { accounts } = await rerate(db, 1, { planId: corrected.planId });
  expect(accounts).toMatchObject([{ adjusted: 1, difference: "2000000", follows: "-2000000" }]);
  await late.call("2026-08-11", 1);
  await charge(db);
  const august = async (serviceId: string) => (await ends(serviceId)).filter((one) => one.includes("2026-08")).slice(2);
  expect(await august(corrected.serviceId)).toEqual([
    "discount ten 2026-08-01/2026-09-01 -0.10",
    "minimum minimum 2026-08-01/2026-09-01 -0.90",
  ]);
  expect(await august(late.serviceId)).toEqual(await august(corrected.serviceId));
  expect((await chargesOf(db, corrected.serviceId)).filter((one) => one.startsWith("adjustment"))).toEqual([
    "adjustment adjustment 2026-08-01/2026-09-01 1.00",
  ]);
  // Three months at the minimum: what was missing to it is usage now.
  expect([await balanceOf(db, corrected.accountId), await balanceOf(db, late.accountId)]).toEqual(["-30.00", "-30.00"]);
  expect([await stands(corrected), await stands(late)]).toEqual(before);

  // A second correction counts the adjustment; going back takes all of it back.
  await correct(corrected.planId, "3", {}, "2026-03-01T00:00:00Z");
  expect((await rerate(db, 1, { planId: corrected.planId })).accounts).toMatchObject([{ difference: "18000000", follows: "-11000000" }]);
  await charge(db);
  expect(await balanceOf(db, corrected.accountId)).toBe("-37.00");
  await correct(corrected.planId, "1", {}, "2026-04-01T00:00:00Z");
  await rerate(db, 1, { planId: corrected.planId });
  await charge(db);
  expect(await balanceOf(db, corrected.accountId)).toBe("-30.00");
});

test("after all of it the books are right, and the read models are what a rebuild makes", async () => {
  expect((await verify(db.core)).findings).toEqual([]);
}, 60_000);
