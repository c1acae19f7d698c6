// Random plans for sessions and calls, and a random session of which is known where it is cut and in which order the slices come.
import fc from "fast-check";
import { type PlanDocumentInput, parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { type Component, planWith } from "./cases.ts";
import { quantity, shapes } from "./price-arbitraries.ts";

const steps = fc
  .tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .map(([from, first, then]) => [
    { fromSec: 0, price: "0.77", perSec: 60, incrementSec: first },
    { fromSec: from, price: "0.31", perSec: 7, incrementSec: then },
  ]);
const rate = fc.record({
  prefix: fc.constant(""),
  destination: fc.constant("Everywhere"),
  steps,
  connectFee: fc.constantFrom("0", "0.4"),
  minimumCharge: fc.constantFrom("0", "1.3"),
  freeSec: fc.constantFrom(0, 5, 30),
  maxCost: fc.option(fc.record({ amount: fc.constantFrom("3", "8"), strategy: fc.constantFrom("free" as const, "disconnect" as const) }), {
    nil: undefined,
  }),
});

const shape = fc.oneof(...Object.values(shapes).map(({ price }) => price));
/** `freeEvents`: the first events may be free, which depends on what comes first. */
const component = (code: string, metric: string, freeEvents: boolean) =>
  fc
    .record({
      price: shape,
      per: fc.constantFrom("event", "period"),
      aggregate: fc.constantFrom("sum", "max", "count"),
      free: fc.nat({ max: freeEvents ? 2 : 0 }),
    })
    .map(({ price, per, aggregate, free }) => {
      const first = (price as { shape: string }).shape === "percentage" ? { freeEvents: free } : {};
      return { code, of: "session", metric, price: { ...price, ...first }, per, ...(per === "period" ? { aggregate } : {}) } as Component;
    });

const ownTariff = fc.option(fc.constant({ shape: "per_unit" as const, connectFee: "0.1", steps: [{ price: "0.05" }] }), { nil: undefined });
const overage = {
  use: "overage" as const,
  price: { shape: "per_unit" as const, minimumCharge: "2", steps: [{ price: "0.9", increment: "7" }] },
};
const bundle = (of: "call" | "session") =>
  fc.record({
    code: fc.constant("free"),
    of: fc.constant(of),
    metric: fc.constant("seconds"),
    quantity: fc.integer({ min: 1, max: 400 }).map(String),
    validity: fc.constant({ kind: "period" as const }),
    increment: fc.option(fc.integer({ min: 1, max: 40 }).map(String), { nil: undefined }),
    price: ownTariff,
    whenEmpty: fc.constantFrom({ use: "rate" as const }, overage),
  });

const common = {
  rounding: fc.record({ decimals: fc.integer({ min: 0, max: 6 }), mode: fc.constantFrom("half_up", "half_even", "up", "down") }),
  taxes: fc
    .constantFrom("exclusive" as const, "inclusive" as const)
    .map((mode) => ({ mode, rates: [{ code: "vat", name: "VAT", percent: "17.5" }] })),
};
const isPlan = (plan: PlanDocumentInput) => parsePlanDocument(JSON.parse(JSON.stringify(plan))).ok;

/** Of calls, by a deck; of sessions, by components of octets and of seconds. */
export const plans = (bundles: boolean): fc.Arbitrary<{ kind: "call" | "session"; plan: PlanDocumentInput }> =>
  fc
    .oneof(
      fc
        .record({ ...common, rates: fc.tuple(rate), bundles: bundles ? fc.array(bundle("call"), { maxLength: 1 }) : fc.constant([]) })
        .map((parts) => ({ kind: "call" as const, plan: planWith(parts as Partial<PlanDocumentInput>) })),
      fc
        .record({
          ...common,
          usage: fc.tuple(component("data", "octets", bundles), component("time", "seconds", bundles)),
          bundles: bundles ? fc.array(bundle("session"), { maxLength: 1 }) : fc.constant([]),
        })
        .map((parts) => ({ kind: "session" as const, plan: planWith(parts as Partial<PlanDocumentInput>) })),
    )
    .filter(({ plan }) => isPlan(plan));

/** Where in the session, of 0 to 1, it is cut; and by what its slices are put in the order in which they come. */
export const cuts = fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), comes: fc.nat() }), {
  minLength: 1,
  maxLength: 6,
});
export const length = fc.record({
  seconds: fc.integer({ min: 1, max: 500 }),
  octetsIn: quantity.map((text) => BigInt(Math.trunc(Number(text)))),
  octetsOut: fc.nat({ max: 500 }).map(BigInt),
});
export type Length = { readonly seconds: number; readonly octetsIn: bigint; readonly octetsOut: bigint };

/** Each part with what lies before it, in the order in which they come. Where two cuts are one, a part is empty. */
export function parted(whole: Length, at: readonly { at: number; comes: number }[]): { before: Length; own: Length }[] {
  const share = (part: number): Length => ({
    seconds: Math.floor(whole.seconds * part),
    octetsIn: (whole.octetsIn * BigInt(Math.floor(part * 1000))) / 1000n,
    octetsOut: (whole.octetsOut * BigInt(Math.floor(part * 1000))) / 1000n,
  });
  const ends = [
    ...at
      .map((one) => one.at)
      .toSorted((a, b) => a - b)
      .map(share),
    whole,
  ];
  const parts = ends.map((end, i) => {
    const before = i === 0 ? share(0) : (ends[i - 1] as Length);
    const own = {
      seconds: end.seconds - before.seconds,
      octetsIn: end.octetsIn - before.octetsIn,
      octetsOut: end.octetsOut - before.octetsOut,
    };
    return { before, own, comes: at[i]?.comes ?? 0 };
  });
  return parts.toSorted((a, b) => a.comes - b.comes);
}
