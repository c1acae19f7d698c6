// The kinds of values that a plan document is made of, with messages that say what is wrong and how it should look.
import * as v from "valibot";

/** Longest quantity that is rated as one call: a year of seconds. */
export const MAX_SECONDS = 31_622_400;

export const show = (value: unknown) => {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

/** An object all of whose fields may be left out: the library would take a list for one. */
export function fields<const E extends v.ObjectEntries>(entries: E): v.StrictObjectSchema<E, undefined> {
  const schema = v.strictObject(entries);
  return {
    ...schema,
    "~run"(dataset, config) {
      if (!Array.isArray(dataset.value)) return schema["~run"](dataset, config);
      const refused = schema["~run"]({ value: null }, config);
      for (const issue of refused.issues ?? []) Object.assign(issue, { input: dataset.value });
      return refused;
    },
  };
}

const decimalMessage = (issue: v.BaseIssue<unknown>) =>
  typeof issue.input === "number"
    ? `is the JSON number ${issue.input}; put the price in quotes, as a decimal string such as "0.20"`
    : `must be a decimal string such as "0.20" (at most 12 decimals, no sign), not ${show(issue.input)}`;

/** Money as text: a price that a JSON parser turned into a float has already lost what the accountant wrote. */
export const decimal = v.pipe(v.string(decimalMessage), v.regex(/^\d{1,12}(\.\d{1,12})?$/, decimalMessage));

const quantityMessage = (issue: v.BaseIssue<unknown>) =>
  typeof issue.input === "number"
    ? `is the JSON number ${issue.input}; put the quantity in quotes, as a decimal string such as "1000"`
    : `must be a decimal string such as "1000" or "0.5", not ${show(issue.input)}`;

/** A quantity as text, for the same reason; up to 18 digits (octets) and 9 decimals. */
export const quantity = v.pipe(v.string(quantityMessage), v.regex(/^\d{1,18}(\.\d{1,9})?$/, quantityMessage));
/** A quantity above zero. */
export const positive = v.pipe(
  quantity,
  v.check((text) => /[1-9]/.test(text), "must be above 0"),
);

const percentMessage = (issue: v.BaseIssue<unknown>) => `must be percent as a decimal string from "0" to "1000", not ${show(issue.input)}`;
export const percent = v.pipe(
  v.string(percentMessage),
  v.regex(/^\d{1,4}(\.\d{1,9})?$/, percentMessage),
  v.check((text) => Number.parseInt(text, 10) < 1000 || /^1000(\.0+)?$/.test(text), percentMessage),
);

export const whole = (least: number, most: number, unit: string) => {
  const message = (issue: v.BaseIssue<unknown>) => `must be a whole number of ${unit} from ${least} to ${most}, not ${show(issue.input)}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
};

export const text = (most: number) => {
  const message = (issue: v.BaseIssue<unknown>) => `must be text of 1 to ${most} characters, not ${show(issue.input)}`;
  return v.pipe(
    v.string(message),
    v.trim(),
    v.minLength(1, message),
    v.maxLength(most, message),
    v.check((written) => !/\p{Cc}/u.test(written) && written.isWellFormed(), "must not have control characters"),
  );
};

const codeMessage = (issue: v.BaseIssue<unknown>) => `must be 1 to 32 Latin letters, digits, "_" or "-", not ${show(issue.input)}`;
/** Names a part of the plan; unique among parts of its kind. Charges and papers refer to it. */
export const code = v.pipe(v.string(codeMessage), v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, codeMessage));

export const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, (issue) => `must be one of ${values.join(", ")}, not ${show(issue.input)}`);

const dateMessage = (issue: v.BaseIssue<unknown>) => `must be a date such as "2026-11-23", not ${show(issue.input)}`;
export const date = v.pipe(v.string(dateMessage), v.check(isDate, dateMessage));

const prefixMessage = (issue: v.BaseIssue<unknown>) =>
  `must be a string of at most 24 digits ("" for every destination), not ${show(issue.input)}`;
/** Leading digits of a telephone number. */
export const digitPrefix = v.pipe(v.string(prefixMessage), v.regex(/^\d{0,24}$/, prefixMessage));

export const described = <T extends v.GenericSchema>(schema: T, description: string) => v.pipe(schema, v.description(description));

export const listOf = <T extends v.GenericSchema>(item: T, what: string, most: number, least = 1) =>
  v.pipe(
    v.array(item, `must be a list of ${what}`),
    v.minLength(least, `must have at least ${least}, of ${what}`),
    v.maxLength(most, `must have at most ${most}, of ${what}`),
  );

/** A list whose items have a `code` that none repeats. */
export const coded = <T extends v.GenericSchema<unknown, { code: string }>>(item: T, what: string, most: number) =>
  v.pipe(
    listOf(item, what, most, 0),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const first = new Map<string, number>();
      dataset.value.forEach((current, index) => {
        const earlier = first.get(current.code);
        if (earlier === undefined) first.set(current.code, index);
        else
          addIssue({
            message: `repeats the code ${show(current.code)} of item ${earlier}; give it another`,
            path: [pathItem("array", dataset.value, index, current), pathItem("object", current, "code", current.code)],
          });
      });
    }),
  );

export const pathItem = <K extends "array" | "object">(type: K, input: unknown, key: K extends "array" ? number : string, value: unknown) =>
  ({ type, origin: "value", input, key, value }) as v.IssuePathItem;

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  try {
    Temporal.PlainDate.from(text);
    return true;
  } catch {
    return false;
  }
}
