// Whose account a payer meant: an account's number, or a subscriber's who has one account in that currency.
import { and, eq, inArray } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import type { UnmatchedBecause } from "../../db/schema/payments.ts";
import { accountNumbers, accounts, subscribers } from "../../db/schema/subscribers.ts";

export type AccountFound =
  | { readonly accountId: string; readonly number: string; readonly subscriberName: string }
  | { readonly because: UnmatchedBecause };

/** The account must be open and in the payment's currency; else it says why money can't go there. */
export async function findAccount(tx: Tx, providerId: number, text: string | undefined, currency: string): Promise<AccountFound> {
  const written = text?.trim();
  if (!written) return { because: "no-account" };
  const columns = {
    ...{ accountId: accounts.accountId, number: accounts.number, currency: accounts.currency, status: accounts.status },
    subscriberName: subscribers.name,
  };
  const joined = () =>
    tx
      .select(columns)
      .from(accounts)
      .innerJoin(subscribers, and(eq(subscribers.providerId, accounts.providerId), eq(subscribers.id, accounts.subscriberId)));
  const byNumber = await joined()
    .innerJoin(accountNumbers, and(eq(accountNumbers.providerId, accounts.providerId), eq(accountNumbers.accountId, accounts.accountId)))
    // Capitals as people write them.
    .where(
      and(
        eq(accountNumbers.providerId, providerId),
        inArray(accountNumbers.number, [written, written.toUpperCase(), written.toLowerCase()]),
      ),
    );
  const found =
    byNumber.length > 0 || !/^\d{1,15}$/.test(written)
      ? byNumber
      : await joined().where(and(eq(accounts.providerId, providerId), eq(subscribers.number, Number(written))));
  const open = found.filter(({ status }) => status === "active");
  const [fits, ...more] = open.filter((account) => account.currency === currency);
  if (fits && more.length === 0) return { accountId: fits.accountId, number: fits.number, subscriberName: fits.subscriberName };
  if (found.length === 0 || more.length > 0) return { because: "no-account" };
  return { because: open.length === 0 ? "account-closed" : "currency" };
}
