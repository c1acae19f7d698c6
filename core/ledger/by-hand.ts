// What people post: in whose name, how far each may go alone, and the tail that every such command has.
import { eq } from "drizzle-orm";
import { rawOf, type Tx } from "../../db/client.ts";
import { providers } from "../../db/schema/rights.ts";
import type { Actor } from "../kernel/actor.ts";
import type { CommandContext } from "../kernel/command.ts";
import { type Refusal, refuse } from "../kernel/errors.ts";
import { formatMicros } from "../kernel/money.ts";
import { entriesOf } from "./gl-entries.ts";
import { post } from "./post.ts";
import type { LedgerTransaction } from "./templates.ts";

/** Stands in the details of what a person posts, and in their requests. */
export const personOf = ({ kind, id, name }: Actor) => ({ kind, id, name });

/** Whether the actor may correct by so much alone. The limit is in the currency of the actor's provider: of another currency only "any" covers it. */
export async function isWithinLimit(
  { tx, actor }: { readonly tx: Tx; readonly actor: Actor },
  amountMicros: bigint,
  currency: string,
): Promise<boolean> {
  const { adjustmentLimitMicros: limit = 0n } = actor;
  if (limit === null) return true;
  const [own] = await tx.select({ currency: providers.currency }).from(providers).where(eq(providers.id, actor.providerId));
  return own?.currency === currency && (amountMicros < 0n ? -amountMicros : amountMicros) <= limit;
}

/** For what doesn't wait for a second person: above the limit it is for somebody else to do. */
export async function refuseBeyondLimit(
  context: { readonly tx: Tx; readonly actor: Actor },
  amountMicros: bigint,
  currency: string,
): Promise<Refusal | undefined> {
  if (await isWithinLimit(context, amountMicros, currency)) return undefined;
  const { adjustmentLimitMicros: limit = 0n } = context.actor;
  return refuse("beyond_limit", { limit: limit === null ? null : formatMicros(limit) });
}

/** Posts and tells the read side. The caller holds the balances, and has looked whether it may. */
export async function postByHand({ tx, providerId, now, emit }: CommandContext, transactions: readonly LedgerTransaction[]): Promise<void> {
  const posted = await post(rawOf(tx), providerId, transactions, now);
  if (posted.length !== transactions.length) throw new Error("the same cause was posted before");
  await emit("ledger.posted", { accountIds: transactions.map(({ accountId }) => accountId), gl: entriesOf(transactions) });
}
