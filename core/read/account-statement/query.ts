// What moved an account's balance, newest first? Each line with the balance after it, as the ledger wrote it down.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, idField, instantField, providersIn } from "../input.ts";
import { afterField, limitField, numberPart, pageOf, uuidPart } from "../page.ts";
import { rows } from "../rows.ts";

export type StatementLine = {
  accountId: string;
  transactionId: string;
  line: number;
  template: string;
  effectiveAt: string;
  postedAt: string;
  details: Record<string, unknown>;
  reversesId: string | null;
  /** What the balance gained; negative for a charge. */
  amountMicros: bigint;
  balanceAfterMicros: bigint;
  currency: string;
  /** The tax on the line before it. */
  isTax: boolean;
  /** On its transaction's first line: which pots paid how much of it; below zero, given back. Micros as text. */
  draws: readonly { readonly name: string; readonly amountMicros: string }[];
};

/** The period is of the effective time, half-open. */
export const accountsStatement = defineQuery({
  name: "accounts.statement",
  summary: "The ledger of one account, newest first, with the running balance",
  permission: "ledger:read",
  level: "subscriber",
  input: v.object({
    accountId: idField,
    from: v.optional(instantField),
    to: v.optional(instantField),
    limit: limitField,
    after: afterField(uuidPart, numberPart),
  }),
  async run({ tx, scope }, { accountId, from, to, limit, after }) {
    const [account] = await rows<{
      providerId: number;
      number: string;
      currency: string;
      subscriberId: string;
      subscriberName: string;
      balanceMicros: bigint;
      creditLimitMicros: bigint;
    }>(
      tx,
      sql`select a.provider_id, a.number, a.currency, a.subscriber_id, s.name as subscriber_name, coalesce(b.balance_micros, 0) as balance_micros, coalesce(b.credit_limit_micros, 0) as credit_limit_micros
          from app.accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          left join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
          where a.provider_id = any(${providersIn(scope)}) and a.account_id = ${accountId} and ${groupSeen(scope, sql`s.group_id`)}`,
    );
    if (!account) return refuse("not_found");
    const found = await rows<StatementLine>(
      tx,
      sql`select p.account_id, p.transaction_id, p.line, t.template, t.effective_at, t.posted_at, t.details, t.reverses_id,
            case when p.credit = 'settlement' then p.amount_micros else -p.amount_micros end as amount_micros, p.balance_after_micros, p.currency,
            'tax.payable' in (p.debit, p.credit) as is_tax,
            case when p.line = 1 then (select coalesce(jsonb_agg(jsonb_build_object('name', o.name, 'amountMicros', d.amount_micros::text) order by o.priority desc, o.id), '[]')
              from app.pot_draws d join app.pots o on o.provider_id = d.provider_id and o.account_id = d.account_id and o.id = d.pot_id
              where d.provider_id = p.provider_id and d.account_id = p.account_id and d.transaction_id = p.transaction_id) else '[]' end as draws
          from app.ledger_postings p
          join app.ledger_transactions t on t.provider_id = p.provider_id and t.account_id = p.account_id and t.id = p.transaction_id
          where p.provider_id = ${account.providerId} and p.account_id = ${accountId} and 'settlement' in (p.debit, p.credit)
            ${from ? sql`and t.effective_at >= ${from}::timestamptz` : sql``} ${to ? sql`and t.effective_at < ${to}::timestamptz` : sql``}
            ${after ? sql`and (p.transaction_id, p.line) < (${after[0]}::uuid, ${after[1]}::smallint)` : sql``}
          order by p.transaction_id desc, p.line desc limit ${limit + 1}`,
    );
    return accept({ account: { accountId, ...account }, ...pageOf(found, limit, (row) => [row.transactionId, row.line]) });
  },
});
