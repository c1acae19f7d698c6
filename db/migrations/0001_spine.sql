-- The spine: tenants, rights, catalogue, account tree, usage, ledger, read models.
-- Kinds of table (reference, provider, account, local) are named in db/schema/layout.ts; they keep the way to Citus open.

create schema app;
create schema read;

-- The tenant of a transaction. Only db/tenant.ts calls these. SET LOCAL through EXECUTE, since a distributed server forwards it to its workers.
create function app.use_providers(ids int[]) returns void language plpgsql as $$
begin execute format('set local app.providers = %L', ids::text); end $$;
create function app.use_subscriber(id uuid) returns void language plpgsql as $$
begin execute format('set local app.subscriber_id = %L', id::text); end $$;

-- reference -------------------------------------------------------------------------------------------------------------

create table app.providers (
  id int primary key,
  parent_id int references app.providers (id),
  path int[] not null, -- from the root down to this provider: a subtree is path @> array[id]
  code text not null unique check (code ~ '^[a-z0-9-]{2,32}$'),
  name text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  zone text not null,
  locale text not null,
  created_at timestamptz not null,
  check (path[cardinality(path)] = id and (parent_id is null) = (cardinality(path) = 1))
);
create unique index providers_one_root on app.providers ((parent_id is null)) where parent_id is null;

create table app.gl_accounts (
  code text primary key,
  name text not null,
  kind text not null check (kind in ('asset', 'liability', 'equity', 'income', 'expense'))
);
insert into app.gl_accounts values
  ('settlement', 'Settlement accounts of subscribers', 'liability'),
  ('revenue.usage', 'Revenue from usage', 'income'),
  ('equity.opening', 'Opening balances', 'equity');

-- rights ----------------------------------------------------------------------------------------------------------------

create table app.roles (
  provider_id int not null references app.providers (id),
  id uuid not null,
  name text not null,
  permissions text[] not null,
  created_at timestamptz not null,
  primary key (provider_id, id),
  unique (provider_id, name)
);

create table app.managers (
  provider_id int not null references app.providers (id),
  id uuid not null,
  login text not null check (login = lower(login)),
  name text not null,
  password_hash text not null,
  role_id uuid not null,
  group_ids uuid[], -- null: the whole subtree of the provider; else these groups of subscribers only
  blocked_at timestamptz,
  created_at timestamptz not null,
  primary key (provider_id, id),
  unique (provider_id, login),
  foreign key (provider_id, role_id) references app.roles (provider_id, id)
);

create table app.manager_sessions (
  provider_id int not null references app.providers (id),
  token_hash text not null,
  manager_id uuid not null,
  csrf_token text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (provider_id, token_hash),
  foreign key (provider_id, manager_id) references app.managers (provider_id, id) on delete cascade
);

create table app.api_keys (
  provider_id int not null references app.providers (id),
  id uuid not null,
  key_hash text not null,
  name text not null,
  permissions text[] not null,
  group_ids uuid[],
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (provider_id, id),
  unique (provider_id, key_hash),
  unique (provider_id, name)
);

-- kernel ----------------------------------------------------------------------------------------------------------------

create table app.command_log (
  provider_id int not null references app.providers (id),
  id uuid not null,
  command text not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  at timestamptz not null,
  idempotency_key text,
  input jsonb not null,
  before jsonb,
  after jsonb,
  primary key (provider_id, id)
);

create table app.idempotency_keys (
  provider_id int not null references app.providers (id),
  key text not null check (length(key) between 1 and 200),
  command text not null,
  input_digest text not null,
  outcome jsonb,
  at timestamptz not null,
  primary key (provider_id, key)
);

create table app.number_series (
  provider_id int not null references app.providers (id),
  series text not null,
  last_number bigint not null,
  primary key (provider_id, series)
);

-- Read below pg_snapshot_xmin in the order (xid, position): a bare position would lose rows that commit late.
create table app.events (
  xid xid8 not null default pg_current_xact_id(),
  position bigint generated always as identity,
  provider_id int not null,
  type text not null,
  data jsonb storage external not null, -- read once and gone in a week: not worth compressing
  at timestamptz not null,
  primary key (xid, position)
);

