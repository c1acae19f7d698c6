// The live state of settlement accounts: the rows that whoever decides over their money holds.
import type { RawTx } from "../../db/client.ts";

/** In micro-units. */
export type Balance = {
  readonly balanceMicros: bigint;
  readonly creditLimitMicros: bigint;
  readonly heldMicros: bigint;
  /** What remains in pots; the rest of the balance is cash. */
  readonly grantedMicros: bigint;
  /** Advanced for promises of payment that are open: it counts as paid, and nobody has paid it. */
  readonly promisedMicros: bigint;
};

export const availableOf = ({ balanceMicros, creditLimitMicros, heldMicros }: Omit<Balance, "promisedMicros">): bigint =>
  balanceMicros + creditLimitMicros - heldMicros;

/** What may leave the account as money: pots and what is only promised can only be spent. */
export const withdrawableOf = (balance: Balance): bigint => availableOf(balance) - balance.grantedMicros - balance.promisedMicros;

/**
 * Takes the balances of these accounts, and of those that pay for them, for the rest of the transaction, in one order, so that two batches over the same
 * accounts can't wait for each other. Ids of transactions are made after this: then they grow in the order in which an account's balance moves, and
 * its statement reads in order. Gives those of them that have open holds.
 */
export async function lockBalances(t: RawTx, providerId: number, accountIds: Iterable<string>): Promise<ReadonlySet<string>> {
  const ids = [...new Set(accountIds)];
  if (ids.length === 0) return new Set();
  const rows = await t<{ holding: string | null }[]>`
    select case when open_holds > 0 then account_id end as holding from app.balances where provider_id = ${providerId} and account_id = any(${ids}::uuid[] || array(
        select payer_account_id from app.balances where provider_id = ${providerId} and account_id = any(${ids}::uuid[]) and payer_account_id is not null))
      order by account_id, currency for update`;
  return new Set(rows.flatMap(({ holding }) => holding ?? []));
}

/** Those of the accounts that have open holds. */
export async function accountsWithHolds(t: RawTx, providerId: number, accountIds: readonly string[]): Promise<readonly string[]> {
  if (accountIds.length === 0) return [];
  const rows = await t<{ account_id: string }[]>`
    select account_id from app.balances where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) and open_holds > 0`;
  return rows.map((row) => row.account_id);
}

/** Holds one account's balance and reads it. Undefined when there is no such account. */
export async function lockBalance(t: RawTx, providerId: number, accountId: string): Promise<Balance | undefined> {
  await lockBalances(t, providerId, [accountId]);
  return readBalance(t, providerId, accountId);
}

export async function readBalance(t: RawTx, providerId: number, accountId: string): Promise<Balance | undefined> {
  const [row] = await t<{ balance: string; limit: string; held: string; granted: string; promised: string }[]>`
    select balance_micros::text as balance, credit_limit_micros::text as limit, held_micros::text as held, granted_micros::text as granted,
      (select coalesce(sum(p.amount_micros), 0)::text from app.promises p
       where p.provider_id = ${providerId} and p.account_id = ${accountId} and p.state = 'open') as promised
    from app.balances where provider_id = ${providerId} and account_id = ${accountId}`;
  return (
    row && {
      balanceMicros: BigInt(row.balance),
      creditLimitMicros: BigInt(row.limit),
      heldMicros: BigInt(row.held),
      grantedMicros: BigInt(row.granted),
      promisedMicros: BigInt(row.promised),
    }
  );
}
