// The lines that explain how a call's increments came to their sum, from what was walked.
import type { CompiledPlan } from "./compile-plan.ts";
import { BLOCK, exactCell, HEAD, NO_BAND, STEP, writtenStep, writtenTariff } from "./tariff-table.ts";
import { exactText, type TraceLine } from "./trace.ts";
import { blockAt, type PricedCall, type Run } from "./walk-increments.ts";

/** Collects runs; one that only goes on with the same price makes no new line. */
export function collectRuns(runs: Run[]): (run: Run) => void {
  return (run) => {
    const last = runs.at(-1);
    if (last && last.plan === run.plan && last.tariffAt === run.tariffAt && last.blockAt === run.blockAt && last.stepAt === run.stepAt)
      last.increments += run.increments;
    else runs.push({ ...run });
  };
}

export function traceRuns(call: PricedCall, runs: readonly Run[], trace: TraceLine[]) {
  let { plan } = call;
  let block = -1;
  const enter = (next: CompiledPlan, tariffAt: number, index: number, blockAt: number, fromSec: number) => {
    if (next !== plan) trace.push(versionLine(call, next, index, fromSec));
    const hasBands = next.tariffs.cells[tariffAt + HEAD.size + BLOCK.rank] !== NO_BAND;
    if (hasBands && (next !== plan || blockAt !== block)) trace.push(bandLine(call, next, blockAt, fromSec));
    [plan, block] = [next, blockAt];
  };

  if (call.coveredSec > 0) trace.push({ kind: "covered", toSec: call.coveredSec });
  else {
    const first = blockAt(plan, call.tariffAt, call.startMs);
    enter(plan, call.tariffAt, -1, first, 0);
    const connect = exactCell(plan.tariffs, first + BLOCK.connect);
    if (connect > 0) trace.push({ kind: "connect_fee", exact: exactText(BigInt(connect), currencyDen(plan, call.tariffAt)) });
  }
  for (const run of runs) {
    enter(run.plan, run.tariffAt, run.index, run.blockAt, run.fromSec);
    trace.push(stepLine(run));
  }
}

function stepLine({ plan, tariffAt, stepAt, fromSec, increments }: Run): TraceLine {
  const { tariffs } = plan;
  const incrementSec = tariffs.cells[stepAt + STEP.incrementSec] as number;
  const num = BigInt(exactCell(tariffs, stepAt + STEP.perIncrement)) * BigInt(increments);
  const { price, perSec } = writtenStep(tariffs, tariffAt, stepAt);
  const exact = exactText(num, currencyDen(plan, tariffAt));
  return { kind: "step", fromSec, toSec: fromSec + increments * incrementSec, increments, incrementSec, price, perSec, exact };
}

function bandLine({ startMs }: PricedCall, { tariffs, bands, zone }: CompiledPlan, blockAt: number, fromSec: number): TraceLine {
  const band = bands.ranked[tariffs.cells[blockAt + BLOCK.rank] as number];
  return { kind: "band", fromSec, at: timeAt(startMs, fromSec, zone), band: band?.code ?? null, name: band?.name ?? null };
}

function versionLine({ startMs }: PricedCall, plan: CompiledPlan, index: number, fromSec: number): TraceLine {
  const [prefix, destinationName] = [plan.ratePrefixes[index] as string, plan.destinationNames[index] as string];
  return { kind: "version", fromSec, at: timeAt(startMs, fromSec, plan.zone), plan: plan.name, prefix, destinationName };
}

const currencyDen = ({ tariffs }: CompiledPlan, tariffAt: number): bigint => writtenTariff(tariffs, tariffAt).currencyDen;

const timeAt = (startMs: number | undefined, sec: number, zone: string): string | null =>
  startMs === undefined
    ? null
    : Temporal.Instant.fromEpochMilliseconds(startMs + sec * 1000)
        .toZonedDateTimeISO(zone)
        .toString();