create table app.projection_cursors (
  projection text primary key,
  version int not null,
  xid xid8 not null,
  position bigint not null,
  rebuilt jsonb not null default '{}', -- provider id → the snapshot its last rebuild saw: events visible in it are in the rebuilt rows already
  advanced_at timestamptz not null
);
-- Events may be forgotten after a week, and at once when they come from another server's life (a restored dump counts transactions anew).
create policy forgettable on app.events as restrictive for delete
  using (at < now() - interval '7 days' or xid >= pg_snapshot_xmax(pg_current_snapshot()));

create table app.installation (
  key text primary key,
  value jsonb not null
);

create table app.sign_in_failures (
  subject text not null,
  at timestamptz not null,
  id uuid not null,
  primary key (subject, at, id)
);

-- catalogue -------------------------------------------------------------------------------------------------------------

create table app.plans (
  provider_id int not null references app.providers (id),
  id uuid not null,
  code text not null,
  name text not null,
  kind text not null check (kind in ('telephone')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null,
  primary key (provider_id, id),
  unique (provider_id, code)
);

-- A published version is never edited, only superseded from a date.
create table app.plan_versions (
  provider_id int not null references app.providers (id),
  plan_id uuid not null,
  version int not null check (version > 0),
  valid_from timestamptz not null,
  document jsonb not null,
  published_at timestamptz not null,
  primary key (provider_id, plan_id, version),
  unique (provider_id, plan_id, valid_from),
  foreign key (provider_id, plan_id) references app.plans (provider_id, id)
);

-- subscribers and the account tree --------------------------------------------------------------------------------------

create table app.subscriber_groups (
  provider_id int not null references app.providers (id),
  id uuid not null,
  name text not null,
  created_at timestamptz not null,
  primary key (provider_id, id),
  unique (provider_id, name)
);

create table app.subscribers (
  provider_id int not null references app.providers (id),
  id uuid not null,
  number bigint not null,
  kind text not null check (kind in ('person', 'company')),
  name text not null check (length(name) between 1 and 200),
  group_id uuid not null,
  email text,
  phone text,
  status text not null check (status in ('active', 'closed')),
  created_at timestamptz not null,
  primary key (provider_id, id),
  unique (provider_id, number),
  foreign key (provider_id, group_id) references app.subscriber_groups (provider_id, id)
);
create index subscribers_by_group on app.subscribers (provider_id, group_id);

create table app.portal_logins (
  provider_id int not null references app.providers (id),
  subscriber_id uuid not null,
  login text not null check (login = lower(login)),
  password_hash text not null,
  created_at timestamptz not null,
  primary key (provider_id, subscriber_id),
  unique (provider_id, login),
  foreign key (provider_id, subscriber_id) references app.subscribers (provider_id, id)
);

create table app.accounts (
  provider_id int not null references app.providers (id),
  account_id uuid not null,
  subscriber_id uuid not null,
  number text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  kind text not null check (kind in ('prepaid', 'postpaid')),
  credit_limit_micros bigint not null check (credit_limit_micros >= 0),
  status text not null check (status in ('active', 'closed')),
  created_at timestamptz not null,
  primary key (provider_id, account_id)
);
create index accounts_by_subscriber on app.accounts (provider_id, subscriber_id);

-- What must be unique inside a provider but belongs to the account tree is claimed here.
create table app.account_numbers (
  provider_id int not null references app.providers (id),
  number text not null,
  account_id uuid not null,
  primary key (provider_id, number)
);

create table app.balances (
  provider_id int not null references app.providers (id),
  account_id uuid not null,
  currency text not null,
  balance_micros bigint not null,
  primary key (provider_id, account_id, currency),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);

create table app.services (
  provider_id int not null references app.providers (id),
  account_id uuid not null,
  id uuid not null,
  subscriber_id uuid not null,
  kind text not null check (kind in ('telephone')),
  label text not null,
  status text not null check (status in ('active', 'terminated')),
  activated_at timestamptz not null,
  terminated_at timestamptz,
  created_at timestamptz not null,
  primary key (provider_id, account_id, id),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);
create index services_by_id on app.services (provider_id, id);
create index services_by_subscriber on app.services (provider_id, subscriber_id);

-- Which plan a service was on, from when: the latest row at or before the usage decides.
create table app.service_plans (
  provider_id int not null references app.providers (id),
  account_id uuid not null,
  service_id uuid not null,
  valid_from timestamptz not null,
  plan_id uuid not null,
  primary key (provider_id, account_id, service_id, valid_from),
  foreign key (provider_id, account_id, service_id) references app.services (provider_id, account_id, id)
);

-- One identifier has one holder at one instant: half-open ranges, kept apart by the exclusion constraint.
create table app.identifiers (
  provider_id int not null references app.providers (id),
  id uuid not null,
  kind text not null check (kind in ('telephone', 'login')),
  value text not null,
  valid tstzrange not null check (not isempty(valid)),
  account_id uuid not null,
  service_id uuid not null,
  created_at timestamptz not null,
  primary key (provider_id, id),
  constraint identifiers_one_holder exclude using gist (provider_id with =, kind with =, value with =, valid with &&)
);
create index identifiers_by_service on app.identifiers (provider_id, service_id);
create index identifiers_by_value on app.identifiers (provider_id, value);

-- usage -----------------------------------------------------------------------------------------------------------------

create table app.agents (
  provider_id int not null references app.providers (id),
  id uuid not null,
  kind text not null check (kind in ('pbx', 'import')),
  name text not null,
  token_hash text,
  config jsonb not null,
  created_at timestamptz not null,
  revoked_at timestamptz,
  last_sequence bigint not null default 0,
  lost_rows bigint not null default 0, -- rows inside gaps of the sequence
  last_batch_at timestamptz,
  last_seen_at timestamptz,
  heartbeat jsonb,
  primary key (provider_id, id),
  unique (provider_id, token_hash)
);
create unique index agents_names on app.agents (provider_id, name) where kind <> 'import';

create table app.usage_files (
  provider_id int not null references app.providers (id),
  id uuid not null,
  agent_id uuid not null,
  name text not null,
  source text not null check (source in ('agent', 'upload', 'cli')),
  size_bytes bigint not null default 0,
  read_bytes bigint not null default 0,
  read_rows bigint not null default 0,
  row_waiting boolean not null default false, -- the last line has no end yet
  state text not null check (state in ('reading', 'read', 'failed')),
  problem text,
  created_at timestamptz not null,
  created_by text not null,
  primary key (provider_id, id)
);
create index usage_files_latest on app.usage_files (provider_id, created_at desc);

-- One row per batch. Every row of a batch ends rated, duplicate or quarantined, and the three add up.
create table app.usage_inbox (
  provider_id int not null references app.providers (id),
  agent_id uuid not null,
  first_sequence bigint not null,
  rows int not null check (rows > 0),
  file_id uuid,
  records bytea storage external not null, -- JSON array in the normal form, compressed with zstd by the receiver
  received_at timestamptz not null,
  processed_at timestamptz,
  rated int not null default 0,
  duplicates int not null default 0,
  quarantined int not null default 0,
  discarded int not null default 0, -- taken out of quarantine for good by a person
  primary key (provider_id, agent_id, first_sequence),
  check (processed_at is null or rows = rated + duplicates + quarantined + discarded)
);
create index usage_inbox_pending on app.usage_inbox (provider_id, received_at) where processed_at is null;

-- The claim on a natural key: what has a row here is never charged again, not even when the file comes once more with another time zone and so
-- with other times. Therefore not partitioned by time. The index is the provider's timeline of usage.
create table app.usage_keys (
  provider_id int not null,
  key uuid not null,
  started_at timestamptz not null,
  account_id uuid, -- null while in quarantine
  primary key (provider_id, key)
);
create index usage_keys_timeline on app.usage_keys (provider_id, started_at, key);

-- One rated fact with its charge. The plan version is pinned; the trace is computed again from it on demand.
create table app.usage_records (
  provider_id int not null,
  account_id uuid not null,
  started_at timestamptz not null,
  key uuid not null,
  service_id uuid not null,
  subscriber_id uuid not null,
  group_id uuid not null,
  kind text not null,
  call_id text not null,
  direction text not null,
  source text not null,
  destination text not null,
  disposition text not null,
  duration_sec int not null check (duration_sec >= 0),
  billable_sec int not null check (billable_sec >= 0),
  billed_sec int not null check (billed_sec >= 0),
  prefix text,
  destination_name text,
  amount_micros bigint not null check (amount_micros >= 0),
  currency text not null,
  reason text, -- why the amount is zero
  plan_id uuid not null,
  plan_version int not null,
  agent_id uuid not null,
  sequence bigint not null,
  transaction_id uuid, -- the ledger transaction that carries this charge; null when there is nothing to pay
  rated_at timestamptz not null,
  primary key (provider_id, account_id, started_at, key),
  check ((amount_micros = 0) = (transaction_id is null))
) partition by range (started_at);
create table app.usage_records_default partition of app.usage_records default;

create table app.usage_quarantine (
  provider_id int not null references app.providers (id),
  key uuid not null,
  started_at timestamptz not null,
  agent_id uuid not null,
  first_sequence bigint not null, -- of its batch
  sequence bigint not null,
  reason text not null,
  identifier_kind text,
  identifier_value text,
  record jsonb not null,
  quarantined_at timestamptz not null,
  resolved_at timestamptz,
  resolution text check (resolution in ('rated', 'discarded')),
  primary key (provider_id, key),
  check ((resolved_at is null) = (resolution is null))
);
create index usage_quarantine_waiting on app.usage_quarantine (provider_id, reason, identifier_kind, identifier_value) where resolved_at is null;
create index usage_quarantine_latest on app.usage_quarantine (provider_id, quarantined_at desc) where resolved_at is null;

-- ledger ----------------------------------------------------------------------------------------------------------------

create table app.ledger_transactions (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  template text not null,
  source_key text not null, -- what caused it: posting the same source twice is a no-op
  effective_at timestamptz not null,
  posted_at timestamptz not null,
  details jsonb not null,
  reverses_id uuid,
  primary key (provider_id, account_id, id),
  unique (provider_id, account_id, source_key),
  unique (provider_id, account_id, reverses_id),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id),
  foreign key (provider_id, account_id, reverses_id) references app.ledger_transactions (provider_id, account_id, id)
);

