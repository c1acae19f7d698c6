-- What the books' reports are made of: which accounts of the general ledger moved on a day and against which, and what an account was charged and credited.
-- Days are the provider's, by the time an entry takes effect.
create table read.gl_daily (
  provider_id int not null,
  day date not null,
  debit text not null,
  credit text not null,
  currency text not null,
  amount_micros numeric not null,
  primary key (provider_id, day, debit, credit, currency)
);

create table read.account_daily (
  provider_id int not null,
  account_id uuid not null,
  day date not null,
  currency text not null,
  charged_micros numeric not null,
  credited_micros numeric not null,
  primary key (provider_id, account_id, day, currency)
);
