import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type ParsedPlan, parsePlanDocument, parsePlanDocumentInTurns, planJsonSchema } from "../../core/catalog/plan-document.ts";
import { add, fromDecimal, rational, roundQuotient, toExactText } from "../../core/kernel/rational.ts";

const oneStep = { fromSec: 0, price: "0.20", perSec: 60, incrementSec: 60 };
const oneRate = { prefix: "380", destination: "Ukraine", steps: [oneStep] };
const good = { schema: "mediabilling/plan@1", kind: "telephone", name: "Retail", currency: "UAH", rates: [oneRate] };

/** The complaints as "path message"; [] when the document is accepted. */
const complaints = (raw: unknown): string[] => {
  const parsed = parsePlanDocument(raw);
  return parsed.ok ? [] : parsed.issues.map(({ path, message }) => `${path} ${message}`);
};
const withRate = (change: object) => ({ ...good, rates: [{ ...oneRate, ...change }] });
const withStep = (change: object) => withRate({ steps: [{ ...oneStep, ...change }] });

describe("a plan document", () => {
  test("is accepted with its defaults filled in: no connect fee, half up to micros", () => {
    const parsed = parsePlanDocument(good);
    expect(parsed).toMatchObject({
      ok: true,
      plan: { rounding: { decimals: 6, mode: "half_up" }, rates: [{ connectFee: "0" }] },
    });
  });

  test("that is accepted is accepted again as it came out", () => {
    const parsed = parsePlanDocument({ ...good, zone: "Europe/Kyiv", rounding: { decimals: 2 } });
    if (!parsed.ok) throw new Error("refused");
    expect(parsePlanDocument(JSON.parse(JSON.stringify(parsed.plan)))).toEqual(parsed);
  });

  test("refuses a price that is a JSON number, and says where", () =>
    expect(complaints(withStep({ price: 0.2 }))).toEqual([
      'rates[0].steps[0].price is the JSON number 0.2; put the price in quotes, as a decimal string such as "0.20"',
    ]));

  test("refuses a connect fee and a minimum charge that are numbers", () =>
    expect(complaints(withRate({ connectFee: 1, minimumCharge: 2 })).map((line) => line.split(" ")[0])).toEqual([
      "rates[0].connectFee",
      "rates[0].minimumCharge",
    ]));

  for (const price of ["", "-1", "+1", "1e3", "1,5", ".5", "1.", " 1", "0x1", "NaN", "0.1234567890123", "1234567890123", "١"])
    test(`refuses ${JSON.stringify(price)} as a price`, () => expect(complaints(withStep({ price }))).toHaveLength(1));

  for (const price of ["0", "0.20", "000.5", "999999999999.999999999999"])
    test(`takes ${JSON.stringify(price)} as a price`, () => expect(complaints(withStep({ price }))).toEqual([]));

  for (const change of [
    { perSec: 0 },
    { incrementSec: 0 },
    { incrementSec: -60 },
    { perSec: 1.5 },
    { incrementSec: "60" },
    { fromSec: -1 },
  ])
    test(`refuses a step with ${JSON.stringify(change)}`, () => {
      expect(complaints(withStep(change))[0]).toStartWith(`rates[0].steps[0].${Object.keys(change)[0]} must be`);
    });

  test("refuses a first step that doesn't start at 0, and steps out of order", () => {
    expect(complaints(withStep({ fromSec: 5 }))).toEqual(["rates[0].steps[0].fromSec must be 0 in the first step, not 5"]);
    const steps = [oneStep, { ...oneStep, fromSec: 60 }, { ...oneStep, fromSec: 60 }];
    expect(complaints(withRate({ steps }))).toEqual([
      "rates[0].steps[2].fromSec must be later than the step before it, which begins at 60, not 60",
    ]);
    expect(complaints(withRate({ steps: [] }))).toEqual(["rates[0].steps must have at least one price step"]);
  });

  test("refuses the same prefix twice, and names both places", () =>
    expect(complaints({ ...good, rates: [oneRate, { ...oneRate, prefix: "" }, { ...oneRate, destination: "Again" }] })).toEqual([
      'rates[2].prefix repeats the prefix "380" of rates[0]; keep one of the two',
    ]));

  for (const prefix of ["+380", "38 0", "*98", 380, null])
    test(`refuses ${JSON.stringify(prefix)} as a prefix`, () =>
      expect(complaints(withRate({ prefix }))[0]).toStartWith("rates[0].prefix must be a string of at most 24 digits"));

  test("refuses a misspelt field instead of dropping the money in it", () =>
    expect(complaints(withRate({ conectFee: "0.40" }))).toEqual([
      "rates[0].conectFee is not a known field; check its spelling or remove it",
    ]));

  for (const zone of ["+02:00", "Europe/Nowhere", "", 3])
    test(`refuses ${JSON.stringify(zone)} as a zone`, () => expect(complaints({ ...good, zone })[0]).toStartWith("zone must be an IANA"));

  test("refuses other currencies, kinds, versions and roundings, each at its place", () =>
    expect(
      complaints({ ...good, schema: "mediabilling/plan@9", kind: "tv", currency: "uah", rounding: { decimals: 7, mode: "bank" } }).map(
        (line) => line.split(" ")[0],
      ),
    ).toEqual(["schema", "kind", "currency", "rounding.decimals", "rounding.mode"]));

  for (const raw of [null, undefined, 3, "plan", [], true])
    test(`refuses ${JSON.stringify(raw)} without throwing`, () => expect(complaints(raw).length).toBeGreaterThan(0));

  const event = { code: "use", of: "event", price: { shape: "per_unit", steps: [{ price: "1" }] } };
  const bundle = { code: "free", of: "event", quantity: "5", validity: { kind: "period" } };

  test("refuses steps of a unit price out of order", () => {
    const steps = [
      { price: "1", from: "5" },
      { price: "1", from: "5.0" },
    ];
    expect(complaints({ ...good, usage: [{ ...event, price: { shape: "per_unit", steps } }] })).toEqual([
      "usage[0].price.steps[0].from must be 0 in the first step, not 5",
      "usage[0].price.steps[1].from must be more than 5, where the step before it begins, not 5.0",
    ]);
  });

  test("refuses what is no IP prefix", () =>
    expect(complaints({ ...good, trafficClasses: [{ code: "a", prefixes: ["10.0.0.0/33", "10.0.0.0/8"] }] })).toEqual([
      'trafficClasses[0].prefixes[0] must be an IP prefix such as "10.0.0.0/8" or "2001:db8::/32", not "10.0.0.0/33"',
    ]));

  test("refuses a rollover without periods, and a pool whose days differ by service", () => {
    const days = { kind: "days", days: 7 };
    const bundles = [
      { ...bundle, validity: days, rollover: { periods: 1 } },
      { ...bundle, code: "pool", validity: days, pooled: true },
    ];
    expect(complaints({ ...good, bundles }).map((line) => line.split(",")[0])).toEqual([
      "bundles[0] has a `rollover`",
      "bundles[1] is `pooled`",
    ]);
  });

  test("lets a tax name a bundle, whose overage is charged by its code", () => {
    const taxes = { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20", on: ["free"] }] };
    expect(complaints({ ...good, bundles: [bundle], taxes })).toEqual([]);
  });

  test("has a JSON Schema that forbids unknown fields and numbers for prices", () => {
    const text = JSON.stringify(planJsonSchema());
    expect(planJsonSchema()).toMatchObject({ type: "object", additionalProperties: false });
    expect(text).toContain('"price":{"type":"string","pattern"');
    expect(planJsonSchema().required).toEqual(["schema", "kind", "name", "currency"]);
  });
});

describe("a long deck, checked piece by piece", () => {
  const rate = fc.record(
    {
      prefix: fc.oneof(fc.nat({ max: 9999 }).map(String), fc.constant("x")),
      destination: fc.constantFrom("A", ""),
      steps: fc.constantFrom(oneRate.steps, [], [{ ...oneStep, price: 1 }]),
      bands: fc.constantFrom([], [{ band: "night", steps: oneRate.steps }], [{ band: "dawn", steps: oneRate.steps }]),
    },
    { requiredKeys: ["prefix", "destination", "steps"] },
  );
  const sorted = (parsed: ParsedPlan) => (parsed.ok ? parsed : parsed.issues.map(({ path, message }) => `${path} ${message}`).toSorted());

  test("says what checking it at once says", () =>
    fc.assert(
      fc.asyncProperty(fc.array(rate, { maxLength: 12 }), fc.constantFrom(good.kind, "phone"), async (some, kind) => {
        // The same mistake in several pieces, with good rates between.
        const filler = Array.from({ length: 2500 }, (_, i) => ({ ...oneRate, prefix: String(100_000 + i) }));
        const bands = [{ code: "night", windows: [{ from: "22:00", to: "06:00" }] }];
        const document = {
          ...good,
          kind,
          bands,
          rates: [...some, ...filler, ...some.map((one) => ({ ...one, prefix: `7${one.prefix}` }))],
        };
        const [turns, once] = [sorted(await parsePlanDocumentInTurns(document)), sorted(parsePlanDocument(document))];
        if (!Array.isArray(once)) return expect(turns).toEqual(once);
        // A mistake keeps what depends on it from being checked: piece by piece, on less.
        expect(turns).toEqual(expect.arrayContaining(once));
      }),
      { numRuns: 40 },
    ));

  test("names the places of a prefix that is repeated far away, and of bands that don't exist", async () => {
    const rates = Array.from({ length: 4100 }, (_, i) => ({ ...oneRate, prefix: String(1000 + i) }));
    rates[4001] = { ...oneRate, prefix: "1007" };
    rates[4002] = { ...oneRate, prefix: "9", bands: [{ band: "dawn", steps: oneRate.steps }] } as never;
    const parsed = await parsePlanDocumentInTurns({ ...good, rates });
    expect(parsed.ok ? [] : parsed.issues).toEqual([
      { path: "rates[4001].prefix", message: 'repeats the prefix "1007" of rates[7]; keep one of the two' },
      { path: "rates[4002].bands[0].band", message: 'names the band "dawn", which the plan doesn\'t have' },
    ]);
  });
});

describe("exact fractions", () => {
  test("print as a decimal where one ends, else as a fraction in lowest terms", () => {
    const texts = [rational(13n, 20n), rational(77n, 120n), rational(4n, 2n), rational(1n, 1024n), rational(3n, 250n), rational(-1n, 8n)];
    expect(texts.map(toExactText)).toEqual(["0.65", "77/120", "2", "0.0009765625", "0.012", "-0.125"]);
  });

  test("read decimals of any length and refuse what is none", () => {
    expect(fromDecimal("0.033")).toEqual({ num: 33n, den: 1000n });
    expect(add(fromDecimal("-0.5"), fromDecimal("0.50"))).toEqual({ num: 0n, den: 1n });
    for (const text of ["", "1e3", "1/2", "NaN"]) expect(() => fromDecimal(text)).toThrow(RangeError);
    expect(() => rational(1n, 0n)).toThrow(RangeError);
  });

  test("round a quotient to an integer in each mode", () => {
    const modes = ["half_up", "half_even", "up", "down"] as const;
    expect([4n, 5n, 6n, 10n, 15n].map((num) => modes.map((mode) => Number(roundQuotient(num, 10n, mode))).join())).toEqual([
      "0,0,1,0",
      "1,0,1,0",
      "1,1,1,0",
      "1,1,1,1",
      "2,2,2,1",
    ]);
  });
});