-- A posting moves an amount from one general-ledger account to another, so a transaction sums to zero by its shape.
create table app.ledger_postings (
  provider_id int not null,
  account_id uuid not null,
  transaction_id uuid not null,
  line smallint not null,
  debit text not null,
  credit text not null,
  amount_micros bigint not null check (amount_micros > 0),
  currency text not null,
  balance_after_micros bigint, -- of the settlement account, when this posting touches it
  primary key (provider_id, account_id, transaction_id, line),
  check (debit <> credit),
  -- The codes of app.gl_accounts, as a check: a foreign key would look each up for every posting.
  constraint ledger_postings_known_accounts check (debit in ('settlement', 'revenue.usage', 'equity.opening') and credit in ('settlement', 'revenue.usage', 'equity.opening')),
  foreign key (provider_id, account_id, transaction_id) references app.ledger_transactions (provider_id, account_id, id)
);

-- exports ---------------------------------------------------------------------------------------------------------------

create table app.exports (
  provider_id int not null references app.providers (id),
  id uuid not null,
  kind text not null,
  params jsonb not null,
  group_ids uuid[], -- the scope of whoever asked
  state text not null check (state in ('waiting', 'running', 'ready', 'failed')),
  rows_done bigint not null default 0,
  rows_total bigint,
  totals jsonb, -- control totals, equal to the ledger's
  file_name text,
  file bytea,
  problem text,
  requested_by text not null,
  requested_at timestamptz not null,
  finished_at timestamptz,
  primary key (provider_id, id)
);

