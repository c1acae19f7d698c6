import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { reasonField } from "../ledger/amount-fields.ts";
import { bookChargedBack } from "./payment-books.ts";
import { paymentFor } from "./payment-in-scope.ts";

/** All that is left of it. It has happened, so it may leave a debt. */
export const chargeBackPayment = defineCommand({
  name: "payments.charge-back",
  summary: "Enter that the payer's bank took a payment back",
  permission: "payments:refund",
  level: "subscriber",
  input: v.strictObject({ paymentId: idField, reason: reasonField }),

  async run(context, { paymentId, reason }) {
    const found = await paymentFor(context, paymentId, "charge-back");
    if ("refusal" in found) return found.refusal;
    const { id, state, receiptNumber } = await bookChargedBack(context, found.payment, reason);
    context.audit({ before: { state: found.payment.state, accountId: found.payment.accountId }, after: { receiptNumber, state, reason } });
    return accept({ paymentId: id, state });
  },
});
