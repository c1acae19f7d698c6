// What can be done with a payment in which state. One table for the commands and for the buttons of its page.
import type { PaymentState } from "../../db/schema/payments.ts";

export type PaymentTrigger = "match" | "take-off" | "return" | "refund" | "charge-back" | "reverse-charge-back" | "cancel";

export type PaymentView = {
  readonly state: PaymentState;
  readonly gatewayId: string | null;
  readonly accountId: string | null;
  readonly amountMicros: bigint;
  readonly refundedMicros: bigint;
  readonly chargedBackMicros: bigint;
};

type Rule = {
  readonly from: readonly PaymentState[];
  /** A gateway's payment follows its gateway: the hand doesn't do this to it. */
  readonly byHand?: true;
  /** Only while nothing of it was given back. */
  readonly whole?: true;
};

const rules: Readonly<Record<PaymentTrigger, Rule>> = {
  match: { from: ["unmatched"] },
  "take-off": { from: ["credited"], whole: true },
  return: { from: ["unmatched"], byHand: true },
  refund: { from: ["credited"], byHand: true },
  "charge-back": { from: ["credited"], byHand: true },
  "reverse-charge-back": { from: ["charged-back"], byHand: true },
  cancel: { from: ["credited", "unmatched"], byHand: true, whole: true },
};

/** What is left of it: on its account, or in suspense. */
export const restOf = ({ state, amountMicros, refundedMicros, chargedBackMicros }: Omit<PaymentView, "gatewayId" | "accountId">): bigint =>
  state === "returned" || state === "cancelled" ? 0n : amountMicros - refundedMicros - chargedBackMicros;

/** Undefined when it may be done, else the code of the refusal. Pure. */
export function hindrance(payment: PaymentView, trigger: PaymentTrigger) {
  const { from, byHand, whole } = rules[trigger];
  if (!from.includes(payment.state)) return "payment_state" as const;
  if (byHand && payment.gatewayId !== null) return "payment_of_gateway" as const;
  if (whole && payment.refundedMicros > 0n) return "payment_partly_refunded" as const;
  return undefined;
}

/** The state that its amounts and its account make of a payment which is neither returned nor cancelled. Pure. */
export function stateOf({ accountId, ...amounts }: Omit<PaymentView, "state" | "gatewayId">): PaymentState {
  if (amounts.chargedBackMicros > 0n) return "charged-back";
  if (amounts.refundedMicros === amounts.amountMicros) return "refunded";
  return accountId === null ? "unmatched" : "credited";
}
