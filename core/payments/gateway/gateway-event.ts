// What gateways say: the body of a callback, a line of their own list, and how both are kept.
import * as v from "valibot";
import type { GatewayEventKind } from "../../../db/schema/payments.ts";
import { amountField, currencyField, instantField, lineField } from "../../kernel/input-fields.ts";
import { externalIdField, moneyField } from "../payment-fields.ts";

const kinds: Readonly<Record<string, GatewayEventKind>> = {
  "payment.succeeded": "succeeded",
  "payment.failed": "failed",
  "payment.refunded": "refunded",
  "payment.charged_back": "charged_back",
  "payment.chargeback_reversed": "chargeback_reversed",
};

/** Undefined for what we have no use for: gateways send more than one asks for. */
export const kindOf = (type: unknown): GatewayEventKind | undefined =>
  typeof type === "string" && Object.hasOwn(kinds, type) ? kinds[type] : undefined;

const about = {
  account: v.optional(lineField(100)),
  payerName: v.optional(lineField(200)),
  payerPhone: v.optional(lineField(40)),
  details: v.optional(lineField(1000)),
};

/** In the form of Standard Webhooks. `timestamp`: when it happened. Amounts are decimal text; of a refund, that refund's. Fields that we don't know are left alone. */
export const callbackSchema = v.object({
  type: v.string(),
  timestamp: instantField,
  data: v.object({ paymentId: externalIdField, amount: moneyField, currency: currencyField, paidAt: v.optional(instantField), ...about }),
});

export const statedStates = ["succeeded", "failed", "charged_back"] as const;

/** A payment in the gateway's own list. `refunded` is all that was given back of it. */
export const statementSchema = v.pipe(
  v.object({
    paymentId: externalIdField,
    state: v.picklist(statedStates, "must be succeeded, failed or charged_back"),
    amount: moneyField,
    refunded: v.optional(amountField, "0"),
    currency: currencyField,
    paidAt: instantField,
    ...about,
  }),
  v.forward(
    v.check(({ refunded, amount }) => refunded <= amount, "must not be more than the amount"),
    ["refunded"],
  ),
);
export type Statement = v.InferOutput<typeof statementSchema>;

/** An event as it is thought about. What `stated` says holds until its own moment; only what happened later adds to it. */
export type GatewayEvent = {
  readonly eventId: string;
  readonly kind: GatewayEventKind;
  /** Milliseconds since 1970, by the gateway's clock. */
  readonly atMs: number;
  readonly amountMicros: bigint;
  readonly currency: string;
  readonly stated?: { readonly state: (typeof statedStates)[number]; readonly refundedMicros: bigint };
};
