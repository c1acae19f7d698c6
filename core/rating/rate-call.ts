// The one price function: the live session, the batch, the quote and the re-rating all call it, so that they can't differ.
import { decimalText, roundQuotient } from "../kernel/rational.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import { exactCell, HEAD, STEP, startedIncrements, type TariffTable } from "./tariff-table.ts";
import { exactText, type FreeReason, type TraceLine } from "./trace.ts";

/** What is rated. `billableSec` is the real quantity: whole seconds, 0 or more. */
export type CallUsage = {
  readonly destination: string;
  readonly billableSec: number;
  /** A call that nobody answered costs nothing, whatever seconds it carries. Unless told, it was answered. */
  readonly answered?: boolean;
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
};

/** The plan has no price for the destination of an answered call: refuse the call, or put its record into quarantine; never free. */
export type NoRate = {
  readonly ok: false;
  readonly code: "no_rate";
  readonly destination: string;
};

export type CallRating = RatedCall | NoRate;

/** Prices a whole call. Throws RangeError when `billableSec` is not a whole number ≥ 0. */
export function rateCall(plan: CompiledPlan, usage: CallUsage): CallRating {
  return charge(plan, usage, undefined);
}

/** The same price by the same code, with the lines that explain it. */
export function explain(plan: CompiledPlan, usage: CallUsage): { readonly rating: CallRating; readonly trace: readonly TraceLine[] } {
  const trace: TraceLine[] = [];
  return { rating: charge(plan, usage, trace), trace };
}

/**
 * Prices the seconds from `fromSec` to `toSec` of a running call: price(all so far) − price(before), both rounded, so
 * that slices sum to the price of the whole however it is cut. Throws RangeError unless 0 ≤ fromSec ≤ toSec, whole.
 */
export function rateSlice(
  plan: CompiledPlan,
  slice: {
    readonly destination: string;
    readonly fromSec: number;
    readonly toSec: number;
  },
): CallRating {
  const { destination, fromSec, toSec } = slice;
  if (fromSec > toSec) throw new RangeError(`a slice cannot end (${toSec}) before it begins (${fromSec})`);
  const before = rateCall(plan, { destination, billableSec: fromSec });
  const soFar = rateCall(plan, { destination, billableSec: toSec });
  if (!before.ok || !soFar.ok) return soFar;
  return {
    ...soFar,
    amountMicros: soFar.amountMicros - before.amountMicros,
    billedSec: soFar.billedSec - before.billedSec,
    realSec: toSec - fromSec,
  };
}

function charge(plan: CompiledPlan, { destination, billableSec, answered = true }: CallUsage, trace: TraceLine[] | undefined): CallRating {
  if (!Number.isSafeInteger(billableSec) || billableSec < 0)
    throw new RangeError(`billableSec must be a whole number, 0 or more, not ${billableSec}`);

  const index = plan.prefixes.find(destination);
  if (index < 0 && !answered) {
    // Nothing was used, so nothing is given away; misdialled and short codes must not fill the quarantine.
    trace?.push({ kind: "free", reason: "not_answered" });
    return {
      ok: true,
      amountMicros: 0n,
      billedSec: 0,
      realSec: billableSec,
      prefix: null,
      destinationName: null,
      reason: "not_answered",
    };
  }
  if (index < 0) {
    trace?.push({ kind: "refused", code: "no_rate", destination });
    return { ok: false, code: "no_rate", destination };
  }
  const prefix = plan.ratePrefixes[index] as string;
  const destinationName = plan.destinationNames[index] as string;
  const tariffAt = plan.tariffAt[index] as number;
  trace?.push({ kind: "rate", prefix, destinationName });

  const reason = freeReason(plan.tariffs.cells[tariffAt + HEAD.freeSec] as number, billableSec, answered);
  if (reason) {
    trace?.push({ kind: "free", reason });
    return { ok: true, amountMicros: 0n, billedSec: 0, realSec: billableSec, prefix, destinationName, reason };
  }
  const { num, billedSec } = exactPrice(plan.tariffs, tariffAt, billableSec, trace);
  const units = roundQuotient(num, exactCell(plan.tariffs, tariffAt + HEAD.den), plan.mode);
  trace?.push({ kind: "rounding", mode: plan.mode, decimals: plan.decimals, amount: decimalText(units, plan.decimals) });
  return { ok: true, amountMicros: units * plan.microsPerUnit, billedSec, realSec: billableSec, prefix, destinationName };
}

function freeReason(freeSec: number, billableSec: number, answered: boolean): FreeReason | undefined {
  if (!answered) return "not_answered";
  if (billableSec === 0) return "zero_duration";
  return billableSec <= freeSec ? "grace" : undefined;
}

/** The unrounded price in the tariff's `den`-ths of a rounding unit. */
function exactPrice(
  tariffs: TariffTable,
  tariffAt: number,
  billableSec: number,
  trace: TraceLine[] | undefined,
): { num: bigint; billedSec: number } {
  const { cells } = tariffs;
  const written = trace && tariffs.written.get(tariffAt);
  const stepCount = cells[tariffAt + HEAD.stepCount] as number;
  let num = exactCell(tariffs, tariffAt + HEAD.connect);
  let billedSec = 0;
  if (written && num > 0n) trace.push({ kind: "connect_fee", exact: exactText(num, written.currencyDen) });

  for (let index = 0; index < stepCount; index++) {
    const at = tariffAt + HEAD.size + index * STEP.size;
    const startSec = cells[at + STEP.startSec] as number;
    if (startSec >= billableSec) break;
    const incrementSec = cells[at + STEP.incrementSec] as number;
    const lastSec = Math.min(billableSec, cells[at + STEP.endSec] as number);
    const increments = startedIncrements(lastSec - startSec, incrementSec);
    const stepNum = exactCell(tariffs, at + STEP.perIncrement) * BigInt(increments);
    num += stepNum;
    billedSec = startSec + increments * incrementSec;
    const step = written?.steps[index];
    if (step)
      trace?.push({
        kind: "step",
        fromSec: startSec,
        toSec: billedSec,
        increments,
        incrementSec,
        price: step.price,
        perSec: step.perSec,
        exact: exactText(stepNum, written.currencyDen),
      });
  }
  if (written) trace.push({ kind: "sum", exact: exactText(num, written.currencyDen) });
  const minimum = exactCell(tariffs, tariffAt + HEAD.minimum);
  if (num < minimum) {
    num = minimum;
    if (written) trace.push({ kind: "minimum", exact: exactText(num, written.currencyDen) });
  }
  return { num, billedSec };
}
