// The shapes of a price: how an amount comes from a quantity. Each is worked out by the file of its name in core/rating/shapes.
import * as v from "valibot";
import { decimal, described, digitPrefix, listOf, oneOf, pathItem, percent, positive, quantity, text, whole } from "./fields.ts";
import { maxCost, rates } from "./rates.ts";

const unitStep = v.strictObject({
  from: v.optional(described(quantity, "Quantity from which this step applies."), "0"),
  price: described(decimal, "Price of `per` units."),
  per: v.optional(positive, "1"),
  increment: v.optional(described(positive, "Units are billed in whole increments. Without one, exactly what was used.")),
});

const perUnit = v.strictObject({
  shape: v.literal("per_unit"),
  connectFee: v.optional(described(decimal, "Once, when there is any usage."), "0"),
  minimumCharge: v.optional(described(decimal, "The least, when there is any usage; never above `maxCost`.")),
  free: v.optional(described(quantity, "So many units cost nothing; those beyond are priced as if they were the first."), "0"),
  maxCost: v.optional(maxCost),
  steps: v.pipe(
    listOf(unitStep, "price steps", 32),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      dataset.value.forEach((current, index) => {
        const before = dataset.value[index - 1];
        if (before ? isMore(current.from, before.from) : !isMore(current.from, "0")) return;
        addIssue({
          message: before
            ? `must be more than ${before.from}, where the step before it begins, not ${current.from}`
            : `must be 0 in the first step, not ${current.from}`,
          path: [pathItem("array", dataset.value, index, current), pathItem("object", current, "from", current.from)],
        });
      });
    }),
  ),
});

/** Upper bounds grow, and only the last tier has none. Fractions between tiers belong to the upper one. */
const tiersOf = <T extends v.ObjectEntries>(entries: T) => {
  const tier = v.strictObject({
    upTo: v.optional(
      described(
        positive,
        "Last unit of the tier, which contains it; anything beyond, also a fraction, is in the next. None in the last tier.",
      ),
    ),
    ...entries,
  });
  return v.pipe(
    listOf(tier, "tiers", 200),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const bounds = (dataset.value as { upTo?: string }[]).map(({ upTo }) => upTo);
      bounds.forEach((upTo, index) => {
        const before = bounds[index - 1];
        const last = index === bounds.length - 1;
        let message: string | undefined;
        if (upTo === undefined && !last) message = "is missing: only the last tier is open";
        else if (upTo !== undefined && last) message = "must be left out in the last tier, so that every quantity has a price";
        else if (upTo !== undefined && before !== undefined && !isMore(upTo, before))
          message = `must be more than ${before}, where the tier before it ends`;
        if (message)
          addIssue({
            message,
            path: [pathItem("array", dataset.value, index, dataset.value[index]), pathItem("object", dataset.value[index], "upTo", upTo)],
          });
      });
    }),
  );
};

const flat = v.optional(described(decimal, "Flat fee of the tier, when it is reached; of the first tier even without usage."), "0");

const graduated = v.strictObject({
  shape: v.literal("graduated"),
  tiers: described(tiersOf({ price: described(decimal, "Of each unit inside the tier."), flat }), "Each unit has the price of its tier."),
});
const volume = v.strictObject({
  shape: v.literal("volume"),
  tiers: described(
    tiersOf({ price: described(decimal, "Of each unit."), flat }),
    "All units have the price of the tier that the total reaches.",
  ),
});
const packages = v.strictObject({
  shape: v.literal("package"),
  price: described(decimal, "Of each started package."),
  size: described(positive, "Units in a package."),
  free: v.optional(described(quantity, "First units, which cost nothing and fill no package."), "0"),
});
const percentage = v.strictObject({
  shape: v.literal("percentage"),
  percent: described(percent, "Of the quantity, which is an amount of money here."),
  fixed: v.optional(described(decimal, "For each event."), "0"),
  freeEvents: v.optional(described(whole(0, 1_000_000_000, "events"), "So many first events pay no `fixed` and no percentage."), 0),
  minimumCharge: v.optional(described(decimal, "The least for one event.")),
  maximumCharge: v.optional(described(decimal, "The most for one event.")),
});
const graduatedPercentage = v.strictObject({
  shape: v.literal("graduated_percentage"),
  tiers: tiersOf({ percent: described(percent, "Of what is inside the tier."), flat }),
});
const capacity = v.strictObject({
  shape: v.literal("capacity"),
  tiers: described(
    tiersOf({ price: described(decimal, "For the period, whatever was used.") }),
    'The tier of the peak decides: of the quantity, which is that with `aggregate`: "max".',
  ),
});
const byPrefix = v.strictObject({
  shape: v.literal("by_prefix"),
  prices: described(
    listOf(v.strictObject({ prefix: digitPrefix, destination: text(200), price: decimal }), "prices", 250_000),
    "Price of a unit by the longest prefix of the destination.",
  ),
});
const deck = v.strictObject({ shape: v.literal("rates"), rates: described(rates, "A deck of its own, for calls.") });

export const price = v.variant(
  "shape",
  [perUnit, graduated, volume, packages, percentage, graduatedPercentage, capacity, byPrefix, deck],
  "must have a `shape`: per_unit, graduated, volume, package, percentage, graduated_percentage, capacity, by_prefix or rates",
);
export type Price = v.InferOutput<typeof price>;
export type PriceOf<S extends Price["shape"]> = Extract<Price, { shape: S }>;
export const perUnitPrice = perUnit;

/** How the usage of a period becomes the one quantity that is priced. */
export const AGGREGATES = ["sum", "max", "count", "prevailing_direction", "percentile_95"] as const;
export type Aggregate = (typeof AGGREGATES)[number];
export const aggregate = described(
  oneOf(AGGREGATES),
  "sum of the metric; max, its peak; count of the records; prevailing_direction, the larger of the sums of octets in and out; percentile_95, the 95th percentile of the 5-minute averages in bits per second, of the direction in which it is larger.",
);

function isMore(a: string, b: string): boolean {
  const scaled = (text: string) => {
    const [units = "", fraction = ""] = text.split(".");
    return BigInt(units + fraction.padEnd(9, "0"));
  };
  return scaled(a) > scaled(b);
}
