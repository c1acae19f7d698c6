-- The chain: what a partner's subscribers use is charged to the partner too, by its parent, on the partner's own service there.

-- A service is recognised by the usage of a partner as it is by a number: `value` is the partner's id, the ranges are the history.
alter table app.identifiers
  drop constraint identifiers_kind_check,
  add constraint identifiers_kind_check check (kind in ('telephone', 'login', 'partner'));

-- The partner's usage comes in by an agent that no program runs: one for each partner.
alter table app.agents
  add column partner_id int references app.providers (id),
  drop constraint agents_kind_check,
  add constraint agents_kind_check check (kind in ('pbx', 'import', 'chain')),
  add constraint agents_of_partner check ((kind = 'chain') = (partner_id is not null)),
  add constraint agents_partner unique (provider_id, partner_id);
drop index app.agents_names;
create unique index agents_names on app.agents (provider_id, name) where kind not in ('import', 'chain');
