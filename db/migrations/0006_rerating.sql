-- Rating again: what is chosen and why, what it comes to per account, and how each record was charged before. Months that are closed.

-- In order; a month that has no row but a later one has is closed too. What is closed is never touched: differences go to the open month.
create table app.closed_months (
  provider_id int not null references app.providers (id),
  month date not null check (extract(day from month) = 1), -- of the provider's zone
  closed_at timestamptz not null,
  closed_by text not null,
  primary key (provider_id, month)
);

alter table app.charges drop constraint charges_kind_check,
  add constraint charges_kind_check check (kind in ('usage', 'fee', 'minimum', 'discount', 'adjustment'));

create table app.reratings (
  provider_id int not null references app.providers (id),
  id uuid not null,
  selection jsonb not null, -- {planId, destination, from, to, subscriberId}: any of them
  group_ids uuid[], -- the scope of whoever asked; null: all groups
  why text not null,
  state text not null check (state in ('previewing', 'previewed', 'running', 'done', 'failed', 'cancelled')),
  parts int, -- accounts are done part by part; null until they are counted
  parts_done int not null default 0, -- of the preview, then of the run
  problem text,
  requested_by text not null,
  requested_at timestamptz not null,
  previewed_at timestamptz,
  run_by text,
  run_at timestamptz,
  finished_at timestamptz,
  primary key (provider_id, id)
);

-- What rating again would change in an account, then what it did. `done_at` is set in the transaction that changes it: once.
create table app.rerating_accounts (
  provider_id int not null,
  account_id uuid not null,
  run_id uuid not null,
  subscriber_id uuid not null,
  part int not null,
  currency text not null,
  records bigint not null default 0, -- rated again
  changed bigint not null default 0,
  adjusted bigint not null default 0, -- of the changed: in closed months
  vanished bigint not null default 0, -- have no price any more, and keep their charge
  old_micros bigint not null default 0, -- of the changed, with what periods changed by
  old_tax_micros bigint not null default 0,
  new_micros bigint not null default 0,
  new_tax_micros bigint not null default 0,
  difference_micros bigint not null generated always as (new_micros + new_tax_micros - old_micros - old_tax_micros) stored,
  previewed_at timestamptz,
  done_at timestamptz,
  primary key (provider_id, account_id, run_id),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);
create index rerating_accounts_by_part on app.rerating_accounts (provider_id, run_id, part);
create index rerating_accounts_by_difference on app.rerating_accounts (provider_id, run_id, difference_micros, account_id);

-- How a record was charged before it was rated again; never changed. `adjusted`: its month is closed, so the record stands as it was charged first,
-- what is here is what it came to with the adjustments before, and `new_…` what it comes to with this one.
create table app.rerated_records (
  provider_id int not null,
  account_id uuid not null,
  run_id uuid not null,
  key uuid not null,
  started_at timestamptz not null,
  adjusted boolean not null,
  amount_micros bigint not null,
  tax_micros bigint not null,
  billed_sec int not null,
  prefix text,
  destination_name text,
  reason text,
  plan_id uuid not null,
  plan_version int not null,
  details jsonb,
  transaction_id uuid, -- carried the charge before
  correction_id uuid, -- the transaction that takes it back; null when it went on being carried by the one before, or cost nothing
  new_amount_micros bigint not null,
  new_tax_micros bigint not null,
  new_plan_id uuid, -- this and what follows of adjusted ones only: of the others it is in the record
  new_plan_version int,
  new_details jsonb,
  rerated_at timestamptz not null,
  primary key (provider_id, account_id, run_id, key)
);
create index rerated_records_adjusted on app.rerated_records (provider_id, account_id, key, rerated_at) where adjusted;

-- Records whose price vanished: they keep their charge until a price is published.
create table app.rerating_problems (
  provider_id int not null,
  account_id uuid not null,
  run_id uuid not null,
  key uuid not null,
  started_at timestamptz not null,
  reason text not null,
  destination text not null,
  primary key (provider_id, account_id, run_id, key)
);
