// Writing plans: by fields and as JSON, mistakes beside their fields, and a price that the charging function itself works out.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { partnerOf, setUpOperator } from "../../support/operator.ts";
import { planDocumentInput } from "../../support/plan.ts";
import type { Client } from "../admin-a/client.ts";
import { clientWith, type House, house } from "./people.ts";

let t: TestDatabase;
let h: House;
let admin: Client;

beforeAll(async () => {
  t = await testDatabase();
  await setUpOperator(t.core);
  h = await house(t.core, await partnerOf(t.core, "east"), "Zoryana Eastern", "380441110001");
  admin = await clientWith(t.core, h.providerId);
}, 60_000);
afterAll(() => t.close());

const draft = (document: object) =>
  JSON.stringify({ schema: "mediabilling/plan@1", kind: "telephone", name: "Evening", currency: "UAH", ...document });
const emptyRate = { prefix: "", destination: "", steps: [{ fromSec: 0, price: "", perSec: 60, incrementSec: 60 }, {}] };
const plan = {
  do: "publish",
  document: draft({ rounding: { decimals: 4, mode: "half_up" }, rates: [emptyRate] }),
  open: "rates.0",
  code: "evening",
  validFrom: "",
  "try.number": "380501234567",
  "try.seconds": "75",
};
const rate = {
  "rates.0.prefix": "+380 50",
  "rates.0.destination": "Mobile",
  "rates.0.connectFee": "0,40",
  "rates.0.minimumCharge": "",
  "rates.0.freeSec": "",
  "rates.0.maxCost.amount": "",
  "rates.0.maxCost.strategy": "free",
  "rates.0.steps.0.fromSec": "0",
  "rates.0.steps.0.price": "0,20",
  "rates.0.steps.0.perSec": "60",
  "rates.0.steps.0.incrementSec": "60",
  "rates.0.steps.1.fromSec": "60",
  "rates.0.steps.1.price": "0.20",
  "rates.0.steps.1.perSec": "60",
  "rates.0.steps.1.incrementSec": "1",
};
/** The document in the hidden field of a page, as a browser would send it again. */
const documentIn = (html: string) =>
  JSON.parse(
    (/name="document" value="([^"]*)"/.exec(html)?.[1] ?? "null")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&"),
  );

describe("a plan by fields", () => {
  test("is published once however often it is sent, with commas and spaces as people write them", async () => {
    const hidden = await admin.hidden("/plans/new");
    const answers = [
      await admin.send("/plans", { ...hidden, ...plan, ...rate }),
      await admin.send("/plans", { ...hidden, ...plan, ...rate }),
    ];
    const [first, second] = answers.map((answer) => answer.headers.get("location"));
    expect([answers[0]!.status, second]).toEqual([303, first!]);
    const rows =
      await t.admin`select v.document from app.plans p join app.plan_versions v on v.provider_id = p.provider_id and v.plan_id = p.id where p.code = 'evening'`;
    expect(rows).toHaveLength(1);
    expect(rows[0]!.document.rates[0]).toMatchObject({
      prefix: "38050",
      connectFee: "0.40",
      steps: [{ price: "0.20" }, { fromSec: 60, incrementSec: 1 }],
    });
    const { html } = await admin.page(first!);
    expect(html).toContain("Evening");
    expect(html).toContain("from 60 s: 0.20 per minute, billed by 1 s");
  });

  test("has each mistake beside its field, and nothing that was typed is lost", async () => {
    const fields = {
      ...plan,
      code: "morning",
      document: draft({ rounding: { decimals: "9" }, rates: [emptyRate] }),
      ...rate,
      "rates.0.steps.1.price": "dear",
      "rates.0.steps.1.fromSec": "",
      "rates.0.destination": "",
    };
    const { status, html } = await admin.post("/plans", { ...fields, do: "close:rates" }, "/plans/new");
    expect(status).toBe(422);
    for (const id of ["rates.0.destination", "rates.0.steps.1.price", "rates.0.steps.1.fromSec"])
      expect([id, html.includes(`id="f-${id}-error"`)]).toEqual([id, true]);
    expect(html).toContain("Destination 1, step 2, price: Must be a decimal string");
    expect(html).toContain('value="dear"');
    expect(html).toContain('value="morning"');
    expect(html).toContain('value="38050"');
    // Publishing opens the first part that is wrong, and names the others.
    const refused = await admin.post("/plans", { ...fields, open: "plan" }, "/plans/new");
    expect([refused.status, refused.html.includes('id="f-rounding.decimals-error"')]).toEqual([422, true]);
    expect(refused.html).toContain('href="#s-rates"');
    expect(documentIn(refused.html).rates[0].steps[1].price).toBe("dear");
  });

  test("says that a code is taken", async () => {
    const { status, html } = await admin.post("/plans", { ...plan, ...rate }, "/plans/new");
    expect([status, html.includes('id="f-code-error"')]).toEqual([409, true]);
  });

  test("gains and loses rows by buttons, with and without a script", async () => {
    const whole = await admin.post("/plans", { ...plan, ...rate, do: "add:rates" }, "/plans/new");
    expect([whole.status, whole.html.includes('name="rates.1.prefix"'), whole.html.includes("<main")]).toEqual([200, true, true]);
    const { _csrf } = await admin.hidden("/plans/new");
    const part = await admin.request("/plans", {
      method: "POST",
      headers: { "hx-request": "true" },
      body: new URLSearchParams({ _csrf: _csrf!, ...plan, ...rate, do: "remove:rates.0.steps.0" }),
    });
    const html = await part.text();
    expect([part.status, html.includes("<main"), html.includes('name="rates.0.steps.1.price"')]).toEqual([200, false, false]);
    expect(html).toContain('value="0.20"');
  });

  test("shows what a call costs while it is written, with the reasons, and stores nothing", async () => {
    const before = await t.admin`select count(*) as n from app.plans`;
    const { html } = await admin.post("/plans", { ...plan, code: "", ...rate, do: "stay" }, "/plans/new");
    // 0.40, a first minute of 0.20, then 15 seconds of a minute at 0.20.
    expect(html).toContain("0,65");
    expect(html).toContain("Connect fee, once: 0.4");
    expect((await admin.post("/plans", { ...plan, ...rate, "try.number": "1", do: "stay" }, "/plans/new")).html).toContain("never free");
    expect((await admin.post("/plans", { ...plan, ...rate, "rates.0.steps.0.price": "", do: "stay" }, "/plans/new")).html).toContain(
      "what this costs appears here",
    );
    expect(await t.admin`select count(*) as n from app.plans`).toEqual(before);
  });
});

