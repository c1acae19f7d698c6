// Whether a callback comes from the gateway that its address names: Standard Webhooks, by the secret in force or the one before it.
import { and, eq } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { paymentGateways } from "../../../db/schema/payments.ts";
import { inTenant } from "../../../db/tenant.ts";
import type { Core } from "../../kernel/core.ts";
import { readAddress } from "./gateways.ts";
import { unseal } from "./secrets.ts";

export type Signed = { readonly providerId: number; readonly gatewayId: string; readonly eventId: string };

const eventIdForm = /^[\x21-\x7e]{1,200}$/;

/**
 * `body` is the text exactly as it came. Undefined when the address is unknown or switched off, when the signature is wrong, missing, or more than five
 * minutes old: whoever sent it can't tell which.
 */
export async function checkSignature(
  core: Pick<Core, "db" | "secret" | "clock">,
  address: string,
  headers: Headers,
  body: string,
): Promise<Signed | undefined> {
  const named = readAddress(address);
  const eventId = headers.get("webhook-id") ?? "";
  if (!named || !eventIdForm.test(eventId)) return undefined;
  const gateway = await inTenant(
    core.db,
    [named.providerId],
    async (tx) => {
      const which = and(eq(paymentGateways.providerId, named.providerId), eq(paymentGateways.id, named.gatewayId));
      const [row] = await tx.select().from(paymentGateways).where(which);
      return row;
    },
    "read",
  );
  if (!gateway?.active) return undefined;
  const previous =
    gateway.previousSecret && Temporal.Instant.compare(core.clock(), Temporal.Instant.from(gateway.previousUntil!)) < 0
      ? [gateway.previousSecret]
      : [];
  const signed = {
    "webhook-id": eventId,
    "webhook-timestamp": headers.get("webhook-timestamp") ?? "",
    "webhook-signature": headers.get("webhook-signature") ?? "",
  };
  const isRight = [gateway.secret, ...previous].some((sealed) => verifies(unseal(core, named, sealed), body, signed));
  return isRight ? { ...named, eventId } : undefined;
}

function verifies(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
