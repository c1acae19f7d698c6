// The calculator: what the page says is what `mb quote` says of the JSON that the page shows, to the last digit and reason; without a script, too.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addPlan } from "../../../core/catalog/add-plan.ts";
import type { PlanDocumentInput } from "../../../core/catalog/plan-document.ts";
import { publishVersion } from "../../../core/catalog/publish-version.ts";
import { saveDraft } from "../../../core/catalog/save-draft.ts";
import { startDraft } from "../../../core/catalog/start-draft.ts";
import { step } from "../../rating/plans.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { quoteOnFiles } from "../../support/mb-quote.ts";
import { done, setUpOperator } from "../../support/operator.ts";
import { type Client, signedIn } from "../admin-a/client.ts";

let t: TestDatabase;
let client: Client;
let planId: string;
const mb = quoteOnFiles();

const plan = (perMinute: string): PlanDocumentInput => ({
  schema: "mediabilling/plan@1",
  kind: "universal",
  name: "Home",
  currency: "UAH",
  zone: "Europe/Kyiv",
  rates: [
    { prefix: "380", destination: "Ukraine", connectFee: "0.10", steps: [step(perMinute, 60, 60)] },
    { prefix: "48", destination: "Poland", steps: [step("2.40", 60, 1)] },
  ],
  bundles: [
    {
      code: "minutes",
      name: "Minutes",
      of: "call",
      metric: "seconds",
      quantity: "600",
      validity: { kind: "period", every: "month" },
      where: { prefixes: ["380"] },
    },
  ],
  usage: [
    {
      code: "internet",
      name: "Internet",
      of: "session",
      metric: "octets",
      price: { shape: "per_unit", steps: [{ price: "0.000000002" }] },
    },
    {
      code: "water",
      name: "Water",
      of: "event",
      metric: "litres",
      where: { types: ["water"] },
      per: "period",
      price: { shape: "per_unit", steps: [{ price: "0.03" }] },
    },
    {
      code: "peers",
      name: "To peers",
      of: "traffic",
      metric: "octets",
      where: { classes: ["ua"] },
      weight: 1,
      price: { shape: "per_unit", steps: [{ price: "0.000000001" }] },
    },
    { code: "world", name: "World", of: "traffic", metric: "octets", price: { shape: "per_unit", steps: [{ price: "0.000000003" }] } },
    {
      code: "gateway",
      name: "By the second gateway",
      of: "call",
      where: { trunks: ["gw2"] },
      price: { shape: "per_unit", steps: [{ price: "0.01" }] },
    },
    { code: "sms", name: "SMS", of: "message", metric: "messages", price: { shape: "per_unit", steps: [{ price: "0.50" }] } },
  ],
  trafficClasses: [{ code: "ua", name: "Ukraine", prefixes: ["192.0.2.0/24"], ports: [{ from: 443, to: 443, protocol: "tcp" }] }],
  fees: [{ code: "line", name: "Line", amount: "90", every: "month", charge: "advance" }],
  taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] },
});
const second = "2026-11-01T00:00:00Z";

beforeAll(async () => {
  t = await testDatabase();
  const { managerId } = await setUpOperator(t.core);
  client = await signedIn(t.core, 1, managerId);
  ({ planId } = await done(t.core, addPlan, { code: "home", document: plan("0.60"), validFrom: "2026-01-01T00:00:00Z" }));
  await done(t.core, publishVersion, { planId, document: plan("0.90"), validFrom: second });
  const { revision } = await done(t.core, startDraft, { planId });
  await done(t.core, saveDraft, { planId, revision, document: { ...plan("5"), bundles: [] } as never });
}, 60_000);
afterAll(async () => {
  mb.remove();
  await t.close();
});

const unescaped = (html: string) =>
  html.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

async function asked(fields: Record<string, string>) {
  const { status, html } = await client.page(`/calculator?${new URLSearchParams({ plan: planId, when: "2026-11-10T12:00", ...fields })}`);
  const text = unescaped(html);
  const json = JSON.parse(/<pre[^>]*id="usage-json"[^>]*>([\s\S]*?)<\/pre>/.exec(text)![1]!);
  return { status, text: text.replaceAll("\u00a0", " "), json };
}

/** "12.345000" as the page writes it: two decimals at least, commas. */
const shown = (amount: string) => `${amount.replace(/(\.\d\d\d*?)0*$/, "$1").replace(".", ",")} UAH`;

const versions = mb.plansOf({ plan: plan("0.60"), later: [{ from: second, plan: plan("0.90") }] });
const draft = mb.plansOf({ plan: { ...plan("5"), bundles: [] } });

