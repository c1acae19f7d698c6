// What commands on one account have in common: it is the actor's to touch, its balance is held, and its state follows in the same transaction.
import { rawOf } from "../../../db/client.ts";
import type { CommandContext } from "../../kernel/command.ts";
import { type Outcome, refuse } from "../../kernel/errors.ts";
import { lockBalances } from "../../ledger/post.ts";
import { accountInScope } from "../../subscribers/in-scope.ts";
import { checkLot } from "./check-lot.ts";
import { type Account, loadAccounts } from "./facts.ts";
import { policyOf, type StoredPolicy } from "./stored-policy.ts";

export type Held = {
  readonly account: Account;
  readonly stored: StoredPolicy | undefined;
  readonly subscriberId: string;
  readonly openedAt: Temporal.Instant;
};

/** The account with its balance held. A subscriber has only accounts of their own. */
export async function holdAccount(context: CommandContext, accountId: string): Promise<Outcome<Held>> {
  const { tx, providerId, now, actor } = context;
  const found = await accountInScope(context, accountId);
  if (!found || (actor.kind === "subscriber" && found.subscriber.id !== actor.id)) return refuse("not_found");
  if (found.account.status === "closed") return refuse("account_closed");
  await lockBalances(rawOf(tx), providerId, [accountId]);
  const stored = await policyOf(rawOf(tx), providerId);
  const [account] = await loadAccounts(rawOf(tx), providerId, [accountId], stored, now);
  const openedAt = Temporal.Instant.from(found.account.createdAt);
  return { ok: true, value: { account: account!, stored, subscriberId: found.subscriber.id, openedAt } };
}

/** Decides anew after the command has changed something. Gives the state that the account is in now. */
export async function decideAtOnce({ tx, providerId, now, emit }: CommandContext, accountId: string): Promise<Account> {
  await checkLot(rawOf(tx), providerId, [accountId], now);
  // What was promised, paused or overridden is shown even where the state stays.
  await emit("credit.changed", { accountIds: [accountId] });
  const stored = await policyOf(rawOf(tx), providerId);
  const [account] = await loadAccounts(rawOf(tx), providerId, [accountId], stored, now);
  return account!;
}
