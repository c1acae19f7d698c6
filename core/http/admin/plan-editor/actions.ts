// What the editor's buttons do to the document: pure functions of what is written and which button it was.
import * as v from "valibot";
import { type Band, type BandWindow, bands as bandsSchema, WEEKDAYS } from "../../../catalog/document/calendar.ts";
import { isObject, itemsAt, type Json, moved, type RawDocument, valueAt, withItem, withValue } from "./raw-document.ts";
import { beginningOf, sectionOf } from "./sections.ts";
import { gridOf, isWeekly, painted, ROWS, type Row, type WeekGrid, windowsOf } from "./week-grid.ts";

/** `open`: the section, or the item of one, whose form is on the page ("fees.0"); "" for none. */
export type Writing = { readonly document: RawDocument; readonly open: string };

/** "open:fees.0", "add:fees", "remove:fees.0", "up:fees.1", "down:fees.0", "close", "paint"; anything else changes nothing. */
export function acted({ document, open }: Writing, action: string, fields: URLSearchParams): Writing {
  const [verb = "", path = ""] = action.split(":");
  switch (verb) {
    case "open":
      return { document, open: path };
    case "close":
      return { document, open: path };
    case "add":
      return added(document, open, path);
    case "remove":
      return { document: withValue(document, path, undefined), open: open === path || open.startsWith(`${path}.`) ? listOf(path) : open };
    case "up":
    case "down":
      return { document: moved(document, path, verb === "up" ? -1 : 1), open };
    case "paint":
      return { document: brushed(document, brushOf(fields, document)), open };
    case "holidays":
      return { document: repainted(document, (grid) => ({ ...grid, ownHolidays: false })), open };
    default:
      return { document, open };
  }
}

const listOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf(".")));

/** Items that have a form of their own are opened; rows of a form only appear in it. */
function added(document: RawDocument, open: string, list: string): Writing {
  const item = beginningOf(document, list);
  if (item === undefined) return { document, open };
  // The last tier is the open one: a new one goes before it.
  if (list.endsWith(".tiers")) return { document: withTier(document, list), open };
  const next = withItem(document, list, item);
  const hasForm = sectionOf(list)?.item !== undefined && (/^\w+$/.test(list) || list.endsWith(".price.rates"));
  return { document: next.document, open: hasForm ? `${list}.${next.index}` : open };
}

function withTier(document: RawDocument, list: string): RawDocument {
  const tiers = itemsAt(document, list);
  const priced: RawDocument = tiers.some((tier) => isObject(tier) && "percent" in tier) ? { percent: "" } : { price: "" };
  return withValue(document, list, [...tiers.slice(0, -1), { upTo: "", ...priced }, ...tiers.slice(-1)]);
}

/** The bands as the document has them, when they can be read: a band without windows is still one. */
export function bandsOf(document: RawDocument): Band[] {
  return itemsAt(document, "bands").map((raw): Band => {
    const written = isObject(raw) ? raw : {};
    const windows = (Array.isArray(written.windows) ? written.windows : []).flatMap((one) => readWindow(one) ?? []);
    return {
      code: String(written.code ?? ""),
      ...(typeof written.name === "string" && written.name !== "" ? { name: written.name } : {}),
      weight: typeof written.weight === "number" ? written.weight : 0,
      windows,
    };
  });
}

/** A window of a band with its defaults; undefined while it isn't right. */
export function readWindow(raw: Json): BandWindow | undefined {
  const parsed = v.safeParse(bandsSchema, [{ code: "x", windows: [raw] }]);
  return parsed.success ? parsed.output[0]!.windows[0] : undefined;
}

/** Days, hours and the band's code, "" to wipe out. */
export type Brush = { readonly days: readonly string[]; readonly from: string; readonly to: string; readonly band: string };

/** Evenings and nights are what most people paint first. */
export const firstBrush = (document: RawDocument): Brush => ({
  days: WEEKDAYS,
  from: "18:00",
  to: "08:00",
  band: bandsOf(document)[0]?.code ?? "",
});

/** As posted; when the week wasn't on the page, the first one. A band that was added meanwhile is what one wants to paint. */
export function brushOf(fields: URLSearchParams, document: RawDocument): Brush {
  const code = fields.get("paint.band");
  if (code === null) return firstBrush(document);
  const { days, from, to, band } = firstBrush(document);
  const bands = bandsOf(document);
  const known = code === "" || bands.some((one) => one.code === code);
  const added = fields.get("do") === "add:bands" ? bands.at(-1)?.code : undefined;
  return {
    days: fields.has("paint.days") ? fields.getAll("paint.days") : days.slice(0, 0),
    from: fields.get("paint.from") ?? from,
    to: fields.get("paint.to") ?? to,
    band: added ?? (known ? code : band),
  };
}

function brushed(document: RawDocument, { days, from, to, band: code }: Brush): RawDocument {
  const rows = days.filter((day): day is Row => (ROWS as readonly string[]).includes(day));
  const band = code === "" ? -1 : bandsOf(document).findIndex((one) => one.code === code);
  return repainted(document, (grid) => painted(grid, { rows, from, to, band }));
}

/** Windows that the week shows are replaced by those that show it as it is now; all others stay behind them. */
function repainted(document: RawDocument, change: (grid: WeekGrid) => WeekGrid): RawDocument {
  const bands = bandsOf(document);
  const grid = gridOf(bands);
  if (!grid) return document;
  const weekly = windowsOf(change(grid), bands.length);
  return bands.reduce((now, _, i) => {
    const path = `bands.${i}.windows`;
    const others = itemsAt(now, path).filter((raw) => {
      const window = readWindow(raw);
      return window === undefined || !isWeekly(window);
    });
    return withValue(now, path, [...weekly[i]!.map(windowJson), ...others]);
  }, document);
}

const windowJson = ({ holidays, ...window }: BandWindow): Json =>
  JSON.parse(JSON.stringify({ ...window, ...(holidays === "any" ? {} : { holidays }) })) as Json;

/** Names follow a part that got another code: prices in a band, conditions, what discounts and taxes are on. */
export function renamed(before: RawDocument, now: RawDocument): RawDocument {
  const changed = (list: string) =>
    new Map(
      itemsAt(before, list).flatMap((item, i): [string, string][] => {
        const [was, is] = [isObject(item) ? item.code : "", valueAt(now, `${list}.${i}.code`)];
        return typeof was === "string" && typeof is === "string" && was !== "" && is !== "" && was !== is ? [[was, is]] : [];
      }),
    );
  if (itemsAt(before, "bands").length !== itemsAt(now, "bands").length) return now;
  const bands = changed("bands");
  const classes = changed("trafficClasses");
  const charges = new Map([...changed("fees"), ...changed("usage")]);
  if (bands.size + classes.size + charges.size === 0) return now;
  const rename = (value: Json, key: string): Json => {
    const names = { band: bands, bands, classes, on: charges }[key];
    if (typeof value === "string") return names?.get(value) ?? value;
    if (Array.isArray(value)) return value.map((item) => rename(item, key));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, rename(part, name)]));
  };
  return rename(now, "") as RawDocument;
}
