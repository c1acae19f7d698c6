-- What people correct by hand: how far each may go alone, and what waits for a second person.

-- The highest amount, in the provider's currency, of one correction without a second person; null: any, in any currency.
alter table app.roles add column adjustment_limit_micros bigint default 0 check (adjustment_limit_micros >= 0);
alter table app.api_keys add column adjustment_limit_micros bigint default 0 check (adjustment_limit_micros >= 0);

-- Whoever could do everything can do so again.
update app.roles set adjustment_limit_micros = null,
  permissions = array(select distinct unnest(permissions || array['usage:rerate', 'ledger:close', 'ledger:adjust', 'ledger:approve', 'ledger:transfer', 'ledger:write-off']))
where permissions @> array['managers:write', 'providers:write', 'subscribers:write', 'ledger:read'];

-- An adjustment above the limit of whoever asked for it. It waits until somebody else decides, or until it expires.
create table app.adjustment_requests (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  amount_micros bigint not null, -- what the account gains, net; below zero: loses
  tax_micros bigint not null,
  currency text not null,
  reason text not null,
  state text not null check (state in ('waiting', 'approved', 'rejected')),
  requested_kind text not null,
  requested_by text not null,
  requested_name text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  decided_kind text,
  decided_by text,
  decided_name text,
  decided_at timestamptz,
  decision text, -- what they said to it
  transaction_id uuid,
  primary key (provider_id, account_id, id),
  check (amount_micros <> 0 or tax_micros <> 0),
  check ((state = 'waiting') = (decided_at is null)),
  check ((state = 'approved') = (transaction_id is not null)),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id),
  foreign key (provider_id, account_id, transaction_id) references app.ledger_transactions (provider_id, account_id, id)
);
create index adjustment_requests_waiting on app.adjustment_requests (provider_id, requested_at) where state = 'waiting';

update app.gl_accounts set name = 'Corrections' where code = 'revenue.adjustments';

-- Posting is what is done most, and a third of it was foreign keys of the two tables: the one function that writes them makes both rows, of accounts whose
-- balance it holds, and the proof `ledger.nothing-is-loose` looks at all of them. Few transactions reverse another, so only those are in the index.
alter table app.ledger_transactions drop constraint ledger_transactions_provider_id_account_id_fkey,
  drop constraint ledger_transactions_provider_id_account_id_reverses_id_key;
alter table app.ledger_postings drop constraint ledger_postings_provider_id_account_id_transaction_id_fkey;
create unique index ledger_transactions_reversed_once on app.ledger_transactions (provider_id, account_id, reverses_id) where reverses_id is not null;
-- Room on each page for the next state of a balance: its indexes needn't be touched then.
alter table app.balances set (fillfactor = 60);

-- What the subscriber's accounts may spend now. The facts themselves: holds come and go by the second, and no projection should follow each.
create view read.funds with (security_barrier) as
  select a.provider_id, a.account_id, a.subscriber_id, b.balance_micros, b.credit_limit_micros, b.held_micros, b.granted_micros,
         (select coalesce(jsonb_agg(jsonb_build_object('name', p.name, 'leftMicros', p.remaining_micros::text, 'expiresAt', p.expires_at)
            order by p.priority desc, p.expires_at nulls last, p.granted_at, p.id), '[]')
          from app.pots p where p.provider_id = a.provider_id and p.account_id = a.account_id and p.remaining_micros > 0) as pots
  from app.accounts a join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
  where a.subscriber_id = nullif(current_setting('app.subscriber_id', true), '')::uuid;

-- The last movements of the subscriber's accounts, as the portal shows them: who corrected what, and why, is not the subscriber's to read.
create view read.movements with (security_barrier) as
  select p.provider_id, p.account_id, a.subscriber_id, p.transaction_id, p.line, t.template, t.effective_at, t.reverses_id is not null as is_reversal, p.currency,
         case when p.credit = 'settlement' then p.amount_micros else -p.amount_micros end as amount_micros, p.balance_after_micros, 'tax.payable' in (p.debit, p.credit) as is_tax,
         coalesce((select jsonb_object_agg(d.key, d.value) from jsonb_each(t.details) d where d.key in ('calls', 'billedSec', 'records', 'periods', 'charges', 'name')), '{}') as details
  from app.ledger_postings p
  join app.ledger_transactions t on t.provider_id = p.provider_id and t.account_id = p.account_id and t.id = p.transaction_id
  join app.accounts a on a.provider_id = p.provider_id and a.account_id = p.account_id
  where a.subscriber_id = nullif(current_setting('app.subscriber_id', true), '')::uuid;
