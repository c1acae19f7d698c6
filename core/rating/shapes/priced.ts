// What a price shape answers.
import type { Rational } from "../../kernel/rational.ts";

/** In currency units, before it is rounded; the units paid for, after increments; and the most that it may cost, which no rounding passes. */
export type Priced = { readonly amount: Rational; readonly billed: Rational; readonly most?: Rational };
