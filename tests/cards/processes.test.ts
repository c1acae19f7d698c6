// Several processes at one card, and workers that are killed while they make cards.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { addSeries } from "../../core/cards/add-series.ts";
import { cancelBatch } from "../../core/cards/cancel-batch.ts";
import { generateCards } from "../../core/cards/generate-cards.ts";
import { makeCards } from "../../core/cards/make-cards.ts";
import { execute } from "../../core/kernel/command.ts";
import { openAccount } from "../../core/subscribers/open-account.ts";
import { verify } from "../../core/verify.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, setUpOperator } from "../support/operator.ts";
import { registerWithAccount } from "../support/sold.ts";
import { pinsOf, soldSeries } from "./cards.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await setUpOperator(db.core);
});
afterAll(() => db.close());

const start = (...args: readonly string[]) =>
  Bun.spawn([process.execPath, join(import.meta.dir, "one-process.ts"), args[0]!, db.appUrl, ...args.slice(1)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });

test("a hundred redeem one card over four processes: one has it, ninety-nine get the same answer, one credit is posted", async () => {
  const { subscriberId } = await registerWithAccount(db.core);
  const accounts: string[] = [];
  for (let i = 0; i < 100; i++) accounts.push((await done(db.core, openAccount, { subscriberId, kind: "prepaid" })).accountId);
  const { pins, seriesId } = await soldSeries(db, {}, 2);
  const children = [0, 1, 2, 3].map((i) => start("redeem", pins[0]!, ...accounts.slice(i * 25, i * 25 + 25)));
  const readers = children.map((child) => child.stdout.pipeThrough(new TextDecoderStream()).getReader());
  const heard = await Promise.all(readers.map(async (reader) => (await reader.read()).value ?? ""));
  for (const child of children) {
    child.stdin.write("go\n");
    child.stdin.end();
  }
  const answers = await Promise.all(
    readers.map(async (reader, i) => {
      let text = heard[i]!;
      for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
      return JSON.parse(text.slice(text.indexOf("["))) as { ok: boolean; code?: string }[];
    }),
  );
  const all = answers.flat();
  expect(all).toHaveLength(100);
  expect(all.filter(({ ok }) => ok)).toHaveLength(1);
  for (const refused of all.filter(({ ok }) => !ok)) expect(refused).toEqual({ ok: false, code: "card_refused" });
  const credits =
    await db.admin`select sum(amount_micros)::text as sum, count(*)::int as n from app.ledger_postings p join app.ledger_transactions x on x.id = p.transaction_id
    where x.template = 'card.redeemed' and x.source_key like ${`card:${seriesId}:%`}`;
  expect(credits[0]).toMatchObject({ sum: "50000000", n: 1 });
}, 60_000);

async function batchOf(cards: number) {
  const { seriesId } = await done(db.core, addSeries, { code: `K${cards}`, name: "Killed", value: "1" });
  return { seriesId, cards, ...(await done(db.core, generateCards, { seriesId, cards })) };
}
const madeOf = async (batchId: string): Promise<number> =>
  (await db.admin`select made from app.card_batches where id = ${batchId}`)[0]!.made;

/** Kills a worker in the middle of its work, as soon as it has done more than before. */
async function killed(batchId: string): Promise<void> {
  const before = await madeOf(batchId);
  const child = start("make", batchId, "500");
  while ((await madeOf(batchId)) <= before + 500) await Bun.sleep(5);
  child.kill("SIGKILL");
  await child.exited;
}

test("workers that are killed leave no card half, none double, and no serial number out", async () => {
  const { batchId, seriesId, cards } = await batchOf(40_000);
  for (let i = 0; i < 3; i++) await killed(batchId);
  const made = await madeOf(batchId);
  expect([made > 1_000, made < cards, made % 500]).toEqual([true, true, 0]);
  // Two at once go on: they take turns.
  await Promise.all([makeCards(db.core, { providerId: 1, batchId }, 3_000), makeCards(db.core, { providerId: 1, batchId }, 3_000)]);
  const [count] =
    await db.admin`select count(*)::int as n, count(distinct pin_hash)::int as pins, min(serial)::int as first, max(serial)::int as last from app.cards where series_id = ${seriesId}`;
  expect(count).toMatchObject({ n: cards, pins: cards, first: 1, last: cards });
  expect(new Set(await pinsOf(db, { batchId })).size).toBe(cards);
  await makeCards(db.core, { providerId: 1, batchId });
  expect(await madeOf(batchId)).toBe(cards);
}, 60_000);

test("a batch that is cancelled stops, what was made of it is void, and its PINs are gone", async () => {
  const { batchId, seriesId } = await batchOf(30_000);
  const child = start("make", batchId, "500");
  while ((await madeOf(batchId)) < 1_000) await Bun.sleep(5);
  const { voided } = await done(db.core, cancelBatch, { batchId });
  expect(await child.exited).toBe(0);
  const rows = await db.admin`select state, count(*)::int as n from app.cards where series_id = ${seriesId} group by 1`;
  expect(rows.map((row) => ({ ...row }))).toEqual([{ state: "void", n: voided }]);
  expect(await pinsOf(db, { batchId })).toEqual([]);
  expect(await execute(db.core, cancelBatch, { batchId }, { actor: actorWith(), providerId: 1 })).toEqual({
    ok: false,
    code: "batch_made",
  });
  // The serial numbers that nobody used are given out again.
  const { firstSerial } = await done(db.core, generateCards, { seriesId, cards: 1 });
  expect(firstSerial).toBe(voided + 1);
}, 60_000);

test("more cards than leave enough guesses for each are refused, with how many guesses there would be", async () => {
  const { seriesId } = await done(db.core, addSeries, { code: "SHORT", name: "Short", value: "1", alphabet: "digits", pinLength: 19 });
  await db.admin`update app.card_series set last_serial = 1000000 where id = ${seriesId}`;
  expect(await execute(db.core, generateCards, { seriesId, cards: 1 }, { actor: actorWith(), providerId: 1 })).toMatchObject({
    code: "cards_guessable",
    guesses: "999999000000",
  });
  await db.admin`update app.card_series set last_serial = 0 where id = ${seriesId}`;
});

test("afterwards everything is proven", async () => {
  expect((await verify(db.core)).findings).toEqual([]);
});
