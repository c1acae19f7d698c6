// What has to lie in the database for a while and be of no use to whoever copies it: AES-256-GCM under a key that isn't there.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { Core } from "../kernel/core.ts";

const NONCE = 12;
const TAG = 16;

const keyOf = (core: Pick<Core, "secret">) => Buffer.from(hkdfSync("sha256", core.secret("cards.sealed"), "", "aes-256-gcm", 32));

/** nonce ‖ tag ‖ ciphertext. `place` says where it lies: moved elsewhere it doesn't open. */
export function seal(core: Pick<Core, "secret">, place: string, text: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", keyOf(core), nonce).setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** Throws when it was changed, moved, or sealed under another key. */
export function unseal(core: Pick<Core, "secret">, place: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed);
  const decipher = createDecipheriv("aes-256-gcm", keyOf(core), bytes.subarray(0, NONCE)).setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString("utf8");
}

export const pinsPlace = (providerId: number, batchId: string, firstSerial: number) => `pins:${providerId}:${batchId}:${firstSerial}`;
export const passwordPlace = (providerId: number, batchId: string) => `password:${providerId}:${batchId}`;
