// An account is paused: nothing works that costs money, and its services' recurring fees stop with that day, until the day on which the pause ends. Through
// the commands, the clock and the job.
import { afterAll, beforeAll, expect, test } from "bun:test";
import * as v from "valibot";
import { chargeProofs } from "../../../core/charges/proofs.ts";
import { authorise } from "../../../core/credit/authorise/authorise.ts";
import { authorisationRequest } from "../../../core/credit/authorise/request.ts";
import { checkAccounts } from "../../../core/credit/control/check-accounts.ts";
import { buildForecasts } from "../../../core/credit/control/forecast.ts";
import { resumeAccount, suspendAccount } from "../../../core/credit/control/suspend-account.ts";
import { assignIdentifier } from "../../../core/identifiers/assign-identifier.ts";
import { verify } from "../../../core/verify.ts";
import type { RawTx } from "../../../db/client.ts";
import { balanceOf, charge, chargesOf, planWith, sellOn, vat } from "../../charges/world.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { done, setUpOperator } from "../../support/operator.ts";
import { govern, move, policy, stateOf } from "./world.ts";

let db: TestDatabase;
let now = Temporal.Instant.from("2026-01-01T10:00:00Z");
const turnTo = async (text: string) => {
  now = Temporal.Instant.from(text);
  await checkAccounts(db.core);
  await charge(db);
};
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  await setUpOperator(db.core);
  await govern(db.core, { ...policy, suspension: { timesPerYear: 9, leastDays: 1, mostDays: 120, fee: "0" } });
}, 60_000);
afterAll(() => db.close());

const fee = (code: string, amount: string, more: object = {}) => ({ code, name: code, amount, every: "month", ...more });
/** From now on, with money to spend, on a plan whose days are those of the provider. */
async function sold(parts: object) {
  const one = await sellOn(db.core, await planWith(db.core, { zone: "Europe/Kyiv", ...parts }, "2025-01-01T00:00:00Z"), now.toString());
  await move(db.core, one.accountId, "1000");
  await checkAccounts(db.core);
  await charge(db);
  return one;
}

test("a month that is paused from the 10th to the 20th costs 21 of its 31 days; what is charged once is charged once", async () => {
  await turnTo("2025-12-31T22:00:00Z");
  const { accountId, serviceId } = await sold({
    fees: [fee("ahead", "31"), fee("daily", "31", { charge: "daily" }), { code: "in", name: "Installation", amount: "5" }],
    taxes: vat,
  });
  await turnTo("2026-01-10T09:00:00Z");
  await done(db.core, suspendAccount, { accountId, until: "2026-01-20" });
  await charge(db);
  const ofKind = async (code: string) => (await chargesOf(db, serviceId)).filter((one) => one.startsWith(`fee ${code} `));
  expect(await ofKind("ahead")).toEqual(["fee ahead 2026-01-01/2026-02-01 31.00+6.20", "fee ahead 2026-01-10/2026-02-01 -22.00+-4.40"]);
  // The day of the pause had been charged for when it began.
  expect((await ofKind("daily")).slice(9)).toEqual([
    "fee daily 2026-01-10/2026-01-11 1.00+0.20",
    "fee daily 2026-01-10/2026-01-11 -1.00+-0.20",
  ]);
  await turnTo("2026-01-19T21:59:59Z");
  expect(await stateOf(db, accountId)).toBe("suspended");
  expect(await ofKind("daily")).toHaveLength(11);
  await turnTo("2026-01-19T22:00:00Z");
  expect(await stateOf(db, accountId)).toBe("active");
  expect((await ofKind("ahead")).at(-1)).toBe("fee ahead 2026-01-20/2026-02-01 12.00+2.40");
  await turnTo("2026-01-31T21:59:59Z");
  expect(await ofKind("in")).toEqual(["fee in 2026-01-01/2026-01-02 5.00+1.00"]);
  expect(await balanceOf(db, accountId)).toBe((1000 - 6 - 2 * 21 * 1.2).toFixed(2));
});

test("one that is to come is given back when it comes; ended sooner, the fees go on from that day; taken back, nothing happens", async () => {
  await turnTo("2026-02-28T22:00:00Z");
  const { accountId, serviceId } = await sold({ fees: [fee("ahead", "31")] });
  await done(db.core, suspendAccount, { accountId, from: "2026-03-05", until: "2026-03-25" });
  await charge(db);
  await done(db.core, resumeAccount, { accountId });
  await done(db.core, suspendAccount, { accountId, from: "2026-03-10", until: "2026-03-25" });
  await turnTo("2026-03-09T21:59:59Z");
  expect(await chargesOf(db, serviceId)).toEqual(["fee ahead 2026-03-01/2026-04-01 31.00"]);
  await turnTo("2026-03-09T22:00:00Z");
  expect((await chargesOf(db, serviceId)).at(1)).toBe("fee ahead 2026-03-10/2026-04-01 -22.00");
  await turnTo("2026-03-15T12:00:00Z");
  await done(db.core, resumeAccount, { accountId });
  await charge(db);
  expect((await chargesOf(db, serviceId)).slice(2)).toEqual(["fee ahead 2026-03-15/2026-04-01 17.00"]);
});

