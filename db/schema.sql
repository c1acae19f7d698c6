-- Made from a migrated database by `npm run schema`. Don't edit: write a migration.

create table app.account_numbers (
  provider_id integer not null,
  number text not null,
  account_id uuid not null,
  constraint account_numbers_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint account_numbers_pkey PRIMARY KEY (provider_id, number)
);
alter table app.account_numbers enable row level security;
alter table app.account_numbers force row level security;
create policy tenant on app.account_numbers for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.account_numbers to mb_app;

create table app.accounts (
  provider_id integer not null,
  account_id uuid not null,
  subscriber_id uuid not null,
  number text not null,
  currency text not null,
  kind text not null,
  status text not null,
  created_at timestamp with time zone not null,
  billing_day smallint,
  tax_exempt boolean not null default false,
  constraint accounts_billing_day_check CHECK (((billing_day >= 1) AND (billing_day <= 31))),
  constraint accounts_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint accounts_kind_check CHECK ((kind = ANY (ARRAY['prepaid'::text, 'postpaid'::text]))),
  constraint accounts_status_check CHECK ((status = ANY (ARRAY['active'::text, 'closed'::text]))),
  constraint accounts_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint accounts_pkey PRIMARY KEY (provider_id, account_id)
);
CREATE INDEX accounts_by_subscriber ON app.accounts USING btree (provider_id, subscriber_id);
alter table app.accounts enable row level security;
alter table app.accounts force row level security;
create policy tenant on app.accounts for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.accounts to mb_app;

create table app.adjustment_requests (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  amount_micros bigint not null,
  tax_micros bigint not null,
  currency text not null,
  reason text not null,
  state text not null,
  requested_kind text not null,
  requested_by text not null,
  requested_name text not null,
  requested_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  decided_kind text,
  decided_by text,
  decided_name text,
  decided_at timestamp with time zone,
  decision text,
  transaction_id uuid,
  constraint adjustment_requests_check CHECK (((amount_micros <> 0) OR (tax_micros <> 0))),
  constraint adjustment_requests_check1 CHECK (((state = 'waiting'::text) = (decided_at IS NULL))),
  constraint adjustment_requests_check2 CHECK (((state = 'approved'::text) = (transaction_id IS NOT NULL))),
  constraint adjustment_requests_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'approved'::text, 'rejected'::text]))),
  constraint adjustment_requests_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint adjustment_requests_provider_id_account_id_transaction_id_fkey FOREIGN KEY (provider_id, account_id, transaction_id) REFERENCES app.ledger_transactions(provider_id, account_id, id),
  constraint adjustment_requests_pkey PRIMARY KEY (provider_id, account_id, id)
);
CREATE INDEX adjustment_requests_waiting ON app.adjustment_requests USING btree (provider_id, requested_at) WHERE (state = 'waiting'::text);
alter table app.adjustment_requests enable row level security;
alter table app.adjustment_requests force row level security;
create policy tenant on app.adjustment_requests for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.adjustment_requests to mb_app;

create table app.agents (
  provider_id integer not null,
  id uuid not null,
  kind text not null,
  name text not null,
  token_hash text,
  config jsonb not null,
  created_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  last_sequence bigint not null default 0,
  lost_rows bigint not null default 0,
  last_batch_at timestamp with time zone,
  last_seen_at timestamp with time zone,
  heartbeat jsonb,
  partner_id integer,
  constraint agents_kind_check CHECK ((kind = ANY (ARRAY['pbx'::text, 'import'::text, 'chain'::text]))),
  constraint agents_of_partner CHECK (((kind = 'chain'::text) = (partner_id IS NOT NULL))),
  constraint agents_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES app.providers(id),
  constraint agents_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint agents_pkey PRIMARY KEY (provider_id, id),
  constraint agents_partner UNIQUE (provider_id, partner_id),
  constraint agents_provider_id_token_hash_key UNIQUE (provider_id, token_hash)
);
CREATE UNIQUE INDEX agents_names ON app.agents USING btree (provider_id, name) WHERE (kind <> ALL (ARRAY['import'::text, 'chain'::text]));
alter table app.agents enable row level security;
alter table app.agents force row level security;
create policy tenant on app.agents for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.agents to mb_app;

create table app.api_keys (
  provider_id integer not null,
  id uuid not null,
  key_hash text not null,
  name text not null,
  permissions text[] not null,
  group_ids uuid[],
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  adjustment_limit_micros bigint default 0,
  constraint api_keys_adjustment_limit_micros_check CHECK ((adjustment_limit_micros >= 0)),
  constraint api_keys_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint api_keys_pkey PRIMARY KEY (provider_id, id),
  constraint api_keys_provider_id_key_hash_key UNIQUE (provider_id, key_hash),
  constraint api_keys_provider_id_name_key UNIQUE (provider_id, name)
);
alter table app.api_keys enable row level security;
alter table app.api_keys force row level security;
create policy tenant on app.api_keys for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.api_keys to mb_app;

create table app.balances (
  provider_id integer not null,
  account_id uuid not null,
  currency text not null,
  balance_micros bigint not null,
  credit_limit_micros bigint not null default 0,
  held_micros bigint not null default 0,
  granted_micros bigint not null default 0,
  payer_account_id uuid,
  payer_limit_micros bigint,
  owed_since timestamp with time zone,
  watch_below_micros bigint,
  watch_above_micros bigint,
  check_credit_at timestamp with time zone default now(),
  open_holds integer not null default 0,
  constraint balances_credit_limit_micros_check CHECK ((credit_limit_micros >= 0)),
  constraint balances_granted_micros_check CHECK ((granted_micros >= 0)),
  constraint balances_held_micros_check CHECK ((held_micros >= 0)),
  constraint balances_open_holds_check CHECK ((open_holds >= 0)),
  constraint balances_payer_limit CHECK (((payer_limit_micros IS NULL) OR (payer_account_id IS NOT NULL))),
  constraint balances_payer_limit_micros_check CHECK ((payer_limit_micros >= 0)),
  constraint balances_pays_itself CHECK ((payer_account_id <> account_id)),
  constraint balances_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint balances_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint balances_pkey PRIMARY KEY (provider_id, account_id, currency)
);
CREATE INDEX balances_paid_for ON app.balances USING btree (provider_id, payer_account_id) WHERE (payer_account_id IS NOT NULL);
CREATE INDEX balances_to_check ON app.balances USING btree (provider_id, check_credit_at) WHERE (check_credit_at IS NOT NULL);
alter table app.balances enable row level security;
alter table app.balances force row level security;
create policy tenant on app.balances for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.balances to mb_app;

create table app.card_alarms (
  provider_id integer not null,
  id uuid not null,
  subject text not null,
  at timestamp with time zone not null,
  seen_by text,
  seen_at timestamp with time zone,
  constraint card_alarms_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint card_alarms_pkey PRIMARY KEY (provider_id, id)
);
CREATE INDEX card_alarms_unseen ON app.card_alarms USING btree (provider_id, id) WHERE (seen_at IS NULL);
alter table app.card_alarms enable row level security;
alter table app.card_alarms force row level security;
create policy tenant on app.card_alarms for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.card_alarms to mb_app;

create table app.card_batches (
  provider_id integer not null,
  id uuid not null,
  series_id uuid not null,
  first_serial bigint not null,
  cards integer not null,
  made integer not null default 0,
  state text not null,
  problem text,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  constraint card_batches_cards_check CHECK ((cards > 0)),
  constraint card_batches_check CHECK (((made >= 0) AND (made <= cards))),
  constraint card_batches_state_check CHECK ((state = ANY (ARRAY['making'::text, 'made'::text, 'cancelled'::text, 'failed'::text]))),
  constraint card_batches_provider_id_series_id_fkey FOREIGN KEY (provider_id, series_id) REFERENCES app.card_series(provider_id, id),
  constraint card_batches_pkey PRIMARY KEY (provider_id, id)
);
CREATE INDEX card_batches_of_series ON app.card_batches USING btree (provider_id, series_id, id);
alter table app.card_batches enable row level security;
alter table app.card_batches force row level security;
create policy tenant on app.card_batches for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.card_batches to mb_app;

create table app.card_dealers (
  provider_id integer not null,
  id uuid not null,
  name text not null,
  account_id uuid not null,
  commission_ppm integer not null,
  created_at timestamp with time zone not null,
  constraint card_dealers_commission_ppm_check CHECK (((commission_ppm >= 0) AND (commission_ppm <= 1000000))),
  constraint card_dealers_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint card_dealers_pkey PRIMARY KEY (provider_id, id),
  constraint card_dealers_name UNIQUE (provider_id, name)
);
alter table app.card_dealers enable row level security;
alter table app.card_dealers force row level security;
create policy tenant on app.card_dealers for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.card_dealers to mb_app;

create table app.card_exports (
  provider_id integer not null,
  batch_id uuid not null,
  format text not null,
  redeem_url text,
  sealed_password bytea,
  state text not null,
  cards_done integer not null default 0,
  file bytea,
  file_name text,
  totals jsonb,
  problem text,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  fetched_by text,
  fetched_at timestamp with time zone,
  constraint card_exports_format_check CHECK ((format = ANY (ARRAY['csv'::text, 'xlsx'::text, 'sheets'::text]))),
  constraint card_exports_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'ready'::text, 'failed'::text, 'dropped'::text]))),
  constraint card_exports_provider_id_batch_id_fkey FOREIGN KEY (provider_id, batch_id) REFERENCES app.card_batches(provider_id, id),
  constraint card_exports_pkey PRIMARY KEY (provider_id, batch_id)
);
alter table app.card_exports enable row level security;
alter table app.card_exports force row level security;
create policy tenant on app.card_exports for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.card_exports to mb_app;

create table app.card_guesses (
  subject text not null,
  guess bytea not null,
  at timestamp with time zone not null,
  constraint card_guesses_pkey PRIMARY KEY (subject, guess)
);
CREATE INDEX card_guesses_by_subject ON app.card_guesses USING btree (subject, at);
grant delete, insert, select, update on app.card_guesses to mb_app;

create table app.card_movements (
  provider_id integer not null,
  id uuid not null,
  series_id uuid not null,
  what text not null,
  from_state text,
  to_state text not null,
  from_blocked boolean not null,
  to_blocked boolean not null,
  from_dealer uuid,
  to_dealer uuid,
  cards integer not null,
  first_serial bigint not null,
  last_serial bigint not null,
  transaction_id uuid,
  why text,
  moved_by text not null,
  at timestamp with time zone not null,
  constraint card_movements_cards_check CHECK ((cards > 0)),
  constraint card_movements_provider_id_series_id_fkey FOREIGN KEY (provider_id, series_id) REFERENCES app.card_series(provider_id, id),
  constraint card_movements_pkey PRIMARY KEY (provider_id, id)
);
CREATE INDEX card_movements_of_series ON app.card_movements USING btree (provider_id, series_id, id);
alter table app.card_movements enable row level security;
alter table app.card_movements force row level security;
create policy tenant on app.card_movements for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.card_movements to mb_app;

create table app.card_pins (
  provider_id integer not null,
  batch_id uuid not null,
  first_serial bigint not null,
  sealed bytea not null,
  constraint card_pins_provider_id_batch_id_fkey FOREIGN KEY (provider_id, batch_id) REFERENCES app.card_batches(provider_id, id),
  constraint card_pins_pkey PRIMARY KEY (provider_id, batch_id, first_serial)
);
alter table app.card_pins enable row level security;
alter table app.card_pins force row level security;
create policy tenant on app.card_pins for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.card_pins to mb_app;

