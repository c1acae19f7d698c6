// Guessing passwords is made slow: so many failures for one login, or from one address, and nobody gets an answer for a while.
import { isIP } from "node:net";
import { sql } from "drizzle-orm";
import type { Core } from "../kernel/core.ts";
import { newId } from "../kernel/id.ts";

export const WINDOW_MINUTES = 15;
export const MAX_PER_LOGIN = 10;
export const MAX_PER_ADDRESS = 50;

/** `door` keeps managers' and subscribers' logins apart; an address is the same at every door. */
export type Attempt = { readonly door: "manager" | "portal"; readonly login: string; readonly address: string };

const loginSubject = ({ door, login }: Attempt) => `${door}:${login}`;
const addressSubject = ({ address }: Attempt) => `address:${networkOf(address)}`;

/**
 * Whose address it is: an IPv4 address, or the /64 that an IPv6 address is in. Every line is given a /64 at least, and whoever guesses would
 * otherwise take another of its 2^64 addresses for each guess. Anything else stays as it is.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address);
  if (mapped) return mapped[1]!;
  if (isIP(address) !== 6) return address;
  // The URL parser writes an address in its one shortest form, whichever way it came.
  const [head = "", tail] = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const all = tail === undefined ? before : [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  return `${all.slice(0, 4).join(":")}::/64`;
}

/**
 * Counts the attempt as failed before it is tried, so that a hundred at once can't all slip under the limit.
 * False when it must not be tried at all; `forgive` takes it back when it succeeded.
 */
export async function admit(core: Pick<Core, "db" | "clock">, attempt: Attempt): Promise<{ admitted: boolean; forgive(): Promise<void> }> {
  const now = core.clock();
  const since = now.subtract({ minutes: WINDOW_MINUTES }).toString();
  const id = newId();
  const [login, address] = [loginSubject(attempt), addressSubject(attempt)];
  const admitted = await core.db.transaction(async (tx) => {
    for (const subject of [login, address].sort()) await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${subject}, 1))`);
    await tx.execute(sql`delete from app.sign_in_failures where subject in (${login}, ${address}) and at < ${since}`);
    const counts = await tx.execute<{ subject: string; failures: number }>(
      sql`select subject, count(*)::int as failures from app.sign_in_failures where subject in (${login}, ${address}) group by subject`,
    );
    const failures = (subject: string) => counts.find((row) => row.subject === subject)?.failures ?? 0;
    if (failures(login) >= MAX_PER_LOGIN || failures(address) >= MAX_PER_ADDRESS) return false;
    await tx.execute(
      sql`insert into app.sign_in_failures (subject, at, id) values (${login}, ${now.toString()}, ${id}), (${address}, ${now.toString()}, ${id})`,
    );
    return true;
  });
  const forgive = async () => {
    // Whoever knows the password clears the login; the address only gets this one attempt back, or one known login would buy endless guesses at others.
    await core.db.execute(sql`delete from app.sign_in_failures where subject = ${login} or (subject = ${address} and id = ${id})`);
  };
  return { admitted, forgive };
}

/** Drops what no limit looks at any more. */
export async function forgetOldFailures(core: Pick<Core, "db" | "clock">): Promise<void> {
  await core.db.execute(sql`delete from app.sign_in_failures where at < ${core.clock().subtract({ minutes: WINDOW_MINUTES }).toString()}`);
}
