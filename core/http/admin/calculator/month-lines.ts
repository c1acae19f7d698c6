// The usage of a month, a few lines of it: so many calls of so many seconds to a number, from a day on.
import { instantOf } from "../local-time.ts";
import { amountTyped } from "../typed-fields.ts";
import { dayIn, type Item, whole } from "./asked.ts";
import { octetsOf } from "./octets.ts";

export const lineKinds = [
  { value: "call", label: "calls" },
  { value: "session", label: "sessions" },
  { value: "traffic", label: "traffic" },
  { value: "message", label: "messages" },
  { value: "event", label: "events" },
] as const;

const NAMES = ["times", "what", "to", "amount", "day"] as const;
export type Line = Readonly<Record<(typeof NAMES)[number], string>>;

const MOST_LINES = 12;
const MOST_TIMES = 1000;

/** Those that are written, and an empty one for the next. */
export function linesIn(query: URLSearchParams, from: string): Line[] {
  const named = (i: number) =>
    Object.fromEntries(NAMES.map((name) => [name, (query.get(`line${i}.${name}`) ?? "").trim().slice(0, 100)])) as Line;
  const written = query.has("line0.times")
    ? Array.from({ length: MOST_LINES }, (_, i) => named(i)).filter(isWritten)
    : [
        { times: "30", what: "call", to: "380441234567", amount: "75", day: from },
        { times: "1", what: "session", to: "", amount: "20", day: from },
      ];
  const empty = { times: "", what: "call", to: "", amount: "", day: "" };
  return written.length < MOST_LINES ? [...written, empty] : written;
}

const isWritten = ({ times, to, amount, day }: Line) => [times, to, amount, day].some((text) => text !== "");

type Reading = { readonly zone: string; readonly commas: boolean; readonly day: string; readonly errors: Record<string, string> };

/** The line as single usages, all from ten o'clock on its day. */
export function lineOf(line: Line, i: number, { zone, commas, day, errors }: Reading): Item[] {
  if (!isWritten(line)) return [];
  const field = (name: string) => `line${i}.${name}`;
  const times = line.times === "" ? 1 : whole(line.times);
  if (typeof times === "string" || times > MOST_TIMES) {
    errors[field("times")] = `Write a whole number up to ${MOST_TIMES}.`;
    return [];
  }
  const began = dayIn(line.day || day);
  if (!began) errors[field("day")] = "Choose a day.";
  const startedAt = began ? instantOf(`${began}T10:00`, zone) : "";
  const item = one(line, field, startedAt, commas, errors);
  return Array.from({ length: times }, () => item);
}

function one(
  { what, to, amount }: Line,
  field: (name: string) => string,
  startedAt: string,
  commas: boolean,
  errors: Record<string, string>,
): Item {
  const destination = to.replaceAll(/[\s()-]/g, "");
  const places = {
    destination: field("to"),
    seconds: field("amount"),
    messages: field("amount"),
    type: field("to"),
    trafficClass: field("to"),
    startedAt: field("day"),
  };
  switch (what) {
    case "session":
      return { json: { kind: "session", startedAt, octetsIn: octetsOf(amount, "GB", commas, field("amount"), errors) }, places };
    case "traffic": {
      const octetsIn = octetsOf(amount, "GB", commas, field("amount"), errors);
      return { json: { kind: "traffic", startedAt, octetsIn, ...(to ? { trafficClass: to } : {}) }, places };
    }
    case "message":
      return { json: { kind: "message", destination, startedAt, messages: amount === "" ? 1 : whole(amount) }, places };
    case "event": {
      const match = /^(\S+)(?:\s+(\S.*))?$/.exec(amount);
      const metric = match?.[2] ?? "quantity";
      const metrics = match ? { [metric]: amountTyped(match[1]!, commas) } : {};
      return { json: { kind: "event", type: to, startedAt, metrics }, places: { ...places, [`metrics.${metric}`]: field("amount") } };
    }
    default:
      return { json: { kind: "call", destination, seconds: whole(amount), startedAt }, places };
  }
}
