// What a call would cost on a plan, with the reason line by line: by the very function that charges real calls. Nothing is stored.
import { type DocumentIssue, parsePlanDocument } from "../../catalog/plan-document.ts";
import { compilePlan } from "../../rating/compile-plan.ts";
import { parseQuotedUsage, quoteCalls } from "../../rating/quote-calls.ts";
import { traceText } from "../../rating/trace.ts";
import type { FiguresText } from "./figures.ts";
import { fieldOf, placeOf } from "./plan-form.ts";

export type Try = { readonly number: string; readonly seconds: string };
export type Price =
  | { readonly kind: "priced"; readonly amount: string; readonly billed: string; readonly lines: readonly string[] }
  | { readonly kind: "refused"; readonly lines: readonly string[] }
  | { readonly kind: "not-yet"; readonly text: string };

/** The example that a new plan begins with. */
export const firstTry: Try = { number: "380441234567", seconds: "75" };

export function priceOn(document: unknown, asked: Try, text: FiguresText): Price {
  const parsed = parsePlanDocument(document);
  if (!parsed.ok) return { kind: "not-yet", text: `A price appears when the plan is complete. ${missing(parsed.issues)}` };
  const destination = asked.number.replaceAll(/[\s+()-]/g, "");
  const usage = parseQuotedUsage({ destination, seconds: /^\d{1,8}$/.test(asked.seconds) ? Number(asked.seconds) : asked.seconds });
  if (!usage.ok)
    return {
      kind: "not-yet",
      text:
        destination === "" || asked.seconds === ""
          ? "Write a number and how many seconds."
          : usage.issues.map(({ path, message }) => `${path} ${message}`).join("; "),
    };
  const plan = compilePlan(parsed.plan);
  const [line] = quoteCalls(plan, usage.calls).lines;
  const lines = line!.trace.map(traceText);
  if (!line!.rating.ok) return { kind: "refused", lines };
  return {
    kind: "priced",
    amount: text.money(line!.rating.amountMicros, plan.currency),
    billed: text.duration(line!.rating.billedSec),
    lines,
  };
}

function missing(issues: readonly DocumentIssue[]): string {
  const [first] = issues;
  if (!first) return "";
  const more =
    issues.length > 1 ? ` There ${issues.length === 2 ? "is one more thing" : `are ${issues.length - 1} more things`} to correct.` : "";
  return `${placeOf(fieldOf(first.path)) || "The plan"}: ${first.message}.${more}`;
}