create table app.card_series (
  provider_id integer not null,
  id uuid not null,
  code text not null,
  name text not null,
  kind text not null,
  value_micros bigint not null,
  currency text not null,
  alphabet text not null,
  pin_length smallint not null,
  sellable_until date,
  usable_for text,
  grants text not null,
  granted_for text,
  pot_name text,
  pot_priority smallint,
  plan_id uuid,
  group_id uuid,
  dealer_id uuid,
  last_serial bigint not null default 0,
  swept_at timestamp with time zone,
  created_at timestamp with time zone not null,
  created_by text not null,
  constraint card_series_alphabet_check CHECK ((alphabet = ANY (ARRAY['base32'::text, 'digits'::text]))),
  constraint card_series_check CHECK ((((grants = 'pot'::text) = (pot_name IS NOT NULL)) AND ((grants = 'pot'::text) = (pot_priority IS NOT NULL)))),
  constraint card_series_check1 CHECK (((grants <> 'service'::text) OR (plan_id IS NOT NULL))),
  constraint card_series_check2 CHECK (((grants = 'subscriber'::text) = (group_id IS NOT NULL))),
  constraint card_series_granted_for_check CHECK ((granted_for ~ '^P[1-9][0-9]{0,3}[DM]$'::text)),
  constraint card_series_grants_check CHECK ((grants = ANY (ARRAY['cash'::text, 'pot'::text, 'service'::text, 'subscriber'::text]))),
  constraint card_series_kind_check CHECK ((kind = ANY (ARRAY['sold'::text, 'promotion'::text]))),
  constraint card_series_pin_length_check CHECK (((pin_length >= 13) AND (pin_length <= 24))),
  constraint card_series_usable_for_check CHECK ((usable_for ~ '^P[1-9][0-9]{0,3}[DM]$'::text)),
  constraint card_series_value_micros_check CHECK ((value_micros >= 0)),
  constraint card_series_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint card_series_pkey PRIMARY KEY (provider_id, id),
  constraint card_series_code UNIQUE (provider_id, code)
);
alter table app.card_series enable row level security;
alter table app.card_series force row level security;
create policy tenant on app.card_series for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.card_series to mb_app;

create table app.cards (
  provider_id integer not null,
  series_id uuid not null,
  serial bigint not null,
  pin_hash bytea not null,
  state text not null,
  blocked boolean not null default false,
  dealer_id uuid,
  commission_ppm integer,
  usable_until timestamp with time zone,
  used_at timestamp with time zone,
  account_id uuid,
  transaction_id uuid,
  service_id uuid,
  service_until timestamp with time zone,
  constraint cards_check CHECK (((state = 'used'::text) = (account_id IS NOT NULL))),
  constraint cards_check1 CHECK (((state <> 'used'::text) OR (NOT blocked))),
  constraint cards_state_check CHECK ((state = ANY (ARRAY['generated'::text, 'activated'::text, 'sold'::text, 'used'::text, 'void'::text, 'expired'::text]))),
  constraint cards_pkey PRIMARY KEY (provider_id, series_id, serial),
  constraint cards_pin UNIQUE (provider_id, pin_hash)
);
CREATE INDEX cards_by_end ON app.cards USING btree (provider_id, usable_until) WHERE ((state = ANY (ARRAY['activated'::text, 'sold'::text])) AND (usable_until IS NOT NULL));
CREATE INDEX cards_of_account ON app.cards USING btree (provider_id, account_id) WHERE (account_id IS NOT NULL);
CREATE INDEX cards_with_service ON app.cards USING btree (provider_id, service_until) WHERE (service_until IS NOT NULL);
alter table app.cards enable row level security;
alter table app.cards force row level security;
create policy tenant on app.cards for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.cards to mb_app;

create table app.charge_schedules (
  provider_id integer not null,
  account_id uuid not null,
  service_id uuid not null,
  next_due timestamp with time zone,
  closed_to date,
  pinned_to date,
  recheck_from date,
  constraint charge_schedules_provider_id_account_id_service_id_fkey FOREIGN KEY (provider_id, account_id, service_id) REFERENCES app.services(provider_id, account_id, id),
  constraint charge_schedules_pkey PRIMARY KEY (provider_id, account_id, service_id)
);
CREATE INDEX charge_schedules_due ON app.charge_schedules USING btree (provider_id, next_due) WHERE (next_due IS NOT NULL);
alter table app.charge_schedules enable row level security;
alter table app.charge_schedules force row level security;
create policy tenant on app.charge_schedules for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.charge_schedules to mb_app;

create table app.charges (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  service_id uuid not null,
  subscriber_id uuid not null,
  group_id uuid not null,
  kind text not null,
  code text not null,
  name text not null,
  period_from date not null,
  period_to date not null,
  quantity text not null,
  amount_micros bigint not null,
  tax_micros bigint not null,
  currency text not null,
  plan_id uuid not null,
  plan_version integer not null,
  source_key text not null,
  details jsonb not null,
  transaction_id uuid,
  charged_at timestamp with time zone not null,
  usage_at timestamp with time zone,
  constraint charges_check CHECK ((period_to > period_from)),
  constraint charges_check1 CHECK ((((amount_micros = 0) AND (tax_micros = 0)) = (transaction_id IS NULL))),
  constraint charges_kind_check CHECK ((kind = ANY (ARRAY['usage'::text, 'fee'::text, 'minimum'::text, 'discount'::text, 'adjustment'::text]))),
  constraint charges_provider_id_account_id_service_id_fkey FOREIGN KEY (provider_id, account_id, service_id) REFERENCES app.services(provider_id, account_id, id),
  constraint charges_pkey PRIMARY KEY (provider_id, account_id, id),
  constraint charges_provider_id_account_id_source_key_key UNIQUE (provider_id, account_id, source_key)
);
CREATE INDEX charges_by_service ON app.charges USING btree (provider_id, account_id, service_id, period_from);
CREATE INDEX charges_credits ON app.charges USING btree (provider_id, account_id, service_id) WHERE (details ? 'credits'::text);
CREATE INDEX charges_latest ON app.charges USING btree (provider_id, account_id, service_id, plan_id, code, period_from) WHERE ((details ? 'countsOn'::text) AND (NOT (details ? 'credits'::text)));
alter table app.charges enable row level security;
alter table app.charges force row level security;
create policy tenant on app.charges for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.charges to mb_app;

create table app.closed_months (
  provider_id integer not null,
  month date not null,
  closed_at timestamp with time zone not null,
  closed_by text not null,
  constraint closed_months_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  constraint closed_months_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint closed_months_pkey PRIMARY KEY (provider_id, month)
);
alter table app.closed_months enable row level security;
alter table app.closed_months force row level security;
create policy tenant on app.closed_months for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.closed_months to mb_app;

create table app.command_log (
  provider_id integer not null,
  id uuid not null,
  command text not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  at timestamp with time zone not null,
  idempotency_key text,
  input jsonb not null,
  before jsonb,
  after jsonb,
  constraint command_log_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint command_log_pkey PRIMARY KEY (provider_id, id)
);
alter table app.command_log enable row level security;
alter table app.command_log force row level security;
create policy tenant on app.command_log for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.command_log to mb_app;

create table app.credit_history (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  at timestamp with time zone not null,
  from_state text not null,
  to_state text not null,
  trigger text not null,
  reason jsonb not null,
  balance_micros bigint not null,
  credit_limit_micros bigint not null,
  currency text not null,
  policy_version integer,
  constraint credit_history_check CHECK ((from_state <> to_state)),
  constraint credit_history_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint credit_history_pkey PRIMARY KEY (provider_id, account_id, id)
);
alter table app.credit_history enable row level security;
alter table app.credit_history force row level security;
create policy tenant on app.credit_history for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.credit_history to mb_app;

create table app.credit_policies (
  provider_id integer not null,
  version integer not null,
  document jsonb not null,
  why text,
  set_by text not null,
  set_at timestamp with time zone not null,
  constraint credit_policies_version_check CHECK ((version > 0)),
  constraint credit_policies_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint credit_policies_pkey PRIMARY KEY (provider_id, version)
);
alter table app.credit_policies enable row level security;
alter table app.credit_policies force row level security;
create policy tenant on app.credit_policies for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.credit_policies to mb_app;

create table app.credit_states (
  provider_id integer not null,
  account_id uuid not null,
  state text not null,
  since timestamp with time zone not null,
  rule text not null,
  reason jsonb not null,
  decided_at timestamp with time zone not null,
  policy_version integer,
  daily_spend_micros bigint not null default 0,
  good_payer boolean not null default false,
  override_state text,
  override_until timestamp with time zone,
  override_by text,
  override_why text,
  constraint credit_states_check CHECK ((num_nulls(override_state, override_until, override_by, override_why) = ANY (ARRAY[0, 4]))),
  constraint credit_states_override_state_check CHECK ((override_state = ANY (ARRAY['active'::text, 'warned'::text, 'limited'::text, 'blocked'::text]))),
  constraint credit_states_state_check CHECK ((state = ANY (ARRAY['active'::text, 'warned'::text, 'limited'::text, 'blocked'::text, 'suspended'::text, 'terminated'::text]))),
  constraint credit_states_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint credit_states_pkey PRIMARY KEY (provider_id, account_id)
);
CREATE INDEX credit_states_by_state ON app.credit_states USING btree (provider_id, state, since) WHERE (state <> 'active'::text);
alter table app.credit_states enable row level security;
alter table app.credit_states force row level security;
create policy tenant on app.credit_states for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.credit_states to mb_app;

create table app.deck_imports (
  provider_id integer not null,
  id uuid not null,
  plan_id uuid not null,
  revision integer not null,
  name text not null,
  upload text not null,
  size_bytes bigint not null,
  state text not null,
  reading jsonb,
  lines_done integer not null default 0,
  lines_total integer,
  result jsonb,
  mistakes jsonb,
  problem text,
  requested_kind text not null,
  requested_id text not null,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  constraint deck_imports_state_check CHECK ((state = ANY (ARRAY['offered'::text, 'waiting'::text, 'reading'::text, 'done'::text, 'failed'::text]))),
  constraint deck_imports_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint deck_imports_pkey PRIMARY KEY (provider_id, id)
);
CREATE INDEX deck_imports_of_plan ON app.deck_imports USING btree (provider_id, plan_id, id);
alter table app.deck_imports enable row level security;
alter table app.deck_imports force row level security;
create policy tenant on app.deck_imports for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.deck_imports to mb_app;

create table app.enforcements (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  service_id uuid,
  action text not null,
  state text not null,
  details jsonb not null,
  created_at timestamp with time zone not null,
  not_before timestamp with time zone not null,
  finished_at timestamp with time zone,
  problem text,
  constraint enforcements_action_check CHECK ((action = ANY (ARRAY['restore'::text, 'limit'::text, 'disconnect'::text, 'terminate'::text, 'notify'::text]))),
  constraint enforcements_check CHECK (((state = 'waiting'::text) = (finished_at IS NULL))),
  constraint enforcements_check1 CHECK (((action = 'notify'::text) = (service_id IS NULL))),
  constraint enforcements_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'done'::text, 'failed'::text, 'superseded'::text]))),
  constraint enforcements_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint enforcements_pkey PRIMARY KEY (provider_id, account_id, id)
);
CREATE INDEX enforcements_waiting ON app.enforcements USING btree (provider_id, action, not_before) WHERE (state = 'waiting'::text);
alter table app.enforcements enable row level security;
alter table app.enforcements force row level security;
create policy tenant on app.enforcements for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.enforcements to mb_app;

