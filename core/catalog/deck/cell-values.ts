// What cells of a price list say. Each function gives the value, or a reason that fits behind "Price: ".
import { show } from "../document/fields.ts";
import { INCREMENT } from "./reading.ts";

/** A value, or why there is none. */
export type Read<T> = { readonly value: T } | { readonly reason: string };

const MAX_CODES = 10_000;
const PREFIX = /^\d{1,24}$/;

/**
 * "380 50", "+38050", "1, 2, 5-7": the digits of each, behind `country`. Ends of a range have as many digits. "*" is every destination.
 */
export function prefixesOf(text: string, country = ""): Read<string[]> {
  if (text === "*" && country === "") return { value: [""] };
  if (text === "")
    return country === "" ? { reason: 'is empty; write "*" for the price of every other destination' } : { value: [country] };
  if (/^\d[.,]?\d*e\+?\d+$/i.test(text))
    return { reason: `${show(text)} was shortened by a spreadsheet; make the column text there, and save the file again` };
  const found: string[] = [];
  for (const part of text.split(/[,;]/)) {
    const [from = "", to, ...more] = part.split(/\s*[-–—]\s*/).map((end) =>
      end
        .trim()
        .replace(/^\+/, "")
        .replaceAll(/[\s()]/g, ""),
    );
    if (from === "" && to === undefined) continue;
    if (!PREFIX.test(from) || (to !== undefined && !PREFIX.test(to)) || more.length > 0)
      return { reason: `${show(part.trim())} is not a prefix of digits, such as 38050, nor a range such as 5-7` };
    if (to === undefined) found.push(from);
    else {
      if (to.length !== from.length || to < from)
        return { reason: `${show(part.trim())} is not a range: both ends need as many digits, and the first comes first` };
      const [low, high] = [BigInt(from), BigInt(to)];
      if (high - low >= BigInt(MAX_CODES)) return { reason: `${show(part.trim())} has more than ${MAX_CODES} prefixes` };
      for (let code = low; code <= high; code++) found.push(code.toString().padStart(from.length, "0"));
    }
    if (found.length > MAX_CODES) return { reason: `has more than ${MAX_CODES} prefixes` };
  }
  if (found.length === 0) return { reason: "has no prefix" };
  const whole = found.map((code) => country + code);
  const long = whole.find((code) => code.length > 24);
  return long === undefined ? { value: whole } : { reason: `${show(long)} has more than 24 digits` };
}

/** "0,0525", "1 200.5", "0.05 UAH" → decimal text as plans have it. */
export function amountOf(text: string, decimal: "." | ",", currency: string): Read<string> {
  const bare = text.replaceAll(/[\s\u00a0\u202f']/g, "").replace(new RegExp(`^${currency}|${currency}$`, "i"), "");
  if (bare === "") return { reason: "is empty" };
  if (/^-/.test(bare)) return { reason: `must not be below zero: ${show(text)}` };
  const other = decimal === "," ? "." : ",";
  if (bare.includes(other))
    return {
      reason: `${show(text)} has a ${other === "." ? "point" : "comma"}, where decimals stand behind a ${decimal === "." ? "point" : "comma"}`,
    };
  const match = /^(\d{1,12})(?:[.,](\d{1,12}))?$/.exec(bare);
  if (!match) return { reason: `${show(text)} is not an amount such as 0${decimal}05, with at most 12 decimals` };
  const whole = match[1]!.replace(/^0+(?=\d)/, "");
  return { value: match[2] === undefined ? whole : `${whole}.${match[2]}` };
}

export function secondsOf(text: string, least: number): Read<number> {
  const match = /^(\d{1,5})(?:[.,]0+)?\s*(?:s|sec|сек|с|sek)?\.?$/i.exec(text);
  if (!match || Number(match[1]) < least) return { reason: `${show(text)} is not a number of whole seconds of at least ${least}` };
  return { value: Number(match[1]) };
}

/** "60/1" → the first increment and those after it. "60" is "60/60". */
export function incrementOf(text: string): Read<{ first: number; next: number }> {
  const match = INCREMENT.exec(text) ?? /^(\d{1,5})$/.exec(text);
  const [first, next] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (!match || next < 1) return { reason: `${show(text)} is not first and next seconds such as 60/1` };
  return { value: { first: Math.max(first, 1), next } };
}

/** "2027-01-01", "20270101", "01.01.2027" → ISO date. */
export function dateOf(text: string, order: "day_first" | "month_first"): Read<string> {
  const iso = /^(\d{4})[-./]?(\d\d)[-./]?(\d\d)(?:[T ].*)?$/.exec(text);
  const local = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:\s.*)?$/.exec(text);
  const [year, month, day] = iso
    ? [iso[1], iso[2], iso[3]]
    : local
      ? [local[3], local[order === "day_first" ? 2 : 1], local[order === "day_first" ? 1 : 2]]
      : [];
  try {
    const date = Temporal.PlainDate.from({ year: Number(year), month: Number(month), day: Number(day) }, { overflow: "reject" });
    if (date.year >= 1970 && date.year < 2200) return { value: date.toString() };
  } catch {}
  return { reason: `${show(text)} is not a date such as 2027-01-31${order === "day_first" ? " or 31.01.2027" : " or 01/31/2027"}` };
}

const END =
  /^(d|del|delete|deleted|deletion|remove|removed|removal|close|closed|end|ended|block|blocked|discontinued|видал.*|закри.*|блок.*|удал.*|закры.*|gelöscht|löschen|löschung|entfernt|entfernen|entfällt)$/;
const SET =
  /^(n|new|a|add|added|addition|c|change|changed|changes|u|update|updated|m|modify|modified|i|d?increase|increased|decrease|decreased|up|down|same|current|unchanged|no change|нов.*|дода.*|змін.*|без змін|збільш.*|зменш.*|підвищ.*|зниж.*|доба.*|измен.*|без измен.*|увелич.*|уменьш.*|повыш.*|сниж.*|neu|hinzugefügt|geändert|änderung|erhöh.*|gesenkt|senkung|unverändert|=|\+|↑|↓|)$/;

/** Whether the line ends a price. */
export function actionOf(text: string): Read<"set" | "end"> {
  const word = text.toLowerCase().normalize("NFC").trim();
  if (END.test(word)) return { value: "end" };
  return SET.test(word) ? { value: "set" } : { reason: `${show(text)} is none of new, changed, delete` };
}
