// Services on plans, in a few words, for tests of fees.
import { type PlanDocumentInput, parsePlanDocument } from "../../../core/catalog/plan-document.ts";
import type { DueCharge } from "../../../core/rating/charges/due.ts";
import type { PricedPlan, ServiceTimeline } from "../../../core/rating/charges/timeline.ts";

export const day = (text: string) => Temporal.PlainDate.from(text);
/** Noon of a day, UTC. */
export const at = (text: string) => Temporal.Instant.from(`${text}T12:00:00Z`);

type Parts = Partial<Omit<PlanDocumentInput, "schema" | "kind" | "name" | "currency">>;

/** A plan whose versions are in force from these days on: `{"2026-01-01": {fees: […]}}`. Two decimals unless told. */
export function plan(planId: string, versions: Record<string, Parts>): PricedPlan {
  return {
    planId,
    zone: Object.values(versions)[0]?.zone ?? "UTC",
    versions: Object.entries(versions).map(([from, parts], i) => {
      const parsed = parsePlanDocument({
        ...{ schema: "mediabilling/plan@1", kind: "internet", name: planId, currency: "EUR", rounding: { decimals: 2 } },
        ...parts,
      });
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
      return { version: i + 1, from: day(from), document: parsed.plan };
    }),
  };
}

export const monthly = (amount: string, more: object = {}) => ({ code: "line", name: "Line", amount, every: "month" as const, ...more });
export const flat = (planId: string, amount: string, more: Parts = {}, fee: object = {}) =>
  plan(planId, { "2000-01-01": { fees: [monthly(amount, fee)], ...more } });

/** `["2026-01-08", plan, "2026-02-01", other, …, end?]` */
export function service(changes: readonly (string | PricedPlan)[], more: Partial<ServiceTimeline> = {}): ServiceTimeline {
  const stays = [];
  for (let i = 0; i + 1 < changes.length; i += 2) {
    const to = changes[i + 2];
    stays.push({
      plan: changes[i + 1] as PricedPlan,
      from: day(changes[i] as string),
      to: to === undefined ? undefined : day(to as string),
    });
  }
  return { stays, taxExempt: false, ...more };
}

/** "2026-01-08/2026-02-01 38.71+7.74" */
export const inShort = (lines: readonly DueCharge[]) =>
  lines.map((one) => `${one.from}/${one.to} ${money(one.amountMicros)}${one.taxMicros === 0n ? "" : `+${money(one.taxMicros)}`}`);
export const net = (lines: readonly { amountMicros: bigint }[]) => lines.reduce((sum, one) => sum + one.amountMicros, 0n);
export const gross = (lines: readonly { amountMicros: bigint; taxMicros: bigint }[]) =>
  net(lines) + lines.reduce((sum, one) => sum + one.taxMicros, 0n);

export const money = (micros: bigint) => {
  const cents = micros / 10_000n;
  if (cents * 10_000n !== micros) return `${micros}µ`;
  const text = (cents < 0n ? -cents : cents).toString().padStart(3, "0");
  return `${cents < 0n ? "-" : ""}${text.slice(0, -2)}.${text.slice(-2)}`;
};
