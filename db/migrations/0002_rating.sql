-- Usage of every kind, and charges that are no single record: what a period's usage adds up to, fees, minimums, discounts, credits.
alter table app.plans drop constraint plans_kind_check,
  add constraint plans_kind_check check (kind in ('telephone', 'internet', 'leased_line', 'periodic', 'universal'));
alter table app.services drop constraint services_kind_check,
  add constraint services_kind_check check (kind in ('telephone', 'internet', 'leased_line', 'periodic', 'universal'));

alter table app.accounts add column billing_day smallint check (billing_day between 1 and 31), -- null: the plan's calendar
  add column tax_exempt boolean not null default false;
alter table app.services add column attributes jsonb not null default '{}'; -- {name: text}, for conditions of plans

insert into app.gl_accounts values
  ('revenue.fees', 'Revenue from fees', 'income'),
  ('tax.payable', 'Taxes collected', 'liability'),
  ('revenue.adjustments', 'Adjustments of closed periods', 'income');
alter table app.ledger_postings drop constraint ledger_postings_known_accounts,
  add constraint ledger_postings_known_accounts check (
    debit in ('settlement', 'revenue.usage', 'equity.opening', 'revenue.fees', 'tax.payable', 'revenue.adjustments')
    and credit in ('settlement', 'revenue.usage', 'equity.opening', 'revenue.fees', 'tax.payable', 'revenue.adjustments'));

-- A charge for a period, or a credit (below zero); never changed: a correction is a further one. What one part of a plan costs a service in a
-- period is the sum of its charges. Amounts are net; the tax is beside them.
create table app.charges (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  subscriber_id uuid not null,
  group_id uuid not null,
  kind text not null check (kind in ('usage', 'fee', 'minimum', 'discount')),
  code text not null, -- of the component, fee or discount in the plan
  name text not null,
  period_from date not null,
  period_to date not null check (period_to > period_from), -- half-open
  quantity text not null, -- exact, in the component's units; of fees the days
  amount_micros bigint not null,
  tax_micros bigint not null,
  currency text not null,
  plan_id uuid not null,
  plan_version int not null,
  source_key text not null, -- names its cause: the same cause twice is charged once
  details jsonb not null, -- the trace
  transaction_id uuid, -- null when there is nothing to pay
  charged_at timestamptz not null,
  primary key (provider_id, account_id, id),
  unique (provider_id, account_id, source_key),
  check ((amount_micros = 0 and tax_micros = 0) = (transaction_id is null)),
  foreign key (provider_id, account_id, service_id) references app.services (provider_id, account_id, id)
);
create index charges_by_service on app.charges (provider_id, account_id, service_id, period_from);
