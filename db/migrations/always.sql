-- Run at the end of every migration, idempotent: row-level security on whatever has a provider_id, grants, partitions ahead.
do $$
declare t record; tenant text := 'provider_id = any (nullif(current_setting(''app.providers'', true), '''')::int[])';
begin
  for t in
    select c.oid::regclass as name, n.nspname as schema, exists (select from pg_attribute s where s.attrelid = c.oid and s.attname = 'subscriber_id') as of_subscriber,
           exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant') as has_policy
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attname = 'provider_id' and not a.attisdropped
    where n.nspname in ('app', 'read') and c.relkind in ('r', 'p')
  loop
    execute format('alter table %s enable row level security', t.name);
    execute format('alter table %s force row level security', t.name);
    if not t.has_policy then
      execute format('create policy tenant on %s using (%s) with check (%s)', t.name, tenant, tenant);
      if t.schema = 'read' then
        execute format('create policy subscriber on %s as restrictive for select to mb_portal using (%s)', t.name,
          case when t.of_subscriber then 'subscriber_id = nullif(current_setting(''app.subscriber_id'', true), '''')::uuid' else 'false' end);
      end if;
    end if;
  end loop;

  -- Months ahead; what falls outside lands in the default partition, and a month that has rows there stays there.
  for t in
    select parent, to_char(month, 'YYYY_MM') as suffix, month::text as low, (month + interval '1 month')::text as high
    from unnest(array['usage_records']) parent,
         generate_series(date_trunc('month', now() at time zone 'UTC') - interval '2 months', date_trunc('month', now() at time zone 'UTC') + interval '13 months', interval '1 month') month
  loop
    if to_regclass(format('app.%I', t.parent || '_' || t.suffix)) is null then
      begin
        execute format('create table app.%I partition of app.%I for values from (%L) to (%L)', t.parent || '_' || t.suffix, t.parent, t.low || '+00', t.high || '+00');
        execute format('alter table app.%I enable row level security', t.parent || '_' || t.suffix);
        execute format('alter table app.%I force row level security', t.parent || '_' || t.suffix);
        execute format('create policy tenant on app.%I using (%s) with check (%s)', t.parent || '_' || t.suffix, tenant, tenant);
      exception when check_violation then null;
      end;
    end if;
  end loop;
end $$;

grant usage on schema app, read to mb_app;
grant usage on schema read to mb_portal;

-- Partitions get no grants: they carry their own policies, but nobody needs them by name.
do $$
declare t record;
begin
  for t in select c.oid::regclass as name, n.nspname as schema, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname in ('app', 'read') and c.relkind in ('r', 'p') and not c.relispartition
  loop
    if t.schema = 'app' and t.relname in ('ledger_transactions', 'ledger_postings', 'provider_transactions', 'provider_postings', 'pot_draws', 'payment_movements', 'gateway_events', 'charges', 'rerated_records', 'closed_months', 'plan_versions', 'command_log', 'credit_policies', 'credit_history', 'events', 'card_movements') then
      execute format('grant select, insert on %s to mb_app', t.name); -- append-only
      if t.relname = 'events' then execute format('grant delete on %s to mb_app', t.name); end if; -- a policy lets only old ones go
    elsif t.schema = 'app' and t.relname in ('gl_accounts', 'migrations') then
      execute format('grant select on %s to mb_app', t.name);
    else
      execute format('grant select, insert, update, delete on %s to mb_app', t.name);
    end if;
  end loop;
end $$;
grant select on read.calls, read.funds, read.movements, read.freshness to mb_app, mb_portal;
grant select on read.usage_hourly, read.usage_daily, read.account_overview, read.subscribers, read.services, read.credit_standing, read.notices to mb_portal;
grant execute on function app.use_providers, app.use_subscriber to mb_app;

-- A table that was never analyzed has no statistics, and the planner then takes one of 200 rows to be a provider's: it joins whole tables row by row,
-- where the first 2,000 accounts cost minutes. Telling it that all rows may be of one provider is enough; ANALYZE puts the truth in place.
-- Before PostgreSQL 18 this can't be told: the first minute, until autovacuum has come by, is slow there.
do $$
begin
  if current_setting('server_version_num')::int < 180000 then return; end if;
  perform pg_restore_attribute_stats('schemaname', n.nspname::text, 'relname', c.relname::text, 'attname', 'provider_id', 'inherited', c.relkind = 'p',
    'version', current_setting('server_version_num')::int, 'null_frac', 0::real, 'avg_width', 4, 'n_distinct', 1::real)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attname = 'provider_id' and not a.attisdropped
  where n.nspname in ('app', 'read') and c.relkind in ('r', 'p') and c.reltuples < 0;
end $$;
