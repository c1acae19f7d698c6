// The lines of a trace that calls by a deck don't need: components, tiers, bundles, totals of periods. Quantities and amounts are exact text.

export type UsageTraceLine =
  | { readonly kind: "component"; readonly code: string; readonly name: string; readonly quantity: string; readonly unit: string }
  | { readonly kind: "free_units"; readonly quantity: string }
  | {
      readonly kind: "units";
      readonly from: string;
      readonly to: string;
      readonly increment: string | null;
      readonly price: string;
      readonly per: string;
      readonly exact: string;
    }
  | { readonly kind: "disconnected"; readonly exact: string }
  | { readonly kind: "maximum"; readonly exact: string }
  | {
      readonly kind: "tier";
      readonly from: string;
      readonly upTo: string | null;
      readonly quantity: string;
      readonly price: string;
      readonly flat: string;
      readonly exact: string;
    }
  | { readonly kind: "packages"; readonly packages: string; readonly size: string; readonly price: string; readonly exact: string }
  | { readonly kind: "percent"; readonly percent: string; readonly of: string; readonly fixed: string; readonly exact: string }
  | { readonly kind: "events_priced"; readonly events: string; readonly free: number; readonly exact: string }
  | { readonly kind: "free_event"; readonly events: number }
  | { readonly kind: "capacity"; readonly peak: string; readonly upTo: string | null; readonly price: string }
  | {
      readonly kind: "bundle";
      readonly code: string;
      readonly name: string;
      /** The day of the grant that it was taken out of. */
      readonly from: string;
      readonly before: string;
      readonly taken: string;
      readonly left: string;
      readonly unit: string;
    }
  | { readonly kind: "bundle_empty"; readonly code: string; readonly name: string; readonly use: "overage" | "block" }
  | { readonly kind: "period_total"; readonly code: string; readonly from: string; readonly to: string; readonly aggregate: string }
  | {
      /** The quantity that the period's price is made of. */
      readonly kind: "period_quantity";
      readonly before: string;
      readonly after: string;
      readonly unit: string;
    }
  | {
      /** What began under a version is charged at its prices: of all up to it, less of what was there when it came into force. */
      readonly kind: "version_part";
      readonly at: string;
      readonly all: string;
      readonly earlier: string;
      readonly amount: string;
    }
  | { readonly kind: "directions"; readonly octetsIn: string; readonly octetsOut: string; readonly larger: "in" | "out" }
  | {
      readonly kind: "percentile";
      readonly direction: "in" | "out";
      /** Five minutes in the period; those without traffic are zero. */
      readonly samples: number;
      readonly used: number;
      /** The place of the sample that decides, in ascending order; those above it are discarded. */
      readonly rank: number;
      readonly discarded: number;
      readonly bitsPerSecond: string;
      /** When the sample that decides began; null: it has no traffic. */
      readonly at: string | null;
      /** The largest of those that are discarded. */
      readonly top: readonly { readonly at: string; readonly bitsPerSecond: string }[];
    }
  | {
      readonly kind: "period_change";
      readonly before: string;
      readonly after: string;
      readonly amount: string;
      /** Where there is any. */
      readonly tax?: { readonly before: string; readonly after: string; readonly amount: string };
    }
  | {
      readonly kind: "slice";
      readonly seconds: number;
      readonly octetsIn: string;
      readonly octetsOut: string;
      readonly amount: string;
    }
  | { readonly kind: "no_version" }
  | { readonly kind: "no_price"; readonly of: string }
  | { readonly kind: "tax"; readonly code: string; readonly net: string; readonly tax: string }
  | {
      /** The end of a record's trace: what it is charged by itself, and what is charged for it with its periods. Net, with the tax beside it. */
      readonly kind: "charged";
      readonly amount: string;
      readonly tax: string;
      readonly period: { readonly amount: string; readonly tax: string } | null;
    };

