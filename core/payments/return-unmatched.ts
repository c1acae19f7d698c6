import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { reasonField } from "../ledger/amount-fields.ts";
import { bookReturned } from "./payment-books.ts";
import { paymentFor } from "./payment-in-scope.ts";

/** The money leaves by the channel that it came by. */
export const returnUnmatched = defineCommand({
  name: "payments.return-unmatched",
  summary: "Send a payment that belongs to no account back to its payer",
  permission: "payments:refund",
  level: "provider",
  input: v.strictObject({ paymentId: idField, reason: reasonField }),

  async run(context, { paymentId, reason }) {
    const found = await paymentFor(context, paymentId, "return");
    if ("refusal" in found) return found.refusal;
    const { id, state, receiptNumber } = await bookReturned(context, found.payment, reason);
    context.audit({ before: { state: found.payment.state, accountId: found.payment.accountId }, after: { receiptNumber, state, reason } });
    return accept({ paymentId: id, state });
  },
});
