// A document on its way to becoming a version: checked whole, every mistake with its place in the document.
import * as v from "valibot";
import { type Outcome, refuse } from "../kernel/errors.ts";
import { type PlanDocument, parsePlanDocument } from "./plan-document.ts";

/** Only its being an object is checked here: `planFrom` says what is wrong with the rest, by path. `mb schema plan` prints the whole schema. */
export const documentField = v.pipe(
  v.record(v.string(), v.unknown(), "must be a plan document"),
  v.description("A plan document, schema mediabilling/plan@1"),
);

/** The plan with its defaults filled in, or `plan_invalid` with `issues` of `{path: "document.rates[3].steps[0].price", message}`. */
export function planFrom(document: unknown): Outcome<PlanDocument> {
  const parsed = parsePlanDocument(document);
  if (parsed.ok) return { ok: true, value: parsed.plan };
  return refuse("plan_invalid", {
    issues: parsed.issues.map(({ path, message }) => ({ path: path ? `document.${path}` : "document", message })),
  });
}

/** What the audit trail says of a document that may have a quarter of a million rates. */
export const outline = (plan: PlanDocument) => ({
  name: plan.name,
  currency: plan.currency,
  zone: plan.zone,
  rounding: plan.rounding,
  rates: plan.rates.length,
});