create table app.events (
  xid xid8 not null default pg_current_xact_id(),
  position bigint not null generated always as identity,
  provider_id integer not null,
  type text not null,
  data jsonb not null storage external,
  at timestamp with time zone not null,
  constraint events_pkey PRIMARY KEY (xid, "position")
);
alter table app.events enable row level security;
alter table app.events force row level security;
create policy forgettable on app.events as restrictive for d using ((at < (now() - '7 days'::interval)) OR (xid >= pg_snapshot_xmax(pg_current_snapshot())));
create policy tenant on app.events for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select on app.events to mb_app;

create table app.exports (
  provider_id integer not null,
  id uuid not null,
  kind text not null,
  params jsonb not null,
  group_ids uuid[],
  state text not null,
  rows_done bigint not null default 0,
  rows_total bigint,
  totals jsonb,
  file_name text,
  file bytea,
  problem text,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  constraint exports_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'ready'::text, 'failed'::text]))),
  constraint exports_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint exports_pkey PRIMARY KEY (provider_id, id)
);
alter table app.exports enable row level security;
alter table app.exports force row level security;
create policy tenant on app.exports for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.exports to mb_app;

create table app.former_service_attributes (
  provider_id integer not null,
  account_id uuid not null,
  service_id uuid not null,
  until timestamp with time zone not null,
  attributes jsonb not null,
  constraint former_service_attributes_provider_id_account_id_service_i_fkey FOREIGN KEY (provider_id, account_id, service_id) REFERENCES app.services(provider_id, account_id, id),
  constraint former_service_attributes_pkey PRIMARY KEY (provider_id, account_id, service_id, until)
);
alter table app.former_service_attributes enable row level security;
alter table app.former_service_attributes force row level security;
create policy tenant on app.former_service_attributes for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.former_service_attributes to mb_app;

create table app.former_tax_exemptions (
  provider_id integer not null,
  account_id uuid not null,
  until timestamp with time zone not null,
  tax_exempt boolean not null,
  constraint former_tax_exemptions_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint former_tax_exemptions_pkey PRIMARY KEY (provider_id, account_id, until)
);
alter table app.former_tax_exemptions enable row level security;
alter table app.former_tax_exemptions force row level security;
create policy tenant on app.former_tax_exemptions for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.former_tax_exemptions to mb_app;

create table app.gateway_events (
  provider_id integer not null,
  gateway_id uuid not null,
  event_id text not null,
  external_id text not null,
  kind text not null,
  at timestamp with time zone not null,
  data jsonb not null,
  stored_at timestamp with time zone not null,
  constraint gateway_events_kind_check CHECK ((kind = ANY (ARRAY['succeeded'::text, 'failed'::text, 'refunded'::text, 'charged_back'::text, 'chargeback_reversed'::text, 'stated'::text]))),
  constraint gateway_events_provider_id_gateway_id_fkey FOREIGN KEY (provider_id, gateway_id) REFERENCES app.payment_gateways(provider_id, id),
  constraint gateway_events_pkey PRIMARY KEY (provider_id, gateway_id, event_id)
);
CREATE INDEX gateway_events_of_payment ON app.gateway_events USING btree (provider_id, gateway_id, external_id);
alter table app.gateway_events enable row level security;
alter table app.gateway_events force row level security;
create policy tenant on app.gateway_events for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.gateway_events to mb_app;

create table app.gl_accounts (
  code text not null,
  name text not null,
  kind text not null,
  constraint gl_accounts_kind_check CHECK ((kind = ANY (ARRAY['asset'::text, 'liability'::text, 'equity'::text, 'income'::text, 'expense'::text]))),
  constraint gl_accounts_pkey PRIMARY KEY (code)
);
grant select on app.gl_accounts to mb_app;

create table app.hold_sessions (
  provider_id integer not null,
  session_key text not null,
  account_id uuid not null,
  constraint hold_sessions_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint hold_sessions_pkey PRIMARY KEY (provider_id, session_key)
);
alter table app.hold_sessions enable row level security;
alter table app.hold_sessions force row level security;
create policy tenant on app.hold_sessions for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.hold_sessions to mb_app;

create table app.holds (
  provider_id integer not null,
  account_id uuid not null,
  session_key text not null,
  paid_for uuid,
  payer_account_id uuid,
  service_id uuid not null,
  kind text not null,
  usage jsonb not null,
  state text not null,
  started_at timestamp with time zone not null,
  placed_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  held_micros bigint not null,
  settled_micros bigint not null,
  until_sec bigint not null,
  until_octets numeric(20,0) not null,
  rated_sec bigint not null,
  rated_octets_in numeric(20,0) not null,
  rated_octets_out numeric(20,0) not null,
  available_after_micros bigint,
  request_id text not null,
  answer jsonb not null,
  constraint holds_check CHECK (((ended_at IS NULL) = (state = 'open'::text))),
  constraint holds_check1 CHECK (((held_micros >= 0) AND ((state = 'open'::text) OR (held_micros = 0)))),
  constraint holds_funded CHECK ((available_after_micros >= 0)),
  constraint holds_kind_check CHECK ((kind = ANY (ARRAY['call'::text, 'session'::text, 'message'::text, 'event'::text]))),
  constraint holds_session_key_check CHECK (((length(session_key) >= 1) AND (length(session_key) <= 255))),
  constraint holds_state_check CHECK ((state = ANY (ARRAY['open'::text, 'settled'::text, 'released'::text, 'expired'::text]))),
  constraint holds_until_octets_check CHECK ((until_octets >= (0)::numeric)),
  constraint holds_until_sec_check CHECK ((until_sec >= 0)),
  constraint holds_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint holds_pkey PRIMARY KEY (provider_id, account_id, session_key)
);
CREATE INDEX holds_expiring ON app.holds USING btree (provider_id, expires_at) WHERE (state = 'open'::text);
CREATE INDEX holds_open ON app.holds USING btree (provider_id, account_id) WHERE (state = 'open'::text);
CREATE INDEX holds_placed ON app.holds USING btree (provider_id, placed_at);
alter table app.holds enable row level security;
alter table app.holds force row level security;
create policy tenant on app.holds for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.holds to mb_app;

create table app.idempotency_keys (
  provider_id integer not null,
  key text not null,
  command text not null,
  input_digest text not null,
  outcome jsonb,
  at timestamp with time zone not null,
  constraint idempotency_keys_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
  constraint idempotency_keys_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint idempotency_keys_pkey PRIMARY KEY (provider_id, key)
);
alter table app.idempotency_keys enable row level security;
alter table app.idempotency_keys force row level security;
create policy tenant on app.idempotency_keys for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.idempotency_keys to mb_app;

create table app.identifiers (
  provider_id integer not null,
  id uuid not null,
  kind text not null,
  value text not null,
  valid tstzrange not null,
  account_id uuid not null,
  service_id uuid not null,
  created_at timestamp with time zone not null,
  constraint identifiers_kind_check CHECK ((kind = ANY (ARRAY['telephone'::text, 'login'::text, 'partner'::text]))),
  constraint identifiers_valid_check CHECK ((NOT isempty(valid))),
  constraint identifiers_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint identifiers_pkey PRIMARY KEY (provider_id, id),
  constraint identifiers_one_holder EXCLUDE USING gist (provider_id WITH =, kind WITH =, value WITH =, valid WITH &&)
);
CREATE INDEX identifiers_by_service ON app.identifiers USING btree (provider_id, service_id);
CREATE INDEX identifiers_by_value ON app.identifiers USING btree (provider_id, value);
alter table app.identifiers enable row level security;
alter table app.identifiers force row level security;
create policy tenant on app.identifiers for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.identifiers to mb_app;

create table app.installation (
  key text not null,
  value jsonb not null,
  constraint installation_pkey PRIMARY KEY (key)
);
grant delete, insert, select, update on app.installation to mb_app;

create table app.ledger_postings (
  provider_id integer not null,
  account_id uuid not null,
  transaction_id uuid not null,
  line smallint not null,
  debit text not null,
  credit text not null,
  amount_micros bigint not null,
  currency text not null,
  balance_after_micros bigint,
  constraint ledger_postings_amount_micros_check CHECK ((amount_micros > 0)),
  constraint ledger_postings_check CHECK ((debit <> credit)),
  constraint ledger_postings_known_accounts CHECK ((((debit = 'settlement'::text) <> (credit = 'settlement'::text)) AND (
CASE
    WHEN (debit = 'settlement'::text) THEN credit
    ELSE debit
END = ANY (ARRAY['revenue.usage'::text, 'revenue.fees'::text, 'revenue.adjustments'::text, 'revenue.expired'::text, 'tax.payable'::text, 'equity.opening'::text, 'cash.desk'::text, 'cash.bank'::text, 'cash.gateway'::text, 'assets.promises'::text, 'suspense.payments'::text, 'clearing.transfers'::text, 'cards.outstanding'::text, 'expense.bonuses'::text, 'expense.commissions'::text, 'expense.writeoffs'::text, 'expense.rounding'::text])))),
  constraint ledger_postings_pkey PRIMARY KEY (provider_id, account_id, transaction_id, line)
);
alter table app.ledger_postings enable row level security;
alter table app.ledger_postings force row level security;
create policy tenant on app.ledger_postings for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
create policy written_by_post on app.ledger_postings as restrictive for a with check (current_setting('app.posting'::text, true) = 'on'::text);
grant insert, select on app.ledger_postings to mb_app;

create table app.ledger_transactions (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  template text not null,
  source_key text not null,
  effective_at timestamp with time zone not null,
  posted_at timestamp with time zone not null,
  details jsonb not null,
  reverses_id uuid,
  available_after_micros bigint,
  constraint ledger_transactions_funded CHECK (((template <> ALL (ARRAY['payment.refunded'::text, 'transfer.sent'::text, 'card.sold'::text, 'fee.debited'::text])) OR (COALESCE(available_after_micros, ('-1'::integer)::bigint) >= 0))),
  constraint ledger_transactions_provider_id_account_id_reverses_id_fkey FOREIGN KEY (provider_id, account_id, reverses_id) REFERENCES app.ledger_transactions(provider_id, account_id, id),
  constraint ledger_transactions_pkey PRIMARY KEY (provider_id, account_id, id),
  constraint ledger_transactions_provider_id_account_id_source_key_key UNIQUE (provider_id, account_id, source_key)
);
CREATE UNIQUE INDEX ledger_transactions_reversed_once ON app.ledger_transactions USING btree (provider_id, account_id, reverses_id) WHERE (reverses_id IS NOT NULL);
alter table app.ledger_transactions enable row level security;
alter table app.ledger_transactions force row level security;
create policy tenant on app.ledger_transactions for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
create policy written_by_post on app.ledger_transactions as restrictive for a with check (current_setting('app.posting'::text, true) = 'on'::text);
grant insert, select on app.ledger_transactions to mb_app;

