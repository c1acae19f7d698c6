// The usage that a quote prices, as JSON: one usage of any kind, a list, or a document with the service and the period that are meant.
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { code, date, decimal, described, fields, MAX_SECONDS, oneOf, quantity, show, text, whole } from "../catalog/document/fields.ts";
import { type DocumentIssue, documentIssue, planDocument } from "../catalog/plan-document.ts";
import { parseIp } from "../kernel/ip-prefix.ts";

export const MAX_QUOTED_USAGE = 100_000;
/** Of the billing periods that are asked for; each is worked out. */
const MOST_YEARS = 3;
const MOST_CHANGES = 100;

const destinationMessage = (issue: v.BaseIssue<unknown>) =>
  `must be the called number as a string such as "380441234567", not ${show(issue.input)}`;
const destination = described(
  v.pipe(v.string(destinationMessage), v.regex(/^[\x20-\x7e]{1,64}$/, destinationMessage)),
  'The called number, with or without "+".',
);

const instantMessage = (issue: v.BaseIssue<unknown>) =>
  `must be an instant with an offset such as "2026-11-23T10:00:00Z", of the years 1970 to 2199, not ${show(issue.input)}`;
const instant = v.pipe(v.string(instantMessage), v.check(isInstant, instantMessage));

const octetsMessage = (issue: v.BaseIssue<unknown>) =>
  `must be a whole number of octets below 2^64, such as 1500 or "18446744073709551615", not ${show(issue.input)}`;
const MOST_OCTETS = "18446744073709551615";
const octets = v.union(
  [
    v.pipe(v.number(), v.safeInteger(octetsMessage), v.minValue(0, octetsMessage)),
    v.pipe(
      v.string(),
      v.regex(/^(?:0|[1-9]\d{0,19})$/, octetsMessage),
      v.check((digits) => digits.length < MOST_OCTETS.length || digits <= MOST_OCTETS, octetsMessage),
    ),
  ],
  octetsMessage,
);
const addressMessage = (issue: v.BaseIssue<unknown>) => `must be an IP address such as "192.0.2.1", not ${show(issue.input)}`;

const seconds = whole(0, MAX_SECONDS, "seconds");
const direction = v.optional(oneOf(["out", "in"]), "out");
const attributes = v.optional(
  described(v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(80)), text(200)), "For conditions of the plan, before the service's."),
);
const began = {
  startedAt: v.optional(
    described(
      instant,
      "When it began, such as 2026-11-23T10:00:00Z or 2026-11-23T12:00:00+02:00; of a call, when it was answered. Now unless told.",
    ),
  ),
  attributes,
};
const volumes = { octetsIn: v.optional(octets, 0), octetsOut: v.optional(octets, 0) };
const answered = v.optional(
  v.boolean((issue) => `must be true or false, not ${show(issue.input)}`),
  true,
);

const before = {
  session: v.optional(described(v.pipe(text(150), v.minLength(1)), "Its slices are told by it; one session unless told."), "1"),
  seconds: v.optional(described(seconds, "Seconds of it before this slice."), 0),
};
const sliceOf = (of: string) =>
  `It is one slice of a ${of}, which began at \`startedAt\`: its own figures are the slice's, and here is what lies before it.`;

