// Rates of a deck in words, for tables.
import type { DeckRate } from "../../read/plan-deck/query.ts";

type Steps = NonNullable<DeckRate["steps"]>;

/** Finished text of a rate. `steps` has a line for each price step, then for each band. */
export type RateText = {
  readonly prefix: string;
  readonly destination: string;
  readonly connectFee: string;
  readonly notes: string;
  readonly steps: readonly string[];
};

export function rateText(rate: DeckRate): RateText {
  const { prefix, destination, connectFee = "0", minimumCharge, freeSec, maxCost, steps = [], bands = [] } = rate;
  return {
    ...{ prefix, destination },
    connectFee: /[1-9]/.test(connectFee) ? connectFee : "–",
    notes: [
      ...(minimumCharge ? [`at least ${minimumCharge}`] : []),
      ...(freeSec ? [`free up to ${freeSec} s`] : []),
      ...(maxCost ? [`at most ${maxCost.amount}, then ${maxCost.strategy === "free" ? "free" : "cut off"}`] : []),
    ].join(", "),
    steps: [
      ...stepTexts(steps),
      ...bands.flatMap((band) => stepTexts(band.steps).map((text, i) => (i === 0 ? `in ${band.band}: ${text}` : text))),
    ],
  };
}

const stepTexts = (steps: Steps): string[] =>
  steps.map(
    (step, i) =>
      `${whenText(step.fromSec, steps[i + 1]?.fromSec)}${step.price} per ${perText(step.perSec)}, billed by ${step.incrementSec} s`,
  );

/** "" for the only step, "first 30 s: ", "from 30 s: ". */
const whenText = (from: number, next: number | undefined) =>
  from > 0 ? `from ${from} s: ` : next === undefined ? "" : `first ${next} s: `;

const perText = (seconds: number) => (seconds === 60 ? "minute" : seconds === 1 ? "second" : `${seconds} s`);

/** Everything a rate says in one line, to be set beside another one. */
export const termsText = (rate: DeckRate): string => {
  const { connectFee, notes, steps } = rateText(rate);
  return [...(connectFee === "–" ? [] : [`connect ${connectFee}`]), ...steps, ...(notes ? [notes] : [])].join("; ");
};