create table app.manager_sessions (
  provider_id integer not null,
  token_hash text not null,
  manager_id uuid not null,
  csrf_token text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint manager_sessions_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint manager_sessions_provider_id_manager_id_fkey FOREIGN KEY (provider_id, manager_id) REFERENCES app.managers(provider_id, id) ON DELETE CASCADE,
  constraint manager_sessions_pkey PRIMARY KEY (provider_id, token_hash)
);
alter table app.manager_sessions enable row level security;
alter table app.manager_sessions force row level security;
create policy tenant on app.manager_sessions for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.manager_sessions to mb_app;

create table app.managers (
  provider_id integer not null,
  id uuid not null,
  login text not null,
  name text not null,
  password_hash text not null,
  role_id uuid not null,
  group_ids uuid[],
  blocked_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint managers_login_check CHECK ((login = lower(login))),
  constraint managers_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint managers_provider_id_role_id_fkey FOREIGN KEY (provider_id, role_id) REFERENCES app.roles(provider_id, id),
  constraint managers_pkey PRIMARY KEY (provider_id, id),
  constraint managers_provider_id_login_key UNIQUE (provider_id, login)
);
alter table app.managers enable row level security;
alter table app.managers force row level security;
create policy tenant on app.managers for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.managers to mb_app;

create table app.migrations (
  name text not null,
  digest text not null,
  at timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (name)
);
grant select on app.migrations to mb_app;

create table app.notices (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  kind text not null,
  locale text not null,
  title text not null,
  body text not null,
  advice text not null,
  at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint notices_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint notices_pkey PRIMARY KEY (provider_id, account_id, id)
);
alter table app.notices enable row level security;
alter table app.notices force row level security;
create policy tenant on app.notices for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.notices to mb_app;

create table app.number_series (
  provider_id integer not null,
  series text not null,
  last_number bigint not null,
  constraint number_series_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint number_series_pkey PRIMARY KEY (provider_id, series)
);
alter table app.number_series enable row level security;
alter table app.number_series force row level security;
create policy tenant on app.number_series for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.number_series to mb_app;

create table app.payer_months (
  provider_id integer not null,
  account_id uuid not null,
  month date not null,
  covered_micros bigint not null,
  constraint payer_months_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  constraint payer_months_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint payer_months_pkey PRIMARY KEY (provider_id, account_id, month)
);
alter table app.payer_months enable row level security;
alter table app.payer_months force row level security;
create policy tenant on app.payer_months for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.payer_months to mb_app;

create table app.payment_channels (
  provider_id integer not null,
  id uuid not null,
  code text not null,
  name text not null,
  kind text not null,
  active boolean not null,
  created_at timestamp with time zone not null,
  constraint payment_channels_kind_check CHECK ((kind = ANY (ARRAY['desk'::text, 'bank'::text, 'gateway'::text]))),
  constraint payment_channels_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint payment_channels_pkey PRIMARY KEY (provider_id, id),
  constraint payment_channels_code UNIQUE (provider_id, code)
);
alter table app.payment_channels enable row level security;
alter table app.payment_channels force row level security;
create policy tenant on app.payment_channels for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.payment_channels to mb_app;

create table app.payment_gateways (
  provider_id integer not null,
  id uuid not null,
  channel_id uuid not null,
  secret bytea not null,
  previous_secret bytea,
  previous_until timestamp with time zone,
  active boolean not null,
  created_at timestamp with time zone not null,
  constraint payment_gateways_check CHECK (((previous_secret IS NULL) = (previous_until IS NULL))),
  constraint payment_gateways_provider_id_channel_id_fkey FOREIGN KEY (provider_id, channel_id) REFERENCES app.payment_channels(provider_id, id),
  constraint payment_gateways_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint payment_gateways_pkey PRIMARY KEY (provider_id, id),
  constraint payment_gateways_channel UNIQUE (provider_id, channel_id)
);
alter table app.payment_gateways enable row level security;
alter table app.payment_gateways force row level security;
create policy tenant on app.payment_gateways for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.payment_gateways to mb_app;

create table app.payment_movements (
  provider_id integer not null,
  id uuid not null,
  payment_id uuid not null,
  kind text not null,
  channel_id uuid not null,
  day date not null,
  currency text not null,
  amount_micros bigint not null,
  account_id uuid,
  transaction_id uuid,
  provider_transaction_id uuid,
  adjustment_id uuid,
  reverses_id uuid,
  why text,
  at timestamp with time zone not null,
  by_whom text not null,
  constraint payment_movements_amount_micros_check CHECK ((amount_micros > 0)),
  constraint payment_movements_check CHECK (((transaction_id IS NOT NULL) OR (provider_transaction_id IS NOT NULL))),
  constraint payment_movements_check1 CHECK (((transaction_id IS NOT NULL) <= (account_id IS NOT NULL))),
  constraint payment_movements_kind_check CHECK ((kind = ANY (ARRAY['received'::text, 'suspended'::text, 'matched'::text, 'taken-off'::text, 'refunded'::text, 'refund-reversed'::text, 'charged-back'::text, 'charge-back-reversed'::text, 'cancelled'::text, 'returned'::text]))),
  constraint payment_movements_provider_id_payment_id_fkey FOREIGN KEY (provider_id, payment_id) REFERENCES app.payments(provider_id, id),
  constraint payment_movements_provider_id_reverses_id_fkey FOREIGN KEY (provider_id, reverses_id) REFERENCES app.payment_movements(provider_id, id),
  constraint payment_movements_pkey PRIMARY KEY (provider_id, id),
  constraint payment_movements_provider_id_reverses_id_key UNIQUE (provider_id, reverses_id)
);
CREATE INDEX payment_movements_of_day ON app.payment_movements USING btree (provider_id, day);
CREATE INDEX payment_movements_of_payment ON app.payment_movements USING btree (provider_id, payment_id, id);
alter table app.payment_movements enable row level security;
alter table app.payment_movements force row level security;
create policy tenant on app.payment_movements for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.payment_movements to mb_app;

create table app.payments (
  provider_id integer not null,
  id uuid not null,
  receipt_number bigint not null,
  channel_id uuid not null,
  gateway_id uuid,
  external_id text,
  account_id uuid,
  currency text not null,
  amount_micros bigint not null,
  refunded_micros bigint not null default 0,
  charged_back_micros bigint not null default 0,
  state text not null,
  payer_name text,
  payer_phone text,
  details text,
  account_text text,
  unmatched_because text,
  paid_at timestamp with time zone not null,
  received_at timestamp with time zone not null,
  received_by text not null,
  search text not null,
  constraint payments_amount_micros_check CHECK ((amount_micros > 0)),
  constraint payments_charged_back_micros_check CHECK ((charged_back_micros >= 0)),
  constraint payments_check CHECK (((refunded_micros + charged_back_micros) <= amount_micros)),
  constraint payments_check1 CHECK (((state <> 'credited'::text) OR (account_id IS NOT NULL))),
  constraint payments_check2 CHECK (((state <> 'unmatched'::text) OR (account_id IS NULL))),
  constraint payments_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint payments_refunded_micros_check CHECK ((refunded_micros >= 0)),
  constraint payments_state_check CHECK ((state = ANY (ARRAY['credited'::text, 'unmatched'::text, 'refunded'::text, 'returned'::text, 'charged-back'::text, 'cancelled'::text]))),
  constraint payments_unmatched_because_check CHECK ((unmatched_because = ANY (ARRAY['no-account'::text, 'account-closed'::text, 'currency'::text, 'taken-off'::text]))),
  constraint payments_provider_id_channel_id_fkey FOREIGN KEY (provider_id, channel_id) REFERENCES app.payment_channels(provider_id, id),
  constraint payments_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint payments_provider_id_gateway_id_fkey FOREIGN KEY (provider_id, gateway_id) REFERENCES app.payment_gateways(provider_id, id),
  constraint payments_pkey PRIMARY KEY (provider_id, id),
  constraint payments_external_id UNIQUE (provider_id, channel_id, external_id),
  constraint payments_receipt_number UNIQUE (provider_id, receipt_number)
);
CREATE INDEX payments_by_payer ON app.payments USING btree (provider_id, payer_phone) WHERE (payer_phone IS NOT NULL);
CREATE INDEX payments_by_payer_name ON app.payments USING btree (provider_id, lower(payer_name)) WHERE (payer_name IS NOT NULL);
CREATE INDEX payments_newest ON app.payments USING btree (provider_id, received_at DESC, id DESC);
CREATE INDEX payments_of_account ON app.payments USING btree (provider_id, account_id, received_at DESC, id DESC) WHERE (account_id IS NOT NULL);
CREATE INDEX payments_of_channel ON app.payments USING btree (provider_id, channel_id, received_at DESC, id DESC);
CREATE INDEX payments_unmatched ON app.payments USING btree (provider_id, received_at) WHERE (state = 'unmatched'::text);
alter table app.payments enable row level security;
alter table app.payments force row level security;
create policy tenant on app.payments for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.payments to mb_app;

create table app.plan_drafts (
  provider_id integer not null,
  plan_id uuid not null,
  state text not null,
  revision integer not null,
  based_on integer,
  follows integer not null,
  document jsonb not null storage external,
  changes jsonb not null default '[]'::jsonb storage external,
  content_hash text,
  started_by text not null,
  started_at timestamp with time zone not null,
  saved_by text not null,
  saved_at timestamp with time zone not null,
  constraint plan_drafts_check CHECK (((state = 'preview'::text) = (content_hash IS NOT NULL))),
  constraint plan_drafts_revision_check CHECK ((revision > 0)),
  constraint plan_drafts_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'preview'::text]))),
  constraint plan_drafts_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint plan_drafts_provider_id_plan_id_fkey FOREIGN KEY (provider_id, plan_id) REFERENCES app.plans(provider_id, id),
  constraint plan_drafts_pkey PRIMARY KEY (provider_id, plan_id)
);
alter table app.plan_drafts enable row level security;
alter table app.plan_drafts force row level security;
create policy tenant on app.plan_drafts for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.plan_drafts to mb_app;

create table app.plan_versions (
  provider_id integer not null,
  plan_id uuid not null,
  version integer not null,
  valid_from timestamp with time zone not null,
  document jsonb not null,
  published_at timestamp with time zone not null,
  constraint plan_versions_version_check CHECK ((version > 0)),
  constraint plan_versions_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint plan_versions_provider_id_plan_id_fkey FOREIGN KEY (provider_id, plan_id) REFERENCES app.plans(provider_id, id),
  constraint plan_versions_pkey PRIMARY KEY (provider_id, plan_id, version),
  constraint plan_versions_provider_id_plan_id_valid_from_key UNIQUE (provider_id, plan_id, valid_from)
);
alter table app.plan_versions enable row level security;
alter table app.plan_versions force row level security;
create policy tenant on app.plan_versions for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.plan_versions to mb_app;

create table app.plans (
  provider_id integer not null,
  id uuid not null,
  code text not null,
  name text not null,
  kind text not null,
  currency text not null,
  created_at timestamp with time zone not null,
  draft_revision integer not null default 0,
  constraint plans_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint plans_kind_check CHECK ((kind = ANY (ARRAY['telephone'::text, 'internet'::text, 'leased_line'::text, 'periodic'::text, 'universal'::text]))),
  constraint plans_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint plans_pkey PRIMARY KEY (provider_id, id),
  constraint plans_provider_id_code_key UNIQUE (provider_id, code)
);
alter table app.plans enable row level security;
alter table app.plans force row level security;
create policy tenant on app.plans for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.plans to mb_app;

