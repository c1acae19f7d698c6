// The one price function: the live session, the batch, the quote and the re-rating all call it, so that they can't differ.
import { decimalText } from "../kernel/rational.ts";
import { allowedSecOf, currencyDen, unitsOf, untilCap } from "./call-cost.ts";
import { collectRuns, traceRuns } from "./call-trace.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import { BLOCK, HEAD } from "./tariff-table.ts";
import { exactText, type FreeReason, type TraceLine } from "./trace.ts";
import { blockAt, type PlanSegment, type PricedCall, type Run, walkIncrements } from "./walk-increments.ts";

/** What is rated. `billableSec` is the real quantity: whole seconds, 0 or more. */
export type CallUsage = {
  readonly destination: string;
  readonly billableSec: number;
  /** A call that nobody answered costs nothing, whatever seconds it carries. Unless told, it was answered. */
  readonly answered?: boolean;
  /** When it was answered, in milliseconds since 1970; fractions of one are dropped. Without it no time band holds. */
  readonly startMs?: number;
  /** So many first seconds are paid otherwise (out of a bundle): increments begin after them, without connect fee and minimum charge. */
  readonly coveredSec?: number;
};

export type RatedCall = {
  readonly ok: true;
  /** Rounded once, as the plan says. */
  readonly amountMicros: bigint;
  /** Seconds paid for, in whole increments; `realSec` are those that were used. */
  readonly billedSec: number;
  readonly realSec: number;
  /** Both null for an unanswered call to a destination without a price. */
  readonly prefix: string | null;
  readonly destinationName: string | null;
  /** Why it costs nothing, when it does for a reason other than a price of 0. */
  readonly reason?: FreeReason;
  /** How long the call may last before it has cost the most that it may, where the rate ends the call then. */
  readonly allowedSec?: number;
};

/**
 * The plan has no price for the destination of an answered call, or none for the time from second `fromSec` on: refuse the
 * call, or put its record into quarantine; never free.
 */
export type NoRate = {
  readonly ok: false;
  readonly code: "no_rate";
  readonly destination: string;
  readonly fromSec?: number;
};

export type CallRating = RatedCall | NoRate;
export type CallSlice = Pick<CallUsage, "destination" | "startMs"> & { readonly fromSec: number; readonly toSec: number };

const NONE: readonly PlanSegment[] = [];

/** Prices a whole call. Throws RangeError when `billableSec` or `coveredSec` is not a whole number ≥ 0. */
export function rateCall(plan: CompiledPlan, usage: CallUsage): CallRating {
  return charge(plan, NONE, usage, undefined);
}

/** The same price by the same code, with the lines that explain it. */
export function explain(plan: CompiledPlan, usage: CallUsage): { readonly rating: CallRating; readonly trace: readonly TraceLine[] } {
  const trace: TraceLine[] = [];
  return { rating: charge(plan, NONE, usage, trace), trace };
}

/**
 * Prices the seconds from `fromSec` to `toSec` of a running call: price(all so far) − price(before), both rounded, so
 * that slices sum to the price of the whole however it is cut. Throws RangeError unless 0 ≤ fromSec ≤ toSec, whole.
 */
export const rateSlice = (plan: CompiledPlan, slice: CallSlice): CallRating => sliceOf(slice, (usage) => rateCall(plan, usage));

export function sliceOf({ fromSec, toSec, ...call }: CallSlice, rate: (usage: CallUsage) => CallRating): CallRating {
  if (fromSec > toSec) throw new RangeError(`a slice cannot end (${toSec}) before it begins (${fromSec})`);
  const before = rate({ ...call, billableSec: fromSec });
  const soFar = rate({ ...call, billableSec: toSec });
  if (!before.ok || !soFar.ok) return soFar;
  return {
    ...soFar,
    amountMicros: soFar.amountMicros - before.amountMicros,
    billedSec: soFar.billedSec - before.billedSec,
    realSec: toSec - fromSec,
  };
}

/** Prices a call that begins in `plan` and may run into `later` ones. */
export function charge(
  plan: CompiledPlan,
  later: readonly PlanSegment[],
  { destination, billableSec, answered = true, startMs, coveredSec = 0 }: CallUsage,
  trace: TraceLine[] | undefined,
): CallRating {
  wholeSeconds("billableSec", billableSec);
  wholeSeconds("coveredSec", coveredSec);
  const refused = (fromSec?: number): NoRate => {
    const noRate = { code: "no_rate", destination, ...(fromSec === undefined ? {} : { fromSec }) } as const;
    trace?.push({ kind: "refused", ...noRate });
    return { ok: false, ...noRate };
  };

  const index = plan.prefixes.find(destination);
  if (index < 0) return answered ? refused() : free("not_answered", billableSec, null, null, trace);
  const prefix = plan.ratePrefixes[index] as string;
  const destinationName = plan.destinationNames[index] as string;
  trace?.push({ kind: "rate", prefix, destinationName });

  const call: PricedCall = {
    destination,
    startMs: startMs && Math.floor(startMs),
    coveredSec,
    plan,
    tariffAt: plan.tariffAt[index] as number,
    later,
  };
  const reason = freeReason(call, billableSec, answered);
  // A call that is too short to be charged is refused all the same when a longer one would be.
  if (reason === "grace" && coveredSec === 0 && !beginsWithPrice(call)) return refused(0);
  if (reason) return free(reason, billableSec, prefix, destinationName, trace);

  const runs: Run[] = [];
  const { num, den, sec, end } = walkIncrements(call, billableSec, untilCap(call), trace && collectRuns(runs));
  if (trace) traceRuns(call, runs, trace);
  if (end === "no_rate") return refused(sec);
  trace?.push({ kind: "sum", exact: exactText(BigInt(num), currencyDen(plan, den)) });
  const allowedSec = allowedSecOf(call);
  if (end === "limit") trace?.push({ kind: "disconnect", allowedSec: sec });
  const units = unitsOf(call, num, den, trace);
  trace?.push({ kind: "rounding", mode: plan.mode, decimals: plan.decimals, amount: decimalText(BigInt(units), plan.decimals) });
  const rated = {
    ok: true,
    amountMicros: BigInt(units) * plan.microsPerUnit,
    billedSec: sec - coveredSec,
    realSec: billableSec,
    prefix,
    destinationName,
  } as const;
  return allowedSec === undefined ? rated : { ...rated, allowedSec };
}

/** Whatever it carries, nothing was used that costs: misdialled and short codes must not fill the quarantine. */
function free(
  reason: FreeReason,
  realSec: number,
  prefix: string | null,
  destinationName: string | null,
  trace: TraceLine[] | undefined,
): RatedCall {
  trace?.push({ kind: "free", reason });
  return { ok: true, amountMicros: 0n, billedSec: 0, realSec, prefix, destinationName, reason };
}

function freeReason({ plan, tariffAt, coveredSec }: PricedCall, billableSec: number, answered: boolean): FreeReason | undefined {
  if (!answered) return "not_answered";
  if (billableSec === 0) return "zero_duration";
  if (billableSec <= (plan.tariffs.cells[tariffAt + HEAD.freeSec] as number)) return "grace";
  return billableSec <= coveredSec ? "covered" : undefined;
}

const beginsWithPrice = ({ plan, tariffAt, startMs }: PricedCall) =>
  (plan.tariffs.cells[blockAt(plan, tariffAt, startMs) + BLOCK.stepCount] as number) > 0;

function wholeSeconds(name: string, value: number) {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a whole number, 0 or more, not ${value}`);
}
