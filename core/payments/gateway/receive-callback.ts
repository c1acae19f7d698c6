// One callback, after its signature was checked. Not in the list of commands: only a gateway may say such things.
import * as v from "valibot";
import { systemActor } from "../../kernel/actor.ts";
import { type Command, defineCommand, execute, issuesOf } from "../../kernel/command.ts";
import type { Core } from "../../kernel/core.ts";
import { accept, type Outcome, refuse } from "../../kernel/errors.ts";
import { instantField } from "../../kernel/input-fields.ts";
import { formatMicros } from "../../kernel/money.ts";
import { externalIdField, inCoins } from "../payment-fields.ts";
import type { Signed } from "./check-signature.ts";
import { callbackSchema, kindOf } from "./gateway-event.ts";
import { lockGateway } from "./gateways.ts";
import { type EventData, settlePayment } from "./settle-payment.ts";

const takeCallback = defineCommand({
  name: "payments.take-callback",
  summary: "Take in what a gateway told of a payment",
  permission: "payments:write",
  level: "provider",
  input: v.object({
    gatewayId: v.string(),
    eventId: v.string(),
    kind: v.picklist(["succeeded", "failed", "refunded", "charged_back", "chargeback_reversed"]),
    externalId: externalIdField,
    at: instantField,
    data: v.custom<EventData>((value) => typeof value === "object"),
  }),

  async run(context, { gatewayId, ...said }) {
    const gateway = await lockGateway(context.tx, context.providerId, gatewayId);
    if (!gateway) return refuse("not_found");
    const { isNew, payment, steps } = await settlePayment(context, gateway, said);
    context.audit({ after: { receiptNumber: payment?.receiptNumber, state: payment?.state, steps: steps.map((step) => step.do) } });
    return accept({ repeated: !isNew });
  },
});

/** What came is done when this answers, or it is refused and comes again. `ignored`: an event that we have no use for. */
export async function receiveCallback(
  core: Core,
  { providerId, gatewayId, eventId }: Signed,
  body: unknown,
): Promise<Outcome<{ readonly ignored?: true; readonly repeated?: boolean }>> {
  const type = (body as { type?: unknown } | null)?.type;
  const kind = kindOf(type);
  if (typeof type === "string" && !kind) return accept({ ignored: true });
  const parsed = v.safeParse(callbackSchema, body);
  if (!parsed.success || !kind) return refuse("invalid_input", { issues: parsed.issues ? issuesOf(parsed.issues) : [] });
  const { paymentId, amount, paidAt, ...data } = parsed.output.data;
  if (!inCoins(amount, data.currency))
    return refuse("invalid_input", { issues: [{ path: "data.amount", message: `must be an amount that ${data.currency} has coins for` }] });
  const said = {
    ...{ gatewayId, eventId, kind, externalId: paymentId, at: parsed.output.timestamp.toString() },
    data: { ...data, amount: formatMicros(amount), ...(paidAt ? { paidAt: paidAt.toString() } : {}) },
  };
  const call = { actor: systemActor([providerId], "payment gateway"), providerId };
  return execute(core, takeCallback as Command<typeof takeCallback.input, { repeated: boolean }>, said, call);
}
