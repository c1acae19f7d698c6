-- Drafts of plan versions, and price lists on their way into them.

-- A published version is as unchangeable as a posting: charges are pinned to it.
revoke update, delete on app.plan_versions from mb_app;

-- The number that the last change of a draft had; it never goes back, so that a save meant for a discarded draft can't hit the next one.
alter table app.plans add column draft_revision int not null default 0;

-- The next version of a plan while it is written. One at a time; a plan that has no version yet has only this.
create table app.plan_drafts (
  provider_id int not null references app.providers (id),
  plan_id uuid not null,
  state text not null check (state in ('draft', 'preview')),
  revision int not null check (revision > 0),
  based_on int, -- the version it was begun from; null for a plan's first one
  follows int not null, -- the latest version that whoever writes it knows of; 0: none
  document jsonb storage external not null, -- not packed: it is written often and kept for days. May have mistakes while it is written
  changes jsonb storage external not null default '[]', -- [{from, whole, lines}]: what the deck becomes on later days, oldest first
  content_hash text, -- SHA-256 of document and changes as they were checked for review
  started_by text not null,
  started_at timestamptz not null,
  saved_by text not null,
  saved_at timestamptz not null,
  primary key (provider_id, plan_id),
  check ((state = 'preview') = (content_hash is not null)),
  foreign key (provider_id, plan_id) references app.plans (provider_id, id)
);

-- A price list that was given for a draft: offered with a guess of its columns, read in the background, imported whole or not at all.
create table app.deck_imports (
  provider_id int not null references app.providers (id),
  id uuid not null,
  plan_id uuid not null,
  revision int not null, -- of the draft that it was offered for
  name text not null,
  upload text not null, -- the file's name among the uploads; taken away when the import has ended well
  size_bytes bigint not null,
  state text not null check (state in ('offered', 'waiting', 'reading', 'done', 'failed')),
  reading jsonb, -- which column means what
  lines_done int not null default 0,
  lines_total int,
  result jsonb, -- how many lines did what
  mistakes jsonb, -- [{line, column, message}]: every one
  problem text, -- why the import ended, when it is no mistake of a line
  requested_kind text not null,
  requested_id text not null,
  requested_by text not null,
  requested_at timestamptz not null,
  finished_at timestamptz,
  primary key (provider_id, id)
);
create index deck_imports_of_plan on app.deck_imports (provider_id, plan_id, id);
