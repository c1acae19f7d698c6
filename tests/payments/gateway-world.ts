// A gateway as it is on its own side: payments that happen to it, what it tells of them, and the list that it makes.
import fc from "fast-check";
import { formatMicros } from "../../core/kernel/money.ts";
import { units } from "./world.ts";

const least = (a: bigint, b: bigint) => (a < b ? a : b);

type Happened =
  | { readonly type: "payment.failed" | "payment.succeeded" | "payment.charged_back" | "payment.chargeback_reversed" }
  | { readonly type: "payment.refunded"; readonly amountMicros: bigint };

export type GatewayPayment = { readonly amountMicros: bigint; readonly happened: readonly Happened[] };

/** A life that a gateway's payment can have: failures, then perhaps a success, then refunds and disputes. */
export const gatewayPayment: fc.Arbitrary<GatewayPayment> = fc
  .record({
    amount: fc.integer({ min: 1, max: 500 }),
    failures: fc.integer({ min: 0, max: 2 }),
    succeeds: fc.integer({ min: 0, max: 7 }).map((n) => n > 0),
    later: fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant("dispute" as const)), { maxLength: 5 }),
  })
  .map(({ amount, failures, succeeds, later }) => {
    const happened: Happened[] = Array.from({ length: failures }, () => ({ type: "payment.failed" as const }));
    if (!succeeds) return { amountMicros: units(amount), happened };
    happened.push({ type: "payment.succeeded" });
    let [left, disputed] = [units(amount), false];
    for (const one of later) {
      if (one === "dispute") {
        happened.push({ type: disputed ? "payment.chargeback_reversed" : "payment.charged_back" });
        disputed = !disputed;
      } else if (left > 0n && !disputed) {
        const amountMicros = least(left, units(one));
        happened.push({ type: "payment.refunded", amountMicros });
        left -= amountMicros;
      }
    }
    return { amountMicros: units(amount), happened };
  });

/** What the gateway itself would say of it now. */
export function truthOf({ amountMicros, happened }: GatewayPayment) {
  const refundedMicros = happened.reduce((sum, one) => sum + (one.type === "payment.refunded" ? one.amountMicros : 0n), 0n);
  const disputes = happened.filter(({ type }) => type === "payment.charged_back" || type === "payment.chargeback_reversed");
  const isChargedBack = disputes.at(-1)?.type === "payment.charged_back";
  return { isPaid: happened.some(({ type }) => type === "payment.succeeded"), amountMicros, refundedMicros, isChargedBack };
}

/** What of it should be on the account. */
export function leftOf(payment: GatewayPayment): bigint {
  const { isPaid, amountMicros, refundedMicros, isChargedBack } = truthOf(payment);
  return !isPaid || isChargedBack ? 0n : amountMicros - refundedMicros;
}

export type Callback = {
  readonly id: string;
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: Record<string, string> };
};

/** One callback for each thing that happened, a minute apart. */
export const callbacksOf = (payment: GatewayPayment, paymentId: string, account: string, from: Temporal.Instant): Callback[] =>
  payment.happened.map((one, i) => ({
    id: `${paymentId}-${i}`,
    body: {
      type: one.type,
      timestamp: from.add({ minutes: i }).toString(),
      data: {
        ...{ paymentId, currency: "UAH", account },
        amount: formatMicros(one.type === "payment.refunded" ? one.amountMicros : payment.amountMicros),
      },
    },
  }));

/** Its line in the gateway's own list. */
export function lineOf(payment: GatewayPayment, paymentId: string, account: string, paidAt: Temporal.Instant) {
  const { isPaid, amountMicros, refundedMicros, isChargedBack } = truthOf(payment);
  const state = !isPaid ? ("failed" as const) : isChargedBack ? ("charged_back" as const) : ("succeeded" as const);
  return {
    ...{ paymentId, state, amount: formatMicros(amountMicros), refunded: formatMicros(refundedMicros) },
    ...{ currency: "UAH", account, paidAt: paidAt.toString() },
  };
}
