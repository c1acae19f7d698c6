// What usage belongs to nobody or can't be rated, why, and to whom might it belong?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { contains, providersIn, searchField } from "../input.ts";
import { afterField, instantPart, limitField, pageOf, providerField, uuidPart } from "../page.ts";
import { rows } from "../rows.ts";

const mostGroups = 50;
/** Two numbers whose last digits agree are likely one number in two notations: with and without the country's prefix. */
const digitsAlike = 7;

export type Suggestion = { subscriberId: string; name: string; number: number; identifier: string };
export type QuarantineGroup = {
  providerId: number;
  reason: string;
  identifierKind: string | null;
  identifierValue: string | null;
  records: number;
  firstStartedAt: string;
  lastStartedAt: string;
  suggestion: Suggestion | null;
};
export type QuarantineRow = {
  providerId: number;
  key: string;
  startedAt: string;
  agentId: string;
  sequence: number;
  reason: string;
  identifierKind: string | null;
  identifierValue: string | null;
  record: unknown;
  quarantinedAt: string;
};

/** `groups`: the 50 largest of (provider, reason, identifier). `rows`: what waits, the latest first, of one reason or identifier if named. */
export const quarantineList = defineQuery({
  name: "quarantine.list",
  summary: "Usage that waits for a person, grouped by reason and identifier, and row by row",
  permission: "usage:read",
  level: "provider",
  input: v.object({
    providerId: providerField,
    reason: v.optional(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/))),
    identifierValue: v.optional(searchField),
    limit: limitField,
    after: afterField(instantPart, uuidPart),
  }),
  async run({ tx, scope }, { providerId, reason, identifierValue, limit, after }) {
    const waiting = sql`q.resolved_at is null and q.provider_id = any(${providersIn(scope, providerId)})
      ${reason === undefined ? sql`` : sql`and q.reason = ${reason}`} ${identifierValue === undefined ? sql`` : sql`and q.identifier_value = ${identifierValue}`}`;
    const groups = await rows<Omit<QuarantineGroup, "suggestion">>(
      tx,
      sql`select q.provider_id, q.reason, q.identifier_kind, q.identifier_value, count(*) as records, min(q.started_at) as first_started_at, max(q.started_at) as last_started_at
          from app.usage_quarantine q where ${waiting} group by 1, 2, 3, 4 order by count(*) desc, 2, 4 limit ${mostGroups}`,
    );
    const found = await rows<QuarantineRow>(
      tx,
      sql`select q.provider_id, q.key, q.started_at, q.agent_id, q.sequence, q.reason, q.identifier_kind, q.identifier_value, q.record, q.quarantined_at
          from app.usage_quarantine q where ${waiting} ${after ? sql`and (q.quarantined_at, q.key) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
          order by q.quarantined_at desc, q.key desc limit ${limit + 1}`,
    );
    return accept({ groups: await withSuggestions(tx, groups), ...pageOf(found, limit, (row) => [row.quarantinedAt, row.key]) });
  },
});

async function withSuggestions(tx: Tx, groups: readonly Omit<QuarantineGroup, "suggestion">[]): Promise<QuarantineGroup[]> {
  const suggested: QuarantineGroup[] = [];
  for (const group of groups) suggested.push({ ...group, suggestion: await suggest(tx, group.providerId, group.identifierValue) });
  return suggested;
}

/** A subscriber of whom an identifier ends alike, or for a login reads alike; found by the trigram index of the list. */
async function suggest(tx: Tx, providerId: number, value: string | null): Promise<Suggestion | null> {
  if (value === null) return null;
  const digits = value.replace(/\D/g, "");
  const tail = digits.length >= digitsAlike ? digits.slice(-digitsAlike) : value.length >= 3 ? value : null;
  if (tail === null) return null;
  const [found] = await rows<Suggestion>(
    tx,
    sql`select s.subscriber_id, s.name, s.number, i.value as identifier
        from read.subscribers s cross join lateral unnest(s.identifiers) i(value)
        where s.provider_id = ${providerId} and s.status = 'active' and ${contains(sql`s.search`, tail)} and ${contains(sql`lower(i.value)`, tail)}
        order by length(i.value), i.value limit 1`,
  );
  return found ?? null;
}
