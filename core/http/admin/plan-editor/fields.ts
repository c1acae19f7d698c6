// How what was typed into the form becomes JSON in the document. What can't be understood stays text as it was typed, so that the document's own
// check says what is wrong with it, and nothing is lost.
import { amountTyped } from "../typed-fields.ts";
import { type Kind, kindOf } from "./field-names.ts";
import { isObject, type Json, type RawDocument, valueAt, withValue } from "./raw-document.ts";

const wholeOf = (text: string): Json => (/^\d{1,10}$/.test(text) ? Number(text) : text);
const linesOf = (text: string): string[] =>
  text
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** Undefined for what is left blank: the document's default. */
function typedValue(kind: Kind, values: readonly string[], commas: boolean): Json | undefined {
  const text = values.at(-1) ?? "";
  if (kind === "digits") return text.replaceAll(/[\s+()-]/g, "");
  if (kind === "many") return values.some((one) => one !== "") ? values.filter((one) => one !== "") : undefined;
  // A time that isn't written yet must not become the whole day.
  if (kind === "time") return text;
  if (kind === "yes") return text === "true";
  if (text === "") return undefined;
  switch (kind) {
    case "whole":
    case "anchor":
      return wholeOf(text);
    case "decimal":
      return amountTyped(text.replaceAll(/[\s\u00a0\u202f]/g, ""), commas);
    case "lines":
      return linesOf(text);
    case "attributes":
      return attributesOf(text);
    case "ports":
      return linesOf(text).map(portOf);
    case "prices":
      return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [priceOf(line, commas)]));
    default:
      return text;
  }
}

/** "speed = 100", "town = Kyiv | Lviv" for any of two. */
const attributesOf = (text: string): Json =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => {
        const [key = "", ...rest] = line.split("=");
        const values = rest
          .join("=")
          .split("|")
          .map((value) => value.trim());
        return [key.trim(), values.length === 1 ? values[0]! : values];
      }),
  );

/** "443", "80-90", "5060/udp". What is no port stays text and is refused as such. */
function portOf(line: string): Json {
  const match = /^(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?(?:\s*\/\s*(\w+))?$/.exec(line);
  if (!match) return line;
  const [, from, to, protocol] = match;
  return { from: Number(from), to: Number(to ?? from), ...(protocol ? { protocol: protocol.toLowerCase() } : {}) };
}

/** "380 Ukraine 0.40": a prefix, the destination's name, and last the price. */
function priceOf(line: string, commas: boolean): Json {
  const [prefix = "", ...rest] = line.trim().split(/\s+/);
  const amount = rest.pop() ?? "";
  return { prefix: prefix === "*" ? "" : prefix.replace(/^\+/, ""), destination: rest.join(" "), price: amountTyped(amount, commas) };
}

/** The document with everything that was posted in it. A choice that changes what a part consists of begins that part anew. */
export function withFields(document: RawDocument, fields: URLSearchParams, commas: boolean): RawDocument {
  let now = document;
  const begunAnew: string[] = [];
  for (const name of new Set(fields.keys())) {
    const kind = kindOf(name);
    const parent = name.slice(0, Math.max(0, name.lastIndexOf(".")));
    if (!kind || begunAnew.some((part) => `${name}.`.startsWith(`${part}.`)) || !standsInList(now, parent)) continue;
    const value = typedValue(
      kind,
      fields.getAll(name).map((text) => text.trim()),
      commas,
    );
    const anew = typeof value === "string" && valueAt(now, name) !== value ? newPart(name, value) : undefined;
    if (anew === undefined) {
      const other = name.endsWith(".of") && valueAt(now, name) !== value;
      now = withValue(now, name, value);
      if (!other) continue;
      // Another usage counts in other units.
      now = withValue(withValue(now, `${parent}.unit`, usualUnits[String(value)]), `${parent}.metric`, undefined);
      begunAnew.push(`${parent}.unit`, `${parent}.metric`);
    } else {
      now = withValue(now, parent, anew);
      begunAnew.push(parent);
    }
  }
  return now;
}

/** A field of an item that is no longer there would make a new one. */
const standsInList = (document: Json, parent: string) =>
  [...parent.matchAll(/\.\d+(?=\.|$)/g)].every(
    ({ index, 0: found }) => valueAt(document, parent.slice(0, index + found.length)) !== undefined,
  );

const usualUnits: Readonly<Record<string, RawDocument>> = {
  call: { name: "min", size: "60" },
  session: { name: "GB", size: "1000000000" },
  traffic: { name: "GB", size: "1000000000" },
};

/** What a part begins with when its choice is another: a price's shape, a bundle's validity, what follows an empty bundle. */
function newPart(name: string, value: string): Json | undefined {
  if (name.endsWith("price.shape")) return newPrice(value);
  if (name.endsWith("validity.kind")) return { kind: value, ...(value === "period" ? { every: "month" } : {}) };
  if (name.endsWith("whenEmpty.use")) return { use: value, ...(value === "overage" ? { price: newPrice("per_unit") } : {}) };
  return undefined;
}

export function newPrice(shape: string): RawDocument {
  switch (shape) {
    case "graduated":
    case "volume":
    case "capacity":
      return { shape, tiers: [{ upTo: "", price: "" }, { price: "" }] };
    case "graduated_percentage":
      return { shape, tiers: [{ upTo: "", percent: "" }, { percent: "" }] };
    case "by_prefix":
      return { shape, prices: [] };
    case "rates":
      return { shape, rates: [] };
    case "per_unit":
      return { shape, steps: [{ price: "" }] };
    default:
      return { shape };
  }
}

/** Parts that are nothing without one of their fields: a greatest cost without an amount, a unit without a name and size. */
export function tidied(value: Json, key = ""): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => tidied(item) ?? {});
  if (!isObject(value)) return value;
  if ((key === "maxCost" || key === "minimum") && value.amount === undefined) return undefined;
  if (key === "price" && value.shape === undefined) return undefined;
  if (key === "taxes" && (!Array.isArray(value.rates) || value.rates.length === 0)) return undefined;
  const entries = Object.entries(value).flatMap(([name, part]): [string, Json][] => {
    const tidy = tidied(part, name);
    return tidy === undefined ? [] : [[name, tidy]];
  });
  const optional = ["where", "unit", "rollover", "holidays", "billing", "rounding", "attributes"].includes(key);
  if (optional && entries.every(([, part]) => Array.isArray(part) && part.length === 0)) return undefined;
  return Object.fromEntries(entries);
}
