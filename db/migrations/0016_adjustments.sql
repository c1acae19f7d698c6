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
