// Every section of the plan editor: what is wrong stands beside its field and stays as it was typed; drafts; decks that no form shows.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addPlan } from "../../../core/catalog/add-plan.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { done, partnerOf, setUpOperator } from "../../support/operator.ts";
import { everySection, planDocumentInput } from "../../support/plan.ts";
import type { Client } from "../admin-a/client.ts";
import { clientWith, type House, house } from "./people.ts";

let t: TestDatabase;
let h: House;
let admin: Client;

beforeAll(async () => {
  t = await testDatabase();
  await setUpOperator(t.core);
  h = await house(t.core, await partnerOf(t.core, "west"), "Zakhar Western", "380441110002");
  admin = await clientWith(t.core, h.providerId);
}, 60_000);
afterAll(() => t.close());

const unescaped = (text: string) =>
  text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const hiddenOf = (html: string, name: string) => unescaped(new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "");
const documentIn = (html: string) => JSON.parse(hiddenOf(html, "document"));
/** Money has spaces that don't break. */
const spaced = (html: string) => html.replaceAll("\u00a0", " ");
const whole = (document: object) => JSON.stringify(document);

const broken: readonly (readonly [open: string, fields: Readonly<Record<string, string>>, ...wrong: string[]])[] = [
  ["plan", { name: "", kind: "telephone" }, "name"],
  ["billing", { "rounding.decimals": "nine", "billing.anchor": "40" }, "rounding.decimals", "billing.anchor"],
  [
    "fees.0",
    { "fees.0.amount": "dear", "fees.0.trialDays": "0", "fees.0.code": "a b" },
    "fees.0.amount",
    "fees.0.trialDays",
    "fees.0.code",
  ],
  ["rates.1", { "rates.1.prefix": "38O", "rates.1.steps.1.fromSec": "0" }, "rates.1.prefix", "rates.1.steps.1.fromSec"],
  ["rates.1", { "rates.1.bands.0.band": "dawn" }, "rates.1.bands.0.band"],
  ["rates.1", { "rates.1.maxCost.amount": "much", "rates.1.maxCost.strategy": "free" }, "rates.1.maxCost.amount"],
  ["usage.0", { "usage.0.price.steps.0.price": "", "usage.0.unit.size": "0" }, "usage.0.price.steps.0.price", "usage.0.unit.size"],
  ["usage.1", { "usage.1.price.tiers.1.upTo": "5" }, "usage.1.price.tiers.1.upTo"],
  ["bundles.0", { "bundles.0.quantity": "0", "bundles.0.where.prefixes": "380\nabc" }, "bundles.0.quantity", "bundles.0.where.prefixes"],
  ["minimum", { "minimum.amount": "-1" }, "minimum.amount"],
  ["discounts.0", { "discounts.0.percent": "2000", "discounts.0.periods": "never" }, "discounts.0.percent", "discounts.0.periods"],
  ["taxes", { "taxes.rates.0.percent": "lots", "taxes.rates.0.name": "" }, "taxes.rates.0.percent", "taxes.rates.0.name"],
  ["trafficClasses.0", { "trafficClasses.0.prefixes": "10.0.0.0/99", "trafficClasses.0.ports": "web" }, "trafficClasses.0.prefixes"],
  ["bands", { "bands.1.windows.1.from": "25:00", "bands.1.windows.1.toDate": "2026-01-01" }, "bands.1.windows.1.from"],
  ["bands", { "holidays.also": "2026-12-24\n2026-13-01" }, "holidays.also"],
];

describe("mistakes stand beside their fields, and what was typed stays", () => {
  for (const [open, fields, ...wrong] of broken)
    test(`${open}: ${wrong.join(", ")}`, async () => {
      const page = { document: whole(everySection()), open, ...fields, do: "close" };
      const { status, html } = await admin.post("/plans", page, "/plans/new");
      expect(status).toBe(422);
      for (const name of wrong) expect([name, html.includes(`id="f-${name}-error"`)]).toEqual([name, true]);
      for (const [name, typed] of Object.entries(fields))
        if (typed !== "" && name !== "kind") expect([name, unescaped(html).includes(typed)]).toEqual([name, true]);
    });

  test("a choice that changes a price's shape begins that price anew, and nothing else", async () => {
    const page = { document: whole(everySection()), open: "usage.0", "usage.0.name": "Net", "usage.0.price.shape": "package", do: "stay" };
    const { html } = await admin.post("/plans", page, "/plans/new");
    expect(documentIn(html).usage[0]).toEqual({ ...everySection().usage![0], name: "Net", price: { shape: "package" } });
    expect(html).toContain("usage.0.price.size");
  });

  test("a band's new code is followed by all that names it", async () => {
    const page = { document: whole(everySection()), open: "bands", "bands.1.code": "evening", do: "stay" };
    const { html } = await admin.post("/plans", page, "/plans/new");
    expect(documentIn(html).rates[1].bands[0].band).toBe("evening");
  });

  test("a section that is only looked at changes nothing", async () => {
    for (const open of [
      "plan",
      "billing",
      "bands",
      "fees.0",
      "rates.1",
      "usage.1",
      "bundles.0",
      "minimum",
      "discounts.0",
      "taxes",
      "trafficClasses.0",
    ]) {
      const { html } = await admin.post("/plans", { document: whole(everySection()), open, do: "stay" }, "/plans/new");
      expect([open, documentIn(html)]).toEqual([open, everySection()]);
    }
  });

  test("fields that are no field of the document are left alone", async () => {
    const page = {
      document: whole(planDocumentInput()),
      open: "plan",
      "__proto__.x": "1",
      "rates.99.prefix": "1",
      "constructor.name": "x",
      do: "stay",
    };
    const { html } = await admin.post("/plans", page, "/plans/new");
    expect(documentIn(html)).toEqual(planDocumentInput());
  });
});

