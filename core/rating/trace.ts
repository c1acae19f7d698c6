// How a price came about, in lines that an accountant can follow with a pocket calculator.
import { decimalText, type RoundingMode, rational, roundQuotient, toExactText } from "../kernel/rational.ts";
import { type ChargeTraceLine, chargeTraceText } from "./charges/trace.ts";
import { type UsageTraceLine, usageTraceText } from "./usage-trace.ts";

/**
 * One line of a trace; JSON-safe, so that it can be stored with the charge. Amounts are exact: a decimal ("0.65") or,
 * where the decimals don't end, a fraction ("77/120"), in currency units.
 */
export type TraceLine =
  | ChargeTraceLine
  | { readonly kind: "rate"; readonly prefix: string; readonly destinationName: string }
  | { readonly kind: "covered"; readonly toSec: number }
  | {
      /**
       * From this second on prices are those of the band, or of no band. `at` is the time in the plan's zone,
       * "2026-11-23T18:00:00+02:00[Europe/Kyiv]"; null when it is not known, and bands don't hold.
       */
      readonly kind: "band";
      readonly fromSec: number;
      readonly at: string | null;
      readonly band: string | null;
      readonly name: string | null;
    }
  | {
      /** From this second on prices are those of the plan version, or plan, that began. */
      readonly kind: "version";
      readonly fromSec: number;
      readonly at: string | null;
      readonly plan: string;
      readonly prefix: string;
      readonly destinationName: string;
    }
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
  | { readonly kind: "disconnect"; readonly allowedSec: number }
  | { readonly kind: "max_cost"; readonly amount: string }
  | {
      readonly kind: "rounding";
      readonly mode: RoundingMode;
      readonly decimals: number;
      readonly amount: string;
    }
  | { readonly kind: "refused"; readonly code: "no_rate"; readonly destination: string; readonly fromSec?: number }
  | UsageTraceLine;

/** Why an accepted call costs nothing. */
export type FreeReason = "not_answered" | "zero_duration" | "grace" | "covered" | "incoming";

const FREE_TEXT: Record<FreeReason, string> = {
  not_answered: "The call was not answered: nothing is charged",
  zero_duration: "The call lasted 0 seconds: nothing is charged",
  grace: "The call is within the free seconds: nothing is charged",
  covered: "All of the call is paid otherwise: nothing is charged here",
  incoming: "The call was received: nothing is charged",
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
      return rateText(line);
    case "covered":
      return `The first ${line.toSec} s are paid otherwise`;
    case "band":
      return `From ${line.fromSec} s${timeText(line.at)}, ${line.band === null ? "outside the time bands" : `time band ${line.name ?? line.band}`}:`;
    case "version":
      return `From ${line.fromSec} s${timeText(line.at)}, the new prices of ${line.plan}. ${rateText(line)}`;
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
    case "disconnect":
      return `The most that the call may cost pays for ${line.allowedSec} s: the call ends there`;
    case "max_cost":
      return `Lowered to the most that a call costs: ${line.amount}`;
    case "rounding":
      return `Rounded once, ${MODE_TEXT[line.mode]}, to ${line.decimals} decimals: ${line.amount}`;
    case "refused":
      return `Refused: the plan has no price for ${JSON.stringify(line.destination)}${line.fromSec === undefined ? "" : ` from ${line.fromSec} s on`}`;
    case "fee":
    case "part_of_period":
    case "day_of_period":
    case "given_back":
    case "total_of":
    case "discount":
    case "period_minimum":
    case "unused":
    case "charged_before":
    case "taxes":
      return chargeTraceText(line, amountText);
    default:
      return usageTraceText(line, amountText);
  }
}

const rateText = ({ prefix, destinationName }: { readonly prefix: string; readonly destinationName: string }) =>
  `Rate ${prefix === "" ? "for every destination" : `of prefix ${prefix}`}: ${destinationName}`;

/** "2026-11-23T18:00:00+02:00[Europe/Kyiv]" → " (2026-11-23 18:00:00 +02:00, Europe/Kyiv)". */
const timeText = (at: string | null) => at?.replace(/^(.{10})T(.{8})[.\d]*(.*)\[(.*)\]$/, " ($1 $2 $3, $4)") ?? "";

/** "77/120" → "77/120 (≈ 0.64166667)": a fraction alone says little to the eye. */
function amountText(exact: string): string {
  const [num, den] = exact.split("/");
  if (!num || !den) return exact;
  const scaled = roundQuotient(BigInt(num) * 10n ** 8n, BigInt(den), "half_up");
  return `${exact} (≈ ${decimalText(scaled, 8)})`;
}

/** num/den as exact text. */
export const exactText = (num: bigint, den: bigint): string => toExactText(rational(num, den));
