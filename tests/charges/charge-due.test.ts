import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { publishVersion } from "../../core/catalog/publish-version.ts";
import { chargeWhatIsDue } from "../../core/charges/charge-due.ts";
import { previewPlanChange } from "../../core/charges/preview-plan-change.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { execute } from "../../core/kernel/command.ts";
import { changePlan } from "../../core/services/change-plan.ts";
import { terminateService } from "../../core/services/terminate-service.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { verify } from "../../core/verify.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, setUpOperator } from "../support/operator.ts";
import { balanceOf, charge, chargesOf, deliver, planWith, sellOn, vat } from "./world.ts";

let now = Temporal.Instant.from("2026-01-08T09:00:00Z");
const turnTo = (text: string) => {
  now = Temporal.Instant.from(text);
};
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ clock: () => now });
  await setUpOperator(database.core);
}, 60_000);
afterAll(() => database.close());

const line = (amount: string, more: object = {}) => ({ code: "line", name: "Line", amount, every: "month" as const, ...more });

describe("fees are charged when they are due", () => {
  test("P1: at once when the service begins, then at each period's first day, with the tax beside", async () => {
    turnTo("2026-01-08T09:00:00Z");
    const planId = await planWith(database.core, { fees: [line("50")], taxes: vat });
    const { serviceId, accountId } = await sellOn(database.core, planId, "2026-01-08T09:00:00Z");
    await charge(database);
    expect(await chargesOf(database, serviceId)).toEqual(["fee line 2026-01-08/2026-02-01 38.71+7.74"]);
    expect(await balanceOf(database, accountId)).toBe("-46.45");
    turnTo("2026-01-31T23:59:59Z");
    await charge(database);
    expect(await balanceOf(database, accountId)).toBe("-46.45");
    turnTo("2026-02-01T00:00:00Z");
    await charge(database);
    expect(await chargesOf(database, serviceId)).toHaveLength(2);
    expect(await balanceOf(database, accountId)).toBe("-106.45");
  });

  test("P5: ended after a day, the rest is given back", async () => {
    turnTo("2026-06-01T00:00:00Z");
    const planId = await planWith(database.core, { fees: [line("160")], taxes: { ...vat, rates: [{ ...vat.rates[0]!, percent: "25" }] } });
    const { serviceId, accountId } = await sellOn(database.core, planId, "2026-06-01T00:00:00Z");
    await charge(database);
    turnTo("2026-06-02T00:00:00Z");
    await done(database.core, terminateService, { serviceId });
    await charge(database);
    expect(await chargesOf(database, serviceId)).toEqual([
      "fee line 2026-06-01/2026-07-01 160.00+40.00",
      "fee line 2026-06-02/2026-07-01 -154.67+-38.67",
    ]);
    expect(await balanceOf(database, accountId)).toBe("-6.66");
  });

  test("P16: the plans before and after a change share the period", async () => {
    turnTo("2026-02-10T00:00:00Z");
    const [a, b] = [await planWith(database.core, { fees: [line("100")] }), await planWith(database.core, { fees: [line("200")] })];
    const { serviceId, accountId } = await sellOn(database.core, a, "2026-02-10T00:00:00Z");
    await done(database.core, changeAccount, { accountId, billingDay: 10 });
    await charge(database);
    turnTo("2026-02-24T15:00:00Z");
    await done(database.core, changePlan, { serviceId, planId: b });
    await charge(database);
    expect(await chargesOf(database, serviceId)).toEqual([
      "fee line 2026-02-10/2026-03-10 100.00",
      "fee line 2026-02-24/2026-03-10 -50.00",
      "fee line 2026-02-24/2026-03-10 100.00",
    ]);
  });

  test("a service that is dated back pays for every period since, once", async () => {
    turnTo("2026-05-15T10:00:00Z");
    const planId = await planWith(database.core, {
      fees: [line("10", { charge: "daily" }), { code: "in", name: "Installation", amount: "5" }],
      minimum: { amount: "3" },
    });
    const { serviceId, accountId } = await sellOn(database.core, planId, "2026-03-01T00:00:00Z");
    await Promise.all([charge(database), charge(database), chargeWhatIsDue(database.core, [null])]);
    await charge(database);
    const charges = await chargesOf(database, serviceId);
    expect(charges.filter((one) => one.startsWith("fee line"))).toHaveLength(31 + 30 + 15);
    expect(charges.filter((one) => one.startsWith("minimum"))).toEqual([
      "minimum minimum 2026-03-01/2026-04-01 3.00",
      "minimum minimum 2026-04-01/2026-05-01 3.00",
    ]);
    // 10 for March, 10 for April, 15 of 31 days of May; the installation; twice the minimum.
    expect(await balanceOf(database, accountId)).toBe("-35.84");
  });

  test("what ends in the past is taken back, with what was added up for periods that never were", async () => {
    turnTo("2026-07-10T00:00:00Z");
    const planId = await planWith(database.core, { fees: [line("31", { charge: "daily" })], minimum: { amount: "31" } });
    const { serviceId, accountId } = await sellOn(database.core, planId, "2026-05-01T00:00:00Z");
    await charge(database);
    await done(database.core, terminateService, { serviceId, at: "2026-05-11T00:00:00Z" });
    await charge(database);
    expect(await balanceOf(database, accountId)).toBe("-20.00"); // ten days of 1, and a minimum of ten days
    await charge(database);
    expect(await balanceOf(database, accountId)).toBe("-20.00");
  });

  test("a fee that a new version brings is charged from the next day on", async () => {
    turnTo("2026-08-01T00:00:00Z");
    const planId = await planWith(database.core, { fees: [{ code: "in", name: "Installation", amount: "5" }] });
    const { serviceId } = await sellOn(database.core, planId, "2026-08-01T00:00:00Z");
    await charge(database);
    turnTo("2026-08-16T12:00:00Z");
    const document = {
      schema: "mediabilling/plan@1",
      kind: "internet",
      name: "Internet",
      currency: "UAH",
      zone: "UTC",
      rounding: { decimals: 2 },
      fees: [line("31")],
    };
    await done(database.core, publishVersion, { planId, document });
    await charge(database);
    turnTo("2026-08-17T00:00:00Z");
    await charge(database);
    expect(await chargesOf(database, serviceId)).toEqual(["fee in 2026-08-01/2026-08-02 5.00", "fee line 2026-08-17/2026-09-01 15.00"]);
  });

  test("an exempt customer pays no tax from then on", async () => {
    turnTo("2026-09-01T00:00:00Z");
    const planId = await planWith(database.core, { fees: [line("30")], taxes: vat });
    const { serviceId, accountId } = await sellOn(database.core, planId, "2026-09-01T00:00:00Z");
    await charge(database);
    await done(database.core, changeAccount, { accountId, taxExempt: true });
    turnTo("2026-10-01T00:00:00Z");
    await charge(database);
    expect(await chargesOf(database, serviceId)).toEqual([
      "fee line 2026-09-01/2026-10-01 30.00+6.00",
      "fee line 2026-10-01/2026-11-01 30.00",
    ]);
  });

  test("a component without usage costs its first tier's flat fee at the period's end, and a discount is taken off", async () => {
    turnTo("2026-10-01T00:00:00Z");
    const tiers = [{ upTo: "10", price: "10", flat: "2" }, { price: "5" }];
    const planId = await planWith(database.core, {
      fees: [line("8")],
      usage: [{ code: "units", of: "event", per: "period", price: { shape: "graduated", tiers } }],
      discounts: [{ code: "half", name: "Half", percent: "50" }],
    });
    const { serviceId } = await sellOn(database.core, planId, "2026-10-01T00:00:00Z");
    await charge(database);
    turnTo("2026-11-01T00:00:00Z");
    await charge(database);
    expect(await chargesOf(database, serviceId)).toEqual([
      "fee line 2026-10-01/2026-11-01 8.00",
      "fee line 2026-11-01/2026-12-01 8.00",
      "usage units 2026-10-01/2026-11-01 2.00",
      "discount half 2026-10-01/2026-11-01 -5.00",
    ]);
  });

  test("a plan that can't be read holds up nobody else, and is tried again", async () => {
    turnTo("2026-11-10T00:00:00Z");
    const [good, bad] = [await planWith(database.core, { fees: [line("30")] }), await planWith(database.core, { fees: [line("30")] })];
    await database.admin`update app.plan_versions set document = jsonb_set(document, '{fees,0,amount}', '5') where plan_id = ${bad}`;
    const broken = await sellOn(database.core, bad, "2026-11-01T00:00:00Z");
    const sound = await sellOn(database.core, good, "2026-11-01T00:00:00Z");
    await charge(database);
    expect([await chargesOf(database, broken.serviceId), await chargesOf(database, sound.serviceId)].map((all) => all.length)).toEqual([
      0, 1,
    ]);
    await database.admin`update app.plan_versions set document = jsonb_set(document, '{fees,0,amount}', '"5"') where plan_id = ${bad}`;
    turnTo("2026-11-10T01:00:01Z");
  });
});