create table app.portal_logins (
  provider_id integer not null,
  subscriber_id uuid not null,
  login text not null,
  password_hash text not null,
  created_at timestamp with time zone not null,
  constraint portal_logins_login_check CHECK ((login = lower(login))),
  constraint portal_logins_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint portal_logins_provider_id_subscriber_id_fkey FOREIGN KEY (provider_id, subscriber_id) REFERENCES app.subscribers(provider_id, id),
  constraint portal_logins_pkey PRIMARY KEY (provider_id, subscriber_id),
  constraint portal_logins_provider_id_login_key UNIQUE (provider_id, login)
);
alter table app.portal_logins enable row level security;
alter table app.portal_logins force row level security;
create policy tenant on app.portal_logins for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.portal_logins to mb_app;

create table app.pot_draws (
  provider_id integer not null,
  account_id uuid not null,
  transaction_id uuid not null,
  pot_id uuid not null,
  amount_micros bigint not null,
  constraint pot_draws_amount_micros_check CHECK ((amount_micros <> 0)),
  constraint pot_draws_provider_id_account_id_pot_id_fkey FOREIGN KEY (provider_id, account_id, pot_id) REFERENCES app.pots(provider_id, account_id, id),
  constraint pot_draws_provider_id_account_id_transaction_id_fkey FOREIGN KEY (provider_id, account_id, transaction_id) REFERENCES app.ledger_transactions(provider_id, account_id, id),
  constraint pot_draws_pkey PRIMARY KEY (provider_id, account_id, transaction_id, pot_id)
);
CREATE INDEX pot_draws_by_pot ON app.pot_draws USING btree (provider_id, account_id, pot_id);
alter table app.pot_draws enable row level security;
alter table app.pot_draws force row level security;
create policy tenant on app.pot_draws for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.pot_draws to mb_app;

create table app.pots (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  kind text not null,
  name text not null,
  priority smallint not null,
  granted_micros bigint not null,
  remaining_micros bigint not null,
  expires_at timestamp with time zone,
  transaction_id uuid not null,
  granted_at timestamp with time zone not null,
  constraint pots_check CHECK (((remaining_micros >= 0) AND (remaining_micros <= granted_micros))),
  constraint pots_granted_micros_check CHECK ((granted_micros > 0)),
  constraint pots_kind_check CHECK ((kind = ANY (ARRAY['bonus'::text, 'card'::text]))),
  constraint pots_provider_id_account_id_transaction_id_fkey FOREIGN KEY (provider_id, account_id, transaction_id) REFERENCES app.ledger_transactions(provider_id, account_id, id),
  constraint pots_pkey PRIMARY KEY (provider_id, account_id, id),
  constraint pots_provider_id_account_id_transaction_id_key UNIQUE (provider_id, account_id, transaction_id)
);
CREATE INDEX pots_expiring ON app.pots USING btree (provider_id, expires_at) WHERE ((remaining_micros > 0) AND (expires_at IS NOT NULL));
alter table app.pots enable row level security;
alter table app.pots force row level security;
create policy tenant on app.pots for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.pots to mb_app;

create table app.projection_cursors (
  projection text not null,
  version integer not null,
  xid xid8 not null,
  position bigint not null,
  rebuilt jsonb not null default '{}'::jsonb,
  advanced_at timestamp with time zone not null,
  constraint projection_cursors_pkey PRIMARY KEY (projection)
);
grant delete, insert, select, update on app.projection_cursors to mb_app;

create table app.promises (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  amount_micros bigint not null,
  currency text not null,
  given_at timestamp with time zone not null,
  given_by text not null,
  by_subscriber boolean not null,
  due_at timestamp with time zone not null,
  state text not null,
  closed_at timestamp with time zone,
  forgiven_at timestamp with time zone,
  transaction_id uuid not null,
  reversal_id uuid,
  constraint promises_amount_micros_check CHECK ((amount_micros > 0)),
  constraint promises_check CHECK ((due_at > given_at)),
  constraint promises_check1 CHECK ((((state = 'open'::text) = (closed_at IS NULL)) AND ((state = 'open'::text) = (reversal_id IS NULL)))),
  constraint promises_state_check CHECK ((state = ANY (ARRAY['open'::text, 'kept'::text, 'broken'::text]))),
  constraint promises_provider_id_account_id_transaction_id_fkey FOREIGN KEY (provider_id, account_id, transaction_id) REFERENCES app.ledger_transactions(provider_id, account_id, id),
  constraint promises_pkey PRIMARY KEY (provider_id, account_id, id)
);
CREATE UNIQUE INDEX promises_one_open ON app.promises USING btree (provider_id, account_id) WHERE (state = 'open'::text);
alter table app.promises enable row level security;
alter table app.promises force row level security;
create policy tenant on app.promises for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.promises to mb_app;

create table app.provider_postings (
  provider_id integer not null,
  transaction_id uuid not null,
  line smallint not null,
  debit text not null,
  credit text not null,
  amount_micros bigint not null,
  currency text not null,
  constraint provider_postings_amount_micros_check CHECK ((amount_micros > 0)),
  constraint provider_postings_check CHECK ((debit <> credit)),
  constraint provider_postings_known_accounts CHECK (((debit = ANY (ARRAY['cash.desk'::text, 'cash.bank'::text, 'cash.gateway'::text, 'suspense.payments'::text, 'cards.outstanding'::text, 'revenue.expired'::text, 'expense.commissions'::text, 'expense.rounding'::text])) AND (credit = ANY (ARRAY['cash.desk'::text, 'cash.bank'::text, 'cash.gateway'::text, 'suspense.payments'::text, 'cards.outstanding'::text, 'revenue.expired'::text, 'expense.commissions'::text, 'expense.rounding'::text])))),
  constraint provider_postings_provider_id_transaction_id_fkey FOREIGN KEY (provider_id, transaction_id) REFERENCES app.provider_transactions(provider_id, id),
  constraint provider_postings_pkey PRIMARY KEY (provider_id, transaction_id, line)
);
alter table app.provider_postings enable row level security;
alter table app.provider_postings force row level security;
create policy tenant on app.provider_postings for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
create policy written_by_post on app.provider_postings as restrictive for a with check (current_setting('app.posting'::text, true) = 'on'::text);
grant insert, select on app.provider_postings to mb_app;

create table app.provider_transactions (
  provider_id integer not null,
  id uuid not null,
  template text not null,
  source_key text not null,
  effective_at timestamp with time zone not null,
  posted_at timestamp with time zone not null,
  details jsonb not null,
  reverses_id uuid,
  constraint provider_transactions_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint provider_transactions_provider_id_reverses_id_fkey FOREIGN KEY (provider_id, reverses_id) REFERENCES app.provider_transactions(provider_id, id),
  constraint provider_transactions_pkey PRIMARY KEY (provider_id, id),
  constraint provider_transactions_provider_id_reverses_id_key UNIQUE (provider_id, reverses_id),
  constraint provider_transactions_provider_id_source_key_key UNIQUE (provider_id, source_key)
);
alter table app.provider_transactions enable row level security;
alter table app.provider_transactions force row level security;
create policy tenant on app.provider_transactions for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
create policy written_by_post on app.provider_transactions as restrictive for a with check (current_setting('app.posting'::text, true) = 'on'::text);
grant insert, select on app.provider_transactions to mb_app;

create table app.providers (
  id integer not null,
  parent_id integer,
  path integer[] not null,
  code text not null,
  name text not null,
  currency text not null,
  zone text not null,
  locale text not null,
  created_at timestamp with time zone not null,
  constraint providers_check CHECK (((path[cardinality(path)] = id) AND ((parent_id IS NULL) = (cardinality(path) = 1)))),
  constraint providers_code_check CHECK ((code ~ '^[a-z0-9-]{2,32}$'::text)),
  constraint providers_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint providers_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES app.providers(id),
  constraint providers_pkey PRIMARY KEY (id),
  constraint providers_code_key UNIQUE (code)
);
CREATE UNIQUE INDEX providers_one_root ON app.providers USING btree (((parent_id IS NULL))) WHERE (parent_id IS NULL);
grant delete, insert, select, update on app.providers to mb_app;

create table app.rerated_records (
  provider_id integer not null,
  account_id uuid not null,
  run_id uuid not null,
  key uuid not null,
  started_at timestamp with time zone not null,
  adjusted boolean not null,
  amount_micros bigint not null,
  tax_micros bigint not null,
  billed_sec integer not null,
  prefix text,
  destination_name text,
  reason text,
  plan_id uuid not null,
  plan_version integer not null,
  details jsonb,
  transaction_id uuid,
  correction_id uuid,
  new_amount_micros bigint not null,
  new_tax_micros bigint not null,
  new_plan_id uuid,
  new_plan_version integer,
  new_details jsonb,
  rerated_at timestamp with time zone not null,
  constraint rerated_records_pkey PRIMARY KEY (provider_id, account_id, run_id, key)
);
CREATE INDEX rerated_records_adjusted ON app.rerated_records USING btree (provider_id, account_id, key, rerated_at) WHERE adjusted;
alter table app.rerated_records enable row level security;
alter table app.rerated_records force row level security;
create policy tenant on app.rerated_records for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant insert, select on app.rerated_records to mb_app;

create table app.rerating_accounts (
  provider_id integer not null,
  account_id uuid not null,
  run_id uuid not null,
  subscriber_id uuid not null,
  part integer not null,
  currency text not null,
  records bigint not null default 0,
  changed bigint not null default 0,
  adjusted bigint not null default 0,
  vanished bigint not null default 0,
  old_micros bigint not null default 0,
  old_tax_micros bigint not null default 0,
  new_micros bigint not null default 0,
  new_tax_micros bigint not null default 0,
  difference_micros bigint not null default (((new_micros + new_tax_micros) - old_micros) - old_tax_micros),
  previewed_at timestamp with time zone,
  done_at timestamp with time zone,
  follows_micros bigint not null default 0,
  constraint rerating_accounts_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint rerating_accounts_pkey PRIMARY KEY (provider_id, account_id, run_id)
);
CREATE INDEX rerating_accounts_by_difference ON app.rerating_accounts USING btree (provider_id, run_id, difference_micros, account_id);
CREATE INDEX rerating_accounts_by_part ON app.rerating_accounts USING btree (provider_id, run_id, part);
alter table app.rerating_accounts enable row level security;
alter table app.rerating_accounts force row level security;
create policy tenant on app.rerating_accounts for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.rerating_accounts to mb_app;

create table app.rerating_problems (
  provider_id integer not null,
  account_id uuid not null,
  run_id uuid not null,
  key uuid not null,
  started_at timestamp with time zone not null,
  reason text not null,
  destination text not null,
  constraint rerating_problems_pkey PRIMARY KEY (provider_id, account_id, run_id, key)
);
alter table app.rerating_problems enable row level security;
alter table app.rerating_problems force row level security;
create policy tenant on app.rerating_problems for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.rerating_problems to mb_app;

