// What somebody typed into a form: kept as text, so that a refused form shows exactly that again.
import type { PageContext } from "./env.ts";
import { figuresOf, posted } from "./frame.ts";

/** The named fields of the posted form, trimmed; "" for those that are missing. */
export const typed = <K extends string>(c: PageContext, ...names: readonly K[]): Record<K, string> =>
  Object.fromEntries(names.map((name) => [name, posted(c, name)])) as Record<K, string>;

/** `{ name: "x" }` when something was typed, `{}` when not: what is left blank is left to the command. */
export const given = <K extends string>(values: Readonly<Record<K, string>>, ...names: readonly K[]): Partial<Record<K, string>> =>
  Object.fromEntries(names.filter((name) => values[name] !== "").map((name) => [name, values[name]])) as Partial<Record<K, string>>;

/** Whether 0,40 is how a decimal is written where the person is. Elsewhere 1,234 may mean a thousand, and the command refuses it. */
export const writesCommas = (c: PageContext): boolean =>
  new Intl.NumberFormat(figuresOf(c).locale).formatToParts(1.5).some(({ type, value }) => type === "decimal" && value === ",");

/** An amount as the command wants it: "−12,50" → "-12.50" where commas are written. What is no amount stays as it is. */
export const amountTyped = (text: string, commas: boolean): string => {
  const signed = text.replace(/^[−–]/, "-");
  return commas && /^-?\d+,\d+$/.test(signed) ? signed.replace(",", ".") : signed;
};
