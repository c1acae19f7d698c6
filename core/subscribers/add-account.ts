// The rows that an account is made of: itself, the claim on its number, a balance of zero. Two commands make accounts this way.
import { eq } from "drizzle-orm";
import { balances } from "../../db/schema/ledger.ts";
import { providers } from "../../db/schema/rights.ts";
import { accountNumbers, accounts } from "../../db/schema/subscribers.ts";
import type { CommandContext } from "../kernel/command.ts";
import { newId } from "../kernel/id.ts";
import { formatMicros } from "../kernel/money.ts";
import { nextAccountNumber } from "./numbers.ts";

export type NewAccount = {
  readonly number?: string | undefined;
  readonly currency?: string | undefined;
  readonly kind: "prepaid" | "postpaid";
  readonly creditLimit: bigint;
};

/** A number that is taken breaks `account_numbers_pkey`: the command maps it to `number_taken`. */
export async function addAccount({ tx, providerId, now, emit }: CommandContext, subscriberId: string, given: NewAccount) {
  const accountId = newId();
  const createdAt = now.toString();
  const number = given.number ?? (await nextAccountNumber(tx, providerId));
  const currency = given.currency ?? (await providerCurrency({ tx, providerId }));
  await tx.insert(accountNumbers).values({ providerId, number, accountId });
  await tx.insert(accounts).values({
    providerId,
    accountId,
    subscriberId,
    number,
    currency,
    kind: given.kind,
    status: "active",
    createdAt,
  });
  await tx
    .insert(balances)
    .values({ providerId, accountId, currency, balanceMicros: 0n, creditLimitMicros: given.creditLimit, checkCreditAt: createdAt });
  await emit("account.changed", { accountId, subscriberId });
  return { accountId, number, currency, kind: given.kind, creditLimit: formatMicros(given.creditLimit) };
}

export const accountConflicts = { account_numbers_pkey: "number_taken" } as const;

async function providerCurrency({ tx, providerId }: Pick<CommandContext, "tx" | "providerId">): Promise<string> {
  const [provider] = await tx.select({ currency: providers.currency }).from(providers).where(eq(providers.id, providerId));
  if (!provider) throw new Error(`There is no provider ${providerId}.`);
  return provider.currency;
}
