// What must hold between accounts, their states, and what was promised.
import type { Proof } from "../../kernel/proof.ts";
import { decide } from "./decide.ts";
import { everyAccount } from "./every-account.ts";
import { loadAccounts } from "./facts.ts";
import { policyOf } from "./stored-policy.ts";

/** What is due is looked at within this. */
const delayMinutes = 5;

export const creditProofs: readonly Proof[] = [
  {
    name: "credit.states-follow-from-facts",
    claim:
      "Each account that isn't about to be looked at is in the state that the rules give it, and its balance is within the band that is watched",
    async find(t, providerId, limit) {
      const [clock] = await t<{ now: string }[]>`select now()::text as now`;
      const now = Temporal.Instant.from(clock!.now);
      const stored = await policyOf(t, providerId);
      const found: string[] = [];
      for await (const ids of everyAccount(t, providerId))
        for (const account of await loadAccounts(t, providerId, ids, stored, now, true)) {
          if (found.length === limit) return found;
          const { standing, facts, checkAt, watchBelow, watchAbove, accountId } = account;
          // Without rules nobody has to be looked at.
          if (!stored && standing.state === "active") continue;
          const due = checkAt && Temporal.Instant.compare(checkAt, now) <= 0;
          if (due && Temporal.Instant.compare(checkAt.add({ minutes: delayMinutes }), now) > 0) continue;
          if (due) found.push(`account ${accountId} should have been looked at since ${checkAt}`);
          else if (!account.known) found.push(`account ${accountId} was never looked at`);
          else {
            const { state, reason } = decide(standing, facts, stored?.policy, now);
            if (state !== standing.state)
              found.push(`account ${accountId} is ${standing.state}, by its facts it is ${state} (${reason.rule})`);
            if (
              (watchBelow ?? facts.balanceMicros) > facts.balanceMicros ||
              (watchAbove ?? facts.balanceMicros + 1n) <= facts.balanceMicros
            )
              found.push(
                `account ${accountId}: the balance of ${facts.balanceMicros} micros left the band that is watched, and nobody looked`,
              );
          }
        }
      return found.slice(0, limit);
    },
  },
  {
    name: "credit.history-leads-to-states",
    claim: "The last entry of an account's history leads to the state that it is in",
    async find(t, providerId, limit) {
      const rows = await t`
        select c.account_id, c.state, h.to_state from app.credit_states c
        left join lateral (select to_state from app.credit_history h where h.provider_id = c.provider_id and h.account_id = c.account_id order by h.id desc limit 1) h on true
        where c.provider_id = ${providerId} and c.state <> coalesce(h.to_state, 'active') limit ${limit}`;
      return rows.map((r) => `account ${r.account_id} is ${r.state}, its history leads to ${r.to_state ?? "active"}`);
    },
  },
  {
    name: "credit.promises-are-advanced",
    claim: "What is advanced for promises is what the open ones come to: each posted once, and reversed once it is over",
    async find(t, providerId, limit) {
      const rows = await t`
        with advanced as (
          select x.account_id, x.id, (select r.id from app.ledger_transactions r where r.provider_id = x.provider_id and r.account_id = x.account_id and r.reverses_id = x.id) as reversal_id
          from app.ledger_transactions x where x.provider_id = ${providerId} and x.template = 'promise.given')
        select coalesce(p.account_id, a.account_id) as account_id, p.id, p.state, a.id as transaction_id
        from (select * from app.promises where provider_id = ${providerId}) p full join advanced a on a.account_id = p.account_id and a.id = p.transaction_id
        where p.id is null or a.id is null or a.reversal_id is distinct from p.reversal_id limit ${limit}`;
      return rows.map((r) =>
        r.id === null
          ? `transaction ${r.transaction_id} of account ${r.account_id} advances no promise`
          : `promise ${r.id} (${r.state}) of account ${r.account_id}: its entries don't agree`,
      );
    },
  },
];
