// A plan as one JSON document: what a plan version stores, the plan editor edits and `mb quote --plan-file` reads. Its parts are in document/.
// Money in it is text. A price that a JSON parser turned into a float has already lost what the accountant wrote.
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { ROUNDING_MODES } from "../kernel/rational.ts";
import { inTurns } from "../kernel/turns.ts";
import { bands, holidays } from "./document/calendar.ts";
import { bundles, minimum, usageComponents } from "./document/components.ts";
import { billing, discounts, fees, taxes } from "./document/fees.ts";
import { described, oneOf, pathItem, show, text, whole } from "./document/fields.ts";
import { MAX_RATES, rate, rates, repeatedPrefixes } from "./document/rates.ts";
import { trafficClasses } from "./document/usage.ts";

export { MAX_SECONDS } from "./document/fields.ts";
export { MAX_RATES, type PlanRate } from "./document/rates.ts";

export const PLAN_SCHEMA_ID = "mediabilling/plan@1";
export const PLAN_KINDS = ["telephone", "internet", "leased_line", "periodic", "universal"] as const;

const currencyMessage = (issue: v.BaseIssue<unknown>) => `must be three capital letters such as "EUR", not ${show(issue.input)}`;

const zoneMessage = (issue: v.BaseIssue<unknown>) => `must be an IANA time zone such as "Europe/Kyiv", not ${show(issue.input)}`;

const document = v.strictObject({
  schema: v.literal(PLAN_SCHEMA_ID, `must be "${PLAN_SCHEMA_ID}"`),
  kind: described(oneOf(PLAN_KINDS), "What is sold; only a name for lists."),
  name: text(200),
  currency: described(v.pipe(v.string(currencyMessage), v.regex(/^[A-Z]{3}$/, currencyMessage)), "ISO 4217 code."),
  zone: v.optional(
    described(
      v.pipe(v.string(zoneMessage), v.check(isZone, zoneMessage)),
      "IANA time zone that the plan's calendar is in: bands, periods, days. The provider's unless given; without either, UTC.",
    ),
  ),
  rounding: v.optional(
    described(
      v.strictObject({
        decimals: whole(0, 6, "decimals"),
        mode: v.optional(v.picklist(ROUNDING_MODES, `must be one of ${ROUNDING_MODES.join(", ")}`), "half_up"),
      }),
      "How a charge line is rounded, once. Unless told: half up, to the ledger's 6 decimals.",
    ),
    { decimals: 6, mode: "half_up" },
  ),
  billing: v.optional(described(billing, "Billing periods, and how the plan is changed."), {}),
  holidays: v.optional(described(holidays, "Which days are public holidays, for bands.")),
  bands: v.optional(described(bands, "Time bands that prices and conditions name."), []),
  trafficClasses: v.optional(described(trafficClasses, "Classes of traffic by the far end, the first that matches."), []),
  rates: v.optional(described(rates, "The deck of calls made, by prefix. A call received that no component prices costs nothing."), []),
  usage: v.optional(described(usageComponents, "Prices of any usage. For calls they go before the deck, when they match."), []),
  bundles: v.optional(described(bundles, "Units that are included."), []),
  minimum: v.optional(described(minimum, "The least that a billing period costs; what is missing is charged at its end.")),
  fees: v.optional(described(fees, "Recurring and one-off fees."), []),
  discounts: v.optional(described(discounts, "Off the totals of a billing period, at its end, in this order."), []),
  taxes: v.optional(described(taxes, "None unless given.")),
});

export const planDocument = v.pipe(
  document,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const plan = dataset.value;
    if (plan.rates.length + plan.usage.length + plan.bundles.length + plan.fees.length === 0)
      addIssue({
        message: "must not be empty: a plan needs a price, in `rates`, `usage`, `bundles` or `fees`",
        path: [pathItem("object", plan, "rates", undefined)],
      });
    for (const { path, message } of danglingNames(plan)) addIssue({ message, path: itemsOf(plan, path) });
  }),
);

type Place = readonly (string | number)[];

/** Bands, classes and codes that are named and don't exist. */
function danglingNames(plan: v.InferOutput<typeof document>): { path: Place; message: string }[] {
  const found: { path: Place; message: string }[] = [];
  const bandCodes = bandCodesOf(plan);
  const classCodes = new Set(["world", ...plan.trafficClasses.map((one) => one.code)]);
  const charged = new Set([
    ...(plan.rates.length > 0 ? ["calls"] : []),
    ...plan.usage.map((one) => one.code),
    ...plan.bundles.map((one) => one.code),
    ...plan.fees.map((one) => one.code),
  ]);
  const checkAll = (known: ReadonlySet<string>, names: readonly string[] | undefined, what: string, path: Place) => {
    for (const [i, name] of names?.entries() ?? []) if (!known.has(name)) found.push(dangling(name, what, [...path, i]));
  };
  found.push(...danglingBands(plan, plan.rates, ["rates"]));
  for (const part of ["usage", "bundles"] as const)
    for (const [i, { where }] of plan[part].entries()) {
      checkAll(bandCodes, where.bands, "band", [part, i, "where", "bands"]);
      checkAll(classCodes, where.classes, "traffic class", [part, i, "where", "classes"]);
    }
  for (const [i, { price }] of plan.usage.entries())
    if (price.shape === "rates") found.push(...danglingBands(plan, price.rates, ["usage", i, "price", "rates"]));
  for (const [i, { on }] of plan.discounts.entries()) checkAll(charged, on, "fee, component or bundle", ["discounts", i, "on"]);
  for (const [i, { on }] of plan.taxes?.rates.entries() ?? [])
    checkAll(charged, on, "fee, component or bundle", ["taxes", "rates", i, "on"]);
  return found;
}

