// What accounts may spend, and what those that pay for them take over.
import type { RawTx } from "../../../db/client.ts";
import { dayOf } from "../../kernel/period.ts";
import { availableOf } from "../../ledger/balance.ts";

/** Of one account. It changes as holds are decided. */
export type Purse = {
  availableMicros: bigint;
  readonly payerId: string | null;
  /** What the payer still takes over in this month, without regard to holds; null: all. */
  readonly payerRoomMicros: bigint | null;
};
export type Purses = ReadonlyMap<string, Purse>;

/** Of these accounts and their payers. The caller holds the balances. */
export async function readPurses(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
  zone: string,
  now: Temporal.Instant,
): Promise<Purses> {
  const month = dayOf(now, zone).with({ day: 1 }).toString();
  const rows = await t<
    {
      account_id: string;
      balance: string;
      limit: string;
      held: string;
      payer_account_id: string | null;
      payer_limit: string | null;
      paid: string;
    }[]
  >`
    select b.account_id, b.balance_micros::text as balance, b.credit_limit_micros::text as limit, b.held_micros::text as held, b.payer_account_id,
      b.payer_limit_micros::text as payer_limit, coalesce(m.covered_micros, 0)::text as paid
    from app.balances b
    left join app.payer_months m on b.payer_limit_micros is not null and m.provider_id = b.provider_id and m.account_id = b.account_id and m.month = ${month}::date
    where b.provider_id = ${providerId} and b.account_id = any(${accountIds as string[]}::uuid[] || array(
      select payer_account_id from app.balances where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) and payer_account_id is not null))`;
  return new Map(
    rows.map((r) => [
      r.account_id,
      {
        availableMicros: availableOf({
          balanceMicros: BigInt(r.balance),
          creditLimitMicros: BigInt(r.limit),
          heldMicros: BigInt(r.held),
          grantedMicros: 0n,
        }),
        payerId: r.payer_account_id,
        payerRoomMicros: r.payer_limit === null ? null : notBelowZero(BigInt(r.payer_limit) - BigInt(r.paid)),
      },
    ]),
  );
}

export const notBelowZero = (micros: bigint): bigint => (micros > 0n ? micros : 0n);
