-- Prepaid cards: series, what is printed of them and where it is. The PIN of a card is kept as a keyed hash; in clear it exists sealed, until it is exported.

create table app.card_dealers (
  provider_id int not null references app.providers (id),
  id uuid not null,
  name text not null,
  account_id uuid not null, -- what it buys is debited there
  commission_ppm int not null check (commission_ppm between 0 and 1000000), -- of the value, in millionths
  created_at timestamptz not null,
  primary key (provider_id, id),
  constraint card_dealers_name unique (provider_id, name)
);

create table app.card_series (
  provider_id int not null references app.providers (id),
  id uuid not null,
  code text not null,
  name text not null,
  kind text not null check (kind in ('sold', 'promotion')),
  value_micros bigint not null check (value_micros >= 0),
  currency text not null,
  alphabet text not null check (alphabet in ('base32', 'digits')),
  pin_length smallint not null check (pin_length between 13 and 24), -- with the check character
  sellable_until date, -- the last day; of the provider's zone
  usable_for text check (usable_for ~ '^P[1-9][0-9]{0,3}[DM]$'), -- after activation: days or months; null: for ever
  grants text not null check (grants in ('cash', 'pot', 'service', 'subscriber')),
  granted_for text check (granted_for ~ '^P[1-9][0-9]{0,3}[DM]$'), -- the pot or the service, after redemption
  pot_name text,
  pot_priority smallint,
  plan_id uuid, -- of the service that begins
  group_id uuid, -- of the subscriber that is made
  dealer_id uuid, -- to whom they are handed out unless told
  last_serial bigint not null default 0,
  swept_at timestamptz, -- what was left when its last day was over has expired
  created_at timestamptz not null,
  created_by text not null,
  primary key (provider_id, id),
  constraint card_series_code unique (provider_id, code),
  check ((grants = 'pot') = (pot_name is not null) and (grants = 'pot') = (pot_priority is not null)),
  check (grants <> 'service' or plan_id is not null),
  check ((grants = 'subscriber') = (group_id is not null))
);

-- Cards that are made together. Its serial numbers are its own from the beginning; those that aren't made when it is cancelled are given back or lost.
create table app.card_batches (
  provider_id int not null,
  id uuid not null,
  series_id uuid not null,
  first_serial bigint not null,
  cards int not null check (cards > 0),
  made int not null default 0 check (made between 0 and cards),
  state text not null check (state in ('making', 'made', 'cancelled', 'failed')),
  problem text,
  requested_by text not null,
  requested_at timestamptz not null,
  finished_at timestamptz,
  primary key (provider_id, id),
  foreign key (provider_id, series_id) references app.card_series (provider_id, id)
);
create index card_batches_of_series on app.card_batches (provider_id, series_id, id);

-- PINs in the order of their serial numbers, under AES-256-GCM, until the batch is exported.
create table app.card_pins (
  provider_id int not null,
  batch_id uuid not null,
  first_serial bigint not null,
  sealed bytea not null,
  primary key (provider_id, batch_id, first_serial),
  foreign key (provider_id, batch_id) references app.card_batches (provider_id, id)
);

-- A batch is exported once. When the file is there the PINs go, in the same transaction.
create table app.card_exports (
  provider_id int not null,
  batch_id uuid not null,
  format text not null check (format in ('csv', 'xlsx', 'sheets')),
  redeem_url text,
  sealed_password bytea, -- until the file is made
  state text not null check (state in ('waiting', 'ready', 'failed', 'dropped')),
  cards_done int not null default 0,
  file bytea,
  file_name text,
  totals jsonb,
  problem text,
  requested_by text not null,
  requested_at timestamptz not null,
  finished_at timestamptz,
  fetched_by text,
  fetched_at timestamptz,
  primary key (provider_id, batch_id),
  foreign key (provider_id, batch_id) references app.card_batches (provider_id, id)
);

-- No foreign key: a million rows would be checked one by one, and only generation, which holds the series, makes them. `blocked` holds a card in whatever state it is.
create table app.cards (
  provider_id int not null,
  series_id uuid not null,
  serial bigint not null,
  pin_hash bytea not null,
  state text not null check (state in ('generated', 'activated', 'sold', 'used', 'void', 'expired')),
  blocked boolean not null default false,
  dealer_id uuid, -- has it, or had it last; null: the provider itself
  commission_ppm int, -- of the dealer it was sold to, when it was sold
  usable_until timestamptz, -- since it was activated
  used_at timestamptz,
  account_id uuid, -- used it
  transaction_id uuid, -- credited it
  service_id uuid, -- began with it
  service_until timestamptz, -- the service ends then; null when it has ended
  primary key (provider_id, series_id, serial),
  constraint cards_pin unique (provider_id, pin_hash),
  check ((state = 'used') = (account_id is not null)),
  check (state <> 'used' or not blocked)
);
create index cards_by_end on app.cards (provider_id, usable_until) where state in ('activated', 'sold') and usable_until is not null;
create index cards_with_service on app.cards (provider_id, service_until) where service_until is not null;
create index cards_of_account on app.cards (provider_id, account_id) where account_id is not null;

-- Where cards went, and why; never changed. Their sums are the stock.
create table app.card_movements (
  provider_id int not null,
  id uuid not null,
  series_id uuid not null,
  what text not null,
  from_state text, -- null: it was printed
  to_state text not null,
  from_blocked boolean not null,
  to_blocked boolean not null,
  from_dealer uuid,
  to_dealer uuid,
  cards int not null check (cards > 0),
  first_serial bigint not null,
  last_serial bigint not null,
  transaction_id uuid, -- in the books of the dealer, of whoever redeemed, or of the provider
  why text,
  moved_by text not null,
  at timestamptz not null,
  primary key (provider_id, id),
  foreign key (provider_id, series_id) references app.card_series (provider_id, id)
);
create index card_movements_of_series on app.card_movements (provider_id, series_id, id);

-- PINs that were tried and were wrong, of the last minutes: by account, by address, by series. The same PIN again is no further guess.
create table app.card_guesses (
  subject text not null,
  guess bytea not null, -- keyed hash of the PIN
  at timestamptz not null,
  primary key (subject, guess)
);
create index card_guesses_by_subject on app.card_guesses (subject, at);

-- Somebody guessed until a limit stopped it.
create table app.card_alarms (
  provider_id int not null references app.providers (id),
  id uuid not null,
  subject text not null,
  at timestamptz not null,
  seen_by text,
  seen_at timestamptz,
  primary key (provider_id, id)
);
create index card_alarms_unseen on app.card_alarms (provider_id, id) where seen_at is null;

-- How many cards are where: the sums of the movements. Dealer 0: the provider itself.
create table read.card_stock (
  provider_id int not null,
  series_id uuid not null,
  dealer_id uuid not null,
  state text not null,
  blocked boolean not null,
  cards bigint not null,
  primary key (provider_id, series_id, dealer_id, state, blocked)
);
