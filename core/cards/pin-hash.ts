// What the database knows of a PIN: its HMAC under a key that isn't in the database. The same PIN at two providers has two.
import type { Core } from "../kernel/core.ts";

export const PIN_HASH_BYTES = 32;

/** HMAC-SHA-256 of provider and PIN. */
export function pinHasher(core: Pick<Core, "secret">, providerId: number): (pin: string) => Buffer {
  const keyed = new Bun.CryptoHasher("sha256", core.secret("cards.pin"));
  keyed.update(`${providerId}:`);
  return (pin) => keyed.copy().update(pin).digest();
}
