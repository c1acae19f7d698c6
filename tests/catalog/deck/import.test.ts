// A price list into a draft: all or nothing, in the name of whoever asked, at once and on later days.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { utimes } from "node:fs/promises";
import * as v from "valibot";
import { applyLines, type DeckLine } from "../../../core/catalog/deck/deck-line.ts";
import { forgetDeckUploads } from "../../../core/catalog/deck/forget-uploads.ts";
import { importDeck } from "../../../core/catalog/deck/import-deck.ts";
import { mergeLines } from "../../../core/catalog/deck/merge-lines.ts";
import { offerDeck } from "../../../core/catalog/deck/offer-deck.ts";
import { uploadPath } from "../../../core/catalog/deck/offered.ts";
import { deckReading } from "../../../core/catalog/deck/reading.ts";
import { requestDeckImport } from "../../../core/catalog/deck/request-import.ts";
import { runDeckImport } from "../../../core/catalog/deck/run-import.ts";
import type { PlanRate } from "../../../core/catalog/plan-document.ts";
import { previewDraft } from "../../../core/catalog/preview-draft.ts";
import { publishDraft } from "../../../core/catalog/publish-draft.ts";
import { saveDraft } from "../../../core/catalog/save-draft.ts";
import { startDraft } from "../../../core/catalog/start-draft.ts";
import { execute } from "../../../core/kernel/command.ts";
import { describeRules } from "../../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { actorWith, done, partnerOf, setUpOperator } from "../../support/operator.ts";
import { planDocumentInput } from "../../support/plan.ts";
import { addTestPlan } from "../../support/sold.ts";
import { bytesOf, longList, offered, upload, workbookOf } from "./files.ts";

let database: TestDatabase;
let partner: number;
beforeAll(async () => {
  database = await testDatabase({ clock: () => Temporal.Instant.from("2026-11-02T08:00:00Z") });
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
});
afterAll(() => database.close());
const call = { actor: actorWith(), providerId: 1 };
const list = bytesOf("Prefix;Destination;Price\n49;Germany;0.02\n33;France;0.03\n");
const importOf = (id: string) => database.admin`select * from app.deck_imports where id = ${id}`.then(([row]) => row!);
const draftOf = (planId: string) => database.admin`select * from app.plan_drafts where plan_id = ${planId}`.then(([row]) => row!);
const otherProviderId = () => partner;

describeRules({
  command: offerDeck,
  database: () => database,
  input: async () => {
    const planId = await addTestPlan(database.core);
    const { revision } = await done(database.core, startDraft, { planId });
    return { planId, revision, name: "rates.csv", upload: await upload(database.core, list), sizeBytes: list.length };
  },
  wrong: [
    ["upload", "../secret"],
    ["name", ""],
    ["sizeBytes", -1],
  ],
  otherProviderId,
  after: { name: "rates.csv" },
});
describeRules({
  command: requestDeckImport,
  database: () => database,
  input: async () => {
    const { importId, reading } = await offered(database.core, list);
    return { importId, reading: v.parse(deckReading, reading) };
  },
  wrong: [
    ["reading.columns", {}],
    ["reading.perSec", 0],
    ["reading.mode", "both"],
    ["reading.increment", "60/"],
  ],
  otherProviderId,
  after: { name: "rates.csv" },
});
describeRules({
  command: importDeck,
  database: () => database,
  input: async () => ({ importId: (await offered(database.core, list)).importId }),
  wrong: [["importId", "x"]],
  otherProviderId,
  before: { rates: 2, revision: 1 },
  after: { rates: 2, revision: 2, lines: 2, mode: "replace" },
});

