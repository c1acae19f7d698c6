// Components, bundles and traffic classes in words: which usage, under which conditions, at what price.
import type { Bundle, UsageComponent } from "../document/components.ts";
import type { Aggregate } from "../document/shapes.ts";
import { METRICS, type TrafficClass, type UsageKind, type Where } from "../document/usage.ts";
import { counted, listed, priceInWords } from "./amounts.ts";

/** Names of the plan's own bands and traffic classes by their codes. */
export type Names = ReadonlyMap<string, string>;

const KIND: Record<UsageKind, string> = {
  call: "Calls",
  session: "Internet sessions",
  traffic: "Traffic",
  message: "Messages",
  event: "Events",
};

const METRIC: Record<string, string> = {
  seconds: "s",
  calls: "call",
  octets: "B",
  octetsIn: "B received",
  octetsOut: "B sent",
  sessions: "session",
  messages: "message",
  events: "event",
};

type About = Pick<UsageComponent, "of" | "metric" | "unit" | "where">;

/** What a quantity counts: "GB", "s", "message". */
export const unitOf = ({ of, metric, unit }: Pick<About, "of" | "metric" | "unit">): string => {
  const figure = metric ?? METRICS[of][0]!;
  return unit?.name ?? METRIC[figure] ?? figure;
};

const some = (values: readonly string[], what: string) => (values.length > 4 ? `any of ${values.length} ${what}` : listed(values, "or"));

/** " made to numbers that begin with 380, in Night"; "" for all usage. */
export function whereInWords(where: Where, names: Names): string {
  const named = (codes: readonly string[]) =>
    listed(
      codes.map((code) => names.get(code) ?? code),
      "or",
    );
  const parts = [
    ...(where.direction ? [where.direction === "in" ? "received" : "made"] : []),
    ...(where.prefixes ? [`to numbers that begin with ${some(where.prefixes, "prefixes")}`] : []),
    ...(where.trunks ? [`over ${some(where.trunks, "trunks")}`] : []),
    ...(where.types ? [`of type ${some(where.types, "types")}`] : []),
    ...(where.classes ? [`of class ${named(where.classes)}`] : []),
    ...(where.bands ? [`that begin in ${named(where.bands)}`] : []),
    ...Object.entries(where.attributes ?? {}).map(
      ([key, value]) => `where ${key} is ${typeof value === "string" ? value : some(value, "values")}`,
    ),
  ];
  return parts.length === 0 ? "" : ` ${parts.join(", ")}`;
}

const AGGREGATE: Record<Aggregate, string> = {
  sum: "the period’s total",
  max: "the period’s peak",
  count: "the number of records in the period",
  prevailing_direction: "the larger of the period’s sums in and out",
  percentile_95: "the 95th percentile of the period’s 5-minute averages",
};

export function componentInWords(component: UsageComponent, names: Names): string {
  const unit = unitOf(component);
  const counts = component.per === "period" ? `, by ${AGGREGATE[component.aggregate]}` : "";
  const figure = component.aggregate === "percentile_95" && !component.unit ? "bit/s" : component.aggregate === "count" ? "record" : unit;
  return `${KIND[component.of]}${whereInWords(component.where, names)}${counts}: ${priceInWords(component.price, figure)}`;
}

function validity(bundle: Bundle): string {
  const { validity } = bundle;
  if (validity.kind === "days") return `for ${counted(validity.days, "day")} from the start`;
  if (validity.kind === "dates") return `from ${validity.from} to ${validity.to}`;
  return `each ${validity.every}`;
}

export function bundleInWords(bundle: Bundle, names: Names): string {
  const unit = unitOf(bundle);
  const { rollover, whenEmpty } = bundle;
  return [
    `${bundle.quantity} ${unit} ${validity(bundle)} for ${KIND[bundle.of].toLowerCase()}${whereInWords(bundle.where, names)}`,
    ...(bundle.price ? [`${priceInWords(bundle.price, unit)} from the bundle`] : []),
    ...(bundle.increment ? [`taken in steps of ${bundle.increment} ${unit}`] : []),
    ...(rollover
      ? [
          `what is left may be used for ${counted(rollover.periods, "more period")}${rollover.most ? `, at most ${rollover.most} ${unit}` : ""}`,
        ]
      : []),
    ...(bundle.pooled ? ["shared by the account’s services on the plan"] : []),
    {
      rate: "then the ordinary prices",
      block: "then nothing more is allowed",
      overage: whenEmpty.use === "overage" ? `then ${priceInWords(whenEmpty.price, unit)}` : "",
    }[whenEmpty.use],
  ].join("; ");
}

export function classInWords({ prefixes, ports }: TrafficClass): string {
  const range = ({ from, to, protocol }: TrafficClass["ports"][number]) =>
    `${from === to ? from : `${from}–${to}`}${protocol ? ` ${protocol.toUpperCase()}` : ""}`;
  const networks = prefixes.length === 0 ? "any address" : prefixes.length > 4 ? counted(prefixes.length, "network") : listed(prefixes);
  const onPorts =
    ports.length === 0 ? "" : `, ${ports.length > 6 ? counted(ports.length, "port range") : `ports ${listed(ports.map(range))}`}`;
  return `${networks}${onPorts}`;
}
