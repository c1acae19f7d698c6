// The PINs leave once, under a password, and are gone.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { TextWriter, Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { read as readXlsx, utils as xlsxUtils } from "xlsx";
import { dropExport, exportBatch } from "../../core/cards/export-batch.ts";
import { cardsFile } from "../../core/cards/export-file.ts";
import { groupedPin } from "../../core/cards/pin.ts";
import { pinHasher } from "../../core/cards/pin-hash.ts";
import { pinsPlace, seal, unseal } from "../../core/cards/sealed.ts";
import { writeCardsExport } from "../../core/cards/write-export.ts";
import { execute } from "../../core/kernel/command.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { accepted, actorWith, done, setUpOperator } from "../support/operator.ts";
import { makeSeries, pinsOf } from "./cards.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await setUpOperator(db.core);
});
afterAll(() => db.close());

const password = "walnut-harbour-sextant-4";
const everything = { actor: actorWith(), providerId: 1 };

async function exported(batchId: string, format: "csv" | "xlsx" | "sheets", more: object = {}) {
  await done(db.core, exportBatch, { batchId, format, password, ...more });
  await writeCardsExport(db.core, { providerId: 1, batchId });
  return accepted(await cardsFile(db.core, actorWith(), { providerId: 1, batchId })).body;
}

async function entryOf<T>(file: Uint8Array, name: string, writer: TextWriter | Uint8ArrayWriter, key = password): Promise<T> {
  const entries = await new ZipReader(new Uint8ArrayReader(file), { password: key }).getEntries();
  const entry = entries.find((one) => one.filename === name) as { encrypted: boolean; getData(to: unknown): Promise<T> };
  expect(entry.encrypted).toBe(true);
  return entry.getData(writer);
}

test("as CSV: every PIN beside its serial number, with what they come to; the second time is refused, and nothing is left in clear or sealed", async () => {
  const made = await makeSeries(db.core, { name: 'Summer "26"' }, 40);
  const pins = await pinsOf(db, made);
  const file = await exported(made.batchId, "csv");
  const lines = (await entryOf<string>(file, "cards.csv", new TextWriter())).trim().split("\r\n");
  expect(lines[0]).toBe("serial,pin,value,currency,series");
  expect(lines.slice(1)).toEqual(
    pins.map((pin, i) => `${made.code}-${String(i + 1).padStart(7, "0")},${groupedPin(pin)},50.00,UAH,"Summer ""26"""`),
  );
  expect(await entryOf<string>(file, "totals.txt", new TextWriter())).toBe(
    `Cards: 40\nValue: 2000.00 UAH\nFirst serial: ${made.code}-0000001\nLast serial: ${made.code}-0000040\n`,
  );
  expect(await execute(db.core, exportBatch, { batchId: made.batchId, format: "csv", password }, everything)).toEqual({
    ok: false,
    code: "cards_exported",
  });
  await writeCardsExport(db.core, { providerId: 1, batchId: made.batchId });
  expect(await db.admin`select 1 from app.card_pins where batch_id = ${made.batchId}`).toHaveLength(0);
  expect((await db.admin`select sealed_password from app.card_exports where batch_id = ${made.batchId}`)[0]!.sealed_password).toBeNull();
  // AES-256 of WinZip: method 99, strength 3 in the extra field 0x9901.
  expect(Buffer.from(file).includes(Buffer.from("0199070002004145030800", "hex"))).toBe(true);
  expect(Buffer.from(file).includes(Buffer.from(groupedPin(pins[0]!)))).toBe(false);
  await expect(entryOf(file, "cards.csv", new TextWriter(), "another password")).rejects.toThrow();
});

