// The document as the form's fields show it: each place as the text that somebody would type there.
import { isObject, type Json, type RawDocument } from "./raw-document.ts";

const attributeLine = ([key, value]: [string, Json]) => `${key} = ${Array.isArray(value) ? value.join(" | ") : String(value)}`;
const portLine = (port: Json) =>
  isObject(port)
    ? `${port.from}${port.to === port.from ? "" : `-${port.to}`}${typeof port.protocol === "string" ? `/${port.protocol}` : ""}`
    : String(port);
const priceLine = (one: Json) =>
  isObject(one) ? [one.prefix === "" ? "*" : one.prefix, one.destination, one.price].filter((part) => part !== "").join(" ") : String(one);

/** Texts by field name, below `open` alone: the rest isn't on the page. Lists of texts have a line for each. */
export function written(value: Json | undefined, path: string, into: Record<string, string> = {}): Record<string, string> {
  const name = path.slice(path.lastIndexOf(".") + 1);
  if (value === undefined || value === null) return into;
  if (Array.isArray(value)) {
    if (name === "ports") into[path] = value.map(portLine).join("\n");
    else if (name === "prices") into[path] = value.map(priceLine).join("\n");
    else if (value.every((item) => typeof item === "string")) into[path] = value.join("\n");
    else for (const [i, item] of value.entries()) written(item, `${path}.${i}`, into);
  } else if (isObject(value)) {
    if (name === "attributes") into[path] = Object.entries(value).map(attributeLine).join("\n");
    else for (const [key, part] of Object.entries(value as RawDocument)) written(part, path === "" ? key : `${path}.${key}`, into);
  } else into[path] = String(value);
  return into;
}
