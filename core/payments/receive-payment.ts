import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { currencyField, idField, lineField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountInScope } from "../subscribers/in-scope.ts";
import { enterPayment, paymentUnder } from "./enter-payment.ts";
import { findAccount } from "./find-account.ts";
import { gatewayOfChannel } from "./gateway/gateways.ts";
import { channelOf, type Payment } from "./payment-books.ts";
import { externalIdField, moneyField, paidAtField, payerFields, refuseDecimals } from "./payment-fields.ts";

/**
 * `accountId` is an account that somebody chose: what doesn't fit it is refused. `accountText` is what a payer wrote, an account's or a subscriber's number:
 * the money is there whatever they wrote, so it goes into suspense when it fits no account. The same `externalId` is one payment of the channel, however often it is sent.
 */
export const receivePayment = defineCommand({
  name: "payments.receive",
  summary: "Receive a payment: onto an account, or into suspense when nobody knows whose it is",
  permission: "payments:write",
  level: "subscriber",
  input: v.pipe(
    v.strictObject({
      channelId: idField,
      accountId: v.optional(idField),
      accountText: v.optional(lineField(100)),
      amount: moneyField,
      currency: currencyField,
      externalId: v.optional(externalIdField),
      paidAt: paidAtField,
      ...payerFields,
    }),
    v.forward(
      v.check(({ accountId, accountText }) => accountId === undefined || accountText === undefined, "must be left out beside accountId"),
      ["accountText"],
    ),
  ),

  async run(context, input) {
    const { tx, actor, providerId, now, audit } = context;
    const { channelId, accountId, accountText, currency, amount: amountMicros, externalId = null, paidAt = now } = input;
    const chosen = accountId === undefined ? undefined : await accountInScope(context, accountId);
    if (accountId !== undefined && !chosen) return refuse("not_found");
    // What belongs to no account belongs to the whole provider.
    if (!chosen && actor.scope.groupIds !== null) return refuse("not_found");
    const channel = await channelOf(context, channelId);
    if (!channel) return refuse("not_found");
    if (!channel.active) return refuse("channel_inactive");
    if (await gatewayOfChannel(tx, providerId, channelId)) return refuse("channel_of_gateway");
    const decimals = refuseDecimals(amountMicros, currency);
    if (decimals) return decimals;
    if (Temporal.Instant.compare(paidAt, now) > 0)
      return refuse("invalid_input", { issues: [{ path: "paidAt", message: "must not be in the future" }] });
    if (externalId !== null) {
      const known = await paymentUnder(context, channelId, externalId);
      if (
        known &&
        known.amountMicros === amountMicros &&
        known.currency === currency &&
        (!chosen || known.accountId === chosen.account.accountId)
      )
        return accept({ ...answer(known), repeated: true });
      if (known) return refuse("payment_known");
    }
    if (chosen?.account.status === "closed") return refuse("account_closed");
    if (chosen && chosen.account.currency !== currency) return refuse("payment_currency");
    const account = chosen
      ? { accountId: chosen.account.accountId, number: chosen.account.number, subscriberName: chosen.subscriber.name }
      : await findAccount(tx, providerId, accountText, currency);
    const { payerName = null, payerPhone = null, details = null } = input;
    const payment = await enterPayment(context, {
      ...{ channelId, gatewayId: null, externalId, account, accountText: accountText ?? null, currency, amountMicros, paidAt },
      ...{ payerName, payerPhone, details },
    });
    audit({ after: { ...answer(payment), accountId: payment.accountId, amount: formatMicros(amountMicros), currency } });
    return accept({ ...answer(payment), repeated: false });
  },
  // Two that came in the same moment: the later one finds the earlier one when it is sent again.
  conflicts: { payments_external_id: "payment_known" },
});

const answer = ({ id, receiptNumber, state, accountId }: Payment) => ({ paymentId: id, receiptNumber, state, accountId });