test("the audit trail says who, and holds neither password nor PIN", async () => {
  const made = await makeSeries(db.core, {}, 3);
  const pins = await pinsOf(db, made);
  await exported(made.batchId, "csv");
  const log = JSON.stringify(await db.admin`select actor_name, command, input, after from app.command_log where command = 'cards.export'`);
  expect([log.includes("Test"), log.includes(made.batchId), log.includes(password), pins.some((pin) => log.includes(pin))]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("as XLSX and as sheets to print", async () => {
  const [a, b] = [await makeSeries(db.core, {}, 5), await makeSeries(db.core, { name: "<Fifty>" }, 5)];
  const [pinsA, pinsB] = [await pinsOf(db, a), await pinsOf(db, b)];
  const book = readXlsx(await entryOf<Uint8Array>(await exported(a.batchId, "xlsx"), "cards.xlsx", new Uint8ArrayWriter()));
  const rows = xlsxUtils.sheet_to_json<string[]>(book.Sheets.Cards!, { header: 1 });
  expect(rows.slice(1).map((row) => row[1])).toEqual(pinsA.map(groupedPin));
  expect(xlsxUtils.sheet_to_json<unknown[]>(book.Sheets.Totals!, { header: 1 })[1]).toEqual(["Cards", 5]);
  const html = await entryOf<string>(
    await exported(b.batchId, "sheets", { redeemUrl: "https://portal.example/redeem" }),
    "cards.html",
    new TextWriter(),
  );
  for (const pin of pinsB) expect(html).toContain(groupedPin(pin));
  expect([html.match(/<svg/g)!.length, html.includes("&lt;Fifty&gt;"), html.includes("<Fifty>")]).toEqual([5, true, false]);
});

test("what can't be done says so: a weak password, too many for sheets, a batch that isn't made, no address for the codes", async () => {
  const made = await makeSeries(db.core, {}, 2);
  const ask = (input: object) =>
    execute(db.core, exportBatch, { batchId: made.batchId, format: "csv", password, ...input } as never, everything);
  expect(await ask({ password: "12345678901" })).toMatchObject({ code: "password_too_weak" });
  expect(await ask({ format: "sheets" })).toMatchObject({ code: "invalid_input", issues: [{ path: "redeemUrl" }] });
  await db.admin`update app.card_batches set cards = 6000, made = 6000 where id = ${made.batchId}`;
  expect(await ask({ format: "sheets", redeemUrl: "https://p.example/" })).toMatchObject({
    code: "invalid_input",
    issues: [{ path: "format" }],
  });
  await db.admin`update app.card_batches set state = 'making' where id = ${made.batchId}`;
  expect(await ask({})).toMatchObject({ code: "batch_not_made" });
});

test("an export that can't be made keeps the PINs, and may be asked for again", async () => {
  const made = await makeSeries(db.core, {}, 4);
  const [row] = await db.admin`select sealed from app.card_pins where batch_id = ${made.batchId}`;
  await db.admin`update app.card_pins set sealed = ${seal(db.core, "elsewhere", "x")} where batch_id = ${made.batchId}`;
  await done(db.core, exportBatch, { batchId: made.batchId, format: "csv", password });
  await writeCardsExport(db.core, { providerId: 1, batchId: made.batchId });
  expect((await db.admin`select state, file from app.card_exports where batch_id = ${made.batchId}`)[0]).toMatchObject({
    state: "failed",
    file: null,
  });
  await db.admin`update app.card_pins set sealed = ${row!.sealed} where batch_id = ${made.batchId}`;
  expect((await exported(made.batchId, "csv")).length).toBeGreaterThan(100);
});

test("the file is deleted when it was fetched, not before; only whoever may have PINs fetches it", async () => {
  const made = await makeSeries(db.core, {}, 2);
  const id = { providerId: 1, batchId: made.batchId };
  await done(db.core, exportBatch, { batchId: made.batchId, format: "csv", password });
  await writeCardsExport(db.core, id);
  expect(await execute(db.core, dropExport, { batchId: made.batchId }, everything)).toMatchObject({ code: "export_not_ready" });
  expect(await cardsFile(db.core, actorWith({ permissions: ["cards:read", "cards:write"] }), id)).toMatchObject({ code: "not_permitted" });
  expect(await cardsFile(db.core, actorWith({ providerId: 2 }), id)).toMatchObject({ code: "not_found" });
  accepted(await cardsFile(db.core, actorWith(), id));
  await done(db.core, dropExport, { batchId: made.batchId });
  expect(await cardsFile(db.core, actorWith(), id)).toMatchObject({ code: "export_not_ready" });
});

test("what lies sealed opens in its own place alone; the hash of a PIN differs from provider to provider", () => {
  const sealed = seal(db.core, pinsPlace(1, "a", 1), "ABC");
  expect(unseal(db.core, pinsPlace(1, "a", 1), sealed)).toBe("ABC");
  expect(() => unseal(db.core, pinsPlace(1, "b", 1), sealed)).toThrow();
  expect(() => unseal({ secret: () => "x".repeat(43) }, pinsPlace(1, "a", 1), sealed)).toThrow();
  expect(pinHasher(db.core, 1)("ABC").equals(pinHasher(db.core, 2)("ABC"))).toBe(false);
});
