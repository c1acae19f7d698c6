// A call that a page prices while one types.
import type { DocumentIssue } from "../catalog/plan-document.ts";
import { parseQuotedUsage as parseUsage, type QuotedUsage } from "./quote-document.ts";

type QuotedCall = Extract<QuotedUsage, { kind?: "call" }>;

/** Checks calls as JSON, without a document around them. */
export function parseQuotedUsage(
  raw: unknown,
): { readonly ok: true; readonly calls: readonly QuotedCall[] } | { readonly ok: false; readonly issues: readonly DocumentIssue[] } {
  const parsed = parseUsage(raw);
  if (!parsed.ok) return parsed;
  return { ok: true, calls: parsed.document.usage.filter((one): one is QuotedCall => one.kind === undefined || one.kind === "call") };
}
