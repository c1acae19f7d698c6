// Passwords of people are kept as Argon2id hashes. The only file that knows who computes them.
import { Argon2id } from "oslo/password";

// 19 MiB, two passes, one lane: OWASP's first recommendation; about 30 ms on one core.
const argon2id = new Argon2id({ memorySize: 19_456, iterations: 2, parallelism: 1, tagLength: 32 });

/** The hash in PHC form: algorithm, parameters and salt are in it. */
export const hashPassword = (password: string): Promise<string> => argon2id.hash(password);

export async function verifyPassword(hash: string, password: string): Promise<boolean> {
  // A megabyte of password would be a megabyte of work.
  if (password.length > MAX_PASSWORD_CHARS) return false;
  return argon2id.verify(hash, password);
}

export const MAX_PASSWORD_CHARS = 200;

let dummy: Promise<string> | undefined;

/** Takes as long as verifying a real password and never succeeds: for logins that nobody has. */
export async function verifyNothing(password: string): Promise<false> {
  dummy ??= hashPassword(crypto.randomUUID());
  await verifyPassword(await dummy, password);
  return false;
}
