// The check that commands over a payment begin with. One that is on no account belongs to the provider as a whole.
import { type Refusal, refuse } from "../kernel/errors.ts";
import { accountInScope, type Reach } from "../subscribers/in-scope.ts";
import { lockPayment, type Payment } from "./payment-books.ts";
import { hindrance, type PaymentTrigger } from "./payment-states.ts";

/** The payment, held, when the actor may see it and this can be done with it. */
export async function paymentFor(
  reach: Reach,
  paymentId: string,
  trigger: PaymentTrigger,
): Promise<{ payment: Payment } | { refusal: Refusal }> {
  const payment = await lockPayment(reach, paymentId);
  const seen =
    payment && (payment.accountId === null ? reach.actor.scope.groupIds === null : await accountInScope(reach, payment.accountId));
  if (!seen) return { refusal: refuse("not_found") };
  const code = hindrance(payment, trigger);
  return code ? { refusal: refuse(code, { state: payment.state }) } : { payment };
}
