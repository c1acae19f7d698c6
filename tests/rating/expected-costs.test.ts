// Costs that others computed as exact fractions. All of the file's rates can be written as plans.
import { describe, expect, test } from "bun:test";
import { formatMicros } from "../../core/kernel/money.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { parseQuotedUsage } from "../../core/rating/quote-document.ts";
import { quoteUsage } from "../../core/rating/quote-usage.ts";
import { explain } from "../../core/rating/rate-call.ts";
import { amount, planOf } from "./plans.ts";
import { haveRecordedCosts, parseRate, recordedCosts } from "./recorded-costs.ts";

/** The same as a quote of a call in its short form. */
function quoted(parts: ReturnType<typeof parseRate>, rounding: Parameters<typeof planOf>[1], seconds: number): bigint {
  const usage = parseQuotedUsage({ destination: "380441234567", seconds });
  if (!usage.ok) throw new Error(JSON.stringify(usage.issues));
  return quoteUsage([{ fromMs: Number.NEGATIVE_INFINITY, plan: compilePlan(planOf(parts, rounding)) }], usage.document, 0).netMicros;
}

const asFraction = (exact: string) => {
  const [num, den = "1"] = exact.split("/");
  return { num: BigInt(num ?? ""), den: BigInt(den) };
};

describe.skipIf(!haveRecordedCosts)("recorded exact costs", () => {
  const costs = recordedCosts();
  for (const { rate, seconds, exact, rounded_up_4, half_even_2 } of costs.cases)
    test(`${rate} for ${seconds} s is ${exact}`, () => {
      const parts = parseRate(costs.rates[rate] ?? "");
      expect(formatMicros(amount(planOf(parts, { decimals: 4, mode: "up" }), seconds), 4)).toBe(rounded_up_4);
      expect(formatMicros(amount(planOf(parts, { decimals: 2, mode: "half_even" }), seconds), 2)).toBe(half_even_2);
      expect(formatMicros(quoted(parts, { decimals: 4, mode: "up" }, seconds), 4)).toBe(rounded_up_4);
      expect(formatMicros(quoted(parts, { decimals: 2, mode: "half_even" }, seconds), 2)).toBe(half_even_2);

      const { trace } = explain(compilePlan(planOf(parts)), { destination: "1", billableSec: seconds });
      const sum = trace.find((line) => line.kind === "sum");
      const { num, den } = asFraction(exact);
      const [digits = "", decimals = ""] = (sum?.exact ?? "0").split(".");
      const traced = sum?.exact.includes("/")
        ? asFraction(sum.exact)
        : { num: BigInt(digits + decimals), den: 10n ** BigInt(decimals.length) };
      expect(traced.num * den).toBe(num * traced.den);
    });
});
