// A promise is over when payments since cover it, or when its day has come: either way what was advanced for it is taken back.
import type { RawTx } from "../../../db/client.ts";
import { newId } from "../../kernel/id.ts";
import { jsonText } from "../../kernel/json.ts";
import { entriesOf } from "../../ledger/gl-entries.ts";
import { post } from "../../ledger/post.ts";
import { reversed, templates } from "../../ledger/templates.ts";

type Open = { account_id: string; id: string; amount: string; currency: string; due: boolean; transaction_id: string; paid: string };

/** Money that a subscriber brings; what is only advanced, given back or granted keeps no promise. */
const payments = ["payment.received", "payment.matched", "card.redeemed", "transfer.received"];
const takenBack = ["payment.refunded", "payment.charged-back", "payment.received.reversed", "payment.matched.reversed", "transfer.sent"];

/** Of these accounts, whose balances the caller holds. */
export async function settlePromises(t: RawTx, providerId: number, accountIds: readonly string[], now: Temporal.Instant): Promise<void> {
  const open = await t<Open[]>`
    select o.account_id, o.id, o.amount_micros::text as amount, o.currency, o.due_at <= ${now.toString()}::timestamptz as due, o.transaction_id,
      (select coalesce(sum(case when p.credit = 'settlement' then p.amount_micros else -p.amount_micros end), 0)::text
       from app.ledger_transactions x join app.ledger_postings p on p.provider_id = x.provider_id and p.account_id = x.account_id and p.transaction_id = x.id
       where x.provider_id = o.provider_id and x.account_id = o.account_id and x.id > o.transaction_id and x.template = any(${[...payments, ...takenBack]}::text[])) as paid
    from app.promises o where o.provider_id = ${providerId} and o.account_id = any(${accountIds as string[]}::uuid[]) and o.state = 'open'`;
  const over = open.filter(({ due, paid, amount }) => due || BigInt(paid) >= BigInt(amount));
  if (over.length === 0) return;
  const transactions = over.map(({ account_id, id, amount, currency, transaction_id }) => ({
    id: newId(),
    accountId: account_id,
    currency,
    template: "promise.given.reversed" as const,
    sourceKey: `promise:${id}:over`,
    effectiveAt: now.toString(),
    details: { promiseId: id },
    postings: reversed(templates["promise.given"]({ amountMicros: BigInt(amount) })),
    reversesId: transaction_id,
  }));
  await post(t, providerId, transactions, now);
  const rows = over.map(({ account_id, id, paid, amount }, i) => ({
    ...{ account_id, id, state: BigInt(paid) >= BigInt(amount) ? "kept" : "broken", reversal_id: transactions[i]!.id },
  }));
  await t`
    update app.promises o set state = r.state, closed_at = ${now.toString()}::timestamptz, reversal_id = r.reversal_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(account_id uuid, id uuid, state text, reversal_id uuid)
    where o.provider_id = ${providerId} and o.account_id = r.account_id and o.id = r.id`;
  const data = jsonText({ accountIds: transactions.map(({ accountId }) => accountId), gl: entriesOf(transactions) });
  await t`insert into app.events (provider_id, type, at, data) values (${providerId}, 'ledger.posted', ${now.toString()}::timestamptz, ${data}::text::jsonb)`;
}
