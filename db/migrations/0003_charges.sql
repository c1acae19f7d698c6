-- When something is due for a service: fees, and what is added up at the end of a billing period. So a run looks at what is due, not at what exists.
create table app.charge_schedules (
  provider_id int not null,
  account_id uuid not null,
  service_id uuid not null,
  next_due timestamptz, -- null: nothing will be due until the service or its plan changes
  closed_to date, -- billing periods that end by this day have been added up
  pinned_to date, -- those before this day are never added up anew: the account's billing day was another then
  recheck_from date, -- those from this day on are added up anew: usage came late, or the service changed in the past
  primary key (provider_id, account_id, service_id),
  foreign key (provider_id, account_id, service_id) references app.services (provider_id, account_id, id)
);
create index charge_schedules_due on app.charge_schedules (provider_id, next_due) where next_due is not null;

insert into app.charge_schedules (provider_id, account_id, service_id, next_due)
select provider_id, account_id, id, activated_at from app.services;
