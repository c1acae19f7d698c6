// Company payers: what an account is charged is taken over by the account that pays for it, in the transaction that charges.
import type { RawTx } from "../../db/client.ts";
import { newId } from "../kernel/id.ts";
import { dayOf } from "../kernel/period.ts";
import { covered, type LedgerTransaction, type Posting, settlementDelta, templates } from "./templates.ts";

/** A charge that was just written, in an account that another one pays for. */
export type Charged = {
  readonly transaction: LedgerTransaction;
  readonly payerAccountId: string;
  readonly payerLimitMicros: bigint | null;
};

export const isCovered = ({ template }: LedgerTransaction): boolean => covered.has(template);

/**
 * The transactions that move these charges over to the payers: one for each account, and one for each payer. A charge is taken over up to the limit of
 * the month; a credit goes back to the payer as far as he paid. The caller holds the balances.
 */
export async function coverCharges(
  t: RawTx,
  providerId: number,
  charges: readonly Charged[],
  now: Temporal.Instant,
): Promise<LedgerTransaction[]> {
  if (charges.length === 0) return [];
  const month = await monthOf(t, providerId, now);
  const paid = await readPaid(t, providerId, month, charges);
  const parts = charges.flatMap((charge) => {
    const amountMicros = takenOver(charge, paid.get(charge.transaction.accountId) ?? { all: 0n, month: 0n });
    return amountMicros === 0n ? [] : [{ ...charge, amountMicros }];
  });
  if (parts.length === 0) return [];
  await countPaid(t, providerId, month, parts);
  const ofMembers = parts.map(
    ({ transaction, payerAccountId, amountMicros }): LedgerTransaction => ({
      ...frameOf(transaction),
      accountId: transaction.accountId,
      template: "charge.covered",
      sourceKey: `covered:${transaction.id}`,
      details: { payerAccountId, transactionId: transaction.id },
      postings: templates["charge.covered"]({ amountMicros }),
    }),
  );
  const ofPayers = [...Map.groupBy(parts, (part) => part.payerAccountId)].map(([accountId, of]): LedgerTransaction => {
    const { transaction } = of[0]!;
    return {
      ...frameOf(transaction),
      accountId,
      template: "charge.paid-for",
      sourceKey: `paid-for:${transaction.id}`,
      details: { charges: of.map((part) => ({ accountId: part.transaction.accountId, transactionId: part.transaction.id })) },
      postings: of.flatMap((part): Posting[] => templates["charge.paid-for"](part)),
    };
  });
  return [...ofMembers, ...ofPayers];
}

const frameOf = ({ currency, effectiveAt }: LedgerTransaction) => ({ id: newId(), currency, effectiveAt });

type Paid = { readonly all: bigint; readonly month: bigint };

/** Above zero for what is taken over, below for what goes back. Pure. */
function takenOver({ transaction, payerLimitMicros }: Charged, paid: Paid): bigint {
  const charged = -settlementDelta(transaction.postings);
  if (charged < 0n) return -charged > paid.all ? -paid.all : charged;
  if (payerLimitMicros === null) return charged;
  const room = payerLimitMicros > paid.month ? payerLimitMicros - paid.month : 0n;
  return charged < room ? charged : room;
}

async function monthOf(t: RawTx, providerId: number, now: Temporal.Instant): Promise<string> {
  const [provider] = await t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`;
  return dayOf(now, provider!.zone).with({ day: 1 }).toString();
}

async function readPaid(t: RawTx, providerId: number, month: string, charges: readonly Charged[]): Promise<Map<string, Paid>> {
  const rows = await t<{ account_id: string; paid: string; of_month: string }[]>`
    select account_id, sum(covered_micros)::text as paid, coalesce(sum(covered_micros) filter (where month = ${month}::date), 0)::text as of_month from app.payer_months
    where provider_id = ${providerId} and account_id = any(${charges.map((c) => c.transaction.accountId)}::uuid[]) group by 1`;
  return new Map(rows.map((r) => [r.account_id, { all: BigInt(r.paid), month: BigInt(r.of_month) }]));
}

async function countPaid(
  t: RawTx,
  providerId: number,
  month: string,
  parts: readonly (Charged & { readonly amountMicros: bigint })[],
): Promise<void> {
  const rows = parts.map((part) => ({ account_id: part.transaction.accountId, amount: part.amountMicros.toString() }));
  await t`
    insert into app.payer_months (provider_id, account_id, month, covered_micros)
    select ${providerId}::int, account_id, ${month}::date, amount from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as g(account_id uuid, amount bigint)
    on conflict (provider_id, account_id, month) do update set covered_micros = payer_months.covered_micros + excluded.covered_micros`;
}
