// Pots: money of an account that is spent before or after cash, and that may expire. Each transaction keeps which pot paid how much of it.
import type { RawTx } from "../../db/client.ts";
import { newId } from "../kernel/id.ts";
import { type LedgerTransaction, settlementDelta } from "./templates.ts";

export type Pot = { readonly id: string; readonly priority: number; readonly remainingMicros: bigint };
export type Draw = { readonly potId: string; readonly amountMicros: bigint };

/**
 * Which pots pay how much of an amount; the rest is cash. Pure. `pots` in the order in which they are spent; `cashMicros` is what there is of cash:
 * pots of a priority below zero pay what cash doesn't. `first`: a pot that pays before all others.
 */
export function drawFrom(pots: readonly Pot[], cashMicros: bigint, amountMicros: bigint, first?: string): Draw[] {
  const draws = new Map<string, bigint>();
  let left = amountMicros;
  const take = (pot: Pot) => {
    const room = pot.remainingMicros - (draws.get(pot.id) ?? 0n);
    const amount = room < left ? room : left;
    if (amount <= 0n) return;
    draws.set(pot.id, (draws.get(pot.id) ?? 0n) + amount);
    left -= amount;
  };
  for (const pot of pots) if (pot.id === first) take(pot);
  for (const pot of pots) if (pot.priority >= 0) take(pot);
  const ofCash = cashMicros < left ? cashMicros : left;
  if (ofCash > 0n) left -= ofCash;
  for (const pot of pots) if (pot.priority < 0) take(pot);
  return [...draws].map(([potId, amount]) => ({ potId, amountMicros: amount }));
}

/** Money that leaves as money, what was given as money and is taken back, and a credit that goes on to the payer are cash: pots can only be spent. */
const isOfCash = ({ template, reversesId }: LedgerTransaction): boolean =>
  template === "transfer.sent" || template === "charge.covered" || template.startsWith("payment.") || reversesId !== undefined;

/** A transaction that was just written, in an account that has pots or gets one. */
export type Touched = {
  readonly transaction: LedgerTransaction;
  /** After it. */
  readonly balanceMicros: bigint;
  /** Before it. */
  readonly grantedMicros: bigint;
  /** What another account takes over of it: no pot pays that. */
  readonly coveredMicros: bigint;
};

/** Makes, empties and fills the pots of these accounts as their transactions say. The caller holds the balances. */
export async function movePots(t: RawTx, providerId: number, touched: readonly Touched[], now: Temporal.Instant): Promise<void> {
  if (touched.length === 0) return;
  const pots = await readPots(t, providerId, touched);
  const earlier = await readDraws(t, providerId, touched);
  const made: object[] = [];
  const draws: { account_id: string; transaction_id: string; pot_id: string; amount: string }[] = [];
  for (const { transaction, balanceMicros, grantedMicros, coveredMicros } of touched) {
    const { accountId, id, pot, reversesId } = transaction;
    const delta = settlementDelta(transaction.postings);
    if (pot && delta > 0n)
      made.push({
        ...{ account_id: accountId, id: newId(), kind: pot.kind, name: pot.name, priority: pot.priority },
        ...{ amount: delta.toString(), expires_at: pot.expiresAt, transaction_id: id },
      });
    const mine = pots.get(accountId) ?? [];
    const first = transaction.fromPot ?? mine.find((one) => one.transactionId === reversesId)?.id;
    const cash = balanceMicros - delta - grantedMicros;
    const spendable = isOfCash(transaction) ? mine.filter((one) => one.id === first) : mine;
    const drawn = delta < 0n ? drawFrom(spendable, cash, -delta - coveredMicros, first) : givenBack(earlier.get(reversesId ?? "") ?? []);
    for (const draw of drawn)
      draws.push({ account_id: accountId, transaction_id: id, pot_id: draw.potId, amount: draw.amountMicros.toString() });
  }
  if (made.length > 0)
    await t`
      with given as (select * from jsonb_to_recordset(${JSON.stringify(made)}::text::jsonb) as g(account_id uuid, id uuid, kind text, name text, priority int, amount bigint,
          expires_at timestamptz, transaction_id uuid)),
      written as (
        insert into app.pots (provider_id, account_id, id, kind, name, priority, granted_micros, remaining_micros, expires_at, transaction_id, granted_at)
        select ${providerId}::int, account_id, id, kind, name, priority, amount, amount, expires_at, transaction_id, ${now.toString()}::timestamptz from given)
      update app.balances b set granted_micros = b.granted_micros + g.amount from given g where b.provider_id = ${providerId} and b.account_id = g.account_id`;
  if (draws.length > 0)
    await t`
      with given as (select * from jsonb_to_recordset(${JSON.stringify(draws)}::text::jsonb) as g(account_id uuid, transaction_id uuid, pot_id uuid, amount bigint)),
      written as (
        insert into app.pot_draws (provider_id, account_id, transaction_id, pot_id, amount_micros)
        select ${providerId}::int, account_id, transaction_id, pot_id, amount from given),
      taken as (
        update app.pots p set remaining_micros = p.remaining_micros - g.amount from given g
        where p.provider_id = ${providerId} and p.account_id = g.account_id and p.id = g.pot_id)
      update app.balances b set granted_micros = b.granted_micros - g.amount from (select account_id, sum(amount)::bigint as amount from given group by 1) g
      where b.provider_id = ${providerId} and b.account_id = g.account_id`;
}

type PotOf = Pot & { readonly transactionId: string };

async function readPots(t: RawTx, providerId: number, touched: readonly Touched[]): Promise<Map<string, PotOf[]>> {
  const accounts = touched.flatMap(({ transaction, grantedMicros }) => (grantedMicros > 0n ? [transaction.accountId] : []));
  if (accounts.length === 0) return new Map();
  const rows = await t<{ account_id: string; id: string; priority: number; remaining: string; transaction_id: string }[]>`
    select account_id, id, priority, remaining_micros::text as remaining, transaction_id from app.pots
    where provider_id = ${providerId} and account_id = any(${accounts}::uuid[]) and remaining_micros > 0
    order by account_id, priority desc, expires_at nulls last, granted_at, id`;
  const pots = rows.map((r) => ({
    accountId: r.account_id,
    id: r.id,
    priority: r.priority,
    remainingMicros: BigInt(r.remaining),
    transactionId: r.transaction_id,
  }));
  return Map.groupBy(pots, (pot) => pot.accountId);
}

/** What the transactions that are reversed drew, by their ids. */
async function readDraws(t: RawTx, providerId: number, touched: readonly Touched[]): Promise<Map<string, Draw[]>> {
  const undone = touched.flatMap(({ transaction }) => (transaction.reversesId ? [transaction] : []));
  if (undone.length === 0) return new Map();
  const rows = await t<{ transaction_id: string; pot_id: string; amount: string }[]>`
    select transaction_id, pot_id, amount_micros::text as amount from app.pot_draws
    where provider_id = ${providerId} and account_id = any(${undone.map((x) => x.accountId)}::uuid[]) and transaction_id = any(${undone.map((x) => x.reversesId!)}::uuid[])`;
  const draws = rows.map((r) => ({ transactionId: r.transaction_id, potId: r.pot_id, amountMicros: BigInt(r.amount) }));
  return Map.groupBy(draws, (draw) => draw.transactionId);
}

const givenBack = (draws: readonly Draw[]): Draw[] => draws.map((draw) => ({ ...draw, amountMicros: -draw.amountMicros }));