test("with one mistake nothing is imported, and every mistake is kept to be shown; corrected, the same import goes on", async () => {
  const { core } = database;
  const rows = Array.from({ length: 3000 }, (_, i) => `${1000 + i};Place;${i % 2 ? "0.01" : "x"}`);
  const { importId, reading, planId } = await offered(core, bytesOf(`Prefix;Destination;Price\n${rows.join("\n")}`));
  const before = await draftOf(planId);
  await done(core, requestDeckImport, { importId, reading: v.parse(deckReading, reading) });
  await runDeckImport(core, { providerId: 1, importId });
  const failed = await importOf(importId);
  expect(failed).toMatchObject({ state: "failed", problem: null });
  expect(failed.mistakes).toHaveLength(1500);
  expect(failed.mistakes[0]).toEqual({ line: 2, column: "Price", message: '"x" is not an amount such as 0.05, with at most 12 decimals' });
  expect(await draftOf(planId)).toEqual(before);

  const again = await offered(core, list);
  await done(core, requestDeckImport, { importId: again.importId, reading: v.parse(deckReading, again.reading) });
  await runDeckImport(core, { providerId: 1, importId: again.importId });
  await runDeckImport(core, { providerId: 1, importId: again.importId });
  expect(await importOf(again.importId)).toMatchObject({
    state: "done",
    lines_done: 2,
    lines_total: 2,
    result: { lines: 2, rates: 2, days: [] },
  });
  expect((await draftOf(again.planId)).document.rates.map((rate: PlanRate) => rate.prefix)).toEqual(["33", "49"]);
  const [log] = await database.admin`select * from app.command_log where command = 'catalog.import-deck' order by at desc, id desc limit 1`;
  expect(log).toMatchObject({ actor_kind: "manager", actor_id: "test-1", after: { importId: again.importId, lines: 2 } });
  expect(await execute(core, importDeck, { importId: again.importId }, call)).toMatchObject({ code: "deck_import_ended" });
});

test("a draft that was saved in the meantime is left alone", async () => {
  const { core } = database;
  const { importId, planId, revision, reading } = await offered(core, list);
  await done(core, requestDeckImport, { importId, reading: v.parse(deckReading, reading) });
  await done(core, saveDraft, { planId, revision, document: planDocumentInput() });
  await runDeckImport(core, { providerId: 1, importId });
  expect(await importOf(importId)).toMatchObject({ state: "failed", problem: expect.stringContaining("saved this draft in the meantime") });
});

test("dated lines become versions when the draft is published", async () => {
  const { core, admin } = database;
  const file = workbookOf([
    ["Prefix", "Destination", "Price", "Effective date"],
    ["49", "Germany", 0.02, null],
    ["49", "Germany", 0.03, new Date(Date.UTC(2026, 11, 1))],
    ["33", "France", 0.04, new Date(Date.UTC(2027, 0, 1))],
  ]);
  const { importId, planId } = await offered(core, file);
  const result = await done(core, importDeck, { importId });
  expect(result).toMatchObject({
    lines: 3,
    rates: 1,
    days: [
      { from: "2026-12-01", lines: 1 },
      { from: "2027-01-01", lines: 1 },
    ],
  });
  const { revision } = await done(core, previewDraft, { planId, revision: result.revision });
  expect((await done(core, publishDraft, { planId, revision })).versions.map(({ rates }) => rates)).toEqual([1, 1, 2]);
  const versions = await admin`select document from app.plan_versions where plan_id = ${planId} order by version desc limit 1`;
  expect(versions[0]!.document.rates.map((rate: PlanRate) => [rate.prefix, rate.steps[0]!.price])).toEqual([
    ["33", "0.04"],
    ["49", "0.03"],
  ]);
});

describe("a deck", () => {
  const steps = (price: string) => [{ fromSec: 0, price, perSec: 60, incrementSec: 60 }];
  const rate = (prefix: string, more: Partial<PlanRate> = {}): PlanRate => ({
    ...{ prefix, destination: `To ${prefix}`, connectFee: "0.1", freeSec: 3, steps: steps("1"), bands: [] },
    ...more,
  });
  const line = (prefix: string, from: string | undefined, content: Partial<DeckLine> = { steps: steps("2") }) => ({
    ...{ line: Number(prefix), from, content: { prefix, ...content } as DeckLine },
  });
  const deck = { rates: [rate("1"), rate("2")], changes: [] };

  test("that is merged keeps what isn’t mentioned, in a rate too; what has ended is gone", () => {
    const merged = mergeLines(deck, [line("1", undefined), line("3", undefined), line("2", undefined, { gone: true } as never)], "merge");
    expect(merged.mistakes).toEqual([]);
    expect(merged.deck.rates).toEqual([
      rate("1", { steps: steps("2") }),
      { prefix: "3", destination: "Prefix 3", connectFee: "0", steps: steps("2"), bands: [] },
    ]);
  });
  test("that is replaced has only the new lines; when all are dated, from the earliest day on", () => {
    expect(mergeLines(deck, [line("3", undefined)], "replace").deck.rates.map(({ prefix }) => prefix)).toEqual(["3"]);
    const later = mergeLines(deck, [line("4", "2027-02-01"), line("3", "2027-01-01")], "replace").deck;
    expect(later.rates).toEqual(deck.rates);
    expect(later.changes).toMatchObject([
      { from: "2027-01-01", whole: true },
      { from: "2027-02-01", whole: false },
    ]);
  });
  test("can’t lose what it doesn’t have", () => {
    const { mistakes } = mergeLines(
      deck,
      [line("9", undefined, { gone: true } as never), line("8", "2027-01-01", { gone: true } as never)],
      "merge",
    );
    expect(mistakes.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "8: ends 8, which the deck doesn’t have on 2027-01-01",
      "9: ends 9, which the deck doesn’t have",
    ]);
  });
  test("has prices in bands beside the price at any time", () => {
    const lines: DeckLine[] = [
      { prefix: "1", band: "night", steps: steps("0.5") },
      { prefix: "2", band: "night", steps: steps("0.6") },
      { prefix: "2", band: "night", gone: true },
    ];
    const [one, two] = applyLines(deck.rates, { whole: false, lines });
    expect(one).toMatchObject({ steps: steps("1"), bands: [{ band: "night", steps: steps("0.5") }] });
    expect(two).toEqual(rate("2"));
  });
});

