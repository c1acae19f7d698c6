// The worked cases through the whole path: from an agent's batch to the account's balance, to the last digit.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { formatMicros, parseMicros } from "../../core/kernel/money.ts";
import { rateUsage } from "../../core/rating/rate-usage.ts";
import { memoryState } from "../../core/rating/usage-state.ts";
import { advance } from "../../core/read/advance.ts";
import { factOf } from "../../core/usage/fact.ts";
import { byEventTime } from "../../core/usage/rate-in-order.ts";
import { recordKey } from "../../core/usage/record-key.ts";
import { verify } from "../../core/verify.ts";
import { termsOf } from "../rating/case-terms.ts";
import { type CaseUsage, call, planWith, ratingCases } from "../rating/cases.ts";
import { haveRecordedCosts, parseRate, recordedCosts } from "../rating/recorded-costs.ts";
import { CaseWorld, recordOf } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
let world: CaseWorld;
beforeAll(async () => {
  db = await testDatabase();
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

const micros = (text: string) => parseMicros(text) as bigint;

describe("worked cases as they arrive, each usage a batch of its own", () => {
  for (const one of ratingCases)
    test(`${one.id}: ${one.says}`, async () => {
      const [service] = await world.sell(one);
      const each: string[] = [];
      let before = 0n;
      for (const [i, usage] of one.usage.entries()) {
        const record = recordOf(service!, usage, `${i}`);
        const counts = await world.send([record, record]);
        expect(counts).toMatchObject({ duplicates: 1 });
        const owed = micros(await world.owed(service!));
        each.push(counts!.rated === 1 ? formatMicros(owed - before, 0) : (await world.waiting(service!)).at(-1)!);
        before = owed;
        // Once more: nothing.
        expect(await world.send([record])).toMatchObject({ rated: 0, duplicates: 1 });
      }
      expect(each).toEqual([...one.each]);
      expect(await world.owed(service!)).toBe(one.total);
    });
});

describe("worked cases in one batch, whatever order they are sent in", () => {
  for (const one of ratingCases.filter(({ usage }) => usage.length > 1))
    test(`${one.id}: ${one.says}`, async () => {
      const owed: string[] = [];
      for (const turned of [false, true]) {
        const [service] = await world.sell(one);
        // Of usage that begins at one instant the key decides, which has the login in it: a millisecond apart, the order is the same for both.
        const sessionOf = (usage: CaseUsage) => ("slice" in usage ? usage.slice?.session : undefined);
        const records = one.usage.map((usage, i) => {
          const first = sessionOf(usage) === undefined ? i : one.usage.findIndex((other) => sessionOf(other) === sessionOf(usage));
          return recordOf(service!, { ...usage, startedAt: usage.startedAt.replace("Z", `.00${first}Z`) }, `${i}`);
        });
        await world.send(turned ? records.toReversed() : records);

        const [terms, state] = [termsOf(one), memoryState()];
        let pure = 0n;
        for (const { fact } of records.map((record) => ({ fact: factOf(record), key: recordKey(record) })).toSorted(byEventTime)) {
          const rating = rateUsage(terms, fact, state);
          if (rating.ok) for (const part of [rating, ...rating.period]) pure += part.amountMicros + part.taxMicros;
        }
        owed.push(await world.owed(service!));
        expect(owed.at(-1)).toBe(formatMicros(pure, 0));
      }
      expect(owed[0]).toBe(owed[1]!);
    });
});

describe.skipIf(!haveRecordedCosts)("recorded exact costs", () => {
  const { rates, cases } = recordedCosts();
  const roundings = [
    { rounding: { decimals: 4, mode: "up" }, of: "rounded_up_4" },
    { rounding: { decimals: 2, mode: "half_even" }, of: "half_even_2" },
  ] as const;
  for (const [name, text] of Object.entries(rates))
    test(`${name}: each call costs what was recorded`, async () => {
      for (const { rounding, of } of roundings) {
        const [service] = await world.sell({
          plan: planWith({ kind: "telephone", rounding, rates: [{ prefix: "", destination: "Everywhere", ...parseRate(text) }] }),
        });
        const mine = cases.filter(({ rate }) => rate === name);
        await world.send(mine.map(({ seconds }, i) => recordOf(service!, call(seconds), `${i}`)));
        const charged =
          await db.admin`select amount_micros::text as amount from app.usage_records where account_id = ${service!.accountId} order by call_id::int`;
        expect(charged.map((row) => BigInt(row.amount))).toEqual(mine.map((one) => micros(one[of])));
        expect(micros(await world.owed(service!))).toBe(mine.reduce((sum, one) => sum + micros(one[of]), 0n));
      }
    });
});

test("after all of them the books are right, and the read models are what a rebuild makes", async () => {
  expect(await advance(db.core)).toBe(true);
  expect((await verify(db.core)).findings).toEqual([]);
});
