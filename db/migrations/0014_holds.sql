-- Money that is reserved while a session or a call goes on. Who places, settles or ends a hold holds the balance, and moves both figures with it.
alter table app.balances add column open_holds int not null default 0 check (open_holds >= 0);

create table app.holds (
  provider_id int not null,
  account_id uuid not null,
  session_key text not null check (length(session_key) between 1 and 255), -- composed by the agent
  paid_for uuid, -- the account whose session it is, when this one pays for it: its part of the hold is beside it
  payer_account_id uuid, -- the account that has the other part
  service_id uuid not null,
  kind text not null check (kind in ('call', 'session', 'message', 'event')),
  usage jsonb not null, -- what is priced, without its quantities
  state text not null check (state in ('open', 'settled', 'released', 'expired')),
  started_at timestamptz not null, -- of the session
  placed_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz check ((ended_at is null) = (state = 'open')),
  held_micros bigint not null check (held_micros >= 0 and (state = 'open' or held_micros = 0)), -- with tax
  settled_micros bigint not null, -- charged for the session's usage so far, with tax
  until_sec bigint not null check (until_sec >= 0), -- the session may go on to here, counted from its beginning
  until_octets numeric(20) not null check (until_octets >= 0),
  rated_sec bigint not null, -- and is rated up to here
  rated_octets_in numeric(20) not null,
  rated_octets_out numeric(20) not null,
  available_after_micros bigint constraint holds_funded check (available_after_micros >= 0), -- when it last grew
  request_id text not null,
  answer jsonb not null, -- to that request
  primary key (provider_id, account_id, session_key),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);
create index holds_open on app.holds (provider_id, account_id) where state = 'open';
create index holds_expiring on app.holds (provider_id, expires_at) where state = 'open';
create index holds_placed on app.holds (provider_id, placed_at);

-- A session has one account.
create table app.hold_sessions (
  provider_id int not null references app.providers (id),
  session_key text not null,
  account_id uuid not null,
  primary key (provider_id, session_key)
);
