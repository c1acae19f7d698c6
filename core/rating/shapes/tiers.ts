// Tiers of a quantity, half-open from below: "up to 10" contains 10, and 10.5 is in the next.
import { fromDecimal, isLess, least, type Rational, subtract, ZERO } from "../../kernel/rational.ts";

type Tier = { readonly upTo?: string };

/** The part of the quantity inside each tier that it reaches; the first tier is reached by 0. */
export function* tiersReached<T extends Tier>(
  tiers: readonly T[],
  quantity: Rational,
): Generator<{ tier: T; from: Rational; inside: Rational }> {
  let from = ZERO;
  for (const [index, tier] of tiers.entries()) {
    if (index > 0 && !isLess(from, quantity)) return;
    const to = tier.upTo === undefined ? quantity : least(quantity, fromDecimal(tier.upTo));
    yield { tier, from, inside: subtract(to, from) };
    from = to;
  }
}

/** The tier that the quantity as a whole is in. */
export const tierOf = <T extends Tier>(tiers: readonly T[], quantity: Rational): T =>
  tiers.find(({ upTo }) => upTo === undefined || !isLess(fromDecimal(upTo), quantity)) as T;
