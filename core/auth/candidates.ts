// One login may exist at several providers: a password is tried against each, and whoever it opens more than one of chooses.
import * as v from "valibot";
import type { Core } from "../kernel/core.ts";
import { type Outcome, refuse } from "../kernel/errors.ts";
import { lineField } from "../kernel/input-fields.ts";
import { verifyNothing, verifyPassword } from "./password-hash.ts";
import { type Attempt, admit, forgetOldFailures } from "./throttle.ts";

export const credentials = v.object({
  login: v.pipe(lineField(254), v.toLowerCase()),
  password: v.string(),
  /** Which of several providers, after a choice was offered. */
  providerId: v.optional(v.pipe(v.number(), v.integer())),
});
export type Credentials = v.InferInput<typeof credentials>;

export type Candidate = {
  readonly providerId: number;
  readonly providerName: string;
  readonly passwordHash: string;
  /** Blocked or closed: the password may be right, the answer is the same as for a wrong one. */
  readonly barred: boolean;
};

export type Choice = {
  readonly kind: "choose";
  readonly choices: readonly { readonly providerId: number; readonly providerName: string }[];
};
export type Found<C> = { readonly kind: "found"; readonly candidate: C } | Choice;

/** Throttles, verifies, and gives the one that the password opens, or the choice among several. Every failure has the same answer. */
export async function findByPassword<C extends Candidate>(
  core: Pick<Core, "db" | "clock">,
  attempt: Attempt,
  password: string,
  load: () => Promise<C[]>,
  chosenProviderId: number | undefined,
): Promise<Outcome<Found<C>>> {
  const { admitted, forgive } = await admit(core, attempt);
  if (!admitted) return refuse("too_many_attempts");
  const candidates = await load();
  // An unknown login takes as long as a known one.
  if (candidates.length === 0) await verifyNothing(password);
  const opened: C[] = [];
  for (const candidate of candidates) {
    const right = await verifyPassword(candidate.passwordHash, password);
    if (right && !candidate.barred && (chosenProviderId ?? candidate.providerId) === candidate.providerId) opened.push(candidate);
  }
  const [first, ...others] = opened;
  if (!first) return refuse("sign_in_failed");
  await forgive();
  await forgetOldFailures(core);
  if (others.length === 0) return { ok: true, value: { kind: "found", candidate: first } };
  return { ok: true, value: { kind: "choose", choices: opened.map(({ providerId, providerName }) => ({ providerId, providerName })) } };
}
