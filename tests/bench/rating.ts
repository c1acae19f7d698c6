// Calls rated per second on one core, on a deck of 100,000 prefixes. Baseline, in the same run and on the same calls: a
// Map asked for every prefix length from the longest down, and the price in binary floating point: what a quick and
// inexact rater would do. Then the same deck with night, weekend and holiday prices, on calls of three months with a change
// of clocks; baseline: the deck without them. Prints one JSON line each.
import { type PlanDocument, parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { type CompiledPlan, compilePlan } from "../../core/rating/compile-plan.ts";
import { rateCall } from "../../core/rating/rate-call.ts";

const RATES = 100_000;
/** Different prices among the rates: a wholesale A–Z deck has hundreds to a few thousand. */
const PRICES = Number(process.argv[2] ?? 3_000);
const CALLS = 200_000;
const ROUNDS = 5;

// A small generator with a fixed seed: each run has the same deck and calls.
let state = 20_261_123;
const random = (below: number) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const digits = (count: number) => Array.from({ length: count }, () => random(10)).join("");

const prefixes = new Set<string>();
for (let first = 1; first < 10; first++) prefixes.add(String(first));
while (prefixes.size < RATES) prefixes.add(`${1 + random(9)}${digits(3 + random(6))}`);
const deck = [...prefixes];

const prices = Array.from({ length: PRICES }, () => ({
  connectFee: random(2) ? "0.05" : "0",
  steps: [
    { fromSec: 0, price: `0.${1 + random(400)}`, perSec: 60, incrementSec: random(2) ? 60 : 30 },
    { fromSec: 60, price: `0.0${1 + random(900)}`, perSec: 60, incrementSec: 1 },
  ],
}));
const rates = deck.map((prefix) => ({ prefix, destination: `Destination ${prefix}`, ...prices[random(prices.length)] }));
function planOf(input: object): PlanDocument {
  const parsed = parsePlanDocument({
    schema: "mediabilling/plan@1",
    kind: "telephone",
    name: "Bench",
    currency: "EUR",
    rounding: { decimals: 4 },
    rates,
    ...input,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues.slice(0, 3)));
  return parsed.plan;
}
const plan = planOf({});
const startedMs = Temporal.ZonedDateTime.from("2026-09-01T00:00[Europe/Kyiv]").epochMilliseconds;
const calls = Array.from({ length: CALLS }, () => {
  const prefix = deck[random(deck.length)] ?? "";
  const destination = prefix + digits(Math.max(0, 12 - prefix.length));
  return { destination, billableSec: 1 + random(900), startMs: startedMs + random(91 * 86_400) * 1000 };
});
const inBands = compilePlan(
  planOf({
    zone: "Europe/Kyiv",
    holidays: { country: "UA" },
    bands: [
      { code: "night", weight: 1, windows: [{ from: "22:00", to: "07:00" }] },
      { code: "weekend", weight: 2, windows: [{ weekdays: ["sat", "sun"] }] },
      { code: "holiday", weight: 3, windows: [{ holidays: "only" }] },
    ],
    rates: rates.map((rate) => ({
      ...rate,
      bands: ["night", "weekend", "holiday"].map((band, less) => ({
        band,
        steps: rate.steps?.map((step) => ({ ...step, price: `${step.price}${less + 1}` })),
      })),
    })),
  }),
);

const startedCompiling = performance.now();
const compiled = compilePlan(plan);
const compileMs = Math.round(performance.now() - startedCompiling);

const floats = new Map(
  plan.rates.map(({ prefix, connectFee, steps }) => [
    prefix,
    { connect: Number(connectFee), steps: steps.map((step) => ({ ...step, perSecond: Number(step.price) / step.perSec })) },
  ]),
);
const longest = Math.max(...deck.map((prefix) => prefix.length));

function floatPrice({ destination, billableSec }: (typeof calls)[number]): number {
  for (let length = longest; length > 0; length--) {
    const rate = floats.get(destination.slice(0, length));
    if (!rate) continue;
    let sum = rate.connect;
    rate.steps.forEach(({ fromSec, incrementSec, perSecond }, index) => {
      const seconds = Math.min(billableSec, rate.steps[index + 1]?.fromSec ?? Number.POSITIVE_INFINITY) - fromSec;
      if (seconds > 0) sum += Math.ceil(seconds / incrementSec) * incrementSec * perSecond;
    });
    return sum;
  }
  throw new Error(`no rate: ${destination}`);
}

let checksum = 0n;
let floatSum = 0;
const exactly = (plan: CompiledPlan) => {
  let sum = 0n;
  for (const call of calls) {
    const rating = rateCall(plan, call);
    if (!rating.ok) throw new Error(`no rate: ${rating.destination}`);
    sum += rating.amountMicros;
  }
  return sum;
};
const ours = () => {
  checksum += exactly(compiled);
};
const baseline = () => {
  for (const call of calls) floatSum += floatPrice(call);
};

/** Best of the rounds, taken in turns so that a busy machine slows both alike. */
const best = { ours: 0, baseline: 0, inBands: 0 };
for (let round = 0; round < ROUNDS; round++)
  for (const [name, run] of [
    ["ours", ours],
    ["baseline", baseline],
    ["inBands", () => exactly(inBands)],
  ] as const) {
    const started = performance.now();
    run();
    best[name] = Math.max(best[name], Math.round((CALLS / (performance.now() - started)) * 1000));
  }
// Both must have priced the same calls: the floats may differ from the exact sum by the per-call rounding only.
const difference = Math.abs(Number(checksum) / 1e6 - floatSum) / floatSum;
if (difference > 1e-4) throw new Error(`ours and the baseline disagree by ${difference}`);

console.log(
  JSON.stringify({
    name: "rating: calls rated on one core, 100,000 prefixes, against a Map per prefix length and floats",
    ours: best.ours,
    baseline: best.baseline,
    unit: "calls/s",
    ratio: Number((best.ours / best.baseline).toFixed(2)),
    compileMs,
  }),
);
console.log(
  JSON.stringify({
    name: "rating: the same with night, weekend and holiday prices, against the deck without them",
    ours: best.inBands,
    baseline: best.ours,
    unit: "calls/s",
    ratio: Number((best.inBands / best.ours).toFixed(2)),
  }),
);