const dangling = (name: string, what: string, path: Place) => ({
  path,
  message: `names the ${what} ${show(name)}, which the plan doesn't have`,
});

const bandCodesOf = ({ bands }: Pick<PlanDocument, "bands">) => new Set(bands.map(({ code }) => code));

/** Of a deck at the path. */
function danglingBands(plan: Pick<PlanDocument, "bands">, deck: PlanDocument["rates"], path: Place): { path: Place; message: string }[] {
  const codes = bandCodesOf(plan);
  return deck.flatMap(({ bands }, i) =>
    bands.flatMap(({ band }, j) => (codes.has(band) ? [] : [dangling(band, "band", [...path, i, "bands", j, "band"])])),
  );
}

function itemsOf(plan: unknown, path: Place): [v.IssuePathItem, ...v.IssuePathItem[]] {
  let input = plan;
  return path.map((key) => {
    const value = (input as Record<string | number, unknown>)[key];
    const item = typeof key === "number" ? pathItem("array", input, key, value) : pathItem("object", input, key, value);
    input = value;
    return item;
  }) as [v.IssuePathItem, ...v.IssuePathItem[]];
}

/** A plan that has passed every check; defaults filled in. Prices are exact decimal strings. */
export type PlanDocument = v.InferOutput<typeof planDocument>;
/** The same as written, with defaults left out: what an editor or an importer builds. */
export type PlanDocumentInput = v.InferInput<typeof planDocument>;

/** Where (`rates[3].steps[0].price`, "" for the document itself) and what is wrong. */
export type DocumentIssue = { readonly path: string; readonly message: string };

export type ParsedPlan =
  | { readonly ok: true; readonly plan: PlanDocument }
  | { readonly ok: false; readonly issues: readonly DocumentIssue[] };

/** Checks a parsed JSON value; every mistake is reported, with its place, not only the first. */
export function parsePlanDocument(raw: unknown): ParsedPlan {
  const parsed = v.safeParse(planDocument, raw);
  return parsed.success ? { ok: true, plan: parsed.output } : { ok: false, issues: parsed.issues.map(documentIssue) };
}

/** The same, with a long deck checked piece by piece: 100,000 rates take a third of a second, for which nobody else should wait. */
export async function parsePlanDocumentInTurns(raw: unknown): Promise<ParsedPlan> {
  const deck = (raw as { rates?: unknown } | null)?.rates;
  if (!Array.isArray(deck) || deck.length < 2 || deck.length > MAX_RATES) return parsePlanDocument(raw);
  // With one rate all that is checked of the rest is checked as with many.
  const head = v.safeParse(planDocument, { ...(raw as object), rates: deck.slice(0, 1) });
  const issues = (head.issues ?? []).map(documentIssue);
  const checked: PlanDocument["rates"] = [];
  for await (const [from, piece] of inTurns(deck)) {
    const parsed = v.safeParse(someRates, piece);
    if (parsed.typed) checked.push(...parsed.output);
    issues.push(...(parsed.issues ?? []).map((issue) => inDeck(documentIssue(issue), from)));
  }
  if (checked.length === deck.length) {
    for (const { index, message } of repeatedPrefixes(checked)) issues.push({ path: `rates[${index}].prefix`, message });
    if (head.typed)
      for (const { path, message } of danglingBands(head.output, checked, ["rates"])) issues.push({ path: pathText(path), message });
  }
  if (!head.success || issues.length > 0) return { ok: false, issues: onlyOnce(issues) };
  return { ok: true, plan: { ...head.output, rates: checked } };
}

const someRates = v.array(rate);

/** "[7].prefix" of a piece from the 2000th on → "rates[2007].prefix". */
const inDeck = ({ path, message }: DocumentIssue, from: number): DocumentIssue => ({
  path: `rates${path.replace(/^\[(\d+)\]/, (_, index) => `[${Number(index) + from}]`)}`,
  message,
});

/** The first rate is checked with the rest of the document, too. */
const onlyOnce = (issues: readonly DocumentIssue[]) => [...new Map(issues.map((one) => [`${one.path} ${one.message}`, one])).values()];

/** The path and message of a valibot issue, with a missing key said as such. */
export const documentIssue = (issue: v.BaseIssue<unknown>): DocumentIssue => ({
  path: pathText((issue.path ?? []).map(({ key }) => key)),
  message: issueMessage(issue),
});

const pathText = (path: readonly unknown[]) =>
  path.reduce<string>((before, key) => {
    if (typeof key === "number") return `${before}[${key}]`;
    return before ? `${before}.${String(key)}` : String(key);
  }, "");

function issueMessage(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === "never") return "is not a known field; check its spelling or remove it";
  if (issue.received === "undefined") return "is missing";
  if (issue.expected === "Object" && issue.type === "strict_object") return `must be an object, not ${show(issue.input)}`;
  // The library's own words, where a schema has none.
  const own = /^Invalid \w+: Expected (.+) but received /s.exec(issue.message)?.[1];
  return own
    ? `must be ${own === "Object" ? "an object" : own.replace(/^(string|boolean)$/, "a $1")}, not ${show(issue.input)}`
    : issue.message;
}

/** The JSON Schema (draft 2020-12) of a plan document, for editors and other software. */
export const planJsonSchema = () => ({
  ...toJsonSchema(planDocument, {
    typeMode: "input",
    target: "draft-2020-12",
    // Time zones, step order and repeated prefixes are beyond JSON Schema; parsePlanDocument checks them.
    ignoreActions: ["check", "raw_check", "trim"],
  }),
  title: "MediaBilling plan",
});

function isZone(zone: string): boolean {
  // Offsets such as "+02:00" are accepted by Temporal, but know no daylight saving.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}
