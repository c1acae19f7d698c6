// A plan as one JSON document: what a plan version stores, the plan editor edits and `mb quote --plan-file` reads.
// Money in it is text. A price that a JSON parser turned into a float has already lost what the accountant wrote.
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { ROUNDING_MODES } from "../kernel/rational.ts";

export const PLAN_SCHEMA_ID = "mediabilling/plan@1";
/** Limits of one document; a document beyond them is a mistake or an attack. */
export const MAX_RATES = 250_000;
export const MAX_STEPS = 32;
/** Longest quantity that is rated as one call: a year of seconds. */
export const MAX_SECONDS = 31_622_400;

const show = (value: unknown) => {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

const decimalMessage = (issue: v.BaseIssue<unknown>) =>
  typeof issue.input === "number"
    ? `is the JSON number ${issue.input}; put the price in quotes, as a decimal string such as "0.20"`
    : `must be a decimal string such as "0.20" (at most 12 decimals, no sign), not ${show(issue.input)}`;

const decimal = v.pipe(v.string(decimalMessage), v.regex(/^\d{1,12}(\.\d{1,12})?$/, decimalMessage));

const whole = (least: number, most: number, unit: string) => {
  const message = (issue: v.BaseIssue<unknown>) => `must be a whole number of ${unit} from ${least} to ${most}, not ${show(issue.input)}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
};

const text = (most: number) => {
  const message = (issue: v.BaseIssue<unknown>) => `must be text of 1 to ${most} characters, not ${show(issue.input)}`;
  return v.pipe(
    v.string(message),
    v.trim(),
    v.minLength(1, message),
    v.maxLength(most, message),
    v.check((written) => !/\p{Cc}/u.test(written) && written.isWellFormed(), "must not have control characters"),
  );
};

const described = <T extends v.GenericSchema>(schema: T, description: string) => v.pipe(schema, v.description(description));

const step = v.strictObject({
  fromSec: described(whole(0, MAX_SECONDS, "seconds"), "Second of the call from which this step applies; 0 in the first."),
  price: described(decimal, "Price of `perSec` seconds."),
  perSec: described(whole(1, MAX_SECONDS, "seconds"), "How many seconds `price` is for: 60 for a price per minute."),
  incrementSec: described(
    whole(1, MAX_SECONDS, "seconds"),
    "Seconds are billed in whole increments of this length. An increment that has begun keeps this step's price.",
  ),
});

const steps = v.pipe(
  v.array(step, "must be a list of price steps"),
  v.minLength(1, "must have at least one price step"),
  v.maxLength(MAX_STEPS, `must have at most ${MAX_STEPS} price steps`),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    dataset.value.forEach((current, index) => {
      const before = dataset.value[index - 1];
      const message = before
        ? current.fromSec > before.fromSec
          ? undefined
          : `must be later than the step before it, which begins at ${before.fromSec}, not ${current.fromSec}`
        : current.fromSec === 0
          ? undefined
          : `must be 0 in the first step, not ${current.fromSec}`;
      if (!message) return;
      addIssue({
        message,
        path: [pathItem("array", dataset.value, index, current), pathItem("object", current, "fromSec", current.fromSec)],
      });
    });
  }),
);

const prefixMessage = (issue: v.BaseIssue<unknown>) =>
  `must be a string of at most 24 digits ("" for every destination), not ${show(issue.input)}`;

const rate = v.strictObject({
  prefix: described(
    v.pipe(v.string(prefixMessage), v.regex(/^\d{0,24}$/, prefixMessage)),
    'Digits that the destination begins with, without "+"; "" matches every destination. The longest match wins.',
  ),
  destination: described(text(200), "Name of the destination on papers."),
  connectFee: v.optional(described(decimal, "Charged once per answered call, with its first second."), "0"),
  minimumCharge: v.optional(described(decimal, "The least that an answered call costs.")),
  freeSec: v.optional(
    described(
      whole(0, MAX_SECONDS, "seconds"),
      "Grace: a call of at most so many seconds costs nothing, connect fee included; a longer one is charged from its first second. (For free first seconds of every call, use a step with the price 0.)",
    ),
  ),
  steps: described(steps, "Price steps in the order of `fromSec`."),
});

const rates = v.pipe(
  v.array(rate, "must be a list of rates"),
  v.minLength(1, "must have at least one rate"),
  v.maxLength(MAX_RATES, `must have at most ${MAX_RATES} rates`),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const first = new Map<string, number>();
    dataset.value.forEach((current, index) => {
      const earlier = first.get(current.prefix);
      if (earlier === undefined) {
        first.set(current.prefix, index);
        return;
      }
      addIssue({
        message: `repeats the prefix ${show(current.prefix)} of rates[${earlier}]; keep one of the two`,
        path: [pathItem("array", dataset.value, index, current), pathItem("object", current, "prefix", current.prefix)],
      });
    });
  }),
);

const currencyMessage = (issue: v.BaseIssue<unknown>) => `must be three capital letters such as "EUR", not ${show(issue.input)}`;

const zoneMessage = (issue: v.BaseIssue<unknown>) => `must be an IANA time zone such as "Europe/Kyiv", not ${show(issue.input)}`;

export const planDocument = v.strictObject({
  schema: v.literal(PLAN_SCHEMA_ID, `must be "${PLAN_SCHEMA_ID}"`),
  kind: v.literal("telephone", 'must be "telephone"'),
  name: text(200),
  currency: described(v.pipe(v.string(currencyMessage), v.regex(/^[A-Z]{3}$/, currencyMessage)), "ISO 4217 code."),
  zone: v.optional(
    described(v.pipe(v.string(zoneMessage), v.check(isZone, zoneMessage)), "IANA time zone that the plan's calendar is in."),
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
  rates,
});

/** A telephone plan that has passed every check; defaults filled in. Prices are exact decimal strings. */
export type PlanDocument = v.InferOutput<typeof planDocument>;
/** The same as written, with defaults left out: what an editor or an importer builds. */
export type PlanDocumentInput = v.InferInput<typeof planDocument>;
export type PlanRate = PlanDocument["rates"][number];

/** Where (`rates[3].steps[0].price`, "" for the document itself) and what is wrong. */
export type DocumentIssue = { readonly path: string; readonly message: string };

/** Checks a parsed JSON value; every mistake is reported, with its place, not only the first. */
export function parsePlanDocument(
  raw: unknown,
): { readonly ok: true; readonly plan: PlanDocument } | { readonly ok: false; readonly issues: readonly DocumentIssue[] } {
  const parsed = v.safeParse(planDocument, raw);
  return parsed.success ? { ok: true, plan: parsed.output } : { ok: false, issues: parsed.issues.map(documentIssue) };
}

/** The path and message of a valibot issue, with a missing key said as such. */
export function documentIssue(issue: v.BaseIssue<unknown>): DocumentIssue {
  const path = (issue.path ?? []).reduce((before, { key }) => {
    if (typeof key === "number") return `${before}[${key}]`;
    return before ? `${before}.${String(key)}` : String(key);
  }, "");
  return { path, message: issueMessage(issue) };
}

function issueMessage(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === "never") return "is not a known field; check its spelling or remove it";
  if (issue.received === "undefined") return "is missing";
  if (issue.expected === "Object" && issue.type === "strict_object")
    return `must be an object, not ${Array.isArray(issue.input) ? "a list" : show(issue.input)}`;
  return issue.message;
}

/** The JSON Schema (draft 2020-12) of a plan document, for editors and other software. */
export const planJsonSchema = () => ({
  ...toJsonSchema(planDocument, {
    typeMode: "input",
    target: "draft-2020-12",
    // Time zones, step order and repeated prefixes are beyond JSON Schema; parsePlanDocument checks them.
    ignoreActions: ["check", "raw_check", "trim"],
  }),
  title: "MediaBilling telephone plan",
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

const pathItem = <K extends "array" | "object">(type: K, input: unknown, key: K extends "array" ? number : string, value: unknown) =>
  ({ type, origin: "value", input, key, value }) as v.IssuePathItem;
