// The gateway's own list of payments: what never reached us is entered, what differs is brought to it, and what can't be is said.
import * as v from "valibot";
import { defineCommand } from "../../kernel/command.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { idField, instantField } from "../../kernel/input-fields.ts";
import { formatMicros } from "../../kernel/money.ts";
import { inCoins } from "../payment-fields.ts";
import { restOf } from "../payment-states.ts";
import { type Statement, statementSchema } from "./gateway-event.ts";
import { lockGateway } from "./gateways.ts";
import { settlePayment } from "./settle-payment.ts";

/** One transaction holds them all; a longer list comes in parts. */
export const MOST_LINES = 1000;

export type Difference = {
  readonly paymentId: string;
  /** Ours, when we have it. */
  readonly id: string | null;
  readonly what: "entered" | "changed" | "amount" | "currency" | "cancelled-here";
  /** What was done about it; empty when a person has to look. */
  readonly done: readonly string[];
  readonly theirs: string;
  readonly ours: string;
};

/** `asOf`: when the gateway made the list; what happened later counts on top of it. The same list twice changes nothing. */
export const reconcileGateway = defineCommand({
  name: "payments.reconcile-gateway",
  summary: "Compare payments with the gateway's own list, and bring ours to it",
  permission: "payments:write",
  level: "provider",
  input: v.strictObject({
    gatewayId: idField,
    asOf: instantField,
    payments: v.pipe(
      v.array(statementSchema, "must be a list of payments"),
      v.minLength(1, "must not be empty"),
      v.maxLength(MOST_LINES, `must have at most ${MOST_LINES} payments: send the rest in another list`),
    ),
  }),

  async run(context, { gatewayId, asOf, payments }) {
    const { tx, providerId, now, audit } = context;
    const gateway = await lockGateway(tx, providerId, gatewayId);
    if (!gateway) return refuse("not_found");
    if (Temporal.Instant.compare(asOf, now) > 0)
      return refuse("invalid_input", { issues: [{ path: "asOf", message: "must not be in the future" }] });
    const issues = payments.flatMap(({ amount, refunded, currency }, i) =>
      inCoins(amount, currency) && inCoins(refunded, currency)
        ? []
        : [{ path: `payments.${i}.amount`, message: `has more decimals than ${currency}` }],
    );
    const seen = new Set<string>();
    for (const [i, { paymentId }] of payments.entries()) {
      if (seen.has(paymentId)) issues.push({ path: `payments.${i}.paymentId`, message: "is in the list twice" });
      seen.add(paymentId);
    }
    if (issues.length > 0) return refuse("invalid_input", { issues: issues.slice(0, 50) });
    const differences: Difference[] = [];
    for (const statement of payments) {
      const { paymentId, state, amount, refunded, paidAt, ...data } = statement;
      const settled = await settlePayment(context, gateway, {
        eventId: `stated:${asOf}:${paymentId}`,
        externalId: paymentId,
        kind: "stated",
        at: asOf,
        data: { ...data, amount: formatMicros(amount), paidAt: paidAt.toString(), stated: { state, refunded: formatMicros(refunded) } },
      });
      const difference = differenceOf(statement, settled);
      if (difference) differences.push(difference);
    }
    audit({ after: { gatewayId, payments: payments.length, differences: differences.length } });
    return accept({ payments: payments.length, differences });
  },
});

function differenceOf(theirs: Statement, { payment, steps }: Awaited<ReturnType<typeof settlePayment>>): Difference | undefined {
  const done = steps.map((step) => step.do);
  const of = {
    ...{ paymentId: theirs.paymentId, id: payment?.id ?? null, done },
    theirs: `${formatMicros(theirs.amount)} ${theirs.currency}, ${theirs.state}, refunded ${formatMicros(theirs.refunded)}`,
    ours: payment
      ? `${formatMicros(payment.amountMicros)} ${payment.currency}, ${payment.state}, left ${formatMicros(restOf(payment))}`
      : "none",
  };
  if (!payment) return undefined;
  if (payment.state === "cancelled" && theirs.state !== "failed") return { ...of, what: "cancelled-here" };
  if (theirs.state !== "failed" && payment.currency !== theirs.currency) return { ...of, what: "currency" };
  if (theirs.state !== "failed" && payment.amountMicros !== theirs.amount) return { ...of, what: "amount" };
  if (done.includes("enter")) return { ...of, what: "entered" };
  return done.length > 0 ? { ...of, what: "changed" } : undefined;
}
