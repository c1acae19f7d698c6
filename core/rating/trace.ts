// How a price came about, in lines that an accountant can follow with a pocket calculator.
import { decimalText, type RoundingMode, rational, roundQuotient, toExactText } from "../kernel/rational.ts";

/**
 * One line of a trace; JSON-safe, so that it can be stored with the charge. Amounts are exact: a decimal ("0.65") or,
 * where the decimals don't end, a fraction ("77/120"), in currency units.
 */
export type TraceLine =
  | { readonly kind: "rate"; readonly prefix: string; readonly destinationName: string }
  | { readonly kind: "connect_fee"; readonly exact: string }
  | {
      readonly kind: "step";
      readonly fromSec: number;
      readonly toSec: number;
      readonly increments: number;
      readonly incrementSec: number;
      readonly price: string;
      readonly perSec: number;
      readonly exact: string;
    }
  | { readonly kind: "free"; readonly reason: FreeReason }
  | { readonly kind: "sum"; readonly exact: string }
  | { readonly kind: "minimum"; readonly exact: string }
  | {
      readonly kind: "rounding";
      readonly mode: RoundingMode;
      readonly decimals: number;
      readonly amount: string;
    }
  | { readonly kind: "refused"; readonly code: "no_rate"; readonly destination: string };

/** Why an accepted call costs nothing. */
export type FreeReason = "not_answered" | "zero_duration" | "grace";

const FREE_TEXT: Record<FreeReason, string> = {
  not_answered: "The call was not answered: nothing is charged",
  zero_duration: "The call lasted 0 seconds: nothing is charged",
  grace: "The call is within the free seconds: nothing is charged",
};

const MODE_TEXT: Record<RoundingMode, string> = {
  half_up: "half up",
  half_even: "half to even",
  up: "up",
  down: "down",
};

/** A line in English. */
export function traceText(line: TraceLine): string {
  switch (line.kind) {
    case "rate":
      return `Rate ${line.prefix === "" ? "for every destination" : `of prefix ${line.prefix}`}: ${line.destinationName}`;
    case "connect_fee":
      return `Connect fee, once: ${line.exact}`;
    case "step":
      return `${line.fromSec}–${line.toSec} s: ${line.increments} × ${line.incrementSec} s × ${line.price} per ${line.perSec} s = ${amountText(line.exact)}`;
    case "free":
      return FREE_TEXT[line.reason];
    case "sum":
      return `Sum: ${amountText(line.exact)}`;
    case "minimum":
      return `Raised to the minimum charge: ${line.exact}`;
    case "rounding":
      return `Rounded once, ${MODE_TEXT[line.mode]}, to ${line.decimals} decimals: ${line.amount}`;
    case "refused":
      return `Refused: the plan has no price for ${JSON.stringify(line.destination)}`;
  }
}

/** "77/120" → "77/120 (≈ 0.64166667)": a fraction alone says little to the eye. */
function amountText(exact: string): string {
  const [num, den] = exact.split("/");
  if (!num || !den) return exact;
  const scaled = roundQuotient(BigInt(num) * 10n ** 8n, BigInt(den), "half_up");
  return `${exact} (≈ ${decimalText(scaled, 8)})`;
}

/** num/den as exact text. */
export const exactText = (num: bigint, den: bigint): string => toExactText(rational(num, den));
