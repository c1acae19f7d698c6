// How the price of a usage comes about, to the last line: by the function that charges, so that it can't tell anything else.
import { rational, toExactText } from "../kernel/rational.ts";
import { rateUsage } from "./rate-usage.ts";
import type { TraceLine } from "./trace.ts";
import type { UsageFact } from "./usage.ts";
import type { ServiceTerms, UsageRating } from "./usage-rating.ts";
import type { UsageState } from "./usage-state.ts";

/** Changes the state, as rating does. The last line of what isn't refused is what is charged. */
export function explainUsage(
  terms: ServiceTerms,
  fact: UsageFact,
  state: UsageState,
): { readonly rating: UsageRating; readonly trace: readonly TraceLine[] } {
  const trace: TraceLine[] = [];
  const rating = rateUsage(terms, fact, state, trace);
  if (rating.ok) trace.push({ kind: "charged", ...sumOf([rating]), period: rating.period.length === 0 ? null : sumOf(rating.period) });
  return { rating, trace };
}

type Money = { readonly amountMicros: bigint; readonly taxMicros: bigint };
const sumOf = (all: readonly Money[]) => ({
  amount: text(all.reduce((sum, { amountMicros }) => sum + amountMicros, 0n)),
  tax: text(all.reduce((sum, { taxMicros }) => sum + taxMicros, 0n)),
});
const text = (micros: bigint) => toExactText(rational(micros, 1_000_000n));
