// A charge that is due, and a charge that was made: what goes into the books, and what comes back out of them.
import type { Period } from "../../kernel/period.ts";
import type { TraceLine } from "../trace.ts";
import type { FeeBasis } from "./proration.ts";
import type { Day } from "./timeline.ts";

export type DueKind = "fee" | "minimum" | "discount" | "usage";

/** How a fee's charge was made, kept with it so that an unused rest is credited at its own price. */
export type FeeTerms =
  | { readonly kind: "recurring"; readonly basis: FeeBasis; readonly exempt: boolean }
  | { readonly kind: "once"; readonly at: "start" | "end" };

/** One charge; below zero: a credit. Amounts are rounded; net, with the tax beside it. */
export type DueCharge = Period & {
  /** Names the charge among those of its service: the same is never made twice. */
  readonly key: string;
  readonly kind: DueKind;
  readonly code: string;
  readonly name: string;
  readonly planId: string;
  readonly planVersion: number;
  /** It was due at the beginning of this day. */
  readonly dueOn: Day;
  /** It counts in the billing period that contains this day. */
  readonly countsOn: Day;
  /** Days that it is for; of what is charged once, 1. */
  readonly quantity: string;
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
  readonly trace: readonly TraceLine[];
  readonly terms?: FeeTerms;
  /** The key of the charge whose unused rest this gives back. */
  readonly credits?: string;
};

/** What remains of a fee's charge that was made. */
export type FeeCharge = Omit<DueCharge, "trace" | "dueOn"> & {
  readonly terms: FeeTerms;
  /** What wasn't credited since, with the day up to which it is charged. */
  readonly liveTo: Day;
  readonly liveMicros: bigint;
  readonly liveTaxMicros: bigint;
};

/** Folds credits into the charges that they belong to. */
export function feeChargesOf(made: readonly Omit<DueCharge, "trace" | "dueOn">[]): FeeCharge[] {
  const charges = new Map<string, FeeCharge>();
  for (const one of made)
    if (one.terms)
      charges.set(one.key, { ...one, terms: one.terms, liveTo: one.to, liveMicros: one.amountMicros, liveTaxMicros: one.taxMicros });
  for (const { credits, from, amountMicros, taxMicros } of made) {
    const charge = credits === undefined ? undefined : charges.get(credits);
    if (!charge) continue;
    charges.set(charge.key, {
      ...charge,
      liveTo: Temporal.PlainDate.compare(from, charge.liveTo) < 0 ? from : charge.liveTo,
      liveMicros: charge.liveMicros + amountMicros,
      liveTaxMicros: charge.liveTaxMicros + taxMicros,
    });
  }
  return [...charges.values()];
}
