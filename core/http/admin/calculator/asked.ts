// What somebody wants to have priced: the fields of the page, the usage that they mean as `mb quote` takes it, and what is wrong beside which field.
import { type ParsedUsage, parseQuotedUsage, type QuotedDocument } from "../../../rating/quote-document.ts";
import { instantOf } from "../local-time.ts";
import { amountTyped } from "../typed-fields.ts";
import { type Line, lineOf, linesIn } from "./month-lines.ts";
import { octetsOf } from "./octets.ts";

export const kinds = [
  { value: "call", label: "A call" },
  { value: "session", label: "A session" },
  { value: "traffic", label: "Traffic" },
  { value: "message", label: "Messages" },
  { value: "event", label: "An event" },
  { value: "month", label: "A month" },
] as const;
export type Kind = (typeof kinds)[number]["value"];

/** Rows of an event's metrics. */
const METRICS = [0, 1, 2] as const;

/** As typed; `when` is a wall clock in the plan's zone. No field is called as a property of a form is: "attributes" would hide that one from scripts. */
export type Asked = {
  readonly kind: Kind;
  readonly values: Readonly<Record<string, string>>;
  readonly lines: readonly Line[];
};

/** What the fields say, or their first values where the address says nothing. */
export function askedOf(query: URLSearchParams, now: Temporal.ZonedDateTime): Asked {
  const kind = kinds.find(({ value }) => value === query.get("kind"))?.value ?? "call";
  const first: Record<string, string> = {
    when: now.toPlainDateTime().toString({ smallestUnit: "minute" }),
    number: "380441234567",
    seconds: { session: "3600", traffic: "300" }[kind as string] ?? "75",
    direction: "out",
    ...{ trunk: "", trafficClass: "", address: "", port: "", protocol: "tcp" },
    ...{ in: "1", inUnit: "GB", out: "0", outUnit: "MB" },
    messages: "1",
    ...{ eventType: "", having: "", exempt: "", billingDay: "", startedOn: "" },
    from: now.toPlainDate().with({ day: 1 }).toString(),
    ...Object.fromEntries(
      METRICS.flatMap((i) => [
        [`metric${i}`, ""],
        [`amount${i}`, ""],
      ]),
    ),
  };
  const given = ([name, value]: [string, string]) => [name, (query.get(name) ?? value).trim().slice(0, 200)];
  return { kind, values: Object.fromEntries(Object.entries(first).map(given)), lines: linesIn(query, first.from!) };
}

export type Meant = {
  /** For `mb quote --usage`. */
  readonly json: object;
  /** Nothing while something is wrong. */
  readonly document: QuotedDocument | undefined;
  /** By field. */
  readonly errors: Readonly<Record<string, string>>;
};

/** A usage as JSON, and which field each of its places comes from. */
export type Item = { readonly json: object; readonly places: Readonly<Record<string, string>> };

export function meantBy(asked: Asked, zone: string, commas: boolean): Meant {
  const errors: Record<string, string> = {};
  const service = serviceOf(asked, errors);
  if (asked.kind === "month") {
    const from = dayIn(asked.values.from!);
    if (!from) errors.from = "Choose the first day.";
    const items = asked.lines.flatMap((line, i) => lineOf(line, i, { zone, commas, day: asked.values.from!, errors }));
    const period = from ? { from: from.toString(), to: from.add({ months: 1 }).toString() } : undefined;
    const json = { service, period, usage: items.map((item) => item.json) };
    return checked(json, errors, {
      ...placesIn(items),
      "service.billingDay": "billingDay",
      "service.startedOn": "startedOn",
      "period.from": "from",
      "": "from",
    });
  }
  const item = itemOf(asked, zone, commas, errors);
  if (Object.keys(service).length === 0) return checked(item.json, errors, item.places);
  return checked({ service, usage: [item.json] }, errors, {
    ...placesIn([item]),
    "service.billingDay": "billingDay",
    "service.startedOn": "startedOn",
  });
}

const placesIn = (items: readonly Item[]) =>
  Object.fromEntries(items.flatMap(({ places }, i) => Object.entries(places).map(([path, field]) => [`usage[${i}].${path}`, field])));