const quotedCall = v.strictObject({
  kind: v.optional(v.literal("call")),
  destination,
  seconds: described(seconds, "Length from the answer on, before increments."),
  ...began,
  answered,
  direction: v.optional(oneOf(["out", "in"])),
  trunk: v.optional(text(80)),
  slice: v.optional(described(v.strictObject(before), sliceOf("call"))),
});
const usage = v.variant(
  "kind",
  [
    quotedCall,
    v.strictObject({
      kind: v.literal("session"),
      ...began,
      seconds: v.optional(seconds, 0),
      ...volumes,
      slice: v.optional(described(v.strictObject({ ...before, ...volumes }), sliceOf("session"))),
    }),
    v.strictObject({
      kind: v.literal("traffic"),
      ...began,
      seconds: v.optional(described(seconds, "How long the octets took."), 300),
      ...volumes,
      remote: v.optional(
        described(
          v.strictObject({
            address: v.pipe(
              v.string(addressMessage),
              v.check((address) => parseIp(address) !== undefined, addressMessage),
            ),
            port: v.optional(whole(0, 65_535, "port")),
            protocol: v.optional(oneOf(["tcp", "udp"])),
          }),
          "The far end, which decides the traffic class.",
        ),
      ),
      trafficClass: v.optional(code),
    }),
    v.strictObject({
      kind: v.literal("message"),
      destination,
      ...began,
      messages: v.optional(whole(0, 1_000_000_000, "messages"), 1),
      direction,
    }),
    v.strictObject({
      kind: v.literal("event"),
      type: text(80),
      ...began,
      metrics: v.optional(
        described(
          v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(80)), quantity),
          'Its figures by the names that components call them (`metric`), as decimal strings: {"litres": "110.5"}.',
        ),
        {},
      ),
    }),
  ],
  (issue) =>
    issue.expected === "Object"
      ? "must be a call, or a list of calls or other usage, or a document {service?, period?, usage}"
      : `must have as \`kind\` one of call, session, traffic, message or event, not ${issue.received.slice(0, 40)}`,
);

const service = fields({
  startedOn: v.optional(described(date, "First day on the plan. The day of the first usage, or of the period, unless told.")),
  endedOn: v.optional(described(date, "First day on which it isn't on any plan any more.")),
  changes: v.optional(
    described(
      v.pipe(
        v.array(v.strictObject({ on: described(date, "Its first day on the plan."), plan: planDocument }), "must be a list of {on, plan}"),
        v.maxLength(MOST_CHANGES, `must have at most ${MOST_CHANGES} changes of plan`),
      ),
      "Plans that it moves to, in order. It needs `startedOn`. Days are those of the first plan's zone unless a plan has its own.",
    ),
    [],
  ),
  billingDay: v.optional(described(whole(1, 31, "day of the month"), "The account's.")),
  attributes: v.optional(v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(80)), text(200)), {}),
  pooledServices: v.optional(described(whole(1, 1_000_000, "services"), "Services of the account on the plan, this one included."), 1),
  taxExempt: v.optional(v.boolean(), false),
});
const MOST_LINES = 1000;
const signedMessage = (issue: v.BaseIssue<unknown>) =>
  `must be a decimal string such as "7", or "-3" for what comes back, not ${show(issue.input)}`;
const few = <T extends v.GenericSchema>(one: T, what: string) =>
  v.optional(v.pipe(v.array(one, `must be a list of ${what}`), v.maxLength(MOST_LINES, `must have at most ${MOST_LINES} ${what}`)), []);
