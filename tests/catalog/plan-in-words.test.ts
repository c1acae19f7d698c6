// A plan in words: what people read must say what the document says.
import { expect, test } from "bun:test";
import { type PlanDocumentInput, parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { planInWords } from "../../core/catalog/plan-in-words.ts";
import { everySection } from "../support/plan.ts";

function wordsOf(document: object): string[] {
  const parsed = parsePlanDocument({ schema: "mediabilling/plan@1", kind: "universal", name: "P", currency: "EUR", ...document });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return planInWords(parsed.plan).sections.flatMap(({ lines }) => lines.map(({ name, text }) => (name ? `${name}: ${text}` : text)));
}

test("says every section of a plan", () => {
  const { schema: _, ...document }: PlanDocumentInput = everySection();
  expect(wordsOf(document)).toEqual([
    "Universal. All prices in UAH, before taxes.",
    "Billed by the month, from the account’s billing day.",
    "A move to another plan takes effect at once.",
    "Each charge is rounded once, half up, to 4 decimals.",
    "Times and days are those of Europe/Kyiv.",
    "Subscription: 50.00 a month in advance, by days; the first 30 days free",
    "Connection: 100.00 once, at the start",
    "Usage of at least 10.00 a month, by days in a part of it; what is missing is charged at the end.",
    "100 minutes: 100 min each month for calls to numbers that begin with 380; what is left may be used for 2 more periods, at most 50 min; then the ordinary prices",
    "Calls to Everywhere (any other number): 1.20 a minute by whole minutes",
    "Calls to Ukraine (380…): 0.40 to connect, then the first 60 s 0.20 a minute by whole minutes, from 60 s 0.10 a minute by the second; in Night 0.10 a minute by whole minutes",
    "Calls to Poland (48…): 0.90 a minute by the second; at least 0.5",
    "Internet: Internet sessions: 0.50 per GB",
    "Local traffic: Traffic of class Local exchange, by the period’s total: each GB at the price of its tier: up to 10: 0.10 per GB plus 2; up to 100: 0.05 per GB; beyond: 0.01 per GB",
    "Weekend: Saturday and Sunday, all day",
    "Night: every day from 20:00 to 08:00 the next day and at all times, from 2026-12-24 until 2027-01-06",
    "Lunch hour: Monday to Friday from 12:00 to 13:30",
    "Where time bands overlap, the first of these that holds decides: Weekend, Night and Lunch hour.",
    "Public holidays of Ukraine.",
    "Local exchange: 10.0.0.0/8 and 2001:db8::/32, ports 443 TCP and 5060–5070",
    "Welcome: 10 % off Subscription, in the first 3 periods",
    "VAT 20 %, on top of all prices.",
  ]);
});

const priced = (price: object, more: object = {}) =>
  wordsOf({ usage: [{ code: "x", of: "event", unit: { name: "l", size: "1" }, price, ...more }] }).at(-1);

test("says each price shape", () => {
  expect(priced({ shape: "package", price: "100", size: "10", free: "5" })).toBe("x: Events: 100 for each started 10 l, after 5 free");
  expect(priced({ shape: "percentage", percent: "1.3", fixed: "2.0", freeEvents: 1 })).toBe(
    "x: Events: 1.3 % of the amount plus 2.0 for each event; the first 1 event free",
  );
  expect(priced({ shape: "volume", tiers: [{ upTo: "100", price: "2", flat: "10" }, { price: "1" }] })).toBe(
    "x: Events: every l at the price of the tier that the total reaches: up to 100: 2 per l plus 10; beyond: 1 per l",
  );
  expect(
    priced({ shape: "capacity", tiers: [{ upTo: "1000", price: "750" }, { price: "500" }] }, { per: "period", aggregate: "max" }),
  ).toBe("x: Events, by the period’s peak: by the peak: up to 1000: 750 for the period; beyond: 500 for the period");
  expect(
    priced({ shape: "per_unit", connectFee: "0.4", steps: [{ price: "1" }, { from: "10", price: "0.5", per: "2", increment: "2" }] }),
  ).toBe("x: Events: 0.4 to connect, then 1 per l; from 10 l: 0.5 per 2 l, in steps of 2 l");
});

test("says caps, and prices that hold only in a band", () => {
  const night = { code: "n", name: "Night", windows: [{ from: "22:00", to: "06:00", holidays: "except" }] };
  const lines = wordsOf({
    bands: [night],
    rates: [
      {
        prefix: "1",
        destination: "A",
        freeSec: 3,
        maxCost: { amount: "10", strategy: "disconnect" },
        bands: [{ band: "n", steps: [{ fromSec: 0, price: "0", perSec: 1, incrementSec: 1 }] }],
      },
    ],
  });
  expect(lines).toContain("Calls to A (1…): in Night free; no price at other times; free when it lasts at most 3 s; ends when 10 is spent");
  expect(lines).toContain("Night: every day from 22:00 to 06:00 the next day, except on public holidays");
});
