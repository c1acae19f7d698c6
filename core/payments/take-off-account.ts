import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { reasonField } from "../ledger/amount-fields.ts";
import { bookTakenOff } from "./payment-books.ts";
import { paymentFor } from "./payment-in-scope.ts";

/** What was spent of it meanwhile is owed: the money was never theirs. */
export const takeOffAccount = defineCommand({
  name: "payments.take-off-account",
  summary: "Take a payment off an account that it doesn't belong to: it waits in suspense for the right one",
  permission: "payments:write",
  level: "provider",
  input: v.strictObject({ paymentId: idField, reason: reasonField }),

  async run(context, { paymentId, reason }) {
    const found = await paymentFor(context, paymentId, "take-off");
    if ("refusal" in found) return found.refusal;
    const { id, state, receiptNumber } = await bookTakenOff(context, found.payment, reason);
    context.audit({ before: { state: found.payment.state, accountId: found.payment.accountId }, after: { receiptNumber, state, reason } });
    return accept({ paymentId: id, state });
  },
});
