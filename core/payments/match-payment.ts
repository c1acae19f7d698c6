import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { accountInScope } from "../subscribers/in-scope.ts";
import { bookMatched } from "./payment-books.ts";
import { paymentFor } from "./payment-in-scope.ts";

export const matchPayment = defineCommand({
  name: "payments.match",
  summary: "Give a payment that waits in suspense to the account it belongs to",
  permission: "payments:write",
  level: "provider",
  input: v.strictObject({ paymentId: idField, accountId: idField }),

  async run(context, { paymentId, accountId }) {
    const found = await paymentFor(context, paymentId, "match");
    if ("refusal" in found) return found.refusal;
    const owner = await accountInScope(context, accountId);
    if (!owner) return refuse("not_found");
    if (owner.account.status === "closed") return refuse("account_closed");
    if (owner.account.currency !== found.payment.currency) return refuse("payment_currency");
    const { id, state, receiptNumber } = await bookMatched(context, found.payment, accountId);
    context.audit({ before: { state: found.payment.state }, after: { receiptNumber, state, accountId } });
    return accept({ paymentId: id, state });
  },
});
