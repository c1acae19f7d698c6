// One transaction of the books: what it moved, what caused it, which pots paid, and what reverses it or is reversed by it.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, idField, providersIn } from "../input.ts";
import { rows } from "../rows.ts";

export type TransactionDetail = {
  providerId: number;
  accountId: string;
  accountNumber: string;
  subscriberId: string;
  subscriberName: string;
  currency: string;
  transactionId: string;
  template: string;
  sourceKey: string;
  effectiveAt: string;
  postedAt: string;
  details: Record<string, unknown>;
  reversesId: string | null;
  reversedById: string | null;
  /** Usage that was charged in it. */
  records: number;
};
export type TransactionPosting = {
  line: number;
  debit: string;
  debitName: string;
  credit: string;
  creditName: string;
  amountMicros: bigint;
  balanceAfterMicros: bigint;
};
/** Above zero: it paid so much; below: it was given back. */
export type PotDraw = { potId: string; name: string; kind: "bonus" | "card"; amountMicros: bigint };
/** An account that the transaction names and that may be seen: the other side of a transfer, a payer, a member. */
export type OtherAccount = { accountId: string; number: string; subscriberName: string };

/** The most usage records that a page names. */
const mostRecords = 50;

export const accountsTransaction = defineQuery({
  name: "accounts.transaction",
  summary: "One transaction of an account: postings, source, pots, reversal",
  permission: "ledger:read",
  level: "subscriber",
  input: v.object({ accountId: idField, transactionId: idField }),
  async run({ tx, scope, may }, { accountId, transactionId }) {
    const [transaction] = await rows<TransactionDetail>(
      tx,
      sql`select t.provider_id, t.account_id, a.number as account_number, s.id as subscriber_id, s.name as subscriber_name, a.currency, t.id as transaction_id, t.template,
            t.source_key, t.effective_at, t.posted_at, t.details, t.reverses_id,
            (select r.id from app.ledger_transactions r where r.provider_id = t.provider_id and r.account_id = t.account_id and r.reverses_id = t.id) as reversed_by_id,
            (select count(*) from app.usage_records u where u.provider_id = t.provider_id and u.account_id = t.account_id and u.transaction_id = t.id) as records
          from app.ledger_transactions t
          join app.accounts a on a.provider_id = t.provider_id and a.account_id = t.account_id
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where t.provider_id = any(${providersIn(scope)}) and t.account_id = ${accountId} and t.id = ${transactionId} and ${groupSeen(scope, sql`s.group_id`)}`,
    );
    if (!transaction) return refuse("not_found");
    const { providerId, details } = transaction;
    const postings = await rows<TransactionPosting>(
      tx,
      sql`select p.line, p.debit, d.name as debit_name, p.credit, c.name as credit_name, p.amount_micros, p.balance_after_micros from app.ledger_postings p
          join app.gl_accounts d on d.code = p.debit join app.gl_accounts c on c.code = p.credit
          where p.provider_id = ${providerId} and p.account_id = ${accountId} and p.transaction_id = ${transactionId} order by p.line`,
    );
    const draws = await rows<PotDraw>(
      tx,
      sql`select d.pot_id, o.name, o.kind, d.amount_micros from app.pot_draws d
          join app.pots o on o.provider_id = d.provider_id and o.account_id = d.account_id and o.id = d.pot_id
          where d.provider_id = ${providerId} and d.account_id = ${accountId} and d.transaction_id = ${transactionId} order by o.priority desc, o.expires_at nulls last, o.id`,
    );
    const usage =
      transaction.records > 0 && may("usage:read")
        ? await rows<{ key: string; startedAt: string; kind: string; source: string; destination: string; amountMicros: bigint }>(
            tx,
            sql`select u.key, u.started_at, u.kind, u.source, u.destination, u.amount_micros from app.usage_records u
                where u.provider_id = ${providerId} and u.account_id = ${accountId} and u.transaction_id = ${transactionId} order by u.started_at, u.key limit ${mostRecords}`,
          )
        : [];
    const named = otherAccountsIn(details);
    const others =
      named.length === 0
        ? []
        : await rows<OtherAccount>(
            tx,
            sql`select a.account_id, a.number, s.name as subscriber_name from app.accounts a
                join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
                where a.provider_id = ${providerId} and a.account_id in (${sql.join(
                  named.map((id) => sql`${id}::uuid`),
                  sql`, `,
                )}) and ${groupSeen(scope, sql`s.group_id`)}`,
          );
    // Whose group may not be seen isn't named, and neither is what they were charged.
    return accept({
      transaction: { ...transaction, details: seenDetails(details, new Set(others.map((one) => one.accountId))) },
      postings,
      draws,
      usage,
      others,
    });
  },
});

type Member = { readonly accountId: string };

function otherAccountsIn(details: Record<string, unknown>): string[] {
  const { otherAccountId, payerAccountId, charges } = details;
  const members = Array.isArray(charges) ? (charges as Partial<Member>[]).map((one) => one.accountId) : [];
  return [...new Set([otherAccountId, payerAccountId, ...members])].filter((id): id is string => typeof id === "string").slice(0, 200);
}

/** The details without the ids of accounts, and their transactions, that may not be seen. */
function seenDetails(details: Record<string, unknown>, seen: ReadonlySet<string>): Record<string, unknown> {
  const { otherAccountId, otherTransactionId, payerAccountId, charges, ...rest } = details;
  return {
    ...rest,
    ...(seen.has(String(otherAccountId)) ? { otherAccountId, otherTransactionId } : {}),
    ...(seen.has(String(payerAccountId)) ? { payerAccountId } : {}),
    ...(Array.isArray(charges)
      ? { charges: charges.filter((one: Partial<Member>) => one.accountId === undefined || seen.has(one.accountId)) }
      : {}),
  };
}
