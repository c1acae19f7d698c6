// What a call would cost on a plan, with the reason line by line: by the very function that charges real calls. Nothing is stored.
import { type PlanDocument, parsePlanDocument } from "../../catalog/plan-document.ts";
import { compilePlan } from "../../rating/compile-plan.ts";
import { parseQuotedUsage } from "../../rating/quote-document.ts";
import { explain } from "../../rating/rate-call.ts";
import { traceText } from "../../rating/trace.ts";
import type { FiguresText } from "./figures.ts";
import { instantOf } from "./local-time.ts";
import { mistakeOf, placeInWords } from "./plan-editor/mistakes.ts";

/** `when`: a wall clock in the plan's zone, "2026-11-23T18:30"; none: outside of every time band. */
export type Try = { readonly number: string; readonly seconds: string; readonly when?: string };
export type Price =
  | { readonly kind: "priced"; readonly amount: string; readonly billed: string; readonly lines: readonly string[] }
  | { readonly kind: "refused"; readonly lines: readonly string[] }
  | { readonly kind: "not-yet"; readonly text: string };

/** The example that a new plan begins with. */
export const firstTry: Try = { number: "380441234567", seconds: "75" };

export function priceOn(document: unknown, asked: Try, text: FiguresText): Price {
  const parsed = parsePlanDocument(document);
  if (parsed.ok) return pricedCall(parsed.plan, asked, text);
  const [first] = parsed.issues;
  const mistake = first && mistakeOf(first);
  return {
    kind: "not-yet",
    text: `A price appears when the plan is complete. ${mistake ? `${placeInWords(mistake.field)}: ${mistake.text}` : ""}`,
  };
}

/** The price of a call on a plan that has passed its check. */
export function pricedCall(document: PlanDocument, asked: Try, text: FiguresText): Price {
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
  const plan = compilePlan(document, { zone: text.zone });
  const startMs = asked.when ? milliseconds(instantOf(asked.when, plan.zone)) : undefined;
  const { rating, trace } = explain(plan, {
    destination,
    billableSec: Number(asked.seconds),
    ...(startMs === undefined ? {} : { startMs }),
  });
  const lines = trace.map(traceText);
  if (!rating.ok) return { kind: "refused", lines };
  return { kind: "priced", amount: text.money(rating.amountMicros, plan.currency), billed: text.duration(rating.billedSec), lines };
}

function milliseconds(instant: string): number | undefined {
  try {
    return Temporal.Instant.from(instant).epochMilliseconds;
  } catch {
    return undefined;
  }
}
