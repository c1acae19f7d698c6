import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { reasonField } from "../ledger/amount-fields.ts";
import { bookChargeBackReversed } from "./payment-books.ts";
import { paymentFor } from "./payment-in-scope.ts";

/** The money is where it was before. */
export const reverseChargeBack = defineCommand({
  name: "payments.reverse-charge-back",
  summary: "Enter that a charge-back was decided in the provider's favour",
  permission: "payments:refund",
  level: "subscriber",
  input: v.strictObject({ paymentId: idField, reason: reasonField }),

  async run(context, { paymentId, reason }) {
    const found = await paymentFor(context, paymentId, "reverse-charge-back");
    if ("refusal" in found) return found.refusal;
    const { id, state, receiptNumber } = await bookChargeBackReversed(context, found.payment, reason);
    context.audit({ before: { state: found.payment.state, accountId: found.payment.accountId }, after: { receiptNumber, state, reason } });
    return accept({ paymentId: id, state });
  },
});