-- read models -----------------------------------------------------------------------------------------------------------

create table read.usage_hourly (
  provider_id int not null,
  account_id uuid not null,
  service_id uuid not null,
  hour timestamptz not null, -- start of the hour in the provider's zone
  subscriber_id uuid not null,
  currency text not null,
  calls bigint not null,
  answered bigint not null,
  duration_sec bigint not null,
  billed_sec bigint not null,
  amount_micros bigint not null,
  primary key (provider_id, account_id, service_id, hour)
);
create index usage_hourly_by_subscriber on read.usage_hourly (provider_id, subscriber_id, hour);

create table read.usage_daily (
  provider_id int not null,
  account_id uuid not null,
  service_id uuid not null,
  day date not null, -- in the provider's zone
  subscriber_id uuid not null,
  currency text not null,
  calls bigint not null,
  answered bigint not null,
  duration_sec bigint not null,
  billed_sec bigint not null,
  amount_micros bigint not null,
  primary key (provider_id, account_id, service_id, day)
);
create index usage_daily_by_subscriber on read.usage_daily (provider_id, subscriber_id, day);
create index usage_daily_dearest on read.usage_daily (provider_id, day, amount_micros desc);

-- By the group a subscriber was in when the usage was rated, so that a manager of a group has figures without a scan.
create table read.provider_hourly (
  provider_id int not null,
  group_id uuid not null,
  currency text not null,
  hour timestamptz not null,
  calls bigint not null,
  answered bigint not null,
  duration_sec bigint not null,
  billed_sec bigint not null,
  amount_micros bigint not null,
  primary key (provider_id, group_id, currency, hour)
);
create index provider_hourly_by_hour on read.provider_hourly (provider_id, hour);

