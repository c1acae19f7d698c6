// What the editor's page shows: every section in words, one of them open as a form, mistakes beside what they are about.

import type { UsageKind } from "../../../catalog/document/usage.ts";
import { type DocumentIssue, type PlanRate, parsePlanDocument } from "../../../catalog/plan-document.ts";
import { counted } from "../../../catalog/words/amounts.ts";
import { unitOf } from "../../../catalog/words/usage.ts";
import { examples } from "./asked.ts";
import { aggregateOptions, choices, metricOptions, type Option, shapeMeans, shapeOptions } from "./choices.ts";
import { isField } from "./field-names.ts";
import { homeOf, type Mistake, mistakeOf, openFor, placeInWords } from "./mistakes.ts";
import { isObject, itemsAt, type RawDocument, valueAt } from "./raw-document.ts";
import { type Section, sectionOf, sections } from "./sections.ts";
import type { Editing } from "./state.ts";
import { itemLines, sectionLines } from "./summaries.ts";
import { weekOf } from "./week-table.ts";
import { written } from "./written.ts";

const anyRate: PlanRate = {
  prefix: "",
  destination: "-",
  connectFee: "0",
  bands: [],
  steps: [{ fromSec: 0, price: "0", perSec: 1, incrementSec: 1 }],
};

/** The document with something in place of a deck that is kept elsewhere, which was checked when it got there. */
export const withAnyDeck = ({
  document,
  kept,
}: {
  readonly document: Readonly<Record<string, unknown>>;
  readonly kept: number;
}): unknown => (document.rates === undefined && kept > 0 ? { ...document, rates: [anyRate] } : document);

/** Mistakes of the whole document, in its order. */
export function mistakesIn(editing: Editing): Mistake[] {
  const parsed = parsePlanDocument(withAnyDeck(editing));
  return parsed.ok ? [] : parsed.issues.map(mistakeOf);
}

export const mistakesOf = (issues: readonly DocumentIssue[]): Mistake[] => issues.map(mistakeOf);

/** The list on top of the page; a mistake whose field isn't shown leads to the section that it is in. */
export function errorList(mistakes: readonly Mistake[], open: string): { id: string; text: string }[] {
  return mistakes.slice(0, 20).map(({ field, text }) => ({
    id: isField(field) && openFor(field) === open ? `f-${field}` : `s-${homeOf(field).key}`,
    text: `${placeInWords(field)}: ${text}`,
  }));
}

const MOST_LINES = 4;

/** A section that nobody has begun isn't wrong yet, and the open one says what is wrong beside its fields. */
function sectionData(section: Section, { document, open, code, kept }: Editing, faults: readonly Mistake[], strict: boolean) {
  const mine = faults.filter(({ field }) => homeOf(field) === section);
  const { item, key, title, icon, lead } = section;
  const isOpen = sectionOf(open) === section;
  const longDeck = key === "rates" && document.rates === undefined && kept > 0;
  const lines = longDeck
    ? [{ text: `${counted(kept, "destination")}, kept as they are.` }]
    : item
      ? itemLines(document, section, key, item.list)
      : sectionLines(document, key, code);
  const items = item && !longDeck ? itemRows(key, lines, open, mine) : undefined;
  return {
    key,
    title,
    icon,
    lead,
    isOpen,
    longDeck,
    faults:
      mine.length === 0 || isOpen || (lines.length === 0 && !strict) ? "" : counted(mine.length, "thing to correct", "things to correct"),
    lines: lines.slice(0, MOST_LINES),
    more: lines.length > MOST_LINES ? `and ${lines.length - MOST_LINES} more` : "",
    itemName: item?.name ?? "",
    ...(items ? { items } : {}),
  };
}

const itemRows = (list: string, lines: readonly { name?: string; text: string }[], open: string, faults: readonly Mistake[]) =>
  lines.map((line, i) => {
    const path = `${list}.${i}`;
    return {
      ...line,
      path,
      isOpen: open === path || open.startsWith(`${path}.`),
      wrong: faults.some(({ field }) => field === path || field.startsWith(`${path}.`)),
      first: i === 0,
      last: i === lines.length - 1,
    };
  });