const paper = v.strictObject({
  lines: few(
    v.strictObject({
      code: v.optional(described(code, "Decides which taxes are on it."), "line"),
      quantity: v.optional(
        described(v.pipe(v.string(signedMessage), v.regex(/^-?\d{1,18}(\.\d{1,9})?$/, signedMessage)), "Below zero: it comes back."),
        "1",
      ),
      price: described(decimal, "Of one, net."),
    }),
    "lines",
  ),
  charges: few(
    v.strictObject({ code: v.optional(described(code, "Decides which taxes are on it."), "charge"), amount: described(decimal, "Net.") }),
    "charges",
  ),
});
const items = v.pipe(
  v.array(usage, "must be a call, or a list of calls or other usage"),
  v.maxLength(MAX_QUOTED_USAGE, `must have at most ${MAX_QUOTED_USAGE} calls or other usage`),
);
const some = v.pipe(items, v.minLength(1, "must have at least one call or other usage"));
const document = v.pipe(
  v.strictObject({
    service: v.optional(described(service, "Whose usage it is."), {}),
    period: v.optional(
      described(
        v.pipe(
          v.strictObject({ from: date, to: described(date, "The day after the last.") }),
          v.check(({ from, to }) => from < to, "must not end (`to`) before it begins (`from`)"),
          v.check(
            ({ from, to }) => from >= "1970" && to < "2200" && `${Number(from.slice(0, 4)) + MOST_YEARS}${from.slice(4)}` >= to,
            `must be at most ${MOST_YEARS} years long, between 1970 and 2199`,
          ),
        ),
        "Answer what the billing periods in it cost, with fees, minimum, discounts and taxes.",
      ),
    ),
    paper: v.optional(
      described(
        paper,
        "Answer the totals of a paper: these lines, what the usage and the periods cost, and charges of the paper as a whole, with the tax worked out on the sum. The plan's taxes come on top.",
      ),
    ),
    usage: described(items, "In the order in which it is rated."),
  }),
  v.check(
    ({ usage, period, paper }) =>
      usage.length > 0 || period !== undefined || (paper !== undefined && paper.lines.length + paper.charges.length > 0),
    "must have `usage`, or a `period`, or a `paper` with lines or charges",
  ),
  v.check(
    ({ service: { startedOn, endedOn } }) => !startedOn || !endedOn || startedOn < endedOn,
    "must not have a service that ends (`endedOn`) before it starts (`startedOn`)",
  ),
  v.check(({ service: { startedOn, endedOn, changes } }) => {
    const days = [startedOn, ...changes.map(({ on }) => on), ...(endedOn ? [endedOn] : [])];
    return changes.length === 0 || days.every((day, i) => day !== undefined && (i === 0 || (days[i - 1] ?? day) < day));
  }, "must have `changes` of plan in order, each a day after `startedOn` (which must be there) and before `endedOn`"),
);

export type QuotedUsage = v.InferOutput<typeof usage>;
export type QuotedDocument = v.InferOutput<typeof document> & {
  /** Calls alone, without a `kind` and a document around them. */
  readonly plainCalls: boolean;
};

export type ParsedUsage =
  | { readonly ok: true; readonly document: QuotedDocument }
  | { readonly ok: false; readonly issues: readonly DocumentIssue[] };

/** Checks usage as JSON; every mistake is reported, with its place. */
export function parseQuotedUsage(raw: unknown): ParsedUsage {
  if (isObject(raw) && ["usage", "service", "period", "paper"].some((field) => field in raw)) {
    const parsed = v.safeParse(document, raw);
    return parsed.success
      ? { ok: true, document: { ...parsed.output, plainCalls: false } }
      : { ok: false, issues: parsed.issues.map(documentIssue) };
  }
  const parsed = v.safeParse(some, isObject(raw) ? [raw] : raw);
  if (parsed.success) {
    const plainCalls = parsed.output.every(({ kind }) => kind === undefined);
    return { ok: true, document: { service: v.parse(service, {}), usage: parsed.output, plainCalls } };
  }
  const issues = parsed.issues.map(documentIssue);
  return { ok: false, issues: isObject(raw) ? issues.map((issue) => ({ ...issue, path: issue.path.replace(/^\[0\]\.?/, "") })) : issues };
}

const isObject = (raw: unknown): raw is object => typeof raw === "object" && raw !== null && !Array.isArray(raw);

/** The JSON Schema (draft 2020-12) of what a quote takes. */
export const usageJsonSchema = () => ({
  ...toJsonSchema(v.union([usage, some, document]), {
    typeMode: "input",
    target: "draft-2020-12",
    // Instants, addresses and the order of days are beyond JSON Schema; parseQuotedUsage checks them.
    ignoreActions: ["check", "raw_check", "trim", "safe_integer"],
  }),
  title: "MediaBilling usage to be quoted",
});

const END_MS = Date.UTC(2200, 0);

function isInstant(written: string): boolean {
  try {
    const ms = Temporal.Instant.from(written).epochMilliseconds;
    return ms >= 0 && ms < END_MS;
  } catch {
    return false;
  }
}
