-- Payments: the money that the provider received, by which channel, for whom, and what became of it.

create table app.payment_channels (
  provider_id int not null references app.providers (id),
  id uuid not null,
  code text not null,
  name text not null,
  kind text not null check (kind in ('desk', 'bank', 'gateway')), -- its money lies on cash.<kind>
  active boolean not null,
  created_at timestamptz not null,
  primary key (provider_id, id),
  constraint payment_channels_code unique (provider_id, code)
);

-- A gateway calls back. Its secrets are sealed with a key that is not in the database.
create table app.payment_gateways (
  provider_id int not null references app.providers (id),
  id uuid not null,
  channel_id uuid not null,
  secret bytea not null,
  previous_secret bytea, -- counts as well until then
  previous_until timestamptz,
  active boolean not null,
  created_at timestamptz not null,
  primary key (provider_id, id),
  constraint payment_gateways_channel unique (provider_id, channel_id),
  foreign key (provider_id, channel_id) references app.payment_channels (provider_id, id),
  check ((previous_secret is null) = (previous_until is null))
);

-- One row for each payment received. What is left of it (amount − refunded − charged back) is on the account, or in suspense when there is none.
create table app.payments (
  provider_id int not null references app.providers (id),
  id uuid not null,
  receipt_number bigint not null, -- without gaps
  channel_id uuid not null,
  gateway_id uuid, -- this payment follows what its gateway says
  external_id text, -- the channel's own name for it
  account_id uuid, -- null: in suspense, returned, or cancelled there
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_micros bigint not null check (amount_micros > 0),
  refunded_micros bigint not null default 0 check (refunded_micros >= 0),
  charged_back_micros bigint not null default 0 check (charged_back_micros >= 0),
  state text not null check (state in ('credited', 'unmatched', 'refunded', 'returned', 'charged-back', 'cancelled')),
  payer_name text,
  payer_phone text,
  details text, -- the payer's words
  account_text text, -- the account as the payer wrote it
  unmatched_because text check (unmatched_because in ('no-account', 'account-closed', 'currency', 'taken-off')),
  paid_at timestamptz not null,
  received_at timestamptz not null,
  received_by text not null,
  search text not null, -- lower case: receipt, external id, payer, account, details
  primary key (provider_id, id),
  constraint payments_receipt_number unique (provider_id, receipt_number),
  constraint payments_external_id unique (provider_id, channel_id, external_id),
  foreign key (provider_id, channel_id) references app.payment_channels (provider_id, id),
  foreign key (provider_id, gateway_id) references app.payment_gateways (provider_id, id),
  check (refunded_micros + charged_back_micros <= amount_micros),
  check (state <> 'credited' or account_id is not null),
  check (state <> 'unmatched' or account_id is null)
);
create index payments_newest on app.payments (provider_id, received_at desc, id desc);
create index payments_of_account on app.payments (provider_id, account_id, received_at desc, id desc) where account_id is not null;
create index payments_of_channel on app.payments (provider_id, channel_id, received_at desc, id desc);
create index payments_unmatched on app.payments (provider_id, received_at) where state = 'unmatched';
create index payments_by_payer on app.payments (provider_id, payer_phone) where payer_phone is not null;
create index payments_by_payer_name on app.payments (provider_id, lower(payer_name)) where payer_name is not null;

-- What happened to a payment, each with its entries in the books: of an account (transaction_id), of the provider (provider_transaction_id), or both.
create table app.payment_movements (
  provider_id int not null,
  id uuid not null,
  payment_id uuid not null,
  kind text not null check (kind in ('received', 'suspended', 'matched', 'taken-off', 'refunded', 'refund-reversed', 'charged-back', 'charge-back-reversed', 'cancelled', 'returned')),
  channel_id uuid not null,
  day date not null, -- of the provider's zone
  currency text not null,
  amount_micros bigint not null check (amount_micros > 0),
  account_id uuid,
  transaction_id uuid,
  provider_transaction_id uuid,
  adjustment_id uuid, -- the transaction that also gave the charge back
  reverses_id uuid, -- the movement that this one undoes
  why text,
  at timestamptz not null,
  by_whom text not null,
  primary key (provider_id, id),
  unique (provider_id, reverses_id),
  foreign key (provider_id, payment_id) references app.payments (provider_id, id),
  foreign key (provider_id, reverses_id) references app.payment_movements (provider_id, id),
  check (transaction_id is not null or provider_transaction_id is not null),
  check ((transaction_id is not null) <= (account_id is not null))
);
create index payment_movements_of_payment on app.payment_movements (provider_id, payment_id, id);
create index payment_movements_of_day on app.payment_movements (provider_id, day);

-- What gateways said, each of it once. `stated`: a line of the gateway's own list, true at that moment.
create table app.gateway_events (
  provider_id int not null,
  gateway_id uuid not null,
  event_id text not null,
  external_id text not null, -- the payment, as the gateway names it
  kind text not null check (kind in ('succeeded', 'failed', 'refunded', 'charged_back', 'chargeback_reversed', 'stated')),
  at timestamptz not null, -- by the gateway's clock
  data jsonb not null, -- amounts as decimal text, currency, account, payer
  stored_at timestamptz not null,
  primary key (provider_id, gateway_id, event_id),
  foreign key (provider_id, gateway_id) references app.payment_gateways (provider_id, id)
);
create index gateway_events_of_payment on app.gateway_events (provider_id, gateway_id, external_id);

-- Who owes exactly this? A suggestion for a payment without an account.
create index account_overview_owing on read.account_overview (provider_id, currency, balance_micros) where balance_micros < 0;

create table read.payments_daily (
  provider_id int not null,
  channel_id uuid not null,
  day date not null,
  currency text not null,
  payments bigint not null,
  amount_micros numeric not null, -- received, less cancelled
  refunded_micros numeric not null, -- refunded, returned and charged back, less what came again
  primary key (provider_id, channel_id, day, currency)
);