create table app.reratings (
  provider_id integer not null,
  id uuid not null,
  selection jsonb not null,
  group_ids uuid[],
  why text not null,
  state text not null,
  parts integer,
  parts_done integer not null default 0,
  problem text,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  previewed_at timestamp with time zone,
  run_by text,
  run_at timestamp with time zone,
  finished_at timestamp with time zone,
  constraint reratings_state_check CHECK ((state = ANY (ARRAY['previewing'::text, 'previewed'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text]))),
  constraint reratings_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint reratings_pkey PRIMARY KEY (provider_id, id)
);
alter table app.reratings enable row level security;
alter table app.reratings force row level security;
create policy tenant on app.reratings for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.reratings to mb_app;

create table app.roles (
  provider_id integer not null,
  id uuid not null,
  name text not null,
  permissions text[] not null,
  created_at timestamp with time zone not null,
  adjustment_limit_micros bigint default 0,
  constraint roles_adjustment_limit_micros_check CHECK ((adjustment_limit_micros >= 0)),
  constraint roles_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint roles_pkey PRIMARY KEY (provider_id, id),
  constraint roles_provider_id_name_key UNIQUE (provider_id, name)
);
alter table app.roles enable row level security;
alter table app.roles force row level security;
create policy tenant on app.roles for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.roles to mb_app;

create table app.service_plans (
  provider_id integer not null,
  account_id uuid not null,
  service_id uuid not null,
  valid_from timestamp with time zone not null,
  plan_id uuid not null,
  constraint service_plans_provider_id_account_id_service_id_fkey FOREIGN KEY (provider_id, account_id, service_id) REFERENCES app.services(provider_id, account_id, id),
  constraint service_plans_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint service_plans_pkey PRIMARY KEY (provider_id, account_id, service_id, valid_from)
);
alter table app.service_plans enable row level security;
alter table app.service_plans force row level security;
create policy tenant on app.service_plans for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.service_plans to mb_app;

create table app.services (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  subscriber_id uuid not null,
  kind text not null,
  label text not null,
  status text not null,
  activated_at timestamp with time zone not null,
  terminated_at timestamp with time zone,
  created_at timestamp with time zone not null,
  attributes jsonb not null default '{}'::jsonb,
  constraint services_kind_check CHECK ((kind = ANY (ARRAY['telephone'::text, 'internet'::text, 'leased_line'::text, 'periodic'::text, 'universal'::text]))),
  constraint services_status_check CHECK ((status = ANY (ARRAY['active'::text, 'terminated'::text]))),
  constraint services_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint services_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint services_pkey PRIMARY KEY (provider_id, account_id, id)
);
CREATE INDEX services_by_id ON app.services USING btree (provider_id, id);
CREATE INDEX services_by_subscriber ON app.services USING btree (provider_id, subscriber_id);
alter table app.services enable row level security;
alter table app.services force row level security;
create policy tenant on app.services for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.services to mb_app;

create table app.sign_in_failures (
  subject text not null,
  at timestamp with time zone not null,
  id uuid not null,
  constraint sign_in_failures_pkey PRIMARY KEY (subject, at, id)
);
grant delete, insert, select, update on app.sign_in_failures to mb_app;

create table app.simulation_accounts (
  provider_id integer not null,
  account_id uuid not null,
  run_id uuid not null,
  subscriber_id uuid not null,
  part integer not null,
  records bigint not null default 0,
  unpriced bigint not null default 0,
  unpriced_before bigint not null default 0,
  old_micros bigint not null default 0,
  old_tax_micros bigint not null default 0,
  new_micros bigint not null default 0,
  new_tax_micros bigint not null default 0,
  difference_micros bigint not null default (((new_micros + new_tax_micros) - old_micros) - old_tax_micros),
  done_at timestamp with time zone,
  constraint simulation_accounts_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint simulation_accounts_pkey PRIMARY KEY (provider_id, account_id, run_id)
);
CREATE INDEX simulation_accounts_by_part ON app.simulation_accounts USING btree (provider_id, run_id, part);
alter table app.simulation_accounts enable row level security;
alter table app.simulation_accounts force row level security;
create policy tenant on app.simulation_accounts for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.simulation_accounts to mb_app;

create table app.simulation_sums (
  provider_id integer not null,
  run_id uuid not null,
  part integer not null,
  group_id uuid not null,
  what text not null,
  code text not null,
  name text not null,
  records bigint not null,
  old_micros bigint not null,
  new_micros bigint not null,
  constraint simulation_sums_what_check CHECK ((what = ANY (ARRAY['component'::text, 'destination'::text, 'unpriced'::text]))),
  constraint simulation_sums_provider_id_run_id_fkey FOREIGN KEY (provider_id, run_id) REFERENCES app.simulations(provider_id, id),
  constraint simulation_sums_pkey PRIMARY KEY (provider_id, run_id, part, group_id, what, code)
);
alter table app.simulation_sums enable row level security;
alter table app.simulation_sums force row level security;
create policy tenant on app.simulation_sums for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.simulation_sums to mb_app;

create table app.simulations (
  provider_id integer not null,
  id uuid not null,
  plan_id uuid not null,
  version integer,
  revision integer,
  document jsonb storage external,
  services_of uuid not null,
  period_from date not null,
  period_to date not null,
  group_ids uuid[],
  currency text not null,
  state text not null,
  parts integer,
  parts_done integer not null default 0,
  problem text,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  constraint simulations_check CHECK ((period_to > period_from)),
  constraint simulations_check1 CHECK ((((version IS NULL) = (revision IS NOT NULL)) AND ((version IS NULL) = (document IS NOT NULL)))),
  constraint simulations_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text]))),
  constraint simulations_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint simulations_provider_id_plan_id_fkey FOREIGN KEY (provider_id, plan_id) REFERENCES app.plans(provider_id, id),
  constraint simulations_provider_id_services_of_fkey FOREIGN KEY (provider_id, services_of) REFERENCES app.plans(provider_id, id),
  constraint simulations_pkey PRIMARY KEY (provider_id, id)
);
CREATE INDEX simulations_of_plan ON app.simulations USING btree (provider_id, plan_id, id);
alter table app.simulations enable row level security;
alter table app.simulations force row level security;
create policy tenant on app.simulations for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.simulations to mb_app;

create table app.subscriber_groups (
  provider_id integer not null,
  id uuid not null,
  name text not null,
  created_at timestamp with time zone not null,
  constraint subscriber_groups_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint subscriber_groups_pkey PRIMARY KEY (provider_id, id),
  constraint subscriber_groups_provider_id_name_key UNIQUE (provider_id, name)
);
alter table app.subscriber_groups enable row level security;
alter table app.subscriber_groups force row level security;
create policy tenant on app.subscriber_groups for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.subscriber_groups to mb_app;

create table app.subscribers (
  provider_id integer not null,
  id uuid not null,
  number bigint not null,
  kind text not null,
  name text not null,
  group_id uuid not null,
  email text,
  phone text,
  status text not null,
  created_at timestamp with time zone not null,
  constraint subscribers_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'company'::text]))),
  constraint subscribers_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint subscribers_status_check CHECK ((status = ANY (ARRAY['active'::text, 'closed'::text]))),
  constraint subscribers_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint subscribers_provider_id_group_id_fkey FOREIGN KEY (provider_id, group_id) REFERENCES app.subscriber_groups(provider_id, id),
  constraint subscribers_pkey PRIMARY KEY (provider_id, id),
  constraint subscribers_provider_id_number_key UNIQUE (provider_id, number)
);
CREATE INDEX subscribers_by_group ON app.subscribers USING btree (provider_id, group_id);
alter table app.subscribers enable row level security;
alter table app.subscribers force row level security;
create policy tenant on app.subscribers for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.subscribers to mb_app;

create table app.suspensions (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  from_at timestamp with time zone not null,
  until_at timestamp with time zone not null,
  asked_at timestamp with time zone not null,
  asked_by text not null,
  by_subscriber boolean not null,
  resumed_at timestamp with time zone,
  transaction_id uuid,
  constraint suspensions_check CHECK ((until_at >= from_at)),
  constraint suspensions_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint suspensions_pkey PRIMARY KEY (provider_id, account_id, id)
);
alter table app.suspensions enable row level security;
alter table app.suspensions force row level security;
create policy tenant on app.suspensions for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.suspensions to mb_app;

create table app.usage_counters (
  provider_id integer not null,
  account_id uuid not null,
  service_id uuid not null,
  plan_id uuid not null,
  kind text not null,
  code text not null,
  period_from date not null,
  used numeric,
  total jsonb,
  constraint usage_counters_check CHECK ((((kind = 'bundle'::text) = (used IS NOT NULL)) AND ((kind = 'total'::text) = (total IS NOT NULL)))),
  constraint usage_counters_kind_check CHECK ((kind = ANY (ARRAY['bundle'::text, 'total'::text]))),
  constraint usage_counters_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint usage_counters_pkey PRIMARY KEY (provider_id, account_id, service_id, plan_id, kind, code, period_from)
);
alter table app.usage_counters enable row level security;
alter table app.usage_counters force row level security;
create policy tenant on app.usage_counters for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.usage_counters to mb_app;

create table app.usage_files (
  provider_id integer not null,
  id uuid not null,
  agent_id uuid not null,
  name text not null,
  source text not null,
  size_bytes bigint not null default 0,
  read_bytes bigint not null default 0,
  read_rows bigint not null default 0,
  row_waiting boolean not null default false,
  state text not null,
  problem text,
  created_at timestamp with time zone not null,
  created_by text not null,
  constraint usage_files_source_check CHECK ((source = ANY (ARRAY['agent'::text, 'upload'::text, 'cli'::text]))),
  constraint usage_files_state_check CHECK ((state = ANY (ARRAY['reading'::text, 'read'::text, 'failed'::text]))),
  constraint usage_files_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint usage_files_pkey PRIMARY KEY (provider_id, id)
);
CREATE INDEX usage_files_latest ON app.usage_files USING btree (provider_id, created_at DESC);
alter table app.usage_files enable row level security;
alter table app.usage_files force row level security;
create policy tenant on app.usage_files for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.usage_files to mb_app;

create table app.usage_inbox (
  provider_id integer not null,
  agent_id uuid not null,
  first_sequence bigint not null,
  rows integer not null,
  file_id uuid,
  records bytea not null storage external,
  received_at timestamp with time zone not null,
  processed_at timestamp with time zone,
  rated integer not null default 0,
  duplicates integer not null default 0,
  quarantined integer not null default 0,
  discarded integer not null default 0,
  constraint usage_inbox_check CHECK (((processed_at IS NULL) OR (rows = (((rated + duplicates) + quarantined) + discarded)))),
  constraint usage_inbox_rows_check CHECK ((rows > 0)),
  constraint usage_inbox_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint usage_inbox_pkey PRIMARY KEY (provider_id, agent_id, first_sequence)
);
CREATE INDEX usage_inbox_pending ON app.usage_inbox USING btree (provider_id, received_at) WHERE (processed_at IS NULL);
alter table app.usage_inbox enable row level security;
alter table app.usage_inbox force row level security;
create policy tenant on app.usage_inbox for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.usage_inbox to mb_app;

create table app.usage_keys (
  provider_id integer not null,
  key uuid not null,
  started_at timestamp with time zone not null,
  account_id uuid,
  constraint usage_keys_pkey PRIMARY KEY (provider_id, key)
);
CREATE INDEX usage_keys_timeline ON app.usage_keys USING btree (provider_id, started_at, key);
alter table app.usage_keys enable row level security;
alter table app.usage_keys force row level security;
create policy tenant on app.usage_keys for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.usage_keys to mb_app;

