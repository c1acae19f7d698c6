// A threshold of the policy as two balances: at or below the one a state begins, at or above the other it ends. Exact: micro-units, rounded so that
// the balance itself need only be compared.
import type { Threshold } from "./policy.ts";

export type Money = { readonly creditMicros: bigint; readonly dailySpendMicros: bigint };
export type Level = { readonly enterAt: bigint; readonly leaveAt: bigint };

/** Undefined where the threshold says nothing: a share of no credit limit, days of no spending. */
export function levelOf(threshold: Threshold | null, { creditMicros, dailySpendMicros }: Money): Level | undefined {
  if (!threshold) return undefined;
  const { by, enter, leave } = threshold;
  if (by === "left") return { enterAt: enter - creditMicros, leaveAt: leave - creditMicros };
  if (by === "credit-used") {
    if (creditMicros === 0n) return undefined;
    const used = creditMicros * BigInt(enter);
    return { enterAt: -((used + 99n) / 100n), leaveAt: -((creditMicros * BigInt(leave)) / 100n) };
  }
  if (dailySpendMicros <= 0n) return undefined;
  return { enterAt: dailySpendMicros * BigInt(enter) - creditMicros, leaveAt: dailySpendMicros * BigInt(leave) - creditMicros };
}
