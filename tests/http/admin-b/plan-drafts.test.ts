// A tariff manager takes a draft from its beginning to a version, with a price list, in the web client and without a script.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as XLSX from "xlsx";
import { runDeckImport } from "../../../core/catalog/deck/run-import.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { partnerOf, setUpOperator } from "../../support/operator.ts";
import type { Client } from "../admin-a/client.ts";
import { clientWith, type House, house } from "./people.ts";

let t: TestDatabase;
let h: House;
let admin: Client;
let here: string;

beforeAll(async () => {
  t = await testDatabase();
  await setUpOperator(t.core);
  h = await house(t.core, await partnerOf(t.core, "east"), "Zoryana Eastern", "380441110001");
  admin = await clientWith(t.core, h.providerId);
  here = `/plans/${h.planId}`;
}, 60_000);
afterAll(() => t.close());

const step = async (name: string, more: Record<string, string> = {}, revision?: string) => {
  const { html } = await admin.page(`${here}/review`);
  const known = /name="revision" value="(\d+)"/.exec(html)?.[1] ?? "1";
  return admin.post(`${here}/draft-steps/${name}`, { revision: revision ?? known, ...more }, `${here}/review`);
};

async function send(file: string, from = `${here}/deck-imports/new`): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries(await admin.hidden(from))) body.append(name, value);
  body.append("file", new File([file], "rates.csv"));
  return admin.request(`${here}/deck-imports`, { method: "POST", body });
}

const reading = {
  mode: "replace",
  perSec: "60",
  increment: "60/60",
  decimal: ".",
  dates: "day_first",
  headerLine: "1",
  delimiter: "1",
  encoding: "utf-8",
};
const columns = { "column.0": "prefix", "column.1": "destination", "column.2": "price", "column.3": "" };

