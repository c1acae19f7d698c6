-- Money: what an account's state is decided by, pots beside cash, company payers, the provider's own books, and who may write entries.

insert into app.gl_accounts values
  ('cash.desk', 'Cash desk', 'asset'),
  ('cash.bank', 'Bank', 'asset'),
  ('cash.gateway', 'Payment gateways', 'asset'),
  ('assets.promises', 'Promised payments', 'asset'),
  ('suspense.payments', 'Payments without an account', 'liability'),
  ('clearing.transfers', 'Transfers between accounts', 'liability'),
  ('cards.outstanding', 'Cards sold and not used', 'liability'),
  ('revenue.expired', 'Revenue from expired cards and pots', 'income'),
  ('expense.bonuses', 'Bonuses granted', 'expense'),
  ('expense.commissions', 'Commissions of dealers', 'expense'),
  ('expense.writeoffs', 'Debts written off', 'expense'),
  ('expense.rounding', 'Rounding', 'expense');

-- The live state of a settlement account, in the row that whoever decides over its money locks. The credit limit moves here for that.
alter table app.balances
  add column credit_limit_micros bigint not null default 0 check (credit_limit_micros >= 0),
  add column held_micros bigint not null default 0 check (held_micros >= 0), -- the sum of its open holds
  add column granted_micros bigint not null default 0 check (granted_micros >= 0), -- what remains in its pots; the rest of the balance is cash
  add column payer_account_id uuid, -- the account that pays for what this one is charged
  add column payer_limit_micros bigint check (payer_limit_micros >= 0), -- of a calendar month; null: all of it
  add column owed_since timestamptz, -- when the balance fell below zero; null when it isn't
  add column watch_below_micros bigint, -- credit control looks again when the balance is below the one,
  add column watch_above_micros bigint, -- or at least the other
  add column check_credit_at timestamptz, -- when credit control looks again; null: not before the balance moves out of the band
  add constraint balances_pays_itself check (payer_account_id <> account_id),
  add constraint balances_payer_limit check (payer_limit_micros is null or payer_account_id is not null);
update app.balances b set credit_limit_micros = a.credit_limit_micros from app.accounts a where a.provider_id = b.provider_id and a.account_id = b.account_id;
update app.balances b set owed_since = now() where balance_micros < 0;
alter table app.accounts drop column credit_limit_micros;
create index balances_to_check on app.balances (provider_id, check_credit_at) where check_credit_at is not null;
create index balances_paid_for on app.balances (provider_id, payer_account_id) where payer_account_id is not null;

-- What was paid for an account in a month by its payer; what is given back counts in the month in which it is.
create table app.payer_months (
  provider_id int not null,
  account_id uuid not null,
  month date not null check (extract(day from month) = 1), -- of the provider's zone
  covered_micros bigint not null,
  primary key (provider_id, account_id, month),
  foreign key (provider_id, account_id) references app.accounts (provider_id, account_id)
);

-- Transactions that ask before they spend say what remained available; below zero there is none.
alter table app.ledger_transactions
  add column available_after_micros bigint,
  add constraint ledger_transactions_funded check (
    template not in ('payment.refunded', 'transfer.sent', 'card.sold', 'fee.debited') or coalesce(available_after_micros, -1) >= 0);

-- One side of each posting is the account it belongs to.
alter table app.ledger_postings drop constraint ledger_postings_known_accounts,
  add constraint ledger_postings_known_accounts check (
    (debit = 'settlement') <> (credit = 'settlement')
    and case when debit = 'settlement' then credit else debit end in ('revenue.usage', 'revenue.fees', 'revenue.adjustments', 'revenue.expired', 'tax.payable', 'equity.opening',
      'cash.desk', 'cash.bank', 'cash.gateway', 'assets.promises', 'suspense.payments', 'clearing.transfers', 'cards.outstanding',
      'expense.bonuses', 'expense.commissions', 'expense.writeoffs', 'expense.rounding'));

-- Money that expires, or that is spent before or after cash: what a card or a bonus granted. Cash is the rest of the balance and has the priority 0.
create table app.pots (
  provider_id int not null,
  account_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('bonus', 'card')),
  name text not null,
  priority smallint not null, -- higher is spent first
  granted_micros bigint not null check (granted_micros > 0),
  remaining_micros bigint not null check (remaining_micros between 0 and granted_micros),
  expires_at timestamptz,
  transaction_id uuid not null, -- granted it
  granted_at timestamptz not null,
  primary key (provider_id, account_id, id),
  unique (provider_id, account_id, transaction_id),
  foreign key (provider_id, account_id, transaction_id) references app.ledger_transactions (provider_id, account_id, id)
);
create index pots_expiring on app.pots (provider_id, expires_at) where remaining_micros > 0 and expires_at is not null;

-- Which pot paid how much of a transaction; below zero: given back. The rest was cash.
create table app.pot_draws (
  provider_id int not null,
  account_id uuid not null,
  transaction_id uuid not null,
  pot_id uuid not null,
  amount_micros bigint not null check (amount_micros <> 0),
  primary key (provider_id, account_id, transaction_id, pot_id),
  foreign key (provider_id, account_id, transaction_id) references app.ledger_transactions (provider_id, account_id, id),
  foreign key (provider_id, account_id, pot_id) references app.pots (provider_id, account_id, id)
);
create index pot_draws_by_pot on app.pot_draws (provider_id, account_id, pot_id);

-- The provider's own books: what moves money and concerns no subscriber's account.
create table app.provider_transactions (
  provider_id int not null references app.providers (id),
  id uuid not null,
  template text not null,
  source_key text not null,
  effective_at timestamptz not null,
  posted_at timestamptz not null,
  details jsonb not null,
  reverses_id uuid,
  primary key (provider_id, id),
  unique (provider_id, source_key),
  unique (provider_id, reverses_id),
  foreign key (provider_id, reverses_id) references app.provider_transactions (provider_id, id)
);
create table app.provider_postings (
  provider_id int not null,
  transaction_id uuid not null,
  line smallint not null,
  debit text not null,
  credit text not null,
  amount_micros bigint not null check (amount_micros > 0),
  currency text not null,
  primary key (provider_id, transaction_id, line),
  check (debit <> credit),
  constraint provider_postings_known_accounts check (
    debit in ('cash.desk', 'cash.bank', 'cash.gateway', 'suspense.payments', 'cards.outstanding', 'revenue.expired', 'expense.commissions', 'expense.rounding')
    and credit in ('cash.desk', 'cash.bank', 'cash.gateway', 'suspense.payments', 'cards.outstanding', 'revenue.expired', 'expense.commissions', 'expense.rounding')),
  foreign key (provider_id, transaction_id) references app.provider_transactions (provider_id, id)
);

-- Entries are written by the one function that does (core/ledger/post.ts): it alone says so to the transaction. Anybody else is refused.
do $$
declare name text;
begin
  foreach name in array array['ledger_transactions', 'ledger_postings', 'provider_transactions', 'provider_postings'] loop
    execute format('create policy written_by_post on app.%I as restrictive for insert with check (current_setting(''app.posting'', true) = ''on'')', name);
  end loop;
end $$;