function checked(json: object, errors: Record<string, string>, places: Readonly<Record<string, string>>): Meant {
  const parsed: ParsedUsage = parseQuotedUsage(json);
  if (!parsed.ok)
    for (const { path, message } of parsed.issues) {
      const field = places[path] ?? places[path.replace(/\.[^.]*$/, "")] ?? "when";
      errors[field] ??= `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
    }
  return { json, document: parsed.ok && Object.keys(errors).length === 0 ? parsed.document : undefined, errors };
}

function serviceOf({ values }: Asked, errors: Record<string, string>): Record<string, unknown> {
  const attributes = attributesOf(values.having!, errors);
  return {
    ...(values.startedOn ? { startedOn: values.startedOn } : {}),
    ...(values.billingDay ? { billingDay: whole(values.billingDay) } : {}),
    ...(attributes ? { attributes } : {}),
    ...(values.exempt ? { taxExempt: true } : {}),
  };
}

/** "speed=100, area=east". */
function attributesOf(typed: string, errors: Record<string, string>): Record<string, string> | undefined {
  if (typed === "") return undefined;
  const pairs = typed.split(/[,;]/).map((pair) => /^\s*([^=]+?)\s*=\s*(.+?)\s*$/.exec(pair));
  if (pairs.some((pair) => pair === null)) {
    errors.having = "Write them like speed=100, area=east.";
    return undefined;
  }
  return Object.fromEntries(pairs.map((pair) => [pair![1]!, pair![2]!]));
}

function itemOf({ kind, values }: Asked, zone: string, commas: boolean, errors: Record<string, string>): Item {
  const startedAt = momentOf(values.when!, zone, errors);
  const direction = values.direction === "in" ? { direction: "in" } : {};
  const destination = values.number!.replaceAll(/[\s()-]/g, "");
  switch (kind) {
    case "session":
    case "traffic":
      return {
        json: {
          kind,
          startedAt,
          seconds: whole(values.seconds!),
          octetsIn: octetsOf(values.in!, values.inUnit!, commas, "in", errors),
          octetsOut: octetsOf(values.out!, values.outUnit!, commas, "out", errors),
          ...(kind === "traffic" ? farEndOf(values, errors) : {}),
        },
        places: {
          ...{ seconds: "seconds", octetsIn: "in", octetsOut: "out", startedAt: "when" },
          ...{ trafficClass: "trafficClass", "remote.address": "address", "remote.port": "port", "remote.protocol": "protocol" },
        },
      };
    case "message":
      return {
        json: { kind, destination, startedAt, messages: whole(values.messages!), ...direction },
        places: { destination: "number", messages: "messages", startedAt: "when" },
      };
    case "event": {
      const rows = METRICS.filter((i) => values[`metric${i}`] || values[`amount${i}`]);
      for (const i of rows) if (!values[`metric${i}`]) errors[`metric${i}`] = "Name what is counted.";
      const metrics = Object.fromEntries(rows.map((i) => [values[`metric${i}`], amountTyped(values[`amount${i}`]!, commas)]));
      const places = Object.fromEntries(rows.map((i) => [`metrics.${values[`metric${i}`]}`, `amount${i}`]));
      return { json: { kind, type: values.eventType, startedAt, metrics }, places: { type: "eventType", startedAt: "when", ...places } };
    }
    default:
      return {
        json: { destination, seconds: whole(values.seconds!), startedAt, ...direction, ...(values.trunk ? { trunk: values.trunk } : {}) },
        places: { destination: "number", seconds: "seconds", startedAt: "when", trunk: "trunk" },
      };
  }
}

/** The class, where one is chosen; else the far end, which decides it. */
function farEndOf({ trafficClass, address, port, protocol }: Asked["values"], errors: Record<string, string>): Record<string, unknown> {
  if (trafficClass) return { trafficClass };
  if (!address) {
    if (port) errors.address = "Write the address that the port is of.";
    return {};
  }
  return { remote: { address, ...(port ? { port: whole(port), protocol } : {}) } };
}

/** A number where it is one; what isn't stays, for the check to say what is wrong with it. */
export const whole = (typed: string): number | string => (/^\d{1,15}$/.test(typed) ? Number(typed) : typed);

function momentOf(when: string, zone: string, errors: Record<string, string>): string {
  const startedAt = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(when) ? instantOf(when, zone) : "";
  if (!startedAt.endsWith("Z")) errors.when = "Choose a day and a time.";
  return startedAt;
}

export function dayIn(text: string): Temporal.PlainDate | undefined {
  try {
    return /^\d{4}-\d\d-\d\d$/.test(text) ? Temporal.PlainDate.from(text) : undefined;
  } catch {
    return undefined;
  }
}
