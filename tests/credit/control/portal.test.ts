// What subscribers do by themselves, at the core's door for the portal; and what the portal and the forecast read.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { signPortalToken } from "../../../core/auth/portal-token.ts";
import { checkAccounts } from "../../../core/credit/control/check-accounts.ts";
import { buildForecasts } from "../../../core/credit/control/forecast.ts";
import { runForSubscriber } from "../../../core/http/portal/commands.ts";
import { newId } from "../../../core/kernel/id.ts";
import { ask } from "../../../core/kernel/query.ts";
import { advance } from "../../../core/read/advance.ts";
import { creditAccounts, creditForecast } from "../../../core/read/credit/query.ts";
import { checkReadModels } from "../../../core/read/rebuild.ts";
import { changeAccount } from "../../../core/subscribers/change-account.ts";
import { charge, planWith, sellOn } from "../../charges/world.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { accepted, actorWith, done, setUpOperator } from "../../support/operator.ts";
import { sell } from "../../support/sold.ts";
import { govern, move, moveAndCheck, noon, stateOf } from "./world.ts";

let db: TestDatabase;
let now = noon;
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  await setUpOperator(db.core);
  await govern(db.core);
});
afterAll(() => db.close());

const prepaid = async (money: string) => {
  const made = await sell(db.core);
  await done(db.core, changeAccount, { accountId: made.accountId, kind: "prepaid" });
  await moveAndCheck(db.core, made.accountId, money);
  return made;
};
const token = (subscriberId: string) => signPortalToken(db.core.secret("portal"), { providerId: 1, subscriberId }, now);
const wish = async (subscriberId: string, name: string, input: object) =>
  runForSubscriber(db.core, { name, token: await token(subscriberId), key: newId() }, input);

test("a subscriber promises for an account of their own, and for no other; and nothing that isn't offered", async () => {
  const own = await prepaid("-5");
  const other = await prepaid("-5");
  expect(await stateOf(db, own.accountId)).toBe("blocked");
  const input = { amount: "60", days: 3 };
  expect(await wish(own.subscriberId, "credit.promise", { accountId: other.accountId, ...input })).toMatchObject({ code: "not_found" });
  expect(
    await wish(own.subscriberId, "credit.override", { accountId: own.accountId, state: "active", until: "2027-01-01T00:00:00Z", why: "x" }),
  ).toMatchObject({ code: "unknown_command" });
  expect(await runForSubscriber(db.core, { name: "credit.promise", token: "x.y.z", key: undefined }, input)).toMatchObject({
    code: "not_signed_in",
  });
  expect(await wish(own.subscriberId, "credit.promise", { accountId: own.accountId, ...input })).toMatchObject({
    ok: true,
    value: { state: "active" },
  });
  const [promise] = await db.admin`select by_subscriber from app.promises where account_id = ${own.accountId}`;
  expect(promise!.by_subscriber).toBe(true);
});

test("the list by state follows, and equals what it would be if it were made anew", async () => {
  await advance(db.core);
  const { rows, counts } = accepted(await ask(db.core, creditAccounts, { state: "blocked" }, { actor: actorWith() }));
  expect(rows).toHaveLength(counts.find(({ state }) => state === "blocked")!.accounts);
  expect(rows[0]).toMatchObject({ state: "blocked", reason: { rule: "left" } });
  expect((await checkReadModels(db.core)).filter(({ table }) => ["credit_standing", "notices"].includes(table))).toEqual([]);
});

test("the forecast knows fees that fall due, promises that expire, and what is spent on a day", async () => {
  const planId = await planWith(db.core, {
    fees: [{ code: "line", name: "Line", amount: "50", every: "month", charge: "advance" }] as never,
  });
  // Charged for the rest of the month now, and on the first for the next one.
  now = Temporal.Instant.from("2026-11-28T10:00:00Z");
  const feed = await sellOn(db.core, planId, "2026-11-28T10:00:00Z");
  await done(db.core, changeAccount, { accountId: feed.accountId, kind: "prepaid" });
  await charge(db);
  await moveAndCheck(db.core, feed.accountId, "40");
  const spender = await prepaid("100");
  await move(db.core, spender.accountId, "-70");
  const rich = await prepaid("1000");
  await checkAccounts(db.core);
  await buildForecasts(db.core);
  await advance(db.core);
  const { rows } = accepted(await ask(db.core, creditForecast, { days: 7, limit: 200 }, { actor: actorWith() }));
  // 70 in a week are 10 a day: 30 last three days.
  expect(rows.find((row) => row.accountId === spender.accountId)).toMatchObject({
    blockedOn: "2026-12-01",
    rule: "left",
    dailySpendMicros: 10_000_000n,
  });
  expect(rows.find((row) => row.accountId === feed.accountId)).toMatchObject({ blockedOn: "2026-12-01", dailySpendMicros: 0n });
  expect(rows.some((row) => row.accountId === rich.accountId)).toBe(false);
  const stranger = accepted(await ask(db.core, creditForecast, {}, { actor: actorWith({ groupIds: [newId()] }) }));
  expect([stranger.rows, stranger.sums]).toEqual([[], []]);
});
