// What the price of a fact of usage depends on beside the plan, and what rating it answers.
import type { Attributes } from "./usage.ts";
import type { PlanSegment } from "./walk-increments.ts";

/** The service whose usage is rated. */
export type ServiceTerms = {
  /** Versions of its plan, oldest first; those that begin after the fact price a call that lasts into them, and totals that they began. */
  readonly segments: readonly PlanSegment[];
  /** The service is on its plan since. */
  readonly startedOn: Temporal.PlainDate;
  /** The account's, 1 to 31. */
  readonly billingDay?: number;
  readonly attributes: Attributes;
  /** Services of the account that are on the plan, this one included: each adds to a pooled bundle. */
  readonly pooledServices: number;
  readonly taxExempt: boolean;
};

/** One price of a fact. `code`: "calls" for the deck, else the component's, or the bundle's. The amount is net, rounded once. */
export type ChargeLine = {
  readonly code: string;
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
  /** What was paid for: an exact quantity, after increments. */
  readonly billed?: { readonly quantity: string; readonly unit: string };
  readonly prefix?: string | null;
  readonly destinationName?: string | null;
  readonly reason?: string;
};

/** What the price of a period rose by this fact (or fell: below zero). `from` and `to` are ISO dates, half-open. */
export type PeriodDelta = {
  readonly code: string;
  readonly from: string;
  readonly to: string;
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
};

/** Units taken out of a bundle: of the grant of `from`, an exact quantity in the bundle's units. */
export type Drawn = {
  readonly code: string;
  readonly pooled: boolean;
  readonly from: string;
  readonly quantity: string;
  /** After the grant's own period: it had rolled over. */
  readonly carried?: true;
};

export type RatedUsage = {
  readonly ok: true;
  /** The sum of the lines; what `period` changes comes on top, in charges of the period. */
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
  readonly lines: readonly ChargeLine[];
  readonly period: readonly PeriodDelta[];
  readonly drawn: readonly Drawn[];
  /** Of calls, paid for or taken out of bundles; 0 of the others. */
  readonly billedSec: number;
  readonly prefix: string | null;
  readonly destinationName: string | null;
  /** Why it costs nothing, when it does for a reason other than a price of 0. */
  readonly reason: string | null;
  /** How long a call may last, where what it may cost at most ends it. */
  readonly allowedSec?: number;
};

/** `no_rate`: no price for it (never free). `blocked`: a bundle is empty and blocks what goes beyond. Nothing was changed. */
export type RefusedUsage = { readonly ok: false; readonly code: "no_rate" | "blocked"; readonly bundle?: string };

export type UsageRating = RatedUsage | RefusedUsage;
