// Guessing PINs is made slow: so many that were wrong for one account, from one address or in one series, and nobody gets an answer for a while.
import { sql } from "drizzle-orm";
import { rawOf, type Tx } from "../../db/client.ts";
import { useProviders } from "../../db/tenant.ts";
import { networkOf } from "../auth/throttle.ts";
import type { Core } from "../kernel/core.ts";
import { type Refusal, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { pinHasher } from "./pin-hash.ts";

export const GUESS_MINUTES = 15;
export const MAX_OF = { account: 10, address: 50, series: 100 } as const;
/** Guesses without a serial number could be at any series: beyond so many a person should look, though nobody is stopped for them. */
export const ALARM_OF_PROVIDER = 500;

/** Whose guess it is. The same PIN again is the same guess: a card that is sent twice isn't guessing. */
export type Guess = {
  readonly providerId: number;
  /** As `readPin` gives it. */
  readonly pin: string;
  readonly accountId?: string | undefined;
  readonly address?: string | undefined;
  /** The series that the serial number names. */
  readonly series?: string | undefined;
};

type Subject = { readonly name: string; readonly most: number; readonly stops: boolean };

function subjectsOf({ providerId, accountId, address, series }: Guess): Subject[] {
  return [
    ...(accountId === undefined ? [] : [{ name: `account:${providerId}:${accountId}`, most: MAX_OF.account, stops: true }]),
    ...(address === undefined ? [] : [{ name: `address:${networkOf(address)}`, most: MAX_OF.address, stops: true }]),
    series === undefined
      ? { name: `provider:${providerId}`, most: ALARM_OF_PROVIDER, stops: false }
      : { name: `series:${providerId}:${series}`, most: MAX_OF.series, stops: true },
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Counts the guess as wrong before it is tried, so that a hundred at once can't all slip under a limit. Refuses what is over one, and raises the alarm once.
 * Outside of the command's transaction: it lasts when the command is refused.
 */
export async function admitGuess(core: Pick<Core, "db" | "clock" | "secret">, guess: Guess): Promise<Refusal | undefined> {
  const now = core.clock();
  const since = now.subtract({ minutes: GUESS_MINUTES }).toString();
  const subjects = subjectsOf(guess);
  const names = subjects.map(({ name }) => name);
  const hash = pinHasher(core, guess.providerId)(guess.pin);
  return core.db.transaction(async (tx) => {
    await useProviders(tx, [guess.providerId]);
    for (const { name } of subjects) await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 2))`);
    const t = rawOf(tx);
    await t`delete from app.card_guesses where subject = any(${names}::text[]) and at < ${since}::timestamptz`;
    const counts = await t<{ subject: string; guesses: number }[]>`
      select subject, count(*)::int as guesses from app.card_guesses where subject = any(${names}::text[]) and guess <> ${hash} group by subject`;
    const over = subjects.filter(({ name, most }) => (counts.find(({ subject }) => subject === name)?.guesses ?? 0) >= most);
    for (const { name } of over) await raiseAlarm(tx, guess.providerId, name, now);
    if (over.some(({ stops }) => stops)) return refuse("too_many_attempts");
    await t`insert into app.card_guesses (subject, guess, at) select name, ${hash}, ${now.toString()}::timestamptz from unnest(${names}::text[]) name
      on conflict (subject, guess) do update set at = excluded.at`;
    return undefined;
  });
}

/** It was right: the account is cleared, the others get this one guess back, or one known card would buy endless guesses at others. In the command's own transaction. */
export async function forgiveGuess(core: Pick<Core, "secret">, tx: Tx, guess: Guess): Promise<void> {
  const hash = pinHasher(core, guess.providerId)(guess.pin);
  for (const { name } of subjectsOf(guess))
    await rawOf(tx)`delete from app.card_guesses where subject = ${name} and (guess = ${hash} or ${name.startsWith("account:")})`;
}

async function raiseAlarm(tx: Tx, providerId: number, subject: string, now: Temporal.Instant): Promise<void> {
  const since = now.subtract({ minutes: GUESS_MINUTES }).toString();
  await tx.execute(sql`insert into app.card_alarms (provider_id, id, subject, at)
    select ${providerId}::int, ${newId()}::uuid, ${subject}, ${now.toString()}::timestamptz
    where not exists (select from app.card_alarms where provider_id = ${providerId} and subject = ${subject} and at > ${since})`);
}

/** Drops what no limit looks at any more. */
export async function forgetGuesses(core: Pick<Core, "db" | "clock">): Promise<void> {
  await core.db.execute(sql`delete from app.card_guesses where at < ${core.clock().subtract({ minutes: GUESS_MINUTES }).toString()}`);
}
