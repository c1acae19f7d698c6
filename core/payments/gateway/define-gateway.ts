// A gateway behind a channel. Its secret is shown once, when we made it; what is kept is sealed.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { paymentGateways, payments } from "../../../db/schema/payments.ts";
import { defineCommand } from "../../kernel/command.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { newId } from "../../kernel/id.ts";
import { idField } from "../../kernel/input-fields.ts";
import { channelOf } from "../payment-books.ts";
import { addressOf, lockGateway } from "./gateways.ts";
import { newGatewaySecret, seal } from "./secrets.ts";

const secretMessage = 'must be a secret of Standard Webhooks: "whsec_" and 24 to 64 bytes in base64';
/** As the gateway gave it; left out, one is made. */
const secretField = v.optional(
  v.pipe(
    v.string(secretMessage),
    v.trim(),
    v.regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, secretMessage),
    v.check((text) => {
      const bytes = Buffer.from(text.slice(6), "base64");
      return bytes.length >= 24 && bytes.length <= 64 && bytes.toString("base64").replace(/=+$/, "") === text.slice(6).replace(/=+$/, "");
    }, secretMessage),
  ),
);

/** Hours for which the secret before counts as well: both sides can't change theirs in the same moment. */
const OVERLAP_HOURS = 48;

export const defineGateway = defineCommand({
  name: "payments.define-gateway",
  summary: "Let a gateway tell of its payments; its secret is shown once",
  permission: "payments:write",
  level: "provider",
  input: v.strictObject({ channelId: idField, secret: secretField }),
  conflicts: { payment_gateways_channel: "channel_of_gateway" },

  async run(context, { channelId, secret = newGatewaySecret() }) {
    const { tx, providerId, now, core, audit } = context;
    const channel = await channelOf(context, channelId);
    if (!channel) return refuse("not_found");
    if (channel.kind !== "gateway") return refuse("channel_kind");
    // Payments that were entered before it would be strangers to it.
    const ofChannel = and(eq(payments.providerId, providerId), eq(payments.channelId, channelId));
    const [used] = await tx.select({ id: payments.id }).from(payments).where(ofChannel).limit(1);
    if (used) return refuse("channel_in_use", { detail: "A gateway needs a channel without payments." });
    const id = newId();
    await tx.insert(paymentGateways).values({
      ...{ providerId, id, channelId, secret: seal(core, { providerId, gatewayId: id }, secret) },
      ...{ previousSecret: null, previousUntil: null, active: true, createdAt: now.toString() },
    });
    audit({ after: { gatewayId: id, channelId } });
    return accept({ gatewayId: id, address: `/callbacks/payments/${addressOf(providerId, id)}`, secret });
  },
});

/** The secret before counts for two days more. */
export const rotateGatewaySecret = defineCommand({
  name: "payments.rotate-gateway-secret",
  summary: "Give a gateway a new secret; the old one counts for two days more",
  permission: "payments:write",
  level: "provider",
  input: v.strictObject({ gatewayId: idField, secret: secretField }),

  async run({ tx, providerId, now, core, audit }, { gatewayId, secret = newGatewaySecret() }) {
    const gateway = await lockGateway(tx, providerId, gatewayId);
    if (!gateway) return refuse("not_found");
    const previousUntil = now.add({ hours: OVERLAP_HOURS }).toString();
    await tx
      .update(paymentGateways)
      .set({ secret: seal(core, { providerId, gatewayId }, secret), previousSecret: gateway.secret, previousUntil })
      .where(and(eq(paymentGateways.providerId, providerId), eq(paymentGateways.id, gatewayId)));
    audit({ after: { gatewayId, previousUntil } });
    return accept({ gatewayId, secret, previousUntil });
  },
});

export const switchGateway = defineCommand({
  name: "payments.switch-gateway",
  summary: "Stop listening to a gateway, or listen again",
  permission: "payments:write",
  level: "provider",
  input: v.strictObject({ gatewayId: idField, active: v.boolean("must be true or false") }),

  async run({ tx, providerId, audit }, { gatewayId, active }) {
    const gateway = await lockGateway(tx, providerId, gatewayId);
    if (!gateway) return refuse("not_found");
    await tx
      .update(paymentGateways)
      .set({ active })
      .where(and(eq(paymentGateways.providerId, providerId), eq(paymentGateways.id, gatewayId)));
    audit({ before: { active: gateway.active }, after: { active } });
    return accept({ gatewayId, active });
  },
});