describe("the example beside the form", () => {
  const priceOf = async (fields: Record<string, string>) => {
    const { html } = await admin.post("/plans", { document: whole(everySection()), open: "", do: "stay", ...fields }, "/plans/new");
    return /figure-line"><b>([^<]*)/.exec(spaced(html))?.[1];
  };

  test("prices a session, and a month of use with its fees and taxes", async () => {
    // 3 GB at 0.50 and VAT.
    expect(await priceOf({ "try.kind": "session", "try.gigabytes": "3", "try.when": "2026-11-23T10:00" })).toBe("1,80 UAH");
    const month = { "try.kind": "month", "try.when": "2026-11-23T10:00", "try.number": "", "try.gigabytes": "3", "try.messages": "" };
    const { html } = await admin.post("/plans", { document: whole(everySection()), open: "", do: "stay", ...month }, "/plans/new");
    for (const words of ["Internet: 1,50 UAH and 0,30 UAH of tax", "Connection: 100,00 UAH and 20,00 UAH of tax"])
      expect(spaced(html)).toContain(words);
  });
});

test("the example leaves out what isn't right yet, and says so", async () => {
  const document = { ...everySection(), bundles: [], fees: [], usage: [] };
  const fields = { "try.number": "380501112233", "try.seconds": "60", "try.when": "2026-11-23T10:00" };
  const { html } = await admin.post("/plans", { document: whole(document), open: "", do: "stay", ...fields }, "/plans/new");
  // 0.40 and a minute of 0.20, with VAT; the discount is on a fee that isn't there.
  expect(spaced(html)).toContain("0,72 UAH");
  expect(html).toContain("One part of the plan isn’t complete and is left out here.");
});

describe("a draft", () => {
  test("is written with mistakes in it, saved, and reviewed", async () => {
    const saved = await admin.post(
      "/plans",
      {
        document: whole({ ...planDocumentInput(), name: "Half", fees: [{ code: "f", name: "F", amount: "?" }] }),
        open: "",
        code: "half",
        do: "save",
      },
      "/plans/new",
    );
    expect(saved.location).toMatch(/^\/plans\/[0-9a-f-]{36}\/draft$/);
    const path = saved.location!;
    const page = (await admin.page(path)).html;
    expect(documentIn(page).fees[0].amount).toBe("?");
    expect(page).toContain("1 thing to correct");
    const revision = hiddenOf(page, "revision");
    const next = await admin.post(
      path,
      { document: hiddenOf(page, "document"), open: "fees.0", "fees.0.amount": "5", revision, do: "review" },
      path,
    );
    expect(next.location).toBe(path.replace("/draft", "/review"));
    // Somebody else saved in the meantime: nothing typed is lost, and nothing of theirs.
    const late = await admin.post(
      path,
      { document: hiddenOf(page, "document"), open: "fees.0", "fees.0.amount": "6", revision, do: "save" },
      path,
    );
    expect([late.status, documentIn(late.html).fees[0].amount]).toEqual([409, "6"]);
    expect(late.html).toContain("Somebody saved this draft in the meantime");
    expect((await admin.page(path.replace("/draft", "/words?of=draft"))).html).toContain("5 once, at the start");
  });
});

describe("a deck that is too long for forms", () => {
  test("stays where it is while the rest of the plan is written", async () => {
    const rates = Array.from({ length: 200 }, (_, i) => ({
      prefix: String(1000 + i),
      destination: `Place ${i}`,
      steps: [{ fromSec: 0, price: "1.20", perSec: 60, incrementSec: 60 }],
    }));
    const { planId } = await done(
      t.core,
      addPlan,
      { code: "long", document: { ...planDocumentInput(), rates }, validFrom: "2026-01-01T00:00:00Z" },
      h.providerId,
    );
    const path = `/plans/${planId}/versions`;
    const { html } = await admin.page(`${path}/new`);
    expect(html).toContain("200 destinations, kept as they are.");
    expect(documentIn(html).rates).toBeUndefined();
    const fields = { document: hiddenOf(html, "document"), kept: hiddenOf(html, "kept"), open: "minimum", "minimum.amount": "5" };
    const tried = await admin.post(
      path,
      { ...fields, do: "stay", "try.number": "1007555", "try.seconds": "60", "try.when": "2026-11-23T10:00" },
      `${path}/new`,
    );
    expect(spaced(tried.html)).toContain("1,20 UAH");
    const published = await admin.post(path, { ...fields, do: "publish" }, `${path}/new`);
    expect(published.location).toBe(`/plans/${planId}?version=2`);
    const [row] = await t.admin`select document from app.plan_versions where plan_id = ${planId} and version = 2`;
    expect([row!.document.rates.length, row!.document.minimum.amount]).toEqual([200, "5"]);
  });
});
