// What a price shape answers.
import type { Rational } from "../../kernel/rational.ts";

/** In currency units, before it is rounded; and the units paid for, after increments. */
export type Priced = { readonly amount: Rational; readonly billed: Rational };
