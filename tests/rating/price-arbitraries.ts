// Random prices of every shape, as a plan document writes them.
import fc from "fast-check";

const decimals = (max: number, places: number) =>
  fc.tuple(fc.nat({ max }), fc.nat({ max: 10 ** places - 1 })).map(([whole, part]) => `${whole}.${String(part).padStart(places, "0")}`);
const price = decimals(99, 3);
const positive = fc.oneof(
  fc.integer({ min: 1, max: 50 }).map(String),
  decimals(20, 2).map((text) => `1${text}`),
);
export const quantity = fc.oneof(fc.nat({ max: 300 }).map(String), decimals(300, 4));

const tiers = <T extends object>(entry: fc.Arbitrary<T>) =>
  fc
    .tuple(fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 4 }), fc.array(entry, { minLength: 5, maxLength: 5 }))
    .map(([bounds, entries]) =>
      [...bounds.toSorted((a, b) => a - b), undefined].map((upTo, i) => ({
        ...(entries[i] as T),
        ...(upTo === undefined ? {} : { upTo: String(upTo) }),
      })),
    );
const steps = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 3 }),
    fc.array(fc.record({ price, per: positive, increment: fc.option(positive, { nil: undefined }) }), { minLength: 4, maxLength: 4 }),
  )
  .map(([froms, parts]) =>
    [0, ...froms.toSorted((a, b) => a - b)].map((from, i) => ({ ...(parts[i] as (typeof parts)[number]), from: String(from) })),
  );

/** Shapes by name; `monotone` ones never get cheaper with more usage. */
export const shapes: Record<string, { readonly price: fc.Arbitrary<object>; readonly monotone: boolean }> = {
  per_unit: {
    price: fc.record({ shape: fc.constant("per_unit"), steps, connectFee: price, free: quantity, minimumCharge: price }),
    monotone: true,
  },
  graduated: { price: fc.record({ shape: fc.constant("graduated"), tiers: tiers(fc.record({ price, flat: price })) }), monotone: true },
  volume: { price: fc.record({ shape: fc.constant("volume"), tiers: tiers(fc.record({ price, flat: price })) }), monotone: false },
  package: { price: fc.record({ shape: fc.constant("package"), price, size: positive, free: quantity }), monotone: true },
  percentage: { price: fc.record({ shape: fc.constant("percentage"), percent: price, fixed: price }), monotone: true },
  graduated_percentage: {
    price: fc.record({ shape: fc.constant("graduated_percentage"), tiers: tiers(fc.record({ percent: price, flat: price })) }),
    monotone: true,
  },
  capacity: {
    price: fc.record({ shape: fc.constant("capacity"), tiers: tiers(fc.record({ price })) }).map(({ tiers: all, ...shape }) => {
      const prices = all.map((one) => one.price).toSorted((a, b) => Number(a) - Number(b));
      return { ...shape, tiers: all.map((one, i) => ({ ...one, price: prices[i] as string })) };
    }),
    monotone: true,
  },
};
