// Usage that comes when its month is closed: it keeps its own time, and is charged in the open month, with the reason.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { figuresFor } from "../../core/http/admin/figures.ts";
import { statementLine } from "../../core/http/admin/statement-line.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { buildExport } from "../../core/interchange/build-export.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { ask } from "../../core/kernel/query.ts";
import { closeMonth } from "../../core/ledger/close-month.ts";
import { accountsStatement } from "../../core/read/account-statement/query.ts";
import { releaseWaitingUsage } from "../../core/usage/release.ts";
import { verify } from "../../core/verify.ts";
import { balanceOf, charge, chargesOf, deliver, planWith, sellOn, vat } from "../charges/world.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";

const now = Temporal.Instant.from("2026-11-20T12:00:00Z");
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  await setUpOperator(db.core);
}, 60_000);
afterAll(() => db.close());

let count = 0;
async function sold(more: object = {}) {
  const rates = [{ prefix: "", destination: "Everywhere", steps: [{ fromSec: 0, price: "1", perSec: 60, incrementSec: 60 }] }];
  const planId = await planWith(db.core, { kind: "telephone", rates, ...more });
  const service = await sellOn(db.core, planId, "2026-09-01T00:00:00Z");
  const number = String(380441230000 + ++count);
  const holds = () =>
    done(db.core, assignIdentifier, {
      ...{ serviceId: service.serviceId, kind: "telephone", value: number },
      from: "2026-09-01T00:00:00Z",
    } as never);
  const call = (startedAt: string, minutes: number) =>
    callOf({ source: number, startedAt, answeredAt: startedAt, durationSec: minutes * 60, billableSec: minutes * 60 });
  return { ...service, holds, call };
}

const posted = async (accountId: string) =>
  (
    await db.admin`select template, effective_at, details -> 'closedMonths' as months from app.ledger_transactions where account_id = ${accountId} order by id`
  ).map((r) => ({ template: r.template, at: r.effective_at.toISOString(), months: r.months }));
const statementOf = async (accountId: string) => {
  const found = await ask(db.core, accountsStatement, { accountId, limit: 50 }, { actor: systemActor([1]) });
  if (!found.ok) throw new Error(JSON.stringify(found));
  return found.value.rows.map((row) => statementLine(row, figuresFor({ locale: "en-GB", zone: "Europe/Kyiv" }, now)));
};

test("October is closed: its late calls keep their time, and are charged today with tax; those of the open month as ever", async () => {
  await done(db.core, closeMonth, { month: "2026-10" });
  const { accountId, holds, call } = await sold({ taxes: vat });
  await holds();
  await deliver(db, [call("2026-10-30T10:00:00Z", 2)]);
  await deliver(db, [call("2026-11-02T10:00:00Z", 3)]);
  await deliver(db, [call("2026-10-29T10:00:00Z", 4), call("2026-11-03T10:00:00Z", 5)]);
  expect(await posted(accountId)).toEqual([
    { template: "usage.charged", at: "2026-11-20T12:00:00.000Z", months: ["2026-10"] },
    { template: "usage.charged", at: "2026-11-02T10:00:00.000Z", months: null },
    // One transaction for an account and a batch: it is the open month's anyway.
    { template: "usage.charged", at: "2026-11-03T10:00:00.000Z", months: ["2026-10"] },
  ]);
  expect(
    (await db.admin`select started_at from app.usage_records where account_id = ${accountId} order by 1`)[1]!.started_at.toISOString(),
  ).toBe("2026-10-30T10:00:00.000Z");
  expect(await balanceOf(db, accountId)).toBe("-16.80");

  const lines = (await statementOf(accountId)).filter(({ what }) => what === "Calls");
  const late = lines.find(({ detail }) => /^1 call, 2\smin/.test(detail))!;
  expect(late.when).toMatch(/^20\sNov/);
  expect(late.detail).toMatch(/30\sOct.*, October 2026 is closed$/);
  const mixed = lines.find(({ detail }) => detail.startsWith("2 calls"))!;
  expect(mixed.detail).toMatch(/29\sOct.*–3\sNov.*, October 2026 is closed$/);
  const request = { kind: "account-statement" as const, accountId, from: "2026-11-01", to: "2026-11-30" };
  expect((await buildExport(db.core, { providerId: 1, groupIds: null }, request, async () => {})).rows).toBe(6);
});

test("so are those that a person or a job lets out of quarantine, and what a period's price rises and falls by", async () => {
  const tiers = [{ upTo: "10", price: "2" }, { price: "1" }];
  const usage = [
    { code: "minutes", of: "call", metric: "seconds", unit: { name: "min", size: "60" }, per: "period", price: { shape: "volume", tiers } },
  ];
  const { accountId, holds, call } = await sold({ rates: [], usage });
  await deliver(db, [call("2026-10-10T10:00:00Z", 10)]);
  expect(await balanceOf(db, accountId)).toBe("0.00");
  await holds();
  await releaseWaitingUsage(db.core, 1);
  await deliver(db, [call("2026-10-11T10:00:00Z", 2)]);
  expect(await posted(accountId)).toEqual([
    { template: "usage.charged", at: "2026-11-20T12:00:00.000Z", months: ["2026-10"] },
    { template: "usage.charged.reversed", at: "2026-11-20T12:00:00.000Z", months: ["2026-10"] },
  ]);
  expect(await balanceOf(db, accountId)).toBe("-12.00");
});

test("what was added up at the end of the closed month follows, today; fees that are dated back are of today too", async () => {
  const fees = [{ code: "line", name: "Line", amount: "3", every: "month" as const, charge: "arrears" as const }];
  const { accountId, serviceId, holds, call } = await sold({ minimum: { amount: "10" }, fees });
  await holds();
  await charge(db);
  await deliver(db, [call("2026-09-10T10:00:00Z", 4)]);
  await charge(db);
  expect((await chargesOf(db, serviceId)).at(-1)).toBe("minimum minimum 2026-09-01/2026-10-01 -4.00");
  expect(await balanceOf(db, accountId)).toBe("-26.00");
  expect((await posted(accountId)).map(({ template, at }) => `${template} ${at}`)).toEqual([
    // Of September: due on 1 October, which is closed. Of October: due on 1 November, which isn't.
    "fee.charged 2026-11-01T00:00:00.000Z",
    "fee.charged 2026-11-20T12:00:00.000Z",
    "usage.charged 2026-11-20T12:00:00.000Z",
    "fee.charged 2026-11-20T12:00:00.000Z",
  ]);
});

test("the books are right, and something that is posted into a closed month later is found", async () => {
  expect((await verify(db.core)).findings).toEqual([]);
  await db.admin`update app.ledger_transactions set posted_at = posted_at + interval '1 hour', effective_at = '2026-10-31 20:00Z' where template = 'fee.charged'`;
  expect((await verify(db.core)).findings.map((one) => one.proof)).toContain("ledger.closed-months-stand");
}, 60_000);
