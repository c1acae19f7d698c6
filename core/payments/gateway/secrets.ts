// Secrets of gateways: sealed with AES-256-GCM under a key that is derived from the installation's secret, which isn't in the database.
// The gateway is sealed in too, so that a secret copied to another row opens nothing.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { Core } from "../../kernel/core.ts";

type Sealing = Pick<Core, "secret">;
export type GatewayName = { readonly providerId: number; readonly gatewayId: string };

const IV_BYTES = 12;
const TAG_BYTES = 16;
const keyOf = ({ secret }: Sealing) => createHash("sha256").update(secret("payment-gateways")).digest();
const named = ({ providerId, gatewayId }: GatewayName) => Buffer.from(`${providerId}:${gatewayId}`);

/** In the form of Standard Webhooks: 256 random bits. */
export const newGatewaySecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

export function seal(core: Sealing, gateway: GatewayName, secret: string): Uint8Array {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(core), iv).setAAD(named(gateway));
  const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** Throws when it was sealed with another key, or for another gateway. */
export function unseal(core: Sealing, gateway: GatewayName, bytes: Uint8Array): string {
  const sealed = Buffer.from(bytes);
  const decipher = createDecipheriv("aes-256-gcm", keyOf(core), sealed.subarray(0, IV_BYTES)).setAAD(named(gateway));
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
}
