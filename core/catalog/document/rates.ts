// What calls cost by destination: a deck of prefixes, each with its price steps, in time bands or at any time.
import * as v from "valibot";
import { code, decimal, described, digitPrefix, MAX_SECONDS, oneOf, pathItem, show, text, whole } from "./fields.ts";

/** Limits of one document; a document beyond them is a mistake or an attack. */
export const MAX_RATES = 250_000;
const MAX_STEPS = 32;

const step = v.strictObject({
  fromSec: described(whole(0, MAX_SECONDS, "seconds"), "Second of the call from which this step applies; 0 in the first."),
  price: described(decimal, "Price of `perSec` seconds."),
  perSec: described(whole(1, MAX_SECONDS, "seconds"), "How many seconds `price` is for: 60 for a price per minute."),
  incrementSec: described(
    whole(1, MAX_SECONDS, "seconds"),
    "Seconds are billed in whole increments of this length. An increment that has begun keeps this step's price.",
  ),
});

/** None: there is no price outside the bands. */
const stepsOrNone = v.pipe(
  v.array(step, "must be a list of price steps"),
  v.maxLength(MAX_STEPS, `must have at most ${MAX_STEPS} price steps`),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    dataset.value.forEach((current, index) => {
      const before = dataset.value[index - 1];
      const message = before
        ? current.fromSec > before.fromSec
          ? undefined
          : `must be later than the step before it, which begins at ${before.fromSec}, not ${current.fromSec}`
        : current.fromSec === 0
          ? undefined
          : `must be 0 in the first step, not ${current.fromSec}`;
      if (!message) return;
      addIssue({
        message,
        path: [pathItem("array", dataset.value, index, current), pathItem("object", current, "fromSec", current.fromSec)],
      });
    });
  }),
);

const steps = v.pipe(stepsOrNone, v.minLength(1, "must have at least one price step"));

const inBand = v.strictObject({
  band: described(code, "Code of a band of this plan."),
  connectFee: v.optional(described(decimal, "For calls that begin in the band; the rate's own unless given.")),
  steps: described(steps, "Price steps in the band. `fromSec` counts from the beginning of the call, not of the band."),
});

/** The most that one call costs. */
export const maxCost = v.strictObject({
  amount: decimal,
  strategy: described(
    oneOf(["free", "disconnect"]),
    "`free`: what goes beyond costs nothing. `disconnect`: the call ends with the last increment that the amount pays for in full.",
  ),
});

export const rate = v.pipe(
  v.strictObject({
    prefix: described(
      digitPrefix,
      'Digits that the destination begins with, without "+"; "" matches every destination. The longest match wins.',
    ),
    destination: described(text(200), "Name of the destination on papers."),
    connectFee: v.optional(described(decimal, "Charged once per answered call, with its first second."), "0"),
    minimumCharge: v.optional(described(decimal, "The least that an answered call costs.")),
    freeSec: v.optional(
      described(
        whole(0, MAX_SECONDS, "seconds"),
        "Grace: a call of at most so many seconds costs nothing, connect fee included; a longer one is charged from its first second. (For free first seconds of every call, use a step with the price 0.)",
      ),
    ),
    maxCost: v.optional(maxCost),
    steps: v.optional(
      described(
        stepsOrNone,
        "Price steps in the order of `fromSec`, at any time that no band below covers. Without them, calls outside the bands have no price.",
      ),
      [],
    ),
    bands: v.optional(described(v.pipe(v.array(inBand), v.maxLength(50)), "Other prices in time bands."), []),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { steps, bands } = dataset.value;
    if (steps.length === 0 && bands.length === 0)
      addIssue({ message: "must have at least one price step", path: [pathItem("object", dataset.value, "steps", steps)] });
    const codes = bands.map((one) => one.band);
    const twice = codes.findIndex((one, i) => codes.indexOf(one) !== i);
    if (twice >= 0)
      addIssue({
        message: `has a second price in the band ${show(codes[twice])}; keep one`,
        path: [pathItem("object", dataset.value, "bands", bands), pathItem("array", bands, twice, bands[twice])],
      });
  }),
);

export const rates = v.pipe(
  v.array(rate, "must be a list of rates"),
  v.maxLength(MAX_RATES, `must have at most ${MAX_RATES} rates`),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const { index, message } of repeatedPrefixes(dataset.value)) {
      const current = dataset.value[index] as PlanRate;
      addIssue({
        message,
        path: [pathItem("array", dataset.value, index, current), pathItem("object", current, "prefix", current.prefix)],
      });
    }
  }),
);

/** Each with its place and what is wrong. */
export function repeatedPrefixes(all: readonly { readonly prefix: string }[]): { index: number; message: string }[] {
  const first = new Map<string, number>();
  return all.flatMap(({ prefix }, index) => {
    const earlier = first.get(prefix);
    if (earlier !== undefined) return [{ index, message: `repeats the prefix ${show(prefix)} of rates[${earlier}]; keep one of the two` }];
    first.set(prefix, index);
    return [];
  });
}
export type PlanRate = v.InferOutput<typeof rate>;
export type PriceSteps = v.InferOutput<typeof stepsOrNone>;
