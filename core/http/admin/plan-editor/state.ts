// What a request to the editor carries: the document so far in a hidden field, the fields of the part that is open, and what to try.
import { PLAN_SCHEMA_ID } from "../../../catalog/plan-document.ts";
import { acted, type Brush, brushOf, firstBrush, renamed, type Writing } from "./actions.ts";
import { type Asked, askedOf, firstAsked } from "./asked.ts";
import { tidied, withFields } from "./fields.ts";
import { isObject, type Json, type RawDocument } from "./raw-document.ts";

export type Editing = Writing & {
  readonly code: string;
  readonly validFrom: string;
  /** The document as text when an expert edits that, right or wrong; null for forms. */
  readonly json: string | null;
  /** What the week is painted with. */
  readonly brush: Brush;
  readonly asked: Asked;
  /** How many rates the deck has that is too long for forms; 0: it is in the document. */
  readonly kept: number;
  /** Of the draft; 0 where there is none. */
  readonly revision: number;
};

/** More destinations than this stay where they are: they have a page of their own, and no form shows them. */
export const MOST_ROWS = 60;

/** What the fields describe, after the button that was pressed. `json` isn't read here. */
export function editingOf(fields: URLSearchParams, commas: boolean, now: Temporal.ZonedDateTime): Editing {
  const action = fields.get("do") ?? "";
  const before = rawOf(fields.get("document") ?? "");
  const posted = (tidied(withFields(before, fields, commas)) ?? {}) as RawDocument;
  const open = fields.get("open") ?? "";
  const written = acted({ document: renamed(before, posted), open }, action, fields);
  return {
    ...written,
    brush: brushOf(fields, written.document),
    code: (fields.get("code") ?? "").trim(),
    validFrom: (fields.get("validFrom") ?? "").trim(),
    json: fields.get("json"),
    asked: askedOf(fields, firstAsked(now)),
    kept: /^\d{1,7}$/.test(fields.get("kept") ?? "") ? Number(fields.get("kept")) : 0,
    revision: Number(fields.get("revision") ?? "0"),
  };
}

function rawOf(text: string): RawDocument {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

export const newDocument = (currency: string, zone: string): RawDocument => ({
  schema: PLAN_SCHEMA_ID,
  kind: "universal",
  name: "",
  currency,
  zone,
  rounding: { decimals: 4, mode: "half_up" },
});

/** A stored document to go on from; a long deck is left out. */
export function rawDocument(document: unknown): { readonly document: RawDocument; readonly kept: number } {
  const { rates, ...terms } = structuredClone(document) as RawDocument;
  if (Array.isArray(rates) && rates.length > MOST_ROWS) return { document: terms, kept: rates.length };
  return { document: { ...terms, ...(rates === undefined ? {} : { rates }) }, kept: 0 };
}

/** What a page begins with. */
export const begun = (document: RawDocument, now: Temporal.ZonedDateTime, more: Partial<Editing> = {}): Editing => ({
  ...{ document, open: "", code: "", validFrom: "", json: null, kept: 0, revision: 0 },
  ...{ brush: firstBrush(document), asked: firstAsked(now) },
  ...more,
});

/** JSON as pasted, or the reason why it is none. */
export function parsedJson(
  text: string,
): { readonly ok: true; readonly value: RawDocument } | { readonly ok: false; readonly message: string } {
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, "")) as Json;
    if (isObject(value)) return { ok: true, value };
    return { ok: false, message: "A plan is a JSON object: it begins with {." };
  } catch (error) {
    return { ok: false, message: `This isn’t valid JSON: ${(error as Error).message}.` };
  }
}
