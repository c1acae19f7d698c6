// What somebody typed into a form: kept as text, so that a refused form shows exactly that again.
import type { PageContext } from "./env.ts";
import { posted } from "./frame.ts";

/** The named fields of the posted form, trimmed; "" for those that are missing. */
export const typed = <K extends string>(c: PageContext, ...names: readonly K[]): Record<K, string> =>
  Object.fromEntries(names.map((name) => [name, posted(c, name)])) as Record<K, string>;

/** `{ name: "x" }` when something was typed, `{}` when not: what is left blank is left to the command. */
export const given = <K extends string>(values: Readonly<Record<K, string>>, ...names: readonly K[]): Partial<Record<K, string>> =>
  Object.fromEntries(names.filter((name) => values[name] !== "").map((name) => [name, values[name]])) as Partial<Record<K, string>>;
