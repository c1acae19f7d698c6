// A slow second opinion on price shapes: plain integers of 10^-18, worked out tier by tier, sharing no code with the rating slice.
import type { QuantityPrice } from "../../core/rating/shapes/price.ts";

const SCALE = 10n ** 18n;
/** A decimal in 10^-18. */
const scaled = (text: string): bigint => {
  const [whole = "0", part = ""] = text.split(".");
  return BigInt(whole) * SCALE + BigInt(part.padEnd(18, "0"));
};
type Fraction = [num: bigint, den: bigint];

/** The price of the quantity as exact text: a decimal, or a fraction. */
export function slowShape(price: QuantityPrice, quantity: string): string {
  return exactText(amountOf(price, scaled(quantity)));
}

function amountOf(price: QuantityPrice, q: bigint): Fraction {
  switch (price.shape) {
    case "graduated":
    case "graduated_percentage": {
      let total = 0n;
      let below = 0n;
      for (const [i, tier] of price.tiers.entries()) {
        if (i > 0 && q <= below) break;
        const to = tier.upTo === undefined || scaled(tier.upTo) > q ? q : scaled(tier.upTo);
        const unit = "price" in tier ? scaled(tier.price) * 100n : scaled((tier as { percent: string }).percent);
        total += (to - below) * unit + scaled(tier.flat) * SCALE * 100n;
        below = to;
      }
      return [total, SCALE * SCALE * 100n];
    }
    case "volume": {
      const tier = price.tiers.find(({ upTo }) => upTo === undefined || q <= scaled(upTo));
      return [q * scaled(tier?.price ?? "0") + scaled(tier?.flat ?? "0") * SCALE, SCALE * SCALE];
    }
    case "package": {
      const rest = q > scaled(price.free) ? q - scaled(price.free) : 0n;
      let packages = 0n;
      for (let at = 0n; at < rest; at += scaled(price.size)) packages++;
      return [packages * scaled(price.price), SCALE];
    }
    case "percentage":
      return [q * scaled(price.percent) + scaled(price.fixed) * SCALE * 100n, SCALE * SCALE * 100n];
    case "capacity":
      return [scaled(price.tiers.find(({ upTo }) => upTo === undefined || q <= scaled(upTo))?.price ?? "0"), SCALE];
    case "per_unit":
      return perUnit(price, q);
  }
}

/** Walks increment by increment; without one, to the next step at once. */
function perUnit(price: Extract<QuantityPrice, { shape: "per_unit" }>, q: bigint): Fraction {
  if (q === 0n) return [0n, 1n];
  const end = q > scaled(price.free) ? q - scaled(price.free) : 0n;
  let total: Fraction = [scaled(price.connectFee), SCALE];
  let at = 0n;
  while (at < end) {
    const index = price.steps.findLastIndex(({ from }) => scaled(from) <= at);
    const step = price.steps[index];
    if (!step) throw new Error("no step in force");
    const next = price.steps[index + 1];
    const until = next && scaled(next.from) < end ? scaled(next.from) : end;
    const length = step.increment === undefined ? until - at : scaled(step.increment);
    total = plus(total, [length * scaled(step.price), scaled(step.per) * SCALE]);
    at += length;
  }
  const least = scaled(price.minimumCharge ?? "0");
  return total[0] * SCALE < least * total[1] ? [least, SCALE] : total;
}

const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => lowest([a * d + c * b, b * d]);

function lowest([num, den]: Fraction): Fraction {
  let [a, b] = [num, den];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? [0n, 1n] : [num / a, den / a];
}

function exactText(value: Fraction): string {
  const [num, den] = lowest(value);
  for (let places = 0; places <= 80; places++) {
    const power = 10n ** BigInt(places);
    if ((num * power) % den !== 0n) continue;
    const digits = ((num * power) / den).toString().padStart(places + 1, "0");
    return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  }
  return `${num}/${den}`;
}
