// Documents of plans and usage that are nonsense: each mistake is told with its place, in plain words, and nothing throws.
import { describe, expect, test } from "bun:test";
import { parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { parseQuotedUsage } from "../../core/rating/quote-document.ts";
import { call, perUnit, planWith, priced } from "./cases.ts";
import { step } from "./plans.ts";

describe("what is no usage is refused with its place", () => {
  const refused: [raw: unknown, path: string, message: string][] = [
    [{ kind: "session", octetsIn: "1e400" }, "octetsIn", "whole number of octets"],
    [{ kind: "session", octetsIn: "18446744073709551616" }, "octetsIn", "below 2^64"],
    [{ usage: [], period: { from: "2026-02-30", to: "2026-03-01" } }, "period.from", "must be a date"],
    [{ usage: [], period: { from: "2024-02-29", to: "2027-03-01" } }, "period", "at most 3 years"],
    [{ destination: "380", seconds: Number.POSITIVE_INFINITY }, "seconds", "whole number of seconds"],
    [{ kind: "event", type: "use", metrics: { quantity: "NaN" } }, "metrics.quantity", "decimal string"],
    [{ service: { attributes: 5 }, usage: [] }, "service.attributes", "must be an object, not 5"],
  ];
  for (const [raw, path, message] of refused)
    test(JSON.stringify(raw), () => {
      const parsed = parseQuotedUsage(raw);
      expect(parsed.ok ? [] : parsed.issues).toContainEqual({ path, message: expect.stringContaining(message) });
    });

  test("a metric that the usage doesn't have", () => {
    const parsed = parsePlanDocument(planWith({ usage: [priced(perUnit("1"), { of: "session", metric: "octetIn" })] }));
    expect(parsed.ok ? [] : parsed.issues).toEqual([
      { path: "usage[0]", message: expect.stringContaining("use one of octets, octetsIn, octetsOut, seconds, sessions") },
    ]);
  });

  test("a list where an object may be left empty", () => {
    const parsed = parsePlanDocument({ ...planWith({ usage: [{ ...priced(perUnit("1")), where: [] as never }] }), billing: [] });
    expect(parsed.ok ? [] : parsed.issues).toEqual([
      { path: "billing", message: "must be an object, not a list" },
      { path: "usage[0].where", message: "must be an object, not a list" },
    ]);
    const quoted = parseQuotedUsage({ service: [], usage: [] });
    expect(quoted.ok ? [] : quoted.issues).toContainEqual({ path: "service", message: "must be an object, not a list" });
  });

  test("the library's words are not the plan's", () => {
    const bundle = { code: "b", of: "call", quantity: "1", validity: { kind: "never" } };
    const parsed = parsePlanDocument({ ...planWith({}), bundles: [bundle], taxes: { mode: [], rates: [] } });
    expect(parsed.ok ? [] : parsed.issues).toEqual([
      { path: "bundles[0].validity.kind", message: 'must be ("period" | "days" | "dates"), not "never"' },
      { path: "taxes.mode", message: "must be one of exclusive, inclusive, not a list" },
    ]);
  });
});

describe("nonsense in the place of any field", () => {
  const plan = planWith({
    zone: "UTC",
    rounding: { decimals: 2 },
    holidays: { country: "UA" },
    bands: [{ code: "x", windows: [{}] }],
    trafficClasses: [{ code: "t", prefixes: ["10.0.0.0/8"] }],
    rates: [{ prefix: "", destination: "Everywhere", steps: [step("1", 1, 1)] }],
    usage: [priced(perUnit("1"))],
    bundles: [{ code: "b", of: "call", quantity: "40", validity: { kind: "period" } }],
    minimum: { amount: "1" },
    fees: [{ code: "f", name: "Fee", amount: "1", every: "month" }],
    discounts: [{ code: "d", name: "Off", percent: "1" }],
    taxes: { mode: "exclusive", rates: [{ code: "v", name: "VAT", percent: "20" }] },
  });
  const usage = {
    service: { startedOn: "2026-09-01", billingDay: 1, attributes: { a: "b" } },
    period: { from: "2026-09-01", to: "2026-10-01" },
    usage: [
      call(5),
      { kind: "session", octetsIn: "1", octetsOut: 1 },
      { kind: "traffic", octetsIn: 1, remote: { address: "10.0.0.1", port: 1, protocol: "tcp" } },
      { kind: "message", destination: "1", messages: 1 },
      { kind: "event", type: "use", metrics: { quantity: "1" } },
    ],
  };
  const nonsense = [
    null,
    true,
    -1,
    1.5,
    1e308,
    Infinity,
    "",
    "NaN",
    "-1",
    "1e400",
    "١",
    "1,5",
    "2026-02-30",
    "X".repeat(300),
    [],
    {},
    [[]],
    "\0",
    "\ud800",
  ];

  test("never throws, and an answer that it is wrong has a message", () => {
    let refusals = 0;
    for (const [document, parse] of [
      [plan, parsePlanDocument],
      [usage, parseQuotedUsage],
    ] as const)
      for (const path of pathsOf(document))
        for (const value of nonsense) {
          const parsed = parse(replaced(document, path, value));
          if (parsed.ok) continue;
          refusals++;
          for (const { message } of parsed.issues) expect(message).not.toMatch(/^Invalid |\[object|undefined/);
        }
    expect(refusals).toBeGreaterThan(1500);
  });
});

type Path = readonly string[];

function pathsOf(value: unknown): Path[] {
  if (typeof value !== "object" || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner).map((path) => [key, ...path]))];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}