create table read.provider_daily (
  provider_id int not null,
  group_id uuid not null,
  currency text not null,
  day date not null,
  calls bigint not null,
  answered bigint not null,
  duration_sec bigint not null,
  billed_sec bigint not null,
  amount_micros bigint not null,
  primary key (provider_id, group_id, currency, day)
);
create index provider_daily_by_day on read.provider_daily (provider_id, day);

create table read.account_overview (
  provider_id int not null,
  account_id uuid not null,
  subscriber_id uuid not null,
  group_id uuid not null,
  number text not null,
  currency text not null,
  kind text not null,
  status text not null,
  balance_micros bigint not null,
  credit_limit_micros bigint not null,
  services int not null,
  last_posted_at timestamptz,
  primary key (provider_id, account_id)
);
create index account_overview_by_subscriber on read.account_overview (provider_id, subscriber_id);

create table read.subscribers (
  provider_id int not null,
  subscriber_id uuid not null,
  number bigint not null,
  name text not null,
  kind text not null,
  status text not null,
  group_id uuid not null,
  group_name text not null,
  email text,
  phone text,
  accounts int not null,
  services int not null,
  identifiers text[] not null,
  search text not null, -- lower case: name, number, identifiers, e-mail, phone
  provider_name text not null,
  zone text not null,
  locale text not null,
  created_at timestamptz not null,
  primary key (provider_id, subscriber_id)
);
create index subscribers_list on read.subscribers (provider_id, number);
create index subscribers_by_group on read.subscribers (provider_id, group_id, number);
create index subscribers_search on read.subscribers using gin (search gin_trgm_ops);

create table read.services (
  provider_id int not null,
  account_id uuid not null,
  service_id uuid not null,
  subscriber_id uuid not null,
  kind text not null,
  label text not null,
  status text not null,
  activated_at timestamptz not null,
  terminated_at timestamptz,
  plans jsonb not null, -- [{planId, name, from}], oldest first: which one is in force is a question of when it is asked
  identifiers jsonb not null, -- [{kind, value, from, to}]
  primary key (provider_id, account_id, service_id)
);
create index services_by_subscriber on read.services (provider_id, subscriber_id);

create table read.provider_summary (
  provider_id int not null,
  group_id uuid not null,
  subscribers int not null,
  primary key (provider_id, group_id)
);

create table read.ingest_agents (
  provider_id int not null,
  agent_id uuid not null,
  batches bigint not null,
  rows bigint not null,
  rated bigint not null,
  duplicates bigint not null,
  quarantined bigint not null,
  discarded bigint not null,
  last_batch_at timestamptz,
  primary key (provider_id, agent_id)
);

create table read.ingest_files (
  provider_id int not null,
  file_id uuid not null,
  agent_id uuid not null,
  rows bigint not null,
  rated bigint not null,
  duplicates bigint not null,
  quarantined bigint not null,
  discarded bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (provider_id, file_id)
);

create table read.ingest_minutes (
  provider_id int not null,
  agent_id uuid not null,
  minute timestamptz not null,
  rows bigint not null,
  rated bigint not null,
  duplicates bigint not null,
  quarantined bigint not null,
  primary key (provider_id, agent_id, minute)
);

create table read.gl_balances (
  provider_id int not null,
  gl_account text not null,
  currency text not null,
  debit_micros numeric not null,
  credit_micros numeric not null,
  primary key (provider_id, gl_account, currency)
);

-- The portal's calls: the facts themselves through a narrow door. The owner is under row-level security too, and the view adds the subscriber.
create view read.calls with (security_barrier) as
  select provider_id, account_id, started_at, key, service_id, subscriber_id, direction, source, destination, destination_name, disposition,
         duration_sec, billed_sec, amount_micros, currency
  from app.usage_records
  where subscriber_id = nullif(current_setting('app.subscriber_id', true), '')::uuid;

-- How far behind the read models are: since when the first event waits that the slowest projection has not applied; null when none waits.
create view read.freshness with (security_barrier) as
  select (select e.at from app.events e where (e.xid, e.position) > (cursor.xid, cursor.position) order by e.xid, e.position limit 1) as behind_since
  from (select c.xid, c.position from app.projection_cursors c order by c.xid, c.position limit 1) cursor;
