// Mistakes of the document beside the fields that they are about: paths of the document's check become names of fields and words for people.
import type { DocumentIssue } from "../../../catalog/plan-document.ts";
import { isField } from "./field-names.ts";
import { type Section, sectionOf, sections } from "./sections.ts";

/** `field` is a field's name, or the place that the mistake is about when no single field is. */
export type Mistake = { readonly field: string; readonly text: string };

/** `document.rates[3].steps[0].price` → `rates.3.steps.0.price`; items of a field that holds a list are the field's own. */
export function mistakeOf({ path, message }: DocumentIssue): Mistake {
  const place = path.replace(/^document\.?/, "").replaceAll(/\[(\d+)\]/g, ".$1");
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;
  for (let field = place; field !== ""; field = parentOf(field)) {
    if (!isField(field)) continue;
    const line = /^\.(\d+)/.exec(place.slice(field.length));
    return { field, text: line ? `Line ${Number(line[1]) + 1}: ${text.charAt(0).toLowerCase()}${text.slice(1)}` : text };
  }
  return { field: place, text };
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf(".")));

/** Sections by the first part of a path, where they differ. */
const HOME: Readonly<Record<string, string>> = {
  "": "plan",
  schema: "plan",
  code: "plan",
  kind: "plan",
  name: "plan",
  currency: "plan",
  zone: "plan",
  rounding: "billing",
  holidays: "bands",
};

export const homeOf = (field: string): Section => {
  const first = field.split(".")[0]!;
  return sectionOf(HOME[first] ?? first) ?? sections[0]!;
};

/** What must be open for the field to be on the page: an item of a list, or its section. */
export function openFor(field: string): string {
  const home = homeOf(field);
  const item = home.item && /^\w+\.\d+(\.price\.rates\.\d+)?/.exec(field);
  return item ? item[0] : home.key;
}

const WORDS: Readonly<Record<string, string>> = {
  connectFee: "connect fee",
  minimumCharge: "least charge",
  maximumCharge: "greatest charge",
  freeSec: "free up to",
  maxCost: "greatest cost",
  fromSec: "from second",
  perSec: "per",
  incrementSec: "billed by",
  upTo: "up to",
  trialDays: "free days",
  freeEvents: "free events",
  fromDate: "from day",
  toDate: "to day",
  whenEmpty: "when it is used up",
  anchor: "billing day",
  trafficClasses: "traffic class",
  zone: "time zone",
  where: "condition",
  of: "usage",
  steps: "step",
  tiers: "tier",
  windows: "time",
  bands: "time band",
  rates: "destination",
  usage: "price",
  bundles: "bundle",
  fees: "fee",
  discounts: "discount",
  taxes: "taxes",
};

/** "Destination 4, step 1, price". */
export function placeInWords(field: string): string {
  const words = field.split(".").map((part, i, parts) => {
    if (!/^\d+$/.test(part)) return /^\d+$/.test(parts[i + 1] ?? "") ? "" : (WORDS[part] ?? part);
    const list = parts[i - 1] ?? "";
    return `${parts[i - 2] === "taxes" && list === "rates" ? "tax" : (WORDS[list] ?? list)} ${Number(part) + 1}`;
  });
  const text = words.filter((word) => word !== "").join(", ");
  return text === "" ? "The plan" : text.charAt(0).toUpperCase() + text.slice(1);
}
