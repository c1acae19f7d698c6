-- Usage of every kind: what a record has beside a call's figures, what usage has used up (bundles, totals of periods, samples), and its statistics.

-- For other kinds than calls: call_id is the record's own id, source the party's, destination where a message went, the far end of traffic or the type
-- of an event; disposition is ''. What is needed to rate again is all here.
alter table app.usage_records
  add column answered_at timestamptz, -- of calls; decides the price
  add column tax_micros bigint not null default 0 check (tax_micros >= 0), -- beside the amount, which is net
  add column facts jsonb, -- what the columns don't hold: {trunk, attributes} of calls, {octetsIn, octetsOut, messages, metrics, …} of the others
  add column details jsonb, -- how a price came about that isn't the deck's alone: {lines, period, drawn, segments}
  add constraint usage_records_kind check (kind in ('call', 'session', 'traffic', 'message', 'event')),
  drop constraint usage_records_check,
  add constraint usage_records_charged check ((amount_micros = 0 and tax_micros = 0) = (transaction_id is null));

alter table app.charges add column usage_at timestamptz; -- of kind 'usage': when the last usage in it began, on a day of the provider's zone

-- Records are released in the order in which they happened.
create index usage_quarantine_in_order on app.usage_quarantine (provider_id, started_at, key) where resolved_at is null;

-- What earlier usage used up, changed only by who holds the account's balance: units taken out of a bundle, and the total of a period.
create table app.usage_counters (
  provider_id int not null,
  account_id uuid not null,
  service_id uuid not null, -- all zeros: shared by the account's services on the plan
  plan_id uuid not null,
  kind text not null check (kind in ('bundle', 'total')),
  code text not null, -- of the bundle or component in the plan
  period_from date not null, -- first day of the period it was granted in, or is added up over
  used numeric, -- of bundles: 10^-9 units
  total jsonb, -- of periods
  primary key (provider_id, account_id, service_id, plan_id, kind, code, period_from),
  check ((kind = 'bundle') = (used is not null) and (kind = 'total') = (total is not null)),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);

-- The evidence of a 95th percentile: octets in each five minutes.
create table app.usage_samples (
  provider_id int not null,
  account_id uuid not null,
  service_id uuid not null,
  plan_id uuid not null,
  code text not null, -- of the component
  period_from date not null,
  at timestamptz not null, -- when the five minutes began
  octets_in numeric not null,
  octets_out numeric not null,
  primary key (provider_id, account_id, service_id, plan_id, code, period_from, at),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);

-- Statistics count what each kind is counted in. Sums of 64-bit counters need more than 64 bits.
do $$
declare name text;
begin
  foreach name in array array['usage_hourly', 'usage_daily', 'provider_hourly', 'provider_daily'] loop
    execute format('alter table read.%I add column sessions bigint not null default 0, add column octets_in numeric not null default 0,
      add column octets_out numeric not null default 0, add column messages bigint not null default 0, add column events bigint not null default 0', name);
  end loop;
end $$;

create or replace view read.calls with (security_barrier) as
  select provider_id, account_id, started_at, key, service_id, subscriber_id, direction, source, destination, destination_name, disposition,
         duration_sec, billed_sec, amount_micros, currency, kind, facts, tax_micros
  from app.usage_records
  where subscriber_id = nullif(current_setting('app.subscriber_id', true), '')::uuid;
