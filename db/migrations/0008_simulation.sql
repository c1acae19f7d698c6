-- Simulations: what a plan's draft, or another version of it, would have earned on usage that really happened. Nothing here is charged.

create table app.simulations (
  provider_id int not null references app.providers (id),
  id uuid not null,
  plan_id uuid not null, -- whose draft or version is tried
  version int,
  revision int, -- of the draft, which is copied: whatever becomes of it, this is what was tried
  document jsonb storage external,
  services_of uuid not null, -- the plan whose services are looked at
  period_from date not null,
  period_to date not null check (period_to > period_from), -- half-open, in the provider's zone
  group_ids uuid[], -- the scope of whoever asked; null: all groups
  currency text not null,
  state text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  parts int, -- accounts are done part by part; null until they are counted
  parts_done int not null default 0,
  problem text,
  requested_by text not null,
  requested_at timestamptz not null,
  finished_at timestamptz,
  primary key (provider_id, id),
  check ((version is null) = (revision is not null) and (version is null) = (document is not null)),
  foreign key (provider_id, plan_id) references app.plans (provider_id, id),
  foreign key (provider_id, services_of) references app.plans (provider_id, id)
);
create index simulations_of_plan on app.simulations (provider_id, plan_id, id);

-- What an account's services come to under the plan in force (old) and the one that is tried (new). `done_at` is set in the transaction that writes the
-- figures: once.
create table app.simulation_accounts (
  provider_id int not null,
  account_id uuid not null,
  run_id uuid not null,
  subscriber_id uuid not null,
  part int not null,
  records bigint not null default 0,
  unpriced bigint not null default 0, -- records that have no price under the plan that is tried, and count as nothing there
  unpriced_before bigint not null default 0, -- the same of the plan in force by now
  old_micros bigint not null default 0,
  old_tax_micros bigint not null default 0,
  new_micros bigint not null default 0,
  new_tax_micros bigint not null default 0,
  difference_micros bigint not null generated always as (new_micros + new_tax_micros - old_micros - old_tax_micros) stored,
  done_at timestamptz,
  primary key (provider_id, account_id, run_id),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);
create index simulation_accounts_by_part on app.simulation_accounts (provider_id, run_id, part);

-- Where the difference comes from, net: sums of a part's accounts, by the group that their subscribers were in.
create table app.simulation_sums (
  provider_id int not null,
  run_id uuid not null,
  part int not null,
  group_id uuid not null,
  what text not null check (what in ('component', 'destination', 'unpriced')),
  code text not null, -- of components "fee:line"; of the others the name of the destination
  name text not null,
  records bigint not null,
  old_micros bigint not null,
  new_micros bigint not null,
  primary key (provider_id, run_id, part, group_id, what, code),
  foreign key (provider_id, run_id) references app.simulations (provider_id, id)
);
