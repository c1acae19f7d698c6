import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { reasonField } from "../ledger/amount-fields.ts";
import { bookCancelled } from "./payment-books.ts";
import { paymentFor } from "./payment-in-scope.ts";

/** Never refused because it was spent: cash that isn't there can't stay in the books. The account then owes what it spent, and credit control sees it. */
export const cancelPayment = defineCommand({
  name: "payments.cancel",
  summary: "Cancel a payment that was entered by mistake: the money never came",
  permission: "payments:refund",
  level: "subscriber",
  input: v.strictObject({ paymentId: idField, reason: reasonField }),

  async run(context, { paymentId, reason }) {
    const found = await paymentFor(context, paymentId, "cancel");
    if ("refusal" in found) return found.refusal;
    const { id, state, receiptNumber } = await bookCancelled(context, found.payment, reason);
    context.audit({ before: { state: found.payment.state, accountId: found.payment.accountId }, after: { receiptNumber, state, reason } });
    return accept({ paymentId: id, state });
  },
});