test("over whole months that are added up, nothing is due, and the minimum is for the other days", async () => {
  await turnTo("2026-03-31T21:00:00Z");
  const { accountId, serviceId } = await sold({
    fees: [fee("daily", "30", { charge: "daily" })],
    usage: [{ code: "events", of: "event", price: { shape: "per_unit", steps: [{ price: "1" }] } }],
    minimum: { amount: "60", counts: "usage" },
  });
  await turnTo("2026-04-15T21:00:00Z");
  await done(db.core, suspendAccount, { accountId, until: "2026-07-16" });
  // Asked for on a day that was charged for already: the last charge of all is one that was given back whole.
  await charge(db);
  for (const day of ["2026-04-30", "2026-05-31", "2026-06-30"]) await turnTo(`${day}T21:00:00Z`);
  const before = await chargesOf(db, serviceId);
  expect(before.filter((one) => one.startsWith("minimum"))).toEqual(["minimum minimum 2026-04-01/2026-05-01 30.00"]);
  expect(before.filter((one) => one.startsWith("fee"))).toHaveLength(17);
  await turnTo("2026-07-31T20:59:59Z");
  const days = (await chargesOf(db, serviceId)).slice(before.length);
  expect(days.map((one) => one.slice(0, 20))).toEqual(Array.from({ length: 16 }, (_, i) => `fee daily 2026-07-${String(i + 16)}`));
  await turnTo("2026-07-31T21:00:00Z");
  expect((await chargesOf(db, serviceId)).find((one) => one.startsWith("minimum minimum 2026-07"))).toBe(
    "minimum minimum 2026-07-01/2026-08-01 30.97", // 16 of 31 days
  );
});

test("the forecast counts no fees of a pause to come, and sessions are refused while it lasts", async () => {
  await turnTo("2026-08-29T10:00:00Z");
  const { accountId, serviceId } = await sold({ fees: [fee("ahead", "900")] });
  await done(db.core, assignIdentifier, { serviceId, kind: "login", value: "paused", from: now.toString() });
  const foreseen = async () => {
    await buildForecasts(db.core);
    return (await db.admin`select blocked_on::text from read.credit_forecast where account_id = ${accountId}`).map((row) => row.blocked_on);
  };
  await move(db.core, accountId, "-300");
  await checkAccounts(db.core);
  await db.admin`update app.accounts set kind = 'prepaid' where account_id = ${accountId}`;
  expect(await foreseen()).toEqual(["2026-09-01"]);
  await done(db.core, suspendAccount, { accountId, from: "2026-09-01", until: "2026-09-20" });
  await charge(db);
  expect(await foreseen()).toEqual([]);
  const session = (key: string) =>
    authorise(db.core, 1, [
      v.parse(authorisationRequest, {
        ...{ kind: "session", requestId: key, sessionKey: key, party: { kind: "login", value: "paused" } },
        slice: { seconds: 60 },
      }),
    ]);
  expect(await session("before")).not.toMatchObject([{ code: "service_blocked" }]);
  await turnTo("2026-09-01T09:00:00Z");
  expect(await session("during")).toMatchObject([{ ok: false, code: "service_blocked" }]);
});

test("after all of them the books are right", async () => {
  const { findings } = await verify(db.core);
  const names = [...chargeProofs.map(({ name }) => name), "credit.history-leads-to-states"];
  expect(findings.filter(({ proof }) => names.includes(proof) || /^(ledger|read)\./.test(proof))).toEqual([]);
}, 60_000);

test("a fee that is charged for days of a pause is found", async () => {
  const undo = new Error("taken back");
  const proof = chargeProofs.find(({ name }) => name === "charges.pauses-are-free")!;
  const changing = db.admin.begin(async (t) => {
    await t`update app.suspensions set until_at = until_at + interval '5 days'`;
    expect(await proof.find(t as unknown as RawTx, 1, 20)).toContainEqual(expect.stringContaining("fee ahead is charged for 2026-01-20,"));
    throw undo;
  });
  expect(await changing.catch((error: unknown) => error)).toBe(undo);
});
