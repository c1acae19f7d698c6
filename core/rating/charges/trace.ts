// How a charge of a period came about, for an accountant with a pocket calculator. Amounts are exact text in currency units, days are ISO dates.

export type ChargeTraceLine =
  | { readonly kind: "fee"; readonly name: string; readonly amount: string; readonly every?: string; readonly count?: number }
  | {
      readonly kind: "part_of_period";
      readonly from: string;
      readonly to: string;
      readonly days: number;
      readonly of: number;
      readonly exact: string;
      readonly policy: string;
    }
  | { readonly kind: "day_of_period"; readonly day: number; readonly of: number; readonly upTo: string; readonly before: string }
  | { readonly kind: "given_back"; readonly from: string; readonly to: string; readonly name: string; readonly paused?: boolean }
  | { readonly kind: "total_of"; readonly codes: readonly string[]; readonly amount: string }
  | { readonly kind: "discount"; readonly name: string; readonly percent?: string; readonly amount?: string; readonly exact: string }
  | { readonly kind: "period_minimum"; readonly amount: string; readonly counted: string; readonly exact: string }
  | { readonly kind: "unused"; readonly name: string; readonly amount: string }
  | { readonly kind: "charged_before"; readonly amount: string }
  | {
      readonly kind: "taxes";
      readonly names: readonly string[];
      readonly mode: "exclusive" | "inclusive";
      readonly amount: string;
      readonly exempt: boolean;
    };

const POLICY: Record<string, string> = { fixed_30: " (months of 30 days)", rounded_day: " (the day's price rounded)" };

/** A line in English. `number` prints an exact amount. */
export function chargeTraceText(line: ChargeTraceLine, number: (exact: string) => string): string {
  switch (line.kind) {
    case "fee":
      return `${line.name}: ${line.amount}${line.every ? ` per ${(line.count ?? 1) > 1 ? `${line.count} ${line.every}s` : line.every}` : ", once"}`;
    case "part_of_period":
      return line.policy === "none"
        ? `From ${line.from} until ${line.to}, ${line.days} of ${line.of} days: a part costs the whole = ${number(line.exact)}`
        : `From ${line.from} until ${line.to}: ${line.days} of ${line.of} days${POLICY[line.policy] ?? ""} = ${number(line.exact)}`;
    case "day_of_period":
      return `Day ${line.day} of ${line.of}: ${line.upTo} for the days so far, less ${line.before} for those before`;
    case "given_back":
      return `${line.name}, given back from ${line.from} until ${line.to}: the service ${line.paused ? "was paused" : "had left the plan"}`;
    case "total_of":
      return `Total of ${line.codes.join(", ")}: ${line.amount}`;
    case "discount":
      return `${line.name}: ${line.percent ? `${line.percent} %` : line.amount} off = ${number(line.exact)}`;
    case "period_minimum":
      return `The least for the period is ${number(line.amount)}; ${line.counted} counts towards it: missing are ${number(line.exact)}`;
    case "unused":
      return `${line.name}: the price without any usage is ${line.amount}`;
    case "charged_before":
      return `Less what was charged before: ${line.amount}`;
    case "taxes":
      if (line.exempt) return `Tax (${line.names.join(" + ")}): the customer is exempt`;
      return `Tax (${line.names.join(" + ")}), ${line.mode === "exclusive" ? "on top" : "in the price"}: ${line.amount}`;
  }
}
