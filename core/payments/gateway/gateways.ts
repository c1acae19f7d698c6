// Gateways as they are stored, and the address that each of them calls.
import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../db/client.ts";
import { paymentGateways } from "../../../db/schema/payments.ts";

export type Gateway = typeof paymentGateways.$inferSelect;

/** Names the provider too: before the signature is checked nobody else can say whose rows may be seen. */
export const addressOf = (providerId: number, gatewayId: string): string => `${providerId}-${gatewayId}`;

const form = /^([1-9]\d{0,8})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export function readAddress(text: string): { providerId: number; gatewayId: string } | undefined {
  const match = form.exec(text);
  return match ? { providerId: Number(match[1]), gatewayId: match[2]! } : undefined;
}

export async function gatewayOfChannel(tx: Tx, providerId: number, channelId: string): Promise<Gateway | undefined> {
  const which = and(eq(paymentGateways.providerId, providerId), eq(paymentGateways.channelId, channelId));
  const [row] = await tx.select().from(paymentGateways).where(which);
  return row;
}

/** Held: what a gateway says is taken in one after another. */
export async function lockGateway(tx: Tx, providerId: number, gatewayId: string): Promise<Gateway | undefined> {
  const which = and(eq(paymentGateways.providerId, providerId), eq(paymentGateways.id, gatewayId));
  const [row] = await tx.select().from(paymentGateways).where(which).for("update");
  return row;
}
