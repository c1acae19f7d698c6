// Parameters of a URL are texts; a query's schema says what they are meant to be.
import * as v from "valibot";
import type { InputIssue } from "../../kernel/command.ts";

type Schema = v.GenericSchema & {
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly options?: readonly Schema[];
  readonly pipe?: readonly Schema[];
};

/** Names that every query takes beside its own. */
const common = new Set(["provider"]);

export type QueryInput = { readonly ok: true; readonly input: unknown } | { readonly ok: false; readonly issues: readonly InputIssue[] };

/**
 * Gives the input that `schema` may then validate: numbers and booleans out of texts, lists out of repeated names, objects out of JSON.
 * A text that can't be converted stays as it is, so that the schema says what is wrong with it. A name the schema doesn't have is an issue:
 * a mistyped filter would otherwise silently show everything.
 */
export function queryInput(schema: v.GenericSchema, parameters: URLSearchParams): QueryInput {
  const entries = entriesOf(schema as Schema);
  const issues: InputIssue[] = [];
  const input: Record<string, unknown> = {};
  for (const name of new Set(parameters.keys())) {
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    const values = parameters.getAll(name);
    if (!entry) {
      if (!common.has(name)) issues.push({ path: name, message: "is not a parameter of this query" });
    } else if (takesList(entry)) input[name] = values.map((value) => convert(itemOf(entry), value));
    else if (values.length > 1) issues.push({ path: name, message: "is given more than once" });
    else input[name] = convert(entry, values[0]!);
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, input };
}

/** The fields of an object schema, through pipes and wrappers. */
export function entriesOf(schema: Schema): Readonly<Record<string, Schema>> {
  const inner = innermost(schema);
  return inner.entries ?? {};
}

function innermost(schema: Schema): Schema {
  if (schema.wrapped) return innermost(schema.wrapped);
  const first = schema.pipe?.[0];
  return first && first !== schema && first.wrapped ? innermost(first) : schema;
}

const takesList = (schema: Schema) => innermost(schema).type === "array";
const itemOf = (schema: Schema): Schema => innermost(schema).item!;

function convert(schema: Schema, text: string): unknown {
  const inner = innermost(schema);
  switch (inner.type) {
    case "number":
      if (text === "" && inner !== schema) return undefined;
      return /^-?(?:\d+|\d*\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : text;
    case "bigint":
      return /^-?\d{1,30}$/.test(text) ? BigInt(text) : text;
    case "object":
    case "strict_object":
    case "record":
    case "tuple":
      return parsed(text);
    case "literal":
    case "picklist":
    case "union":
      return convertChoice(inner, text);
    default:
      return text;
  }
}

function convertChoice(schema: Schema, text: string): unknown {
  const asNumber = /^-?\d+$/.test(text) ? [Number(text)] : [];
  const asTruth = text === "true" ? [true] : text === "false" ? [false] : [];
  const tries: unknown[] =
    schema.type === "union" ? (schema.options ?? []).map((option) => convert(option, text)) : [text, ...asNumber, ...asTruth];
  return tries.find((value) => v.is(schema, value)) ?? text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
