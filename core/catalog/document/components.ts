// Components of a plan: usage with its price, units included in the plan, and what is added up at the end of the period.
import * as v from "valibot";
import { code, coded, date, decimal, described, oneOf, positive, quantity, show, text, whole } from "./fields.ts";
import { aggregate, perUnitPrice, price } from "./shapes.ts";
import { about, METRICS } from "./usage.ts";

export const PERIODS = ["day", "week", "month", "quarter", "year"] as const;

type Counting = v.InferOutput<v.StrictObjectSchema<Pick<typeof about, "of" | "metric">, undefined>>;
/** A misspelt metric would count nothing. Events name their own. */
const countsWhatThereIs = <T extends Counting>() =>
  v.check<T, (issue: v.CheckIssue<T>) => string>(
    ({ of, metric }) => metric === undefined || of === "event" || METRICS[of].includes(metric),
    ({ input: { of, metric } }) => `counts ${show(metric)}, which a ${of} doesn't have; use one of ${METRICS[of].join(", ")}`,
  );

/** Of the components that match a usage, the heaviest prices it, once for each metric; of equal ones, the first. */
const component = v.pipe(
  v.strictObject({
    code,
    name: v.optional(text(200)),
    ...about,
    weight: v.optional(described(whole(0, 1000, "weight"), "The heaviest component that matches prices the usage."), 0),
    per: v.optional(
      described(
        oneOf(["event", "period"]),
        "`event`: every record by itself, at once. `period`: the billing period's aggregate; each record is charged what it adds to the price so far.",
      ),
      "event",
    ),
    aggregate: v.optional(aggregate, "sum"),
    price,
  }),
  countsWhatThereIs(),
  v.check(({ per, aggregate }) => per === "period" || aggregate === "sum", 'has an `aggregate`, which needs `per`: "period"'),
  v.check(
    ({ of, aggregate }) => !["prevailing_direction", "percentile_95"].includes(aggregate) || of === "traffic" || of === "session",
    "has an `aggregate` of directions, which only traffic and sessions have",
  ),
  v.check(
    ({ of, per, price }) => price.shape !== "rates" || (of === "call" && per === "event"),
    'has a price by `rates`, which is for calls, `per`: "event"',
  ),
  v.check(
    ({ of, per, price }) => price.shape !== "by_prefix" || ((of === "call" || of === "message") && per === "event"),
    'has a price `by_prefix`, which is for calls and messages, `per`: "event"',
  ),
);
export const usageComponents = coded(component, "usage components", 200);
export type UsageComponent = v.InferOutput<typeof component>;

const bundle = v.pipe(
  v.strictObject({
    code,
    name: v.optional(text(200)),
    ...about,
    quantity: described(positive, "Units in it, each time it is granted."),
    weight: v.optional(
      described(
        whole(0, 1000, "weight"),
        "The heaviest bundle that matches is used first; of equal ones, the one that expires first, then the first.",
      ),
      0,
    ),
    validity: described(
      v.variant("kind", [
        v.strictObject({ kind: v.literal("period"), every: v.optional(oneOf(PERIODS), "month") }),
        v.strictObject({ kind: v.literal("days"), days: whole(1, 3660, "days") }),
        v.strictObject({ kind: v.literal("dates"), from: date, to: described(date, "Last day, inclusive.") }),
      ]),
      "`period`: granted anew in each billing period. `days`: once, for so many days from the service's start on the plan. `dates`: once, from the first to the last day.",
    ),
    rollover: v.optional(
      described(
        v.strictObject({
          periods: whole(1, 60, "periods"),
          most: v.optional(described(quantity, "The most that is carried over out of one period.")),
        }),
        "What is left of a period may be used in so many periods after it; the oldest first.",
      ),
    ),
    pooled: v.optional(
      described(v.boolean(), "Shared by all services of the account that are on the plan: each adds its quantity."),
      false,
    ),
    price: v.optional(described(perUnitPrice, "Own tariff of the units that are taken out of it; nothing unless told.")),
    increment: v.optional(
      described(positive, "Units are taken in whole increments; unless told, in those of the own tariff's first step."),
    ),
    whenEmpty: v.optional(
      described(
        v.variant("use", [
          v.strictObject({ use: v.literal("rate") }),
          v.strictObject({ use: v.literal("block") }),
          v.strictObject({ use: v.literal("overage"), price: perUnitPrice }),
        ]),
        "`rate`: other bundles, then the plan's price. `overage`: this price. `block`: refused (live), or quarantined (batch).",
      ),
      { use: "rate" },
    ),
  }),
  countsWhatThereIs(),
  v.check(({ rollover, validity }) => !rollover || validity.kind === "period", 'has a `rollover`, which needs a `validity` by "period"'),
  v.check(
    ({ pooled, validity }) => !pooled || validity.kind !== "days",
    'is `pooled`, which needs a `validity` by "period" or "dates": the days of each service are its own',
  ),
);
export const bundles = coded(bundle, "bundles", 100);
export type Bundle = v.InferOutput<typeof bundle>;

/** The least that a period costs: what is missing is charged at its end. */
export const minimum = v.strictObject({
  amount: decimal,
  prorate: v.optional(described(v.boolean(), "A part of a period has a part of the minimum, by days."), true),
  counts: v.optional(described(oneOf(["usage", "usage_and_fees"]), "What counts towards it."), "usage"),
});
