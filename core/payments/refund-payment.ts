import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { amountField, idField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { reasonField } from "../ledger/amount-fields.ts";
import { lockBalance, withdrawableOf } from "../ledger/balance.ts";
import { refuseBeyondLimit } from "../ledger/by-hand.ts";
import { templates } from "../ledger/templates.ts";
import { bookRefunded, channelOf } from "./payment-books.ts";
import { moneyField, refuseDecimals } from "./payment-fields.ts";
import { paymentFor } from "./payment-in-scope.ts";
import { restOf } from "./payment-states.ts";

/**
 * In parts, up to what was paid, by the channel that it came by or another. It asks: what was spent, held or granted can't leave the account.
 * `adjust`: what was charged is given back too (`tax` of it is tax), so that the account owes no more than before; that takes the right to adjust, up to its limit.
 */
export const refundPayment = defineCommand({
  name: "payments.refund",
  summary: "Give a payment back, or a part of it",
  permission: "payments:refund",
  level: "subscriber",
  input: v.pipe(
    v.strictObject({
      paymentId: idField,
      amount: moneyField,
      reason: reasonField,
      channelId: v.optional(idField),
      adjust: v.optional(v.boolean("must be true or false"), false),
      tax: v.optional(amountField, "0"),
    }),
    v.forward(
      v.check(({ adjust, tax, amount }) => tax <= (adjust ? amount : 0n), "must be a part of what is given back of the charge"),
      ["tax"],
    ),
  ),

  async run(context, { paymentId, amount: amountMicros, reason, channelId, adjust, tax: taxMicros }) {
    const { tx, providerId, actor, audit } = context;
    const found = await paymentFor(context, paymentId, "refund");
    if ("refusal" in found) return found.refusal;
    const { payment } = found;
    const decimals = refuseDecimals(amountMicros, payment.currency);
    if (decimals) return decimals;
    if (amountMicros > restOf(payment)) return refuse("refund_too_large", { left: formatMicros(restOf(payment)) });
    const channel = await channelOf(context, channelId ?? payment.channelId);
    if (!channel) return refuse("not_found");
    if (adjust) {
      if (!actor.permissions.has("ledger:adjust")) return refuse("not_permitted", { permission: "ledger:adjust" });
      const beyond = await refuseBeyondLimit(context, amountMicros, payment.currency);
      if (beyond) return beyond;
    }
    const balance = await lockBalance(rawOf(tx), providerId, payment.accountId!);
    const withdrawable = withdrawableOf(balance!) + (adjust ? amountMicros : 0n);
    if (amountMicros > withdrawable)
      return refuse("insufficient_funds", { available: formatMicros(withdrawable > 0n ? withdrawable : 0n) });
    const after = await bookRefunded(context, payment, {
      ...{ amountMicros, why: reason, channelId: channel.id },
      ...(adjust ? { adjustment: templates["account.adjusted"]({ amountMicros: amountMicros - taxMicros, taxMicros }) } : {}),
    });
    audit({
      before: { refunded: formatMicros(payment.refundedMicros) },
      after: { receiptNumber: payment.receiptNumber, refunded: formatMicros(after.refundedMicros), adjust, reason },
    });
    return accept({ paymentId, state: after.state, refunded: formatMicros(after.refundedMicros), left: formatMicros(restOf(after)) });
  },
});
