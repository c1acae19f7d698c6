-- Credit control: which state each account is in and why, what was asked of agents, what subscribers were told, what they promised.

-- The last version holds. None: nobody is warned or blocked.
create table app.credit_policies (
  provider_id int not null references app.providers (id),
  version int not null check (version > 0),
  document jsonb not null,
  why text,
  set_by text not null,
  set_at timestamptz not null,
  primary key (provider_id, version)
);

create table app.credit_states (
  provider_id int not null,
  account_id uuid not null,
  state text not null check (state in ('active', 'warned', 'limited', 'blocked', 'suspended', 'terminated')),
  since timestamptz not null,
  rule text not null,
  reason jsonb not null, -- the figures that decided
  decided_at timestamptz not null,
  policy_version int, -- null: by none
  daily_spend_micros bigint not null default 0, -- what it was taken to spend on a day,
  good_payer boolean not null default false, -- and to be, when that was decided
  override_state text check (override_state in ('active', 'warned', 'limited', 'blocked')), -- set by a person
  override_until timestamptz,
  override_by text,
  override_why text,
  primary key (provider_id, account_id),
  check (num_nulls(override_state, override_until, override_by, override_why) in (0, 4)),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);
create index credit_states_by_state on app.credit_states (provider_id, state, since) where state <> 'active';

create table app.credit_history (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  from_state text not null,
  to_state text not null,
  trigger text not null,
  reason jsonb not null,
  balance_micros bigint not null,
  credit_limit_micros bigint not null,
  currency text not null,
  policy_version int,
  primary key (provider_id, account_id, id),
  check (from_state <> to_state),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);

-- What counts as paid until it is, or until its day.
create table app.promises (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  amount_micros bigint not null check (amount_micros > 0),
  currency text not null,
  given_at timestamptz not null,
  given_by text not null,
  by_subscriber boolean not null,
  due_at timestamptz not null,
  state text not null check (state in ('open', 'kept', 'broken')),
  closed_at timestamptz,
  forgiven_at timestamptz, -- of a broken one: the account was in order again
  transaction_id uuid not null,
  reversal_id uuid,
  primary key (provider_id, account_id, id),
  check (due_at > given_at),
  check ((state = 'open') = (closed_at is null) and (state = 'open') = (reversal_id is null)),
  foreign key (provider_id, account_id, transaction_id) references app.ledger_transactions (provider_id, account_id, id)
);
create unique index promises_one_open on app.promises (provider_id, account_id) where state = 'open';

-- Pauses that subscribers ask for.
create table app.suspensions (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  from_at timestamptz not null,
  until_at timestamptz not null,
  asked_at timestamptz not null,
  asked_by text not null,
  by_subscriber boolean not null,
  resumed_at timestamptz, -- before its time
  transaction_id uuid, -- its fee
  primary key (provider_id, account_id, id),
  check (until_at >= from_at),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);

-- What agents, and whoever sends messages, have to do: taken when it waits, then said to be done or failed.
create table app.enforcements (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  service_id uuid, -- null: concerns the account
  action text not null check (action in ('restore', 'limit', 'disconnect', 'terminate', 'notify')),
  state text not null check (state in ('waiting', 'done', 'failed', 'superseded')), -- superseded: another state was entered before it was done
  details jsonb not null,
  created_at timestamptz not null,
  not_before timestamptz not null,
  finished_at timestamptz,
  problem text,
  primary key (provider_id, account_id, id),
  check ((state = 'waiting') = (finished_at is null)),
  check ((action = 'notify') = (service_id is null)),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);
create index enforcements_waiting on app.enforcements (provider_id, action, not_before) where state = 'waiting';

-- What a subscriber was told, in the words in which it was. Shown in the portal until it has ended.
create table app.notices (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  kind text not null,
  locale text not null,
  title text not null,
  body text not null,
  advice text not null, -- what to do
  at timestamptz not null,
  ended_at timestamptz,
  primary key (provider_id, account_id, id),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);

create table read.credit_standing (
  provider_id int not null,
  account_id uuid not null,
  subscriber_id uuid not null,
  group_id uuid not null,
  state text not null,
  since timestamptz not null,
  rule text not null,
  reason jsonb not null,
  promise jsonb, -- the open one: {amountMicros, dueAt}
  suspension jsonb, -- the one that lasts or is to come: {from, until}
  offers jsonb not null, -- what the policy lets subscribers do by themselves
  primary key (provider_id, account_id)
);
create index credit_standing_by_state on read.credit_standing (provider_id, state, since, account_id);
create index credit_standing_by_subscriber on read.credit_standing (provider_id, subscriber_id);

create table read.notices (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  subscriber_id uuid not null,
  kind text not null,
  title text not null,
  body text not null,
  advice text not null,
  at timestamptz not null,
  ended_at timestamptz,
  primary key (provider_id, account_id, id)
);
create index notices_by_subscriber on read.notices (provider_id, subscriber_id) where ended_at is null;

-- Who will be blocked within days, made anew by a job and not by events: it looks ahead.
create table read.credit_forecast (
  provider_id int not null,
  account_id uuid not null,
  subscriber_id uuid not null,
  group_id uuid not null,
  currency text not null,
  state text not null,
  blocked_on date not null,
  rule text not null,
  balance_micros bigint not null,
  daily_spend_micros bigint not null,
  fees_micros bigint not null, -- due until then
  promised_micros bigint not null, -- promises that expire until then
  needed_micros bigint not null, -- to be paid so that it isn't blocked
  built_at timestamptz not null,
  primary key (provider_id, account_id)
);
create index credit_forecast_by_day on read.credit_forecast (provider_id, blocked_on, account_id);

-- Every account is looked at once; a new one is by whoever opens it.
-- An account is looked at as soon as it is there.
update app.balances set check_credit_at = now();
alter table app.balances alter column check_credit_at set default now();
