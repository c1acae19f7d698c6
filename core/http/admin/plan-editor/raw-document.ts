// A plan's document while it is being written: JSON that may still be wrong or incomplete. Places in it are paths like "fees.0.amount",
// which are also the names of the form's fields.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type RawDocument = { [key: string]: Json };

export const isObject = (value: Json | undefined): value is RawDocument =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** Items of a list; none when it isn't one. */
export const itemsAt = (document: Json, path: string): readonly Json[] => {
  const found = valueAt(document, path);
  return Array.isArray(found) ? found : [];
};

const child = (parent: Json | undefined, key: string): Json | undefined => {
  if (Array.isArray(parent)) return /^\d{1,6}$/.test(key) ? parent[Number(key)] : undefined;
  return isObject(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
};

export const valueAt = (document: Json, path: string): Json | undefined =>
  path === "" ? document : path.split(".").reduce<Json | undefined>(child, document);

/** A copy with the value at the path; undefined takes it away. Objects on the way are made, items of lists are not. */
export function withValue<T extends Json>(document: T, path: string, value: Json | undefined): T {
  return put(document, path.split("."), value) as T;
}

function put(parent: Json | undefined, [key, ...rest]: readonly string[], value: Json | undefined): Json {
  if (key === undefined) return value ?? null;
  if (Array.isArray(parent)) {
    const index = Number(key);
    const removes = rest.length === 0 && value === undefined;
    return parent.flatMap((item, i) => (i !== index ? [item] : removes ? [] : [put(item, rest, value)]));
  }
  const before = isObject(parent) ? parent : {};
  if (rest.length === 0 && value === undefined) return Object.fromEntries(Object.entries(before).filter(([name]) => name !== key));
  const inside = child(before, key);
  // What isn't there needn't be taken away.
  if (value === undefined && inside === undefined) return before;
  const now = rest.length === 0 ? value! : put(inside, rest, value);
  return { ...before, [key]: now };
}

/** The list with one item at the end, and its index. */
export function withItem(document: RawDocument, path: string, item: Json): { document: RawDocument; index: number } {
  const items = itemsAt(document, path);
  return { document: withValue(document, path, [...items, item]), index: items.length };
}

export function moved(document: RawDocument, path: string, by: 1 | -1): RawDocument {
  const list = path.slice(0, path.lastIndexOf("."));
  const index = Number(path.slice(list.length + 1));
  const items = [...itemsAt(document, list)];
  const [item] = items.splice(index, 1);
  if (item === undefined) return document;
  items.splice(Math.max(0, index + by), 0, item);
  return withValue(document, list, items);
}