describe("the page and the command agree", () => {
  const cases: [string, Record<string, string>, string[]][] = [
    ["a call out of a bundle", { number: "+380 44 123-45-67", seconds: "75" }, versions],
    ["a call beyond it", { number: "380441234567", seconds: "1000" }, versions],
    ["a call by an earlier version", { number: "380441234567", seconds: "1000", when: "2026-10-05T10:00" }, versions],
    ["a call over the change of versions", { number: "380441234567", seconds: "5000", when: "2026-11-01T01:30" }, versions],
    ["a call by the draft", { number: "380441234567", seconds: "75", of: "draft" }, draft],
    ["a call that has no price", { number: "4912345678", seconds: "75" }, versions],
    ["a call that has no price, where nothing else is read of the deck", { number: "#31#", seconds: "75" }, versions],
    ["a call received", { number: "380441234567", seconds: "75", direction: "in" }, versions],
    ["a call of whoever pays no taxes", { number: "48221234567", seconds: "61", exempt: "1" }, versions],
    ["a session", { kind: "session", in: "1,5", inUnit: "GB", out: "20", outUnit: "MB", seconds: "600" }, versions],
    ["a call by a trunk", { number: "48221234567", seconds: "61", trunk: "gw2" }, versions],
    ["traffic of a class", { kind: "traffic", in: "1,5", inUnit: "GB", trafficClass: "ua" }, versions],
    ["traffic of the world", { kind: "traffic", in: "1,5", inUnit: "GB", trafficClass: "world" }, versions],
    ["traffic by its far end", { kind: "traffic", in: "2", address: "192.0.2.7", port: "443" }, versions],
    ["traffic by another port", { kind: "traffic", in: "2", address: "192.0.2.7", port: "443", protocol: "udp" }, versions],
    ["messages", { kind: "message", number: "380671234567", messages: "3" }, versions],
    ["an event", { kind: "event", eventType: "water", metric0: "litres", amount0: "110,5" }, versions],
    [
      "a month",
      {
        kind: "month",
        from: "2026-11-01",
        "line0.times": "40",
        "line0.what": "call",
        "line0.to": "380441234567",
        "line0.amount": "61",
        "line1.times": "2",
        "line1.what": "session",
        "line1.amount": "3,5",
        "line1.day": "2026-11-07",
        "line2.times": "1",
        "line2.what": "event",
        "line2.to": "water",
        "line2.amount": "12 litres",
        "line3.what": "traffic",
        "line3.to": "ua",
        "line3.amount": "7",
        billingDay: "1",
      },
      versions,
    ],
  ];
  for (const [name, fields, plans] of cases)
    test(name, async () => {
      const page = await asked(fields);
      expect(page.status).toBe(200);
      const quoted = (await mb.quoted(plans, page.json)) as unknown as Record<string, string | number> & {
        calls?: unknown[];
        usage?: unknown[];
      };
      const records = (quoted.calls ?? quoted.usage) as { explanation: string[]; ok: boolean }[];
      if (quoted.refused === records.length) expect(page.text).toContain("No price: such usage waits in quarantine, never free.");
      else expect(page.text).toContain(`<p class="figure-line"><b>${shown(String(quoted.gross))}</b></p>`);
      if (records.length === 1)
        for (const line of records[0]!.explanation) expect(page.text).toContain(`<span>${line.replaceAll("\u00a0", " ")}</span>`);
      if (quoted.refused === 0 && quoted.tax !== "0.000000") {
        expect(page.text).toContain(`<dt>Net</dt><dd>${shown(String(quoted.total))}</dd>`);
        expect(page.text).toContain(`<dt>Tax</dt><dd>${shown(String(quoted.tax))}</dd>`);
      }
    });
});

test("what is wrong is said beside its field, and nothing is priced", async () => {
  const { status, text } = await asked({ number: "380441234567", seconds: "1.5", billingDay: "40", having: "speed" });
  expect(status).toBe(200);
  for (const field of ["seconds", "billingDay", "having"]) expect(text).toContain(`id="f-${field}-error"`);
  expect(text).not.toContain("figure-line");
  const month = await asked({ kind: "month", "line0.times": "x", "line0.to": "380", from: "" });
  expect(month.text).toContain('id="f-line0.times-error"');
  expect(month.text).toContain('id="f-from-error"');
  const port = await asked({ kind: "traffic", address: "192.0.2.300", port: "70000" });
  for (const field of ["address", "port"]) expect(port.text).toContain(`id="f-${field}-error"`);
  expect((await asked({ kind: "traffic", address: "", port: "443" })).text).toContain("Write the address that the port is of.");
  const bytes = await asked({ kind: "session", in: "0.5", inUnit: "B" });
  expect(bytes.text).toContain('id="f-in-error"');
});

test("a class and a trunk decide the price", async () => {
  const price = async (fields: Record<string, string>) => /figure-line"><b>([^<]*)/.exec((await asked(fields)).text)![1];
  expect(await price({ kind: "traffic", in: "1", inUnit: "GB", trafficClass: "ua" })).toBe("1,20 UAH");
  expect(await price({ kind: "traffic", in: "1", inUnit: "GB", trafficClass: "world" })).toBe("3,60 UAH");
  expect(await price({ kind: "traffic", in: "1", inUnit: "GB", address: "192.0.2.1", port: "443" })).toBe("1,20 UAH");
  expect(await price({ number: "48221234567", seconds: "60", trunk: "gw2" })).toBe("0,72 UAH");
  expect(await price({ number: "48221234567", seconds: "60" })).toBe("2,88 UAH");
});

test("a version is priced as the command prices it with --at, which the page says", async () => {
  const { text, json } = await asked({ number: "48221234567", seconds: "61", of: "1" });
  expect(text).toContain("npx mb quote --plan home --at 2026-01-01T00:00:00Z --usage usage.json");
  const quoted = await mb.quoted(mb.plansOf({ plan: plan("0.60") }), json);
  expect(text).toContain(`<b>${shown(quoted.gross)}</b>`);
});

test("a fragment is the calculator alone, and an unknown plan or version falls back to one that is there", async () => {
  const fragment = await client.request(`/calculator?plan=${planId}`, { headers: { "hx-request": "true" } });
  expect(await fragment.text()).not.toContain("<html");
  expect((await client.page("/calculator?plan=none&of=99&kind=nothing")).status).toBe(200);
});
