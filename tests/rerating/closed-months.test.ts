// Months that are closed: their records and charges stand, and the difference is settled in the open month, once.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { closeMonth } from "../../core/ledger/close-month.ts";
import { advance } from "../../core/read/advance.ts";
import { verify } from "../../core/verify.ts";
import { planWith } from "../rating/cases.ts";
import { CaseWorld, recordOf } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { rerate } from "./rerate.ts";

let db: TestDatabase;
let world: CaseWorld;
beforeAll(async () => {
  db = await testDatabase({ clock: () => Temporal.Instant.from("2026-11-20T12:00:00Z") });
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

const close = (month: string) => execute(db.core, closeMonth, { month }, { actor: systemActor([1]), providerId: 1 });
const publish = (planId: string, version: number, plan: object) =>
  db.admin`insert into app.plan_versions values (1, ${planId}, ${version}, ${`2026-01-01T00:00:0${version}Z`}, ${JSON.stringify(plan)}::text::jsonb, now())`;
const records = (accountId: string) =>
  db.admin`select amount_micros::text as amount, tax_micros::text as tax, plan_version, transaction_id from app.usage_records where account_id = ${accountId} order by started_at`;
const adjustments = async (accountId: string) =>
  (
    await db.admin`select period_from::text as month, amount_micros::text as amount, tax_micros::text as tax from app.charges where account_id = ${accountId} and kind = 'adjustment' order by charged_at, id`
  ).map((row) => ({ ...row }));

const perMinute = (price: string) =>
  planWith({
    rates: [{ prefix: "", destination: "Everywhere", connectFee: "0", steps: [{ fromSec: 0, price, perSec: 60, incrementSec: 60 }] }],
    taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] },
  });
const called = (startedAt: string) => ({ kind: "call" as const, destination: "380441234567", seconds: 120, startedAt });

test("months are closed in order, only when they are over, and each once", async () => {
  expect(await close("2026-11")).toMatchObject({ ok: false, code: "month_not_over" });
  expect(await close("2026-13")).toMatchObject({ ok: false, code: "invalid_input" });
  expect(await close("2026-08")).toMatchObject({ ok: true });
  expect(await close("2026-10")).toMatchObject({ ok: false, code: "month_not_next", detail: "The next one is 2026-09." });
  expect(await close("2026-08")).toMatchObject({ ok: false, code: "month_not_next" });
});

test("the closed month stands, its difference is an adjustment with tax; a second correction counts the first, and going back takes all back", async () => {
  const [service] = await world.sell({ plan: perMinute("0.6") });
  const { accountId, planId } = service!;
  await world.send([recordOf(service!, called("2026-08-10T10:00:00Z"), "a"), recordOf(service!, called("2026-09-10T10:00:00Z"), "b")]);
  const [august] = await records(accountId);
  expect(await world.owed(service!)).toBe("2.88");

  await publish(planId, 2, perMinute("1"));
  const first = await rerate(db, 1, { planId });
  expect(first.accounts).toMatchObject([{ changed: 2, adjusted: 1, difference: "1920000" }]);
  expect(await records(accountId)).toMatchObject([{ ...august }, { amount: "2000000", tax: "400000", plan_version: 2 }]);
  expect(await adjustments(accountId)).toEqual([{ month: "2026-08-01", amount: "800000", tax: "160000" }]);
  expect(await world.owed(service!)).toBe("4.8");
  expect((await rerate(db, 1, { planId })).accounts).toMatchObject([{ changed: 0 }]);

  await publish(planId, 3, perMinute("1.5"));
  await rerate(db, 1, { planId });
  expect((await adjustments(accountId)).at(-1)).toEqual({ month: "2026-08-01", amount: "1000000", tax: "200000" });
  expect(await world.owed(service!)).toBe("7.2");

  await publish(planId, 4, perMinute("0.6"));
  await rerate(db, 1, { planId });
  expect((await adjustments(accountId)).at(-1)).toEqual({ month: "2026-08-01", amount: "-1800000", tax: "-360000" });
  expect(await world.owed(service!)).toBe("2.88");
  expect((await records(accountId))[0]).toMatchObject({ ...august });
  expect((await rerate(db, 1, { planId })).accounts).toMatchObject([{ changed: 0 }]);
});

test("a month with a bundle and a period's price that is closed after the usage came: the replay changes the open months alone", async () => {
  const plan = planWith({
    rates: [
      { prefix: "", destination: "Everywhere", connectFee: "0", steps: [{ fromSec: 0, price: "0.6", perSec: 60, incrementSec: 60 }] },
    ],
    usage: [
      {
        code: "litres",
        of: "event",
        metric: "litres",
        per: "period",
        price: { shape: "volume", tiers: [{ upTo: "100", price: "2" }, { price: "1" }] },
      },
    ],
    bundles: [
      {
        code: "included",
        of: "call",
        metric: "seconds",
        quantity: "120",
        validity: { kind: "period", every: "month" },
        rollover: { periods: 1 },
      },
    ],
  });
  const [service] = await world.sell({ plan });
  const { accountId, planId } = service!;
  const water = (startedAt: string, litres: string) => ({ kind: "event" as const, type: "water", startedAt, metrics: { litres } });
  // In August nothing was called at first, so September had 240 seconds; then comes the call of August.
  for (const [i, usage] of [
    called("2026-09-10T10:00:00Z"),
    called("2026-09-11T10:00:00Z"),
    called("2026-08-10T10:00:00Z"),
    water("2026-08-10T11:00:00Z", "90"),
    water("2026-09-10T11:00:00Z", "20"),
  ].entries())
    await world.send([recordOf(service!, usage, `${i}`)]);
  const august =
    await db.admin`select * from app.usage_records where account_id = ${accountId} and started_at < '2026-09-01' order by started_at`;
  const charges = await db.admin`select * from app.charges where account_id = ${accountId} order by id`;
  await rerate(db, 1, { planId });
  expect(
    await db.admin`select * from app.usage_records where account_id = ${accountId} and started_at < '2026-09-01' order by started_at`,
  ).toEqual(august);
  expect((await db.admin`select * from app.charges where account_id = ${accountId} order by id`).slice(0, charges.length)).toEqual(
    charges.slice(),
  );
  expect((await rerate(db, 1, { planId })).accounts).toMatchObject([{ changed: 0 }]);
});

test("after that the books are right, and the read models are what a rebuild makes", async () => {
  expect(await advance(db.core)).toBe(true);
  expect((await verify(db.core)).findings).toEqual([]);
});
