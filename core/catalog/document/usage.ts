// What is priced: which usage a component or bundle is about, and which of its figures counts.
import * as v from "valibot";
import { parseIpPrefix } from "../../kernel/ip-prefix.ts";
import { code, coded, described, digitPrefix, fields, listOf, oneOf, positive, show, text, whole } from "./fields.ts";

export const USAGE_KINDS = ["call", "session", "traffic", "message", "event"] as const;
export type UsageKind = (typeof USAGE_KINDS)[number];

/** The figures of each kind, the default first. Events name their own. */
export const METRICS: Record<UsageKind, readonly string[]> = {
  call: ["seconds", "calls"],
  session: ["octets", "octetsIn", "octetsOut", "seconds", "sessions"],
  traffic: ["octets", "octetsIn", "octetsOut"],
  message: ["messages"],
  event: ["events"],
};

const ipMessage = (issue: v.BaseIssue<unknown>) => `must be an IP prefix such as "10.0.0.0/8" or "2001:db8::/32", not ${show(issue.input)}`;
const ipPrefix = v.pipe(
  v.string(ipMessage),
  v.regex(/^[0-9a-fA-F.:]+\/\d{1,3}$/, ipMessage),
  v.check((prefix) => parseIpPrefix(prefix) !== undefined, ipMessage),
);
const port = whole(0, 65_535, "port");

/** Traffic is of the first class that it matches; of none: "world". */
const trafficClass = v.strictObject({
  code,
  name: v.optional(text(100)),
  prefixes: v.optional(described(listOf(ipPrefix, "IP prefixes", 50_000, 0), "Of the far end. None: any address."), []),
  ports: v.optional(
    described(
      listOf(v.strictObject({ from: port, to: port, protocol: v.optional(oneOf(["tcp", "udp"])) }), "port ranges", 1000, 0),
      "Of the far end. None: any port.",
    ),
    [],
  ),
});
export const trafficClasses = coded(trafficClass, "traffic classes", 100);
export type TrafficClass = v.InferOutput<typeof trafficClass>;

const attributeValue = v.union([text(200), listOf(text(200), "values", 1000)], "must be a text, or a list of texts any of which will do");

/** Every condition that is given must hold. */
export const where = fields({
  direction: v.optional(described(oneOf(["out", "in"]), "Of calls and messages; both unless told.")),
  prefixes: v.optional(described(listOf(digitPrefix, "prefixes", 100_000), "The destination begins with one of them.")),
  trunks: v.optional(described(listOf(text(80), "trunks", 1000), "Of calls.")),
  types: v.optional(described(listOf(text(80), "event types", 1000), "Of events.")),
  classes: v.optional(
    described(listOf(code, "traffic classes", 100), 'Codes of traffic classes of this plan, or "world" for what is in none.'),
  ),
  bands: v.optional(described(listOf(code, "bands", 50), "The usage begins in one of these time bands, the heaviest that holds then.")),
  attributes: v.optional(
    described(
      v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(80)), attributeValue),
      "Attributes of the service, or of the usage, which goes first.",
    ),
  ),
});
export type Where = v.InferOutput<typeof where>;

/** The fields that say which usage, and which figure of it. */
export const about = {
  of: described(oneOf(USAGE_KINDS), "Which usage."),
  where: v.optional(where, {}),
  metric: v.optional(
    described(
      text(80),
      "The figure that counts. Unless told: seconds of calls, octets of sessions and traffic, messages, and of events their number (`events`); an event's own metrics have its own names.",
    ),
  ),
  unit: v.optional(
    described(
      v.strictObject({
        name: text(20),
        size: described(positive, 'How much of the metric is one unit: {"name": "GB", "size": "1000000000"}.'),
      }),
      "What prices and quantities count in. Unless told, the metric itself.",
    ),
  ),
} as const;
