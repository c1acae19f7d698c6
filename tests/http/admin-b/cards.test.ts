// Cards in the web client: a series, its cards, the PINs taken out once, ranges moved, a card redeemed at the desk, one looked up.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { TextWriter, Uint8ArrayReader, ZipReader } from "@zip.js/zip.js";
import { makeCards } from "../../../core/cards/make-cards.ts";
import { writeCardsExport } from "../../../core/cards/write-export.ts";
import { advance } from "../../../core/read/advance.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { setUpOperator } from "../../support/operator.ts";
import { registerWithAccount } from "../../support/sold.ts";
import { type Client, signedIn } from "../admin-a/client.ts";

let t: TestDatabase;
let client: Client;
let seriesId = "";
let batchId = "";
const pins: string[] = [];

beforeAll(async () => {
  t = await testDatabase();
  const { managerId } = await setUpOperator(t.core);
  client = await signedIn(t.core, 1, managerId);
});
afterAll(() => t.close());

const here = () => `/cards/${seriesId}`;

test("a series is added; what is wrong with it stands beside its field, and nothing typed is lost", async () => {
  expect((await client.page("/cards")).html).toContain("No cards yet");
  const wrong = await client.post("/cards", { code: "SUMMER", name: "Summer", value: "50", pinLength: "9" }, "/cards/new");
  expect(wrong.status).toBe(422);
  expect(wrong.html).toContain('id="f-pinLength-error"');
  expect(wrong.html).toContain('value="SUMMER"');
  const made = await client.post("/cards", { code: "summer", name: "Summer", value: "50", usableFor: "12 months" }, "/cards/new");
  expect(made.status).toBe(303);
  seriesId = /\/cards\/([0-9a-f-]{36})/.exec(made.location ?? "")![1]!;
  expect((await client.page(here())).html).toContain("12 months after activation");
});

test("its cards are made with progress, and counted", async () => {
  await client.post(`${here()}/batches`, { cards: "25" }, here());
  batchId = (await t.admin`select id from app.card_batches`)[0]!.id;
  expect((await client.page(here())).html).toContain(`hx-get="${here()}/batches"`);
  await makeCards(t.core, { providerId: 1, batchId });
  await advance(t.core);
  const { html } = await client.page(here());
  expect(html).toContain("SUMMER-0000001 – SUMMER-0000025");
  expect(html).toMatch(/data-label="Printed" class="num">25</);
});

test("the PINs are taken out once, into a file that the password opens", async () => {
  const form = `${here()}/batches/${batchId}/export`;
  const differs = await client.post(form, { format: "csv", password: "walnut-harbour-sextant-4", again: "x" }, form);
  expect([differs.status, differs.html.includes('id="f-again-error"')]).toEqual([422, true]);
  const asked = await client.post(form, { format: "csv", password: "walnut-harbour-sextant-4", again: "walnut-harbour-sextant-4" }, form);
  expect(asked.status).toBe(303);
  await writeCardsExport(t.core, { providerId: 1, batchId });
  const response = await client.request(`${here()}/batches/${batchId}/file`);
  expect(response.headers.get("content-type")).toBe("application/zip");
  const zip = new ZipReader(new Uint8ArrayReader(new Uint8Array(await response.arrayBuffer())), { password: "walnut-harbour-sextant-4" });
  const entries = await zip.getEntries();
  const text = await (entries[0] as { getData(writer: TextWriter): Promise<string> }).getData(new TextWriter());
  pins.push(
    ...text
      .trim()
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(",")[1]!),
  );
  expect(pins).toHaveLength(25);
  const again = await client.post(form, { format: "csv", password: "walnut-harbour-sextant-4", again: "walnut-harbour-sextant-4" }, form);
  expect(again.status).toBe(409);
});

test("ranges are moved, and the page says how many and what stays", async () => {
  const flash = async (move: string, first: string, last: string, more = {}) => {
    await client.post(`${here()}/movements`, { move, firstSerial: first, lastSerial: last, ...more }, here());
    return (await client.page(here())).html;
  };
  expect(await flash("activate", "SUMMER-0000001", "20")).toContain("20 cards are activated.");
  expect(await flash("block", "5", "")).toContain("1 card is blocked.");
  expect(await flash("sell", "1", "25")).toContain("19 cards are sold. 6 stay as they are: 1 blocked, 5 generated.");
  expect(await flash("void", "1", "2")).toContain("None of these cards");
});

test("a card is redeemed at the desk, on the account that the page came from", async () => {
  const { accountId } = await registerWithAccount(t.core);
  const [{ number }] = (await t.admin`select number from app.accounts where account_id = ${accountId}`) as unknown as [{ number: string }];
  await advance(t.core);
  expect((await client.page(`/accounts/${accountId}`)).html).toContain(`/cards/redeem?account=${number}`);
  const form = `/cards/redeem?account=${number}`;
  const typo = await client.post("/cards/redeem", { account: number, pin: `Z${pins[0]}` }, form);
  expect([typo.status, typo.html.includes('id="f-pin-error"'), typo.html.includes(pins[0]!)]).toEqual([422, true, false]);
  const done = await client.post("/cards/redeem", { account: number, pin: pins[0]!.toLowerCase(), serial: "summer-1" }, form);
  expect([done.status, done.location]).toEqual([303, `/accounts/${accountId}`]);
  const again = await client.post("/cards/redeem", { account: number, pin: pins[0]! }, form);
  expect([again.status, again.html.includes('id="f-pin-error"')]).toEqual([409, true]);
});

test("a card is looked up by its serial number or by its PIN", async () => {
  const bySerial = await client.post("/cards/lookup", { serial: "summer-1" }, "/cards/lookup");
  expect(bySerial.location).toBe(`${here()}/serials/1`);
  expect((await client.page(bySerial.location!)).html).toContain("used");
  expect((await client.post("/cards/lookup", { serial: "", pin: pins[4]! }, "/cards/lookup")).location).toBe(`${here()}/serials/5`);
  expect((await client.post("/cards/lookup", { serial: "SUMMER-99" }, "/cards/lookup")).status).toBe(404);
});

test("a dealer is added and changed", async () => {
  const { accountId } = await registerWithAccount(t.core, { name: "Kiosk" });
  const [{ number }] = (await t.admin`select number from app.accounts where account_id = ${accountId}`) as unknown as [{ number: string }];
  expect((await client.post("/card-dealers", { name: "Kiosk", account: "nowhere", commission: "7,5" }, "/card-dealers/new")).status).toBe(
    422,
  );
  expect((await client.post("/card-dealers", { name: "Kiosk", account: number, commission: "7,5" }, "/card-dealers/new")).status).toBe(303);
  const { html } = await client.page("/card-dealers");
  expect(html).toContain("7.5 %");
  const href = /href="(\/card-dealers\/[0-9a-f-]{36})"/.exec(html)![1]!;
  expect((await client.post(href, { name: "Kiosk at the station", commission: "5" }, href)).status).toBe(303);
  expect((await client.page("/card-dealers")).html).toContain("Kiosk at the station");
});

test("guesses that were stopped stand on the cards page and on the first page until somebody has seen them", async () => {
  await t.admin`insert into app.card_alarms (provider_id, id, subject, at) values (1, gen_random_uuid(), 'address:192.0.2.7', now())`;
  expect((await client.page("/cards")).html).toContain("the address 192.0.2.7");
  expect((await client.page("/")).html).toContain("Somebody tried PINs");
  await client.post("/cards/alarms", {}, "/cards");
  expect((await client.page("/cards")).html).not.toContain("192.0.2.7");
  expect((await client.page("/")).html).not.toContain("Somebody tried PINs");
});
