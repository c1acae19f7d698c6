-- Terms as of the time of the usage, whose usage a provider's figures count, and what a re-rating changes beside usage.

-- What held before it was changed, up to an instant: the first one later than the usage decides, and what holds now where there is none. Whoever never
-- changed has no row, so that rating finds nothing to read.
create table app.former_tax_exemptions (
  provider_id int not null,
  account_id uuid not null,
  until timestamptz not null,
  tax_exempt boolean not null,
  primary key (provider_id, account_id, until),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);

create table app.former_service_attributes (
  provider_id int not null,
  account_id uuid not null,
  service_id uuid not null,
  until timestamptz not null,
  attributes jsonb not null,
  primary key (provider_id, account_id, service_id, until),
  foreign key (provider_id, account_id, service_id) references app.services (provider_id, account_id, id)
);

-- The partner whose usage was charged on to this provider; 0: its own subscribers'. Who sees both counts each call once.
alter table read.provider_hourly add column partner_id int not null default 0,
  drop constraint provider_hourly_pkey, add primary key (provider_id, group_id, currency, partner_id, hour);
alter table read.provider_daily add column partner_id int not null default 0,
  drop constraint provider_daily_pkey, add primary key (provider_id, group_id, currency, partner_id, day);

-- What follows the corrected usage: minimum and discounts of billing periods that were added up, net and tax together.
alter table app.rerating_accounts add column follows_micros bigint not null default 0;

-- The latest charge of each fee, and what was given back: all that is needed of the charges for periods that were added up.
create index charges_latest on app.charges (provider_id, account_id, service_id, plan_id, code, period_from) where details ? 'countsOn' and not details ? 'credits';
create index charges_credits on app.charges (provider_id, account_id, service_id) where details ? 'credits';
