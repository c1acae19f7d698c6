// Costs that others computed as exact fractions. All of the file's rates can be written as plans.
import { describe, expect, test } from "bun:test";
import { formatMicros } from "../../core/kernel/money.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { explain } from "../../core/rating/rate-call.ts";
import { hasFixture, readFixture } from "./fixtures.ts";
import { amount, planOf, type StepInput } from "./plans.ts";

const path = "tariffs/expected_costs.json";
type Costs = {
  rates: Record<string, string>;
  cases: { rate: string; seconds: number; exact: string; rounded_up_4: string; half_even_2: string }[];
};

/** "connect 0.2; 0.1/60s inc 60s from 0s; …" → a rate. Throws on notation that it does not know. */
function parseRate(text: string): { connectFee?: string; steps: StepInput[] } {
  const steps: StepInput[] = [];
  let connectFee: string | undefined;
  for (const part of text.split("; ")) {
    const connect = /^connect ([\d.]+)$/.exec(part);
    const found = /^([\d.]+)\/(\d+)s inc (\d+)s from (\d+)s$/.exec(part);
    if (connect) connectFee = connect[1];
    else if (found?.[1])
      steps.push({ price: found[1], perSec: Number(found[2]), incrementSec: Number(found[3]), fromSec: Number(found[4]) });
    else throw new Error(`unknown notation: ${part}`);
  }
  return { connectFee, steps };
}

const asFraction = (exact: string) => {
  const [num, den = "1"] = exact.split("/");
  return { num: BigInt(num ?? ""), den: BigInt(den) };
};

describe.skipIf(!hasFixture(path))("recorded exact costs", () => {
  const costs = hasFixture(path) ? readFixture<Costs>(path) : { rates: {}, cases: [] };
  for (const { rate, seconds, exact, rounded_up_4, half_even_2 } of costs.cases)
    test(`${rate} for ${seconds} s is ${exact}`, () => {
      const parts = parseRate(costs.rates[rate] ?? "");
      expect(formatMicros(amount(planOf(parts, { decimals: 4, mode: "up" }), seconds), 4)).toBe(rounded_up_4);
      expect(formatMicros(amount(planOf(parts, { decimals: 2, mode: "half_even" }), seconds), 2)).toBe(half_even_2);

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