test("price lists that nobody imported are taken away after a week, and files of others are left", async () => {
  const { core } = database;
  const weekAgo = new Date(core.clock().subtract({ hours: 7 * 24 + 1 }).epochMilliseconds);
  const fileOf = async (importId: string) => Bun.file(uploadPath(core, (await importOf(importId)).upload));
  const [old, fresh, waiting] = [await offered(core, list), await offered(core, list), await offered(core, list)];
  await done(core, requestDeckImport, { importId: waiting.importId, reading: v.parse(deckReading, waiting.reading) });
  const usage = await upload(core, bytesOf("usage"));
  for (const one of [await fileOf(old.importId), await fileOf(waiting.importId), Bun.file(uploadPath(core, usage))])
    await utimes(one.name!, weekAgo, weekAgo);
  expect(await forgetDeckUploads(core)).toBe(1);
  expect(await (await fileOf(old.importId)).exists()).toBe(false);
  for (const one of [await fileOf(fresh.importId), await fileOf(waiting.importId), Bun.file(uploadPath(core, usage))])
    expect(await one.exists()).toBe(true);
  expect(await execute(core, importDeck, { importId: old.importId }, call)).toMatchObject({ ok: false, code: "deck_unreadable" });
  expect(await forgetDeckUploads(core)).toBe(0);
});

test("100,000 lines", async () => {
  const { core } = database;
  for (const [format, bytes] of [
    ["CSV", bytesOf(longList(100_000))],
    [
      "XLSX",
      workbookOf(
        longList(100_000)
          .trim()
          .split("\n")
          .map((row) => row.split(";")),
      ),
    ],
  ] as const) {
    const { importId, reading, planId } = await offered(core, bytes);
    await done(core, requestDeckImport, { importId, reading: v.parse(deckReading, reading) });
    Bun.gc(true);
    const [begun, rss] = [performance.now(), process.memoryUsage().rss];
    await runDeckImport(core, { providerId: 1, importId });
    const seconds = (performance.now() - begun) / 1000;
    const grown = (process.memoryUsage().rss - rss) / 2 ** 20;
    console.log(`${format}: ${Math.trunc(100_000 / seconds)} lines a second (${seconds.toFixed(2)} s), ${Math.trunc(grown)} MB more`);
    expect(await importOf(importId)).toMatchObject({ state: "done", lines_done: 100_000, result: { lines: 100_000, rates: 100_000 } });
    expect(
      (await database.admin`select jsonb_array_length(document -> 'rates') as n from app.plan_drafts where plan_id = ${planId}`)[0]!.n,
    ).toBe(100_000);
    // The draft is the same one whichever file it came from.
    if (format === "XLSX") continue;
    const frozenAt = performance.now();
    const { revision } = await done(core, previewDraft, { planId, revision: 2 });
    const publishAt = performance.now();
    await done(core, publishDraft, { planId, revision });
    console.log(`${format}: preview ${Math.trunc(publishAt - frozenAt)} ms, publish ${Math.trunc(performance.now() - publishAt)} ms`);
  }
}, 120_000);
