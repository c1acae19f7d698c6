// What the sum of a call's increments becomes: at least the minimum, at most the cap, rounded once; and, backwards, how
// long a call so much money pays for.
import { MAX_SECONDS } from "../catalog/plan-document.ts";
import { decimalText } from "../kernel/rational.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import { type Exact, roundExact, times } from "./exact.ts";
import { exactCell, HEAD, NO_CAP } from "./tariff-table.ts";
import { exactText, type TraceLine } from "./trace.ts";
import { type PricedCall, type Walk, walkIncrements } from "./walk-increments.ts";

/** Whether the call ends when it has cost the most that it may. Otherwise the rest is free. */
const capEndsCall = ({ plan, tariffAt }: PricedCall): boolean => plan.tariffs.cells[tariffAt + HEAD.endsCall] === 1;

/** The most that the call costs, in rounding units. */
const capUnits = ({ plan: { tariffs }, tariffAt }: PricedCall): Exact =>
  roundExact(exactCell(tariffs, tariffAt + HEAD.cap), exactCell(tariffs, tariffAt + HEAD.den), "down");

/** The cost in rounding units of a sum in `den`-ths of one. Minimum, cap and rounding are those of the first plan. */
export function unitsOf(call: PricedCall, num: Exact, den: Exact, trace?: TraceLine[]): Exact {
  const { plan, tariffAt } = call;
  const cost = raised(call, num, den);
  if (trace && cost > num) trace.push({ kind: "minimum", exact: exactText(BigInt(cost), currencyDen(plan, den)) });
  const units = roundExact(cost, den, plan.mode);
  if (plan.tariffs.cells[tariffAt + HEAD.cap] === NO_CAP) return units;
  const most = capUnits(call);
  if (cost <= times(most, den)) return units;
  trace?.push({ kind: "max_cost", amount: decimalText(BigInt(most), plan.decimals) });
  return most;
}

/** The minimum is for the call as a whole: one whose first seconds are paid otherwise has none. */
function raised({ plan: { tariffs }, tariffAt, coveredSec }: PricedCall, num: Exact, den: Exact): Exact {
  if (tariffs.cells[tariffAt + HEAD.minimum] === 0 || coveredSec > 0) return num;
  // After a change of plans `den` is a multiple of the first one's.
  const grown = roundExact(den, exactCell(tariffs, tariffAt + HEAD.den), "down");
  const minimum = times(exactCell(tariffs, tariffAt + HEAD.minimum), grown);
  return num < minimum ? minimum : num;
}

/** What a part of a rounding unit is of a currency unit. */
export const currencyDen = ({ decimals }: CompiledPlan, den: Exact): bigint => BigInt(den) * 10n ** BigInt(decimals);

/** Whether the cap pays for the sum in full, as it is before it is rounded. */
function isPaidByCap(call: PricedCall, num: Exact, den: Exact): boolean {
  const { tariffs } = call.plan;
  const grown = roundExact(den, exactCell(tariffs, call.tariffAt + HEAD.den), "down");
  return raised(call, num, den) <= times(exactCell(tariffs, call.tariffAt + HEAD.cap), grown);
}

/** When the call must end, if the cap ends it: a test of sums for the walk. */
export const untilCap = (call: PricedCall) => (capEndsCall(call) ? (num: Exact, den: Exact) => isPaidByCap(call, num, den) : undefined);

/** Agrees to sums that come to at most so many rounding units, and for which the cap doesn't end the call. */
function withinUnits(call: PricedCall, most: Exact): (num: Exact, den: Exact) => boolean {
  const goesOn = untilCap(call);
  return (num, den) => unitsOf(call, num, den) <= most && (!goesOn || goesOn(num, den));
}

/** The most seconds, up to MAX_SECONDS, that cost at most so many rounding units; none where the call begins without a price. */
export function longestWithin(call: PricedCall, units: Exact): number | undefined {
  const { sec, end }: Walk = walkIncrements(call, MAX_SECONDS, withinUnits(call, units));
  if (end === "no_rate" && sec === 0) return undefined;
  return Math.min(MAX_SECONDS, Math.max(sec, call.plan.tariffs.cells[call.tariffAt + HEAD.freeSec] as number));
}

/** How long the call may last, if its cap ends it. */
export const allowedSecOf = (call: PricedCall): number | undefined => (capEndsCall(call) ? longestWithin(call, capUnits(call)) : undefined);
