// Costs that others computed as exact fractions, recorded beside the repository: their rates as plans.
import { hasFixture, readFixture } from "./fixtures.ts";
import type { StepInput } from "./plans.ts";

const path = "tariffs/expected_costs.json";
export type RecordedCosts = {
  readonly rates: Readonly<Record<string, string>>;
  readonly cases: readonly { rate: string; seconds: number; exact: string; rounded_up_4: string; half_even_2: string }[];
};

export const haveRecordedCosts = hasFixture(path);
export const recordedCosts = (): RecordedCosts => (haveRecordedCosts ? readFixture<RecordedCosts>(path) : { rates: {}, cases: [] });

/** "connect 0.2; 0.1/60s inc 60s from 0s; …" → a rate. Throws on notation that it does not know. */
export function parseRate(text: string): { connectFee?: string; steps: StepInput[] } {
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
  return { ...(connectFee === undefined ? {} : { connectFee }), steps };
}
