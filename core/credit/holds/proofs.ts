// What must hold between holds and balances.
import type { Proof } from "../../kernel/proof.ts";

export const holdProofs: readonly Proof[] = [
  {
    name: "credit.held-is-the-sum-of-open-holds",
    claim: "What is held of each balance is the sum of its account's open holds, and they are as many as it says",
    async find(t, providerId, limit) {
      const rows = await t`
        with open as (select account_id, sum(held_micros) as held, count(*) as holds from app.holds where provider_id = ${providerId} and state = 'open' group by 1)
        select b.account_id, b.held_micros::text as held, b.open_holds, coalesce(o.held, 0)::text as sum, coalesce(o.holds, 0)::text as holds
        from app.balances b left join open o on o.account_id = b.account_id
        where b.provider_id = ${providerId} and (b.held_micros <> coalesce(o.held, 0) or b.open_holds <> coalesce(o.holds, 0)) limit ${limit}`;
      return rows.map(
        (r) => `account ${r.account_id}: ${r.held} micros are held in ${r.open_holds} holds, the open ones are ${r.holds} with ${r.sum}`,
      );
    },
  },
  {
    name: "credit.holds-have-their-session",
    claim: "Each hold belongs to a session of its account, and a payer's part to a hold of the account that is paid for",
    async find(t, providerId, limit) {
      const rows = await t`
        select h.account_id, h.session_key from app.holds h
        left join app.hold_sessions s on s.provider_id = h.provider_id and s.session_key = h.session_key
        left join app.holds m on m.provider_id = h.provider_id and m.account_id = h.paid_for and m.session_key = h.session_key
        where h.provider_id = ${providerId} and (case when h.paid_for is null then s.account_id is distinct from h.account_id
          else h.state = 'open' and (m.state is distinct from 'open' or m.payer_account_id is distinct from h.account_id) end) limit ${limit}`;
      return rows.map((r) => `hold ${r.session_key} of account ${r.account_id} has no session of its own`);
    },
  },
];