test("the books hold, and the read models equal a rebuild", async () => {
  expect((await verify(database.core)).findings).toEqual([]);
}, 60_000);

describe("what was added up", () => {
  test("stays when the account's billing day changes; the next period is a shorter one", async () => {
    turnTo("2026-11-20T00:00:00Z");
    const planId = await planWith(database.core, { fees: [line("30")], minimum: { amount: "30" } });
    const { serviceId, accountId } = await sellOn(database.core, planId, "2026-10-01T00:00:00Z");
    await charge(database);
    await done(database.core, changeAccount, { accountId, billingDay: 15 });
    await charge(database);
    const all = await chargesOf(database, serviceId);
    expect(all.filter((one) => one.startsWith("minimum"))).toEqual([
      "minimum minimum 2026-10-01/2026-11-01 30.00",
      "minimum minimum 2026-11-01/2026-11-15 13.55", // 14 of the 31 days from 15 October
    ]);
  });

  test("is added up anew when usage comes late, and what is too much is given back", async () => {
    turnTo("2026-11-05T00:00:00Z");
    const rates = [{ prefix: "", destination: "Everywhere", steps: [{ fromSec: 0, price: "1.20", perSec: 60, incrementSec: 60 }] }];
    const planId = await planWith(database.core, { kind: "telephone", rates, minimum: { amount: "10" } });
    const { serviceId, accountId } = await sellOn(database.core, planId, "2026-10-01T00:00:00Z");
    await done(database.core, assignIdentifier, { serviceId, kind: "telephone", value: "380441234567", from: "2026-10-01T00:00:00Z" });
    await charge(database);
    expect(await balanceOf(database, accountId)).toBe("-10.00");
    await deliver(database, [
      callOf({
        source: "380441234567",
        startedAt: "2026-10-20T12:00:00Z",
        answeredAt: "2026-10-20T12:00:00Z",
        billableSec: 120,
        durationSec: 120,
      }),
    ]);
    expect(await balanceOf(database, accountId)).toBe("-12.40");
    await charge(database);
    expect((await chargesOf(database, serviceId)).at(-1)).toBe("minimum minimum 2026-10-01/2026-11-01 -2.40");
    expect(await balanceOf(database, accountId)).toBe("-10.00");
  });
});

