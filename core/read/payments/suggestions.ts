// Whose may this payment be? For one that waits in suspense: accounts, with the reason that speaks for each.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { pgArray } from "../projection.ts";
import { rows } from "../rows.ts";

export type Suggestion = {
  accountId: string;
  accountNumber: string;
  subscriberName: string;
  balanceMicros: bigint;
  /** The strongest first. */
  reasons: readonly ("number" | "phone" | "name" | "debt")[];
};

type Words = {
  providerId: number;
  state: string;
  currency: string;
  restMicros: bigint;
  payerName: string | null;
  payerPhone: string | null;
  text: string;
};
const MOST = 10;

/** Words that may be the number of an account or a subscriber: with a digit in them. */
const tokensOf = (text: string): string[] =>
  [...new Set(text.match(/[\p{L}\p{N}][\p{L}\p{N}_/-]{2,39}/gu) ?? [])]
    .filter((token) => /\d/.test(token))
    .flatMap((token) => [token, token.toUpperCase(), token.toLowerCase()])
    .slice(0, 120);

/** The account's number in the payer's words, a payer who was seen before, an account that owes just so much. Open accounts of the payment's currency only. */
export const paymentsSuggestions = defineQuery({
  name: "payments.suggestions",
  summary: "Accounts that a payment without an account may be for",
  permission: "payments:read",
  level: "provider",
  input: v.object({ paymentId: idField }),
  async run({ tx, scope }, { paymentId }) {
    const [payment] = await rows<Words>(
      tx,
      sql`select provider_id, state, currency, amount_micros - refunded_micros - charged_back_micros as rest_micros, payer_name, payer_phone,
            concat_ws(' ', account_text, details, payer_name) as text
          from app.payments where provider_id = any(${providersIn(scope)}) and id = ${paymentId}`,
    );
    if (!payment) return refuse("not_found");
    if (payment.state !== "unmatched") return accept({ suggestions: [] as Suggestion[] });
    const { providerId, currency, restMicros, payerName, payerPhone, text } = payment;
    const tokens = tokensOf(text);
    const numbers = tokens.filter((token) => /^\d{1,15}$/.test(token));
    const found = await rows<Omit<Suggestion, "reasons"> & { reasons: string }>(
      tx,
      sql`with hints as (
            (select n.account_id, 1 as strength, 'number' as reason from app.account_numbers n
              where n.provider_id = ${providerId} and n.number = any(array(select jsonb_array_elements_text(${JSON.stringify(tokens)}::text::jsonb))) limit ${MOST})
            union all
            (select a.account_id, 2, 'number' from app.subscribers s join app.accounts a on a.provider_id = s.provider_id and a.subscriber_id = s.id
              where s.provider_id = ${providerId} and s.number = any(${pgArray(numbers)}::bigint[]) limit ${MOST})
            union all
            (select p.account_id, 3, 'phone' from app.payments p
              where p.provider_id = ${providerId} and p.payer_phone = ${payerPhone} and p.account_id is not null order by p.received_at desc limit ${MOST})
            union all
            (select p.account_id, 4, 'name' from app.payments p
              where p.provider_id = ${providerId} and lower(p.payer_name) = ${payerName?.toLowerCase() ?? null} and p.account_id is not null order by p.received_at desc limit ${MOST})
            union all
            (select o.account_id, 5, 'debt' from read.account_overview o
              where o.provider_id = ${providerId} and o.currency = ${currency} and o.balance_micros < 0 and o.balance_micros = ${-restMicros}::bigint limit ${MOST}))
          select a.account_id, a.number as account_number, s.name as subscriber_name, b.balance_micros, string_agg(distinct h.strength || h.reason, ' ') as reasons
          from hints h
          join app.accounts a on a.provider_id = ${providerId} and a.account_id = h.account_id and a.status = 'active' and a.currency = ${currency}
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
          group by 1, 2, 3, 4 order by min(h.strength), count(distinct h.reason) desc, a.number limit ${MOST}`,
    );
    const suggestions = found.map(({ reasons, ...account }) => ({
      ...account,
      reasons: [...new Set(reasons.split(" ").map((reason) => reason.slice(1)))] as Suggestion["reasons"][number][],
    }));
    return accept({ suggestions });
  },
});