describe("a draft", () => {
  test("is begun from the plan’s page, once", async () => {
    const hidden = await admin.hidden(here);
    const begun = await admin.send(`${here}/drafts`, { ...hidden, basedOn: "1" });
    expect(begun.headers.get("location")).toBe(`${here}/review`);
    const { html } = await admin.page(`${here}/review`);
    expect(html).toContain("Check and freeze");
    expect(html).toContain("version 1");
    expect((await admin.page(here)).html).toContain(`href="${here}/review"`);
    expect((await admin.page("/plans")).html).toContain('<span class="tag">draft</span>');
  });

  test("takes a price list: guessed, corrected beside the sample, imported by a worker", async () => {
    const sent = await send("Code;Where;Rate;Note\n49;Germany;0.02;=1+1\n38050;Mobile;x;\n");
    const page = sent.headers.get("location")!;
    expect(page).toMatch(/^\/deck-imports\//);
    const { html } = await admin.page(page);
    expect(html).toContain("=1+1");
    expect(html).toContain('<option value="prefix" selected');

    const twice = await admin.post(page, { ...reading, ...columns, "column.3": "price", do: "import" }, page);
    expect(twice.status).toBe(422);
    expect(twice.html).toContain("must name one column of the file for each meaning");
    expect((await admin.post(page, { ...reading, ...columns, headerLine: "0", do: "look" }, page)).html).toContain("Where");

    const asked = await admin.post(page, { ...reading, ...columns, do: "import" }, page);
    expect([asked.status, asked.location]).toEqual([303, page]);
    expect((await admin.page(page)).html).toContain('hx-trigger="every 1s"');
    const importId = page.split("/").at(-1)!;
    await runDeckImport(t.core, { providerId: h.providerId, importId });
    const failed = await admin.page(page);
    expect(failed.html).toContain("is not an amount such as 0.05");
    expect(failed.html).toContain("Nothing was imported");

    const good = (await send("Code;Where;Rate;From\n49;Germany;0.02;\n38050;Mobile;0.45;\n49;Germany;0.03;01.01.2090\n")).headers.get(
      "location",
    )!;
    await admin.post(good, { ...reading, ...columns, "column.3": "from", do: "import" }, good);
    await runDeckImport(t.core, { providerId: h.providerId, importId: good.split("/").at(-1)! });
    const done = await admin.page(good);
    expect(done.html).toContain("Imported: 3 lines");
    expect((await admin.page(`${good}/progress`)).html).not.toContain("every 1s");
  });

  test("refuses what is no price list with a sentence", async () => {
    for (const [file, why] of [
      ["", "empty"],
      ["\0\u0001\u0002", "neither a text nor a spreadsheet"],
    ] as const) {
      const answer = await send(file);
      expect(answer.status).toBe(422);
      expect(await answer.text()).toContain(why);
    }
  });

  test("shows what it changes, searched, paged by kind, and as a spreadsheet", async () => {
    const { html } = await admin.page(`${here}/diff?from=1&to=draft`);
    expect(html).toContain("added");
    expect(html).toContain("Germany");
    expect(html).toContain("What the draft changes");
    const later = await admin.page(`${here}/diff?from=1&to=draft&toDay=2090-01-01&q=49`);
    expect(later.html).toContain("0.03");
    expect((await admin.page(`${here}/diff?kind=removed`)).html).toContain("removed");
    const file = await admin.request(`${here}/diff.xlsx?from=1&to=draft`);
    const book = XLSX.read(new Uint8Array(await file.arrayBuffer()));
    const rows = XLSX.utils.sheet_to_json<Record<string, string>>(book.Sheets.Changes!);
    expect(rows.map((row) => row.Prefix)).toContain("49");
  });

  test("shows its deck by the number that would be called, on any day", async () => {
    const { html } = await admin.page(`${here}/deck?of=draft&q=%2B49%2030%201234`);
    expect(html).toContain("has the rate <code>49</code>");
    expect((await admin.page(`${here}/deck?of=draft&day=2090-01-01&q=49`)).html).toContain("0.03 per minute");
    expect((await admin.page(`${here}/deck?of=draft&q=999`)).html).toContain("No prefix matches 999");
  });

  test("is frozen, opened again, and published as two versions; a stale form is told so", async () => {
    expect((await step("preview")).location).toBe(`${here}/review`);
    expect((await step("preview", {}, "1")).html).toContain("saved this draft in the meantime");
    const { html } = await admin.page(`${here}/review`);
    expect(html).toContain("Publish 2 versions");
    await step("reopen");
    await step("preview");
    const published = await step("publish", { validFrom: "" });
    expect(published.location).toBe(`${here}?version=2`);
    const plan = await admin.page(published.location!);
    expect(plan.html).toContain("version 3 from");
    expect(plan.html).toContain("superseded");
    expect(plan.html).toContain("to come");
    expect(plan.html).toContain(`href="/plans/${h.planId}/diff?from=2&#38;to=3"`.replace("&#38;", "&amp;"));
  });

  test("is discarded after a question", async () => {
    await admin.post(`${here}/drafts`, { basedOn: "3" }, here);
    const discarded = await step("discard");
    expect(discarded.location).toBe(here);
    expect((await admin.page(here)).html).not.toContain("/review");
  });
});

test("a plan that has only a draft leads to it", async () => {
  const { startDraft } = await import("../../../core/catalog/start-draft.ts");
  const { done } = await import("../../support/operator.ts");
  const { planId } = await done(
    t.core,
    startDraft,
    { code: "only", document: { kind: "telephone", currency: "UAH", name: "Only" } },
    h.providerId,
  );
  const opened = await admin.request(`/plans/${planId}`);
  expect(opened.headers.get("location")).toBe(`/plans/${planId}/review`);
  expect((await admin.page(`/plans/${planId}/review`)).html).toContain("first version");
});

test("whoever may only look sees no button, and posting is refused", async () => {
  const reader = await clientWith(t.core, h.providerId, ["plans:read"]);
  await admin.post(`${here}/drafts`, { basedOn: "3" }, here);
  const { html } = await reader.page(`${here}/review`);
  expect(html).not.toContain("Check and freeze");
  expect((await reader.post(`${here}/draft-steps/preview`, { revision: "1" }, `${here}/review`)).status).toBe(403);
});