/** A line in English; `amount` writes an exact amount for the eye. */
export function usageTraceText(line: UsageTraceLine, amount: (exact: string) => string): string {
  switch (line.kind) {
    case "component":
      return `${line.name}: ${line.quantity} ${line.unit}`;
    case "free_units":
      return `Free: ${line.quantity}`;
    case "units":
      return `${line.from}–${line.to}${line.increment === null ? "" : ` in increments of ${line.increment}`}: ${line.price} per ${line.per} = ${amount(line.exact)}`;
    case "disconnected":
      return `Ends here: the most that it may cost, ${line.exact}, pays for no further increment`;
    case "maximum":
      return `Limited to the most that it may cost: ${line.exact}`;
    case "tier":
      return `Tier ${line.from}–${line.upTo ?? "∞"}: ${line.quantity} × ${line.price}${/[1-9]/.test(line.flat) ? ` + ${line.flat} flat` : ""} = ${amount(line.exact)}`;
    case "packages":
      return `${line.packages} × ${line.price} for each started ${line.size} = ${amount(line.exact)}`;
    case "percent":
      return `${line.percent} % of ${line.of}${/[1-9]/.test(line.fixed) ? ` + ${line.fixed}` : ""} = ${amount(line.exact)}`;
    case "events_priced":
      return `${line.events} events${line.free > 0 ? `, the first ${line.free} of which cost nothing` : ""}: ${amount(line.exact)}`;
    case "free_event":
      return `One of the first ${line.events} events: nothing is charged`;
    case "capacity":
      return `The peak is ${line.peak}, in the tier up to ${line.upTo ?? "∞"}: ${line.price}`;
    case "bundle":
      return `Out of ${line.name}, granted ${line.from}: there were ${amount(line.before)} ${line.unit}, it takes ${amount(line.taken)}, ${amount(line.left)} left`;
    case "bundle_empty":
      return line.use === "block"
        ? `Refused: ${line.name} is empty, and blocks what goes beyond`
        : `${line.name} is empty: its price for more`;
    case "period_total":
      return `From ${line.from} to ${line.to} (before that day), ${AGGREGATE_TEXT[line.aggregate] ?? line.aggregate}`;
    case "period_quantity":
      return `The period so far: ${amount(line.before)} ${line.unit} before, ${amount(line.after)} ${line.unit} with this`;
    case "version_part":
      return `Prices of the version of ${line.at}: ${line.all} for all so far, less ${line.earlier} for what was there before it: ${line.amount}`;
    case "directions":
      return `In ${line.octetsIn}, out ${line.octetsOut} octets: ${line.larger} is the larger`;
    case "percentile":
      return `${line.direction === "in" ? "In" : "Out"}: of ${line.samples} five minutes (${line.used} with traffic) the ${line.discarded} largest are discarded; number ${line.rank} in ascending order${line.at === null ? "" : `, ${line.at},`} has ${amount(line.bitsPerSecond)} bit/s`;
    case "period_change":
      return `Price of the period so far: ${line.before} before, ${line.after} with this: ${line.amount}${line.tax ? `; its tax: ${line.tax.before} before, ${line.tax.after} with this: ${line.tax.amount}` : ""}`;
    case "slice":
      return `A slice: of this, ${line.amount} is for what was used before it (${slicePlace(line)})`;
    case "no_version":
      return "Refused: no version of the plan was in force then";
    case "no_price":
      return `Refused: the plan has no price for this ${line.of}`;
    case "tax":
      return `Tax on ${line.net}: ${line.tax}`;
    case "charged":
      return `Charged for this record: ${withTax(line)}${line.period ? `; with its period: ${withTax(line.period)}` : ""}`;
  }
}

const withTax = ({ amount, tax }: { readonly amount: string; readonly tax: string }) => (tax === "0" ? amount : `${amount} + tax ${tax}`);

const slicePlace = ({ seconds, octetsIn, octetsOut }: { seconds: number; octetsIn: string; octetsOut: string }) =>
  `${seconds} s${octetsIn === "0" && octetsOut === "0" ? "" : `, ${octetsIn} octets in, ${octetsOut} out`}`;

const AGGREGATE_TEXT: Record<string, string> = {
  sum: "the sum",
  max: "the peak",
  count: "the number of records",
  prevailing_direction: "the larger direction",
  percentile_95: "the 95th percentile of the larger direction",
};