describe("a plan as JSON", () => {
  test("is the fields' document, and comes back to fields", async () => {
    const asJson = await admin.post("/plans", { ...plan, ...rate, do: "as-json" }, "/plans/new");
    expect(asJson.html).toContain("&quot;prefix&quot;: &quot;38050&quot;");
    const back = await admin.post("/plans", { ...plan, do: "as-form", json: JSON.stringify(planDocumentInput()) }, "/plans/new");
    expect(documentIn(back.html).rates[0].destination).toBe("Everywhere");
  });

  test("is refused with the place of each mistake, and stays as it was pasted", async () => {
    const broken = await admin.post("/plans", { ...plan, code: "json-1", json: "{ not json" }, "/plans/new");
    expect([broken.status, broken.html.includes("isn’t valid JSON"), broken.html.includes("{ not json")]).toEqual([422, true, true]);
    const float = JSON.stringify({
      ...planDocumentInput(),
      rates: [{ prefix: "1", destination: "x", steps: [{ fromSec: 0, price: 0.2, perSec: 60, incrementSec: 1 }] }],
    });
    const { status, html } = await admin.post("/plans", { ...plan, code: "json-1", json: float }, "/plans/new");
    expect([status, html.includes("rates[0].steps[0].price is the JSON number 0.2")]).toEqual([422, true]);
    expect((await admin.post("/plans", { ...plan, code: "json-1", json: JSON.stringify(planDocumentInput()) }, "/plans/new")).status).toBe(
      303,
    );
  });
});

describe("the next version", () => {
  test("begins with the latest, keeps its currency, and can't begin before it", async () => {
    const path = `/plans/${h.planId}/versions`;
    const { html } = await admin.page(`${path}/new`);
    expect(documentIn(html).rates[0].destination).toBe("Everywhere");
    const early = await admin.post(path, { ...plan, ...rate, validFrom: "2025-12-31T00:00" }, `${path}/new`);
    expect([early.status, early.html.includes('id="f-validFrom-error"')]).toEqual([409, true]);
    const published = await admin.post(path, { ...plan, ...rate, validFrom: "2027-01-01T00:00" }, `${path}/new`);
    expect(published.location).toBe(`/plans/${h.planId}?version=2`);
    const shown = (await admin.page(published.location!)).html;
    expect(shown).toContain("to come");
    expect((await admin.page(`/plans/${h.planId}`)).html).toContain("Everywhere");
  });

  test("finds rates by destination, by prefix, and by the whole number that they match", async () => {
    const search = async (q: string) => (await admin.page(`/plans/${h.planId}?q=${q}`)).html;
    expect(await search("ukr")).toContain("1–1 of 1 rate");
    expect(await search("38")).toContain("Ukraine");
    expect(await search("380671234567")).toContain("Ukraine");
    expect(await search("zzz")).toContain("No rate matches");
  });
});