create table app.usage_quarantine (
  provider_id integer not null,
  key uuid not null,
  started_at timestamp with time zone not null,
  agent_id uuid not null,
  first_sequence bigint not null,
  sequence bigint not null,
  reason text not null,
  identifier_kind text,
  identifier_value text,
  record jsonb not null,
  quarantined_at timestamp with time zone not null,
  resolved_at timestamp with time zone,
  resolution text,
  constraint usage_quarantine_check CHECK (((resolved_at IS NULL) = (resolution IS NULL))),
  constraint usage_quarantine_resolution_check CHECK ((resolution = ANY (ARRAY['rated'::text, 'discarded'::text]))),
  constraint usage_quarantine_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES app.providers(id),
  constraint usage_quarantine_pkey PRIMARY KEY (provider_id, key)
);
CREATE INDEX usage_quarantine_in_order ON app.usage_quarantine USING btree (provider_id, started_at, key) WHERE (resolved_at IS NULL);
CREATE INDEX usage_quarantine_latest ON app.usage_quarantine USING btree (provider_id, quarantined_at DESC) WHERE (resolved_at IS NULL);
CREATE INDEX usage_quarantine_waiting ON app.usage_quarantine USING btree (provider_id, reason, identifier_kind, identifier_value) WHERE (resolved_at IS NULL);
alter table app.usage_quarantine enable row level security;
alter table app.usage_quarantine force row level security;
create policy tenant on app.usage_quarantine for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.usage_quarantine to mb_app;

create table app.usage_records (
  provider_id integer not null,
  account_id uuid not null,
  started_at timestamp with time zone not null,
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
  duration_sec integer not null,
  billable_sec integer not null,
  billed_sec integer not null,
  prefix text,
  destination_name text,
  amount_micros bigint not null,
  currency text not null,
  reason text,
  plan_id uuid not null,
  plan_version integer not null,
  agent_id uuid not null,
  sequence bigint not null,
  transaction_id uuid,
  rated_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  tax_micros bigint not null default 0,
  facts jsonb,
  details jsonb,
  constraint usage_records_amount_micros_check CHECK ((amount_micros >= 0)),
  constraint usage_records_billable_sec_check CHECK ((billable_sec >= 0)),
  constraint usage_records_billed_sec_check CHECK ((billed_sec >= 0)),
  constraint usage_records_charged CHECK ((((amount_micros = 0) AND (tax_micros = 0)) = (transaction_id IS NULL))),
  constraint usage_records_duration_sec_check CHECK ((duration_sec >= 0)),
  constraint usage_records_kind CHECK ((kind = ANY (ARRAY['call'::text, 'session'::text, 'traffic'::text, 'message'::text, 'event'::text]))),
  constraint usage_records_tax_micros_check CHECK ((tax_micros >= 0)),
  constraint usage_records_pkey PRIMARY KEY (provider_id, account_id, started_at, key)
) partition by RANGE (started_at);
alter table app.usage_records enable row level security;
alter table app.usage_records force row level security;
create policy tenant on app.usage_records for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.usage_records to mb_app;

create table app.usage_samples (
  provider_id integer not null,
  account_id uuid not null,
  service_id uuid not null,
  plan_id uuid not null,
  code text not null,
  period_from date not null,
  at timestamp with time zone not null,
  octets_in numeric not null,
  octets_out numeric not null,
  constraint usage_samples_provider_id_account_id_fkey FOREIGN KEY (provider_id, account_id) REFERENCES app.accounts(provider_id, account_id),
  constraint usage_samples_pkey PRIMARY KEY (provider_id, account_id, service_id, plan_id, code, period_from, at)
);
alter table app.usage_samples enable row level security;
alter table app.usage_samples force row level security;
create policy tenant on app.usage_samples for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on app.usage_samples to mb_app;

create table read.account_daily (
  provider_id integer not null,
  account_id uuid not null,
  day date not null,
  currency text not null,
  charged_micros numeric not null,
  credited_micros numeric not null,
  constraint account_daily_pkey PRIMARY KEY (provider_id, account_id, day, currency)
);
alter table read.account_daily enable row level security;
alter table read.account_daily force row level security;
create policy subscriber on read.account_daily as restrictive for select to mb_portal using false;
create policy tenant on read.account_daily for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.account_daily to mb_app;

create table read.account_overview (
  provider_id integer not null,
  account_id uuid not null,
  subscriber_id uuid not null,
  group_id uuid not null,
  number text not null,
  currency text not null,
  kind text not null,
  status text not null,
  balance_micros bigint not null,
  credit_limit_micros bigint not null,
  services integer not null,
  last_posted_at timestamp with time zone,
  constraint account_overview_pkey PRIMARY KEY (provider_id, account_id)
);
CREATE INDEX account_overview_by_subscriber ON read.account_overview USING btree (provider_id, subscriber_id);
CREATE INDEX account_overview_owing ON read.account_overview USING btree (provider_id, currency, balance_micros) WHERE (balance_micros < 0);
alter table read.account_overview enable row level security;
alter table read.account_overview force row level security;
create policy subscriber on read.account_overview as restrictive for select to mb_portal using (subscriber_id = (NULLIF(current_setting('app.subscriber_id'::text, true), ''::text))::uuid);
create policy tenant on read.account_overview for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.account_overview to mb_app;
grant select on read.account_overview to mb_portal;

create view read.calls with (security_barrier=true) as
 SELECT provider_id,
    account_id,
    started_at,
    key,
    service_id,
    subscriber_id,
    direction,
    source,
    destination,
    destination_name,
    disposition,
    duration_sec,
    billed_sec,
    amount_micros,
    currency,
    kind,
    facts,
    tax_micros
   FROM app.usage_records
  WHERE subscriber_id = NULLIF(current_setting('app.subscriber_id'::text, true), ''::text)::uuid;
grant select on read.calls to mb_app;
grant select on read.calls to mb_portal;

create table read.card_stock (
  provider_id integer not null,
  series_id uuid not null,
  dealer_id uuid not null,
  state text not null,
  blocked boolean not null,
  cards bigint not null,
  constraint card_stock_pkey PRIMARY KEY (provider_id, series_id, dealer_id, state, blocked)
);
alter table read.card_stock enable row level security;
alter table read.card_stock force row level security;
create policy subscriber on read.card_stock as restrictive for select to mb_portal using false;
create policy tenant on read.card_stock for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.card_stock to mb_app;

create table read.credit_forecast (
  provider_id integer not null,
  account_id uuid not null,
  subscriber_id uuid not null,
  group_id uuid not null,
  currency text not null,
  state text not null,
  blocked_on date not null,
  rule text not null,
  balance_micros bigint not null,
  daily_spend_micros bigint not null,
  fees_micros bigint not null,
  promised_micros bigint not null,
  needed_micros bigint not null,
  built_at timestamp with time zone not null,
  constraint credit_forecast_pkey PRIMARY KEY (provider_id, account_id)
);
CREATE INDEX credit_forecast_by_day ON read.credit_forecast USING btree (provider_id, blocked_on, account_id);
alter table read.credit_forecast enable row level security;
alter table read.credit_forecast force row level security;
create policy subscriber on read.credit_forecast as restrictive for select to mb_portal using (subscriber_id = (NULLIF(current_setting('app.subscriber_id'::text, true), ''::text))::uuid);
create policy tenant on read.credit_forecast for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.credit_forecast to mb_app;

create table read.credit_standing (
  provider_id integer not null,
  account_id uuid not null,
  subscriber_id uuid not null,
  group_id uuid not null,
  state text not null,
  since timestamp with time zone not null,
  rule text not null,
  reason jsonb not null,
  promise jsonb,
  suspension jsonb,
  offers jsonb not null,
  constraint credit_standing_pkey PRIMARY KEY (provider_id, account_id)
);
CREATE INDEX credit_standing_by_state ON read.credit_standing USING btree (provider_id, state, since, account_id);
CREATE INDEX credit_standing_by_subscriber ON read.credit_standing USING btree (provider_id, subscriber_id);
alter table read.credit_standing enable row level security;
alter table read.credit_standing force row level security;
create policy subscriber on read.credit_standing as restrictive for select to mb_portal using (subscriber_id = (NULLIF(current_setting('app.subscriber_id'::text, true), ''::text))::uuid);
create policy tenant on read.credit_standing for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.credit_standing to mb_app;
grant select on read.credit_standing to mb_portal;

create view read.freshness with (security_barrier=true) as
 SELECT ( SELECT e.at
           FROM app.events e
          WHERE (ROW(e.xid, e."position") > ROW(cursor.xid, cursor."position"))
          ORDER BY e.xid, e."position"
         LIMIT 1) AS behind_since
   FROM ( SELECT c.xid,
            c."position"
           FROM app.projection_cursors c
          ORDER BY c.xid, c."position"
         LIMIT 1) cursor;
grant select on read.freshness to mb_app;
grant select on read.freshness to mb_portal;

create view read.funds with (security_barrier=true) as
 SELECT a.provider_id,
    a.account_id,
    a.subscriber_id,
    b.balance_micros,
    b.credit_limit_micros,
    b.held_micros,
    b.granted_micros,
    ( SELECT COALESCE(jsonb_agg(jsonb_build_object('name', p.name, 'leftMicros', p.remaining_micros::text, 'expiresAt', p.expires_at) ORDER BY p.priority DESC, p.expires_at, p.granted_at, p.id), '[]'::jsonb) AS "coalesce"
           FROM app.pots p
          WHERE p.provider_id = a.provider_id AND p.account_id = a.account_id AND p.remaining_micros > 0) AS pots
   FROM app.accounts a
     JOIN app.balances b ON b.provider_id = a.provider_id AND b.account_id = a.account_id AND b.currency = a.currency
  WHERE a.subscriber_id = NULLIF(current_setting('app.subscriber_id'::text, true), ''::text)::uuid;
grant select on read.funds to mb_app;
grant select on read.funds to mb_portal;

create table read.gl_balances (
  provider_id integer not null,
  gl_account text not null,
  currency text not null,
  debit_micros numeric not null,
  credit_micros numeric not null,
  constraint gl_balances_pkey PRIMARY KEY (provider_id, gl_account, currency)
);
alter table read.gl_balances enable row level security;
alter table read.gl_balances force row level security;
create policy subscriber on read.gl_balances as restrictive for select to mb_portal using false;
create policy tenant on read.gl_balances for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.gl_balances to mb_app;

create table read.gl_daily (
  provider_id integer not null,
  day date not null,
  debit text not null,
  credit text not null,
  currency text not null,
  amount_micros numeric not null,
  constraint gl_daily_pkey PRIMARY KEY (provider_id, day, debit, credit, currency)
);
alter table read.gl_daily enable row level security;
alter table read.gl_daily force row level security;
create policy subscriber on read.gl_daily as restrictive for select to mb_portal using false;
create policy tenant on read.gl_daily for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.gl_daily to mb_app;