describe("a change of plan is shown before it is made", () => {
  test("what it gives back and charges, and nothing is kept of it", async () => {
    turnTo("2026-11-16T12:00:00Z");
    const { core, admin } = database;
    const [a, b] = [await planWith(core, { fees: [line("30")], taxes: vat }), await planWith(core, { fees: [line("60")] })];
    const { serviceId } = await sellOn(core, a, "2026-11-01T00:00:00Z");
    await charge(database);
    const count = () =>
      admin`select (select count(*) from app.charges) as charges, (select count(*) from app.service_plans) as plans, (select count(*) from app.ledger_transactions) as posted`;
    const before = await count();
    for (const dryRun of [true, false]) {
      const outcome = await execute(core, previewPlanChange, { serviceId, planId: b }, { actor: actorWith(), providerId: 1, dryRun });
      expect(outcome).toEqual({
        ok: true,
        value: {
          from: "2026-11-16T00:00:00Z",
          currency: "UAH",
          lines: [
            { code: "line", name: "Line", from: "2026-11-16", to: "2026-12-01", amountMicros: "-15000000", taxMicros: "-3000000" },
            { code: "line", name: "Line", from: "2026-11-16", to: "2026-12-01", amountMicros: "30000000", taxMicros: "0" },
          ],
        },
      });
      expect(await count()).toEqual(before);
    }
    await done(core, changePlan, { serviceId, planId: b });
    await charge(database);
    expect((await chargesOf(database, serviceId)).slice(1)).toEqual([
      "fee line 2026-11-16/2026-12-01 -15.00+-3.00",
      "fee line 2026-11-16/2026-12-01 30.00",
    ]);
  });

  test("a change at the period's end costs the next period", async () => {
    turnTo("2026-11-16T12:00:00Z");
    const { core } = database;
    const [a, b] = [
      await planWith(core, { fees: [line("30")], billing: { change: "period_end" } }),
      await planWith(core, { fees: [line("60")] }),
    ];
    const { serviceId } = await sellOn(core, a, "2026-11-01T00:00:00Z");
    await charge(database);
    const outcome = await done(core, previewPlanChange, { serviceId, planId: b });
    expect(outcome).toMatchObject({ from: "2026-12-01T00:00:00Z", lines: [{ from: "2026-12-01", amountMicros: "60000000" }] });
  });
});

test("after a crash in the middle nothing is lost, and nothing charged twice", async () => {
  turnTo("2026-12-20T00:00:00Z");
  const { core, admin } = database;
  const planId = await planWith(core, { fees: [line("30")] });
  const sold: Awaited<ReturnType<typeof sellOn>>[] = [];
  for (let i = 0; i < 5; i++) sold.push(await sellOn(core, planId, "2026-12-01T00:00:00Z"));
  // The database refuses the fourth account's posting: its transaction is undone whole, the others stay.
  await admin.unsafe(
    `create function app.crash() returns trigger language plpgsql as $$ begin if new.account_id = '${sold[3]!.accountId}' then raise exception 'crash'; end if; return new; end $$`,
  );
  await admin.unsafe("create trigger crash before insert on app.charges for each row execute function app.crash()");
  await charge(database);
  await admin.unsafe("drop trigger crash on app.charges; drop function app.crash()");
  const counts = async () => (await Promise.all(sold.map(({ serviceId }) => chargesOf(database, serviceId)))).map((all) => all.length);
  expect(await counts()).toEqual([1, 1, 1, 0, 1]);
  turnTo("2026-12-20T01:00:00Z");
  await Promise.all([chargeWhatIsDue(core, [null]), chargeWhatIsDue(core, [null])]);
  expect(await counts()).toEqual([1, 1, 1, 1, 1]);
  expect((await verify(core)).findings).toEqual([]);
}, 60_000);
