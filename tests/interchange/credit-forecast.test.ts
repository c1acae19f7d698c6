// The spreadsheet of who will be blocked: the rows of the last forecast, whose telephone to call, and sums; each manager's own groups.
import { afterAll, beforeAll, expect, test } from "bun:test";
import * as xlsx from "xlsx";
import { checkAccounts } from "../../core/credit/control/check-accounts.ts";
import { buildForecasts } from "../../core/credit/control/forecast.ts";
import { buildExport } from "../../core/interchange/build-export.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { charge, planWith, sellOn } from "../charges/world.ts";
import { govern, move, noon } from "../credit/control/world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";

let db: TestDatabase;
const sold: { accountId: string; subscriberId: string }[] = [];

/** Prepaid since this Tuesday, with money on the account. */
async function prepaid(amount: string, fee = "0") {
  const fees = [{ code: "line", name: "Line", amount: fee, every: "month" as const }];
  const one = await sellOn(db.core, await planWith(db.core, { zone: "Europe/Kyiv", fees }), noon.toString());
  await done(db.core, changeAccount, { accountId: one.accountId, kind: "prepaid" });
  await charge(db);
  await move(db.core, one.accountId, amount);
  sold.push(one);
  return one;
}

beforeAll(async () => {
  db = await testDatabase({ clock: () => noon });
  await setUpOperator(db.core);
  await govern(db.core);
  // One spends 10 a day and has 30: blocked on the third day. One has 40 after the first 7 of 30 days of a fee of 50, and no more for December. One has enough.
  const spender = await prepaid("100");
  await move(db.core, spender.accountId, "-70");
  await prepaid("51.67", "50");
  await prepaid("1000");
  await db.admin`update app.subscribers set name = '=1+1', phone = '+380441234567' where id = ${spender.subscriberId}`;
  await checkAccounts(db.core);
  await buildForecasts(db.core);
}, 60_000);
afterAll(() => db.close());

async function sheetsOf(groupIds: string[] | null = null) {
  const { file } = await buildExport(db.core, { providerId: 1, groupIds }, { kind: "credit-forecast" }, async () => {});
  const book = xlsx.read(file);
  return Object.fromEntries(
    book.SheetNames.map((name) => [name, xlsx.utils.sheet_to_json<unknown[]>(book.Sheets[name]!, { header: 1, defval: null })]),
  );
}

test("has who will be blocked, in the order of the days, with what they must pay, and sums", async () => {
  const { Forecast: rows = [], About: about = [] } = await sheetsOf();
  const [header, ...accounts] = rows;
  expect(header!.slice(8)).toEqual([...["Balance now", "Spent on a day", "Fees until then", "Promises that expire", "To pay", "Currency"]]);
  expect(accounts).toEqual([
    ["2026-11-27", 1001, "=1+1", "General", "+380441234567", null, "100001", "active", 30, 10, 0, 0, 1, "UAH"],
    ["2026-12-01", 1002, "Taras", "General", null, null, "100002", "active", 40, 0, 50, 0, 11, "UAH"],
    ["Total", ...Array(7).fill(null), 70, 10, 50, 0, 12, "UAH"],
  ]);
  expect(about).toContainEqual(["What", "Accounts that will be blocked within seven days if nobody pays"]);
});

test("a manager's has the accounts of the manager's groups", async () => {
  const [group] = await db.admin`select group_id from app.subscribers where id = ${sold[0]!.subscriberId}`;
  expect((await sheetsOf([group!.group_id])).Forecast).toEqual((await sheetsOf()).Forecast!);
  expect((await sheetsOf([crypto.randomUUID()])).Forecast).toHaveLength(1);
});
