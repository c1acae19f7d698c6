// A document on its way to becoming a version: checked whole, every mistake with its place in the document.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { type Outcome, refuse } from "../kernel/errors.ts";
import { type Outline, outlineOf } from "./outline.ts";
import { type PlanDocument, parsePlanDocumentInTurns } from "./plan-document.ts";

/** Only its being an object is checked here: `planFrom` says what is wrong with the rest, by path. `mb schema plan` prints the whole schema. */
export const documentField = v.pipe(
  v.record(v.string(), v.unknown(), "must be a plan document"),
  v.description("A plan document, schema mediabilling/plan@1"),
);

/** The plan with its defaults filled in, or `plan_invalid` with `issues` of `{path: "document.rates[3].steps[0].price", message}`. */
export async function planFrom(document: unknown): Promise<Outcome<PlanDocument>> {
  const parsed = await parsePlanDocumentInTurns(document);
  if (parsed.ok) return { ok: true, value: parsed.plan };
  return refuse("plan_invalid", {
    issues: parsed.issues.map(({ path, message }) => ({ path: path ? `document.${path}` : "document", message })),
  });
}

export const outline = (plan: PlanDocument): Outline => outlineOf(plan, plan.rates.length);

/** The same of a version that is published. */
export async function publishedOutline(tx: Tx, providerId: number, planId: string, version: number): Promise<Outline> {
  const [row] = await tx.execute<{ terms: Record<string, unknown>; rates: number }>(
    sql`select document - 'rates' as terms, coalesce(jsonb_array_length(document -> 'rates'), 0) as rates from app.plan_versions
        where provider_id = ${providerId} and plan_id = ${planId} and version = ${version}`,
  );
  return outlineOf(row!.terms, row!.rates);
}
