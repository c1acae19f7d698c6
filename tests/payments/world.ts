// An operator with channels, an account that owes, and a look at what is on it.

import { ledgerProofs } from "../../core/ledger/proofs.ts";
import { defineChannel } from "../../core/payments/define-channel.ts";
import { paymentProofs } from "../../core/payments/proofs.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { TestDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { registerWithAccount } from "../support/sold.ts";

export type PaymentWorld = Awaited<ReturnType<typeof paymentWorld>>;

export async function paymentWorld(db: TestDatabase) {
  const { core, admin } = db;
  await setUpOperator(core);
  const channel = async (code: string, kind: "desk" | "bank" | "gateway") =>
    (await done(core, defineChannel, { code, name: `Channel ${code}`, kind })).channelId;
  const [deskId, bankId, gatewayChannelId] = [
    await channel("desk", "desk"),
    await channel("bank", "bank"),
    await channel("card", "gateway"),
  ];
  let names = 0;
  const account = async ({ creditLimit = 0n }: { creditLimit?: bigint } = {}) => {
    const made = await registerWithAccount(core, { name: `Payer ${++names}` });
    const [row] = await admin`select number from app.accounts where account_id = ${made.accountId}`;
    if (creditLimit > 0n)
      await admin`update app.balances set credit_limit_micros = ${String(creditLimit)} where account_id = ${made.accountId}`;
    return { ...made, accountNumber: row!.number as string };
  };
  const balance = async (accountId: string) => {
    const [row] = await admin`select balance_micros::text as micros from app.balances where account_id = ${accountId}`;
    return BigInt(row!.micros);
  };
  const payment = async (id: string) => {
    const [row] =
      await admin`select state, account_id, refunded_micros::text as refunded, charged_back_micros::text as charged_back, amount_micros::text as amount,
      receipt_number::int as receipt, unmatched_because from app.payments where id = ${id}`;
    return row;
  };
  return { db, deskId, bankId, gatewayChannelId, account, balance, payment };
}

/** What the proofs of payments and of the books find. */
export const findings = async ({ core }: TestDatabase) =>
  (
    await Promise.all(
      [...paymentProofs, ...ledgerProofs].map((proof) => inTenant(core.db, [1], (tx) => proof.find(rawOf(tx), 1, 20), "read")),
    )
  ).flat();

export const units = (amount: number) => BigInt(amount) * 1_000_000n;