create table read.ingest_agents (
  provider_id integer not null,
  agent_id uuid not null,
  batches bigint not null,
  rows bigint not null,
  rated bigint not null,
  duplicates bigint not null,
  quarantined bigint not null,
  discarded bigint not null,
  last_batch_at timestamp with time zone,
  constraint ingest_agents_pkey PRIMARY KEY (provider_id, agent_id)
);
alter table read.ingest_agents enable row level security;
alter table read.ingest_agents force row level security;
create policy subscriber on read.ingest_agents as restrictive for select to mb_portal using false;
create policy tenant on read.ingest_agents for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.ingest_agents to mb_app;

create table read.ingest_files (
  provider_id integer not null,
  file_id uuid not null,
  agent_id uuid not null,
  rows bigint not null,
  rated bigint not null,
  duplicates bigint not null,
  quarantined bigint not null,
  discarded bigint not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  constraint ingest_files_pkey PRIMARY KEY (provider_id, file_id)
);
alter table read.ingest_files enable row level security;
alter table read.ingest_files force row level security;
create policy subscriber on read.ingest_files as restrictive for select to mb_portal using false;
create policy tenant on read.ingest_files for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.ingest_files to mb_app;

create table read.ingest_minutes (
  provider_id integer not null,
  agent_id uuid not null,
  minute timestamp with time zone not null,
  rows bigint not null,
  rated bigint not null,
  duplicates bigint not null,
  quarantined bigint not null,
  constraint ingest_minutes_pkey PRIMARY KEY (provider_id, agent_id, minute)
);
alter table read.ingest_minutes enable row level security;
alter table read.ingest_minutes force row level security;
create policy subscriber on read.ingest_minutes as restrictive for select to mb_portal using false;
create policy tenant on read.ingest_minutes for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.ingest_minutes to mb_app;

create view read.movements with (security_barrier=true) as
 SELECT p.provider_id,
    p.account_id,
    a.subscriber_id,
    p.transaction_id,
    p.line,
    t.template,
    t.effective_at,
    t.reverses_id IS NOT NULL AS is_reversal,
    p.currency,
        CASE
            WHEN p.credit = 'settlement'::text THEN p.amount_micros
            ELSE - p.amount_micros
        END AS amount_micros,
    p.balance_after_micros,
    'tax.payable'::text = p.debit OR 'tax.payable'::text = p.credit AS is_tax,
    COALESCE(( SELECT jsonb_object_agg(d.key, d.value) AS jsonb_object_agg
           FROM jsonb_each(t.details) d(key, value)
          WHERE d.key = ANY (ARRAY['calls'::text, 'billedSec'::text, 'records'::text, 'periods'::text, 'charges'::text, 'name'::text])), '{}'::jsonb) AS details
   FROM app.ledger_postings p
     JOIN app.ledger_transactions t ON t.provider_id = p.provider_id AND t.account_id = p.account_id AND t.id = p.transaction_id
     JOIN app.accounts a ON a.provider_id = p.provider_id AND a.account_id = p.account_id
  WHERE a.subscriber_id = NULLIF(current_setting('app.subscriber_id'::text, true), ''::text)::uuid;
grant select on read.movements to mb_app;
grant select on read.movements to mb_portal;

create table read.notices (
  provider_id integer not null,
  account_id uuid not null,
  id uuid not null,
  subscriber_id uuid not null,
  kind text not null,
  title text not null,
  body text not null,
  advice text not null,
  at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint notices_pkey PRIMARY KEY (provider_id, account_id, id)
);
CREATE INDEX notices_by_subscriber ON read.notices USING btree (provider_id, subscriber_id) WHERE (ended_at IS NULL);
alter table read.notices enable row level security;
alter table read.notices force row level security;
create policy subscriber on read.notices as restrictive for select to mb_portal using (subscriber_id = (NULLIF(current_setting('app.subscriber_id'::text, true), ''::text))::uuid);
create policy tenant on read.notices for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.notices to mb_app;
grant select on read.notices to mb_portal;

create table read.payments_daily (
  provider_id integer not null,
  channel_id uuid not null,
  day date not null,
  currency text not null,
  payments bigint not null,
  amount_micros numeric not null,
  refunded_micros numeric not null,
  constraint payments_daily_pkey PRIMARY KEY (provider_id, channel_id, day, currency)
);
alter table read.payments_daily enable row level security;
alter table read.payments_daily force row level security;
create policy subscriber on read.payments_daily as restrictive for select to mb_portal using false;
create policy tenant on read.payments_daily for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.payments_daily to mb_app;

create table read.provider_daily (
  provider_id integer not null,
  group_id uuid not null,
  currency text not null,
  day date not null,
  calls bigint not null,
  answered bigint not null,
  duration_sec bigint not null,
  billed_sec bigint not null,
  amount_micros bigint not null,
  sessions bigint not null default 0,
  octets_in numeric not null default 0,
  octets_out numeric not null default 0,
  messages bigint not null default 0,
  events bigint not null default 0,
  partner_id integer not null default 0,
  constraint provider_daily_pkey PRIMARY KEY (provider_id, group_id, currency, partner_id, day)
);
CREATE INDEX provider_daily_by_day ON read.provider_daily USING btree (provider_id, day);
alter table read.provider_daily enable row level security;
alter table read.provider_daily force row level security;
create policy subscriber on read.provider_daily as restrictive for select to mb_portal using false;
create policy tenant on read.provider_daily for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.provider_daily to mb_app;

create table read.provider_hourly (
  provider_id integer not null,
  group_id uuid not null,
  currency text not null,
  hour timestamp with time zone not null,
  calls bigint not null,
  answered bigint not null,
  duration_sec bigint not null,
  billed_sec bigint not null,
  amount_micros bigint not null,
  sessions bigint not null default 0,
  octets_in numeric not null default 0,
  octets_out numeric not null default 0,
  messages bigint not null default 0,
  events bigint not null default 0,
  partner_id integer not null default 0,
  constraint provider_hourly_pkey PRIMARY KEY (provider_id, group_id, currency, partner_id, hour)
);
CREATE INDEX provider_hourly_by_hour ON read.provider_hourly USING btree (provider_id, hour);
alter table read.provider_hourly enable row level security;
alter table read.provider_hourly force row level security;
create policy subscriber on read.provider_hourly as restrictive for select to mb_portal using false;
create policy tenant on read.provider_hourly for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.provider_hourly to mb_app;

create table read.provider_summary (
  provider_id integer not null,
  group_id uuid not null,
  subscribers integer not null,
  constraint provider_summary_pkey PRIMARY KEY (provider_id, group_id)
);
alter table read.provider_summary enable row level security;
alter table read.provider_summary force row level security;
create policy subscriber on read.provider_summary as restrictive for select to mb_portal using false;
create policy tenant on read.provider_summary for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.provider_summary to mb_app;

create table read.services (
  provider_id integer not null,
  account_id uuid not null,
  service_id uuid not null,
  subscriber_id uuid not null,
  kind text not null,
  label text not null,
  status text not null,
  activated_at timestamp with time zone not null,
  terminated_at timestamp with time zone,
  plans jsonb not null,
  identifiers jsonb not null,
  constraint services_pkey PRIMARY KEY (provider_id, account_id, service_id)
);
CREATE INDEX services_by_subscriber ON read.services USING btree (provider_id, subscriber_id);
alter table read.services enable row level security;
alter table read.services force row level security;
create policy subscriber on read.services as restrictive for select to mb_portal using (subscriber_id = (NULLIF(current_setting('app.subscriber_id'::text, true), ''::text))::uuid);
create policy tenant on read.services for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.services to mb_app;
grant select on read.services to mb_portal;

create table read.subscribers (
  provider_id integer not null,
  subscriber_id uuid not null,
  number bigint not null,
  name text not null,
  kind text not null,
  status text not null,
  group_id uuid not null,
  group_name text not null,
  email text,
  phone text,
  accounts integer not null,
  services integer not null,
  identifiers text[] not null,
  search text not null,
  provider_name text not null,
  zone text not null,
  locale text not null,
  created_at timestamp with time zone not null,
  constraint subscribers_pkey PRIMARY KEY (provider_id, subscriber_id)
);
CREATE INDEX subscribers_by_group ON read.subscribers USING btree (provider_id, group_id, number);
CREATE INDEX subscribers_list ON read.subscribers USING btree (provider_id, number);
CREATE INDEX subscribers_search ON read.subscribers USING gin (search gin_trgm_ops);
alter table read.subscribers enable row level security;
alter table read.subscribers force row level security;
create policy subscriber on read.subscribers as restrictive for select to mb_portal using (subscriber_id = (NULLIF(current_setting('app.subscriber_id'::text, true), ''::text))::uuid);
create policy tenant on read.subscribers for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.subscribers to mb_app;
grant select on read.subscribers to mb_portal;

create table read.usage_daily (
  provider_id integer not null,
  account_id uuid not null,
  service_id uuid not null,
  day date not null,
  subscriber_id uuid not null,
  currency text not null,
  calls bigint not null,
  answered bigint not null,
  duration_sec bigint not null,
  billed_sec bigint not null,
  amount_micros bigint not null,
  sessions bigint not null default 0,
  octets_in numeric not null default 0,
  octets_out numeric not null default 0,
  messages bigint not null default 0,
  events bigint not null default 0,
  constraint usage_daily_pkey PRIMARY KEY (provider_id, account_id, service_id, day)
);
CREATE INDEX usage_daily_by_subscriber ON read.usage_daily USING btree (provider_id, subscriber_id, day);
CREATE INDEX usage_daily_dearest ON read.usage_daily USING btree (provider_id, day, amount_micros DESC);
alter table read.usage_daily enable row level security;
alter table read.usage_daily force row level security;
create policy subscriber on read.usage_daily as restrictive for select to mb_portal using (subscriber_id = (NULLIF(current_setting('app.subscriber_id'::text, true), ''::text))::uuid);
create policy tenant on read.usage_daily for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.usage_daily to mb_app;
grant select on read.usage_daily to mb_portal;

create table read.usage_hourly (
  provider_id integer not null,
  account_id uuid not null,
  service_id uuid not null,
  hour timestamp with time zone not null,
  subscriber_id uuid not null,
  currency text not null,
  calls bigint not null,
  answered bigint not null,
  duration_sec bigint not null,
  billed_sec bigint not null,
  amount_micros bigint not null,
  sessions bigint not null default 0,
  octets_in numeric not null default 0,
  octets_out numeric not null default 0,
  messages bigint not null default 0,
  events bigint not null default 0,
  constraint usage_hourly_pkey PRIMARY KEY (provider_id, account_id, service_id, hour)
);
CREATE INDEX usage_hourly_by_subscriber ON read.usage_hourly USING btree (provider_id, subscriber_id, hour);
alter table read.usage_hourly enable row level security;
alter table read.usage_hourly force row level security;
create policy subscriber on read.usage_hourly as restrictive for select to mb_portal using (subscriber_id = (NULLIF(current_setting('app.subscriber_id'::text, true), ''::text))::uuid);
create policy tenant on read.usage_hourly for all using (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[])) with check (provider_id = ANY ((NULLIF(current_setting('app.providers'::text, true), ''::text))::integer[]));
grant delete, insert, select, update on read.usage_hourly to mb_app;
grant select on read.usage_hourly to mb_portal;

CREATE OR REPLACE FUNCTION app.use_providers(ids integer[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin execute format('set local app.providers = %L', ids::text); end $function$;

CREATE OR REPLACE FUNCTION app.use_subscriber(id uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin execute format('set local app.subscriber_id = %L', id::text); end $function$;