/** The item that is open, in words: said beside the form while it is written. */
export function saidOf({ document, open }: Editing) {
  const section = sectionOf(open);
  const [, list, index] = /^(.+)\.(\d+)$/.exec(open) ?? [];
  const check = list?.endsWith("price.rates") ? sectionOf("rates") : section;
  return list && section && check?.item ? itemLines(document, section, list, check.item.list)[Number(index)] : undefined;
}

const named = (document: RawDocument, list: string): Option[] =>
  itemsAt(document, list).flatMap((item) => {
    if (!isObject(item) || typeof item.code !== "string" || item.code === "") return [];
    const name = typeof item.name === "string" && item.name !== "" ? item.name : undefined;
    return [{ value: item.code, label: name ?? item.code }];
  });

/** What the document says stays a choice, whatever is offered: a form that is only looked at changes nothing. */
const withPresent = (offered: readonly Option[], value: string): readonly Option[] =>
  value === "" || offered.some((one) => one.value === value) ? offered : [...offered, { value, label: value }];

export type Shown = {
  readonly faults: readonly Mistake[];
  readonly showFaults: boolean;
  readonly strict: boolean;
};

/** Data of views/admin/plans/editor. `showFaults`: beside the open form's fields too, not only as a mark on the sections. */
export function editorData(editing: Editing, { faults, showFaults, strict }: Shown) {
  const { document, open, kept } = editing;
  const values = written(document, "");
  const texts: Record<string, string> = {};
  for (const { field, text } of showFaults ? faults : []) texts[field] = texts[field] ? `${texts[field]} ${text}` : text;
  const field = (name: string, label: string, more: Readonly<Record<string, unknown>> = {}) => ({
    name,
    label,
    value: values[name] ?? "",
    error: texts[name],
    autocomplete: "off",
    ...more,
    ...(Array.isArray(more.options) ? { options: withPresent(more.options, String(more.value ?? values[name] ?? "")) } : {}),
  });
  const list = (path: string) => itemsAt(document, path).map((_, i) => `${path}.${i}`);
  const has = (path: string, value: string) => {
    const found = valueAt(document, path);
    return Array.isArray(found) && found.includes(value);
  };
  const { item } = sectionOf(open) ?? {};
  return {
    editing,
    document: JSON.stringify(document),
    sections: sections.map((section) => sectionData(section, editing, faults, strict)),
    open,
    // Above a form: what is wrong with a part that isn't one field.
    general: Object.entries(texts).flatMap(([name, text]) =>
      !isField(name) && openFor(name) === open ? [`${placeInWords(name)}: ${text}`] : [],
    ),
    field,
    list,
    has,
    value: (name: string) => values[name] ?? "",
    anyOf: (names: readonly string[]) => names.some((name) => !["", "0"].includes(values[name] ?? "") || texts[name] !== undefined),
    pick: choices,
    examples,
    longDeck: document.rates === undefined && kept > 0,
    said: saidOf(editing),
    bands: named(document, "bands"),
    classes: [...named(document, "trafficClasses"), { value: "world", label: "The rest of the world" }],
    charges: [
      ...(itemsAt(document, "rates").length > 0 || kept > 0 ? [{ value: "calls", label: "Calls" }] : []),
      ...named(document, "usage"),
      ...named(document, "fees"),
    ],
    /** What a quantity is in when it has no unit of its own: "s", "B". */
    figure: (path: string) =>
      unitOf({ of: (values[`${path}.of`] ?? "call") as UsageKind, metric: values[`${path}.metric`], unit: undefined }),
    shapeMeans,
    shapeOptions,
    metricOptions,
    aggregateOptions,
    ownRates: (path: string) =>
      item ? itemRows(path, itemLines(document, sectionOf("rates")!, path, sectionOf("rates")!.item!.list), open, faults) : [],
    week: open === "bands" ? weekOf(document) : undefined,
  };
}
