// Plans for the tests, written the way rating-cases notes them: price per unit, increment, start.
import { type PlanDocument, type PlanDocumentInput, parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { type CallRating, rateCall } from "../../core/rating/rate-call.ts";

export type RateInput = NonNullable<PlanDocumentInput["rates"]>[number];
export type StepInput = NonNullable<RateInput["steps"]>[number];

/** `price/per inc step from start`, all as in the notation. */
export const step = (price: string, perSec: number, incrementSec: number, fromSec = 0): StepInput => ({
  fromSec,
  price,
  perSec,
  incrementSec,
});

/** One rate for every destination unless told. Throws when the document is refused. */
export function planOf(rate: Partial<RateInput> & Pick<RateInput, "steps">, rounding?: PlanDocumentInput["rounding"]): PlanDocument {
  return deckOf([{ prefix: "", destination: "Everywhere", ...rate }], rounding);
}

/** The same with time bands: one rate for every destination. */
export const inBands = (
  rate: Partial<RateInput>,
  calendar: Pick<PlanDocumentInput, "bands" | "holidays" | "zone">,
  rounding?: PlanDocumentInput["rounding"],
): PlanDocument => deckOf([{ prefix: "", destination: "Everywhere", ...rate }], rounding, calendar);

export function deckOf(rates: RateInput[], rounding?: PlanDocumentInput["rounding"], more: Partial<PlanDocumentInput> = {}): PlanDocument {
  const input: PlanDocumentInput = {
    schema: "mediabilling/plan@1",
    kind: "telephone",
    name: "Test",
    currency: "UAH",
    rounding,
    rates,
    ...more,
  };
  const parsed = parsePlanDocument(JSON.parse(JSON.stringify(input)));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.plan;
}

export const rate = (plan: PlanDocument, billableSec: number, answered = true): CallRating =>
  rateCall(compilePlan(plan), { destination: "380441234567", billableSec, answered });

/** The amount in micros; throws on a refusal. */
export function amount(plan: PlanDocument, billableSec: number): bigint {
  const rating = rate(plan, billableSec);
  if (!rating.ok) throw new Error(rating.code);
  return rating.amountMicros;
}
