// Two providers with two subscribers each, who all have rows in everything that a portal may read: whose rows come out is then the question.
import type postgres from "postgres";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

export type Seeded = { readonly providers: readonly SeededProvider[] };

/** 40 days of usage before `now` for the first services, with one call on each of them; hours of today and yesterday. */
export async function seedPortal(admin: postgres.Sql, now = "2026-11-23T16:40:05Z"): Promise<Seeded> {
  const providers = [
    await seedProvider(admin, { providerId: 1, services: 3 }),
    await seedProvider(admin, { providerId: 2, services: 3, parentId: 1, zone: "America/New_York" }),
  ];
  for (const provider of providers) {
    const { providerId, groupId, planId, agentId } = provider;
    // The third subscriber has nothing yet but a name.
    for (const [index, { accountId, serviceId, subscriberId, number }] of provider.services.entries()) {
      await admin`insert into read.subscribers select s.provider_id, s.id, s.number, s.name, s.kind, s.status, s.group_id, 'General', null, null, 1, 1, ${[number]}::text[], '', p.name, p.zone, p.locale, s.created_at
        from app.subscribers s join app.providers p on p.id = s.provider_id where s.provider_id = ${providerId} and s.id = ${subscriberId} on conflict do nothing`;
      if (index === 2) continue;
      const share = index + 1;
      await admin`insert into read.account_overview values (${providerId}, ${accountId}, ${subscriberId}, ${groupId}, ${`A${share}`}, 'UAH', ${index === 0 ? "postpaid" : "prepaid"}, 'active', ${index === 0 ? "-74400000" : "218400000"}, ${index === 0 ? "500000000" : "0"}, 1, ${now})`;
      await admin`update app.balances b set balance_micros = o.balance_micros, credit_limit_micros = o.credit_limit_micros from read.account_overview o
        where b.provider_id = ${providerId} and b.account_id = ${accountId} and o.provider_id = b.provider_id and o.account_id = b.account_id`;
      await admin`insert into app.ledger_transactions (provider_id, account_id, id, template, source_key, effective_at, posted_at, details)
        values (${providerId}, ${accountId}, ${serviceId}, 'balance.opened', 'balance.opened', ${now}, ${now}, '{"reason": "nobody’s business"}')`;
      await admin`insert into app.ledger_postings (provider_id, account_id, transaction_id, line, debit, credit, amount_micros, currency, balance_after_micros)
        select provider_id, account_id, ${serviceId}, 1, case when balance_micros < 0 then 'settlement' else 'equity.opening' end, case when balance_micros < 0 then 'equity.opening' else 'settlement' end,
          abs(balance_micros), 'UAH', balance_micros from app.balances where provider_id = ${providerId} and account_id = ${accountId}`;
      await admin`insert into read.services values (${providerId}, ${accountId}, ${serviceId}, ${subscriberId}, 'telephone', ${`Line ${number}`}, 'active', '2026-01-01', null,
        ${JSON.stringify([{ planId, name: "Standard", from: "2000-01-01T00:00:00+00:00" }])}::text::jsonb,
        ${JSON.stringify([{ kind: "telephone", value: number, from: "2000-01-01T00:00:00+00:00", to: null }])}::text::jsonb)`;
      // The second one's money is running out, and they may promise to pay or pause.
      const offers = index === 0 ? {} : { promise: { most: "200", mostDays: 5 }, suspension: { leastDays: 7, mostDays: 60, fee: "3" } };
      await admin`insert into read.credit_standing (provider_id, account_id, subscriber_id, group_id, state, since, rule, reason, offers)
        values (${providerId}, ${accountId}, ${subscriberId}, ${groupId}, ${index === 0 ? "active" : "warned"}, ${now}, 'left', '{"rule": "left", "payMicros": "41600000"}', ${JSON.stringify(offers)}::text::jsonb)`;
      await admin`insert into read.notices (provider_id, account_id, id, subscriber_id, kind, title, body, advice, at, ended_at)
        values (${providerId}, ${accountId}, ${serviceId}, ${subscriberId}, 'low', 'Your money is running out', ${`On account A${share} there is little.`}, 'Please pay at least 41.60.', ${now}, ${index === 0 ? now : null})`;
      await admin`insert into read.usage_daily select ${providerId}, ${accountId}, ${serviceId}, d::date, ${subscriberId}, 'UAH', 3 + extract(day from d)::int % 7, 3, 600, 660, (4 + extract(day from d)::int * 7 % 13) * 1250000 * ${share}::int
        from generate_series(${now}::timestamptz - interval '39 days', ${now}::timestamptz, interval '1 day') d`;
      await admin`insert into read.usage_hourly select ${providerId}, ${accountId}, ${serviceId}, date_trunc('hour', h), ${subscriberId}, 'UAH', 2, 2, 120, 120, (1 + extract(hour from h)::int * 5 % 11) * 400000
        from generate_series(${now}::timestamptz - interval '47 hours', ${now}::timestamptz, interval '1 hour') h`;
      await admin`insert into app.usage_records (provider_id, account_id, started_at, key, service_id, subscriber_id, group_id, kind, call_id, direction, source, destination, disposition, duration_sec, billable_sec,
          billed_sec, prefix, destination_name, amount_micros, currency, reason, plan_id, plan_version, agent_id, sequence, transaction_id, rated_at)
        select ${providerId}, ${accountId}, ${now}::timestamptz - n * interval '7 hours 13 minutes', gen_random_uuid(), ${serviceId}, ${subscriberId}, ${groupId}, 'call', 'c' || n, 'out', ${number}, '38056555' || lpad(n::text, 4, '0'),
          case when n % 9 = 4 then 'no_answer' else 'answered' end, 75 + n, 75 + n, case when n % 9 = 4 then 0 else 75 + n end, '380', 'Ukraine',
          case when n % 9 = 4 then 0 else 651700 + n * 10000 end, 'UAH', case when n % 9 = 4 then 'not_answered' end, ${planId}, 1, ${agentId}, n, case when n % 9 = 4 then null else gen_random_uuid() end, ${now}
        from generate_series(0, 119) n`;
    }
  }
  return { providers };
}
