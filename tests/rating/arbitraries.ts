// Random plans for properties: every field of a rate, time bands over real zones, calls around the days on which clocks change.
import fc from "fast-check";
import type { PlanDocument, PlanDocumentInput } from "../../core/catalog/plan-document.ts";
import { ROUNDING_MODES } from "../../core/kernel/rational.ts";
import { inBands, planOf, type RateInput, type StepInput } from "./plans.ts";

// MB_SEED repeats a run.
const seed = Number(process.env.MB_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`rating properties: MB_SEED=${seed}`);
export const runs = (numRuns: number) => ({ seed, numRuns });

export const price = fc
  .tuple(fc.nat({ max: 999 }), fc.stringMatching(/^\d{0,12}$/))
  .map(([whole, decimals]) => (decimals ? `${whole}.${decimals}` : `${whole}`));
const per = fc.oneof(fc.constantFrom(1, 6, 10, 30, 60, 3600), fc.integer({ min: 1, max: 200 }));

export const steps: fc.Arbitrary<StepInput[]> = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 200 }), price, perSec: per, incrementSec: per }), { minLength: 1, maxLength: 5 })
  .map((parts) => {
    let fromSec = 0;
    return parts.map(({ gap, ...part }, index) => {
      fromSec += index === 0 ? 0 : gap;
      return { fromSec, ...part };
    });
  });
const maxCost = fc.record({
  amount: fc.oneof(
    price,
    price.map((text) => `${text.replace(".", "")}`.slice(0, 6)),
  ),
  strategy: fc.constantFrom("free" as const, "disconnect" as const),
});
const rateParts: fc.Arbitrary<Partial<RateInput> & Pick<RateInput, "steps">> = fc.record(
  { steps, connectFee: price, minimumCharge: price, freeSec: fc.nat({ max: 20 }), maxCost },
  { requiredKeys: ["steps"] },
);
export const rounding = fc.record({ decimals: fc.nat({ max: 6 }), mode: fc.constantFrom(...ROUNDING_MODES) });
export const plan: fc.Arbitrary<PlanDocument> = fc.tuple(rateParts, rounding).map(([parts, round]) => planOf(parts, round));

/** A zone, and instants within two days after each are calls' beginnings: clocks change there, or a day is left out (Apia, 2011). */
const places = [
  { zone: "Europe/Kyiv", days: ["2026-03-28", "2026-10-24", "2026-12-31", "2026-07-01"] },
  { zone: "America/New_York", days: ["2026-03-07", "2026-10-31"] },
  { zone: "Australia/Lord_Howe", days: ["2026-04-04", "2026-10-03"] },
  { zone: "Pacific/Apia", days: ["2011-12-29"] },
  { zone: "Asia/Kathmandu", days: ["2026-02-27"] },
  { zone: "UTC", days: ["2024-02-28"] },
] as const;

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const clock = fc
  .oneof(
    fc.nat({ max: 24 }).map((hour) => hour * 60),
    fc.nat({ max: 24 * 60 }),
  )
  .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`);

type BandInput = NonNullable<PlanDocumentInput["bands"]>[number];
const bandsFrom = (day: string): fc.Arbitrary<BandInput[]> => {
  const date = fc.nat({ max: 3 }).map((more) => Temporal.PlainDate.from(day).add({ days: more }).toString());
  const window = fc
    .record(
      {
        weekdays: fc.uniqueArray(fc.constantFrom(...days), { minLength: 1, maxLength: 7 }),
        from: clock,
        to: clock,
        fromDate: date,
        toDate: date,
        holidays: fc.constantFrom("any" as const, "only" as const, "except" as const),
      },
      { requiredKeys: [] },
    )
    .filter(({ from = "00:00", to = "24:00", fromDate, toDate }) => from !== to && !(fromDate && toDate && fromDate > toDate));
  return fc
    .array(fc.record({ weight: fc.nat({ max: 2 }), windows: fc.array(window, { minLength: 1, maxLength: 3 }) }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((list) => list.map((one, index) => ({ code: `b${index}`, ...one })));
};

/** Two versions of a plan in one zone, with bands, and the beginning of a call in them. */
export const timedPlans: fc.Arbitrary<{ first: PlanDocument; second: PlanDocument; startMs: number; fromMs: number }> = fc
  .constantFrom(...places.flatMap(({ zone, days }) => days.map((day) => ({ zone, day }))))
  .chain(({ zone, day }) => {
    const document = fc
      .record({
        bands: bandsFrom(day),
        also: fc.array(
          fc.nat({ max: 3 }).map((more) => Temporal.PlainDate.from(day).add({ days: more }).toString()),
          { maxLength: 2 },
        ),
        not: fc.constantFrom<string[]>([], [day]),
        rate: rateParts,
        outside: fc.integer({ min: 0, max: 4 }),
        priced: fc.array(fc.record({ steps, connectFee: price }, { requiredKeys: ["steps"] }), { minLength: 1, maxLength: 4 }),
        round: rounding,
      })
      .map(({ bands, also, not, rate, outside, priced, round }) =>
        inBands(
          {
            ...rate,
            // One in five has no price outside its bands.
            steps: outside === 0 ? [] : rate.steps,
            bands: priced.slice(0, bands.length).map((one, index) => ({ band: `b${bands.length - 1 - index}`, ...one })),
          },
          { bands, zone, holidays: { also, not } },
          round,
        ),
      );
    const base = Temporal.PlainDate.from(day).toZonedDateTime("UTC").epochMilliseconds;
    return fc
      .record({
        first: document,
        second: document,
        startMs: fc.oneof(
          fc.integer({ min: 0, max: 48 * 3600 }).map((sec) => base + sec * 1000),
          fc.integer({ min: 0, max: 172_800_000 }).map((ms) => base + ms),
        ),
        fromMs: fc.integer({ min: 1, max: 3_600_000 * 3 }),
      })
      .map(({ fromMs, ...rest }) => ({ ...rest, fromMs: rest.startMs + fromMs }));
  });
