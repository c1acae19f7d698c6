// Which subscribers are there? Found by name, number, identifier, e-mail, phone, account or portal login.
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { contains, groupSeen, idField, providersIn, searchField } from "../input.ts";
import { afterField, limitField, numberPart, pageOf, providerField } from "../page.ts";
import { rows } from "../rows.ts";

/** Counting stops here: "more than 10,000" is all that a page needs to say. */
const mostCounted = 10_000;

export type SubscriberRow = {
  providerId: number;
  providerName: string;
  subscriberId: string;
  number: number;
  name: string;
  kind: "person" | "company";
  status: "active" | "closed";
  groupId: string;
  groupName: string;
  email: string | null;
  phone: string | null;
  accounts: number;
  services: number;
  identifiers: string[];
  createdAt: string;
};

/** `total` is exact up to 10,000 and then 10,000 with `totalIsMore`. Every word of `search` must occur. */
export const subscribersList = defineQuery({
  name: "subscribers.list",
  summary: "Subscribers by number, with search and filters",
  permission: "subscribers:read",
  level: "subscriber",
  input: v.object({
    search: v.optional(searchField, ""),
    groupId: v.optional(idField),
    status: v.optional(v.picklist(["active", "closed"])),
    providerId: providerField,
    limit: limitField,
    after: afterField(numberPart, numberPart),
  }),
  async run({ tx, scope }, { search, groupId, status, providerId, limit, after }) {
    const words = search.split(/\s+/).filter(Boolean).slice(0, 8);
    const conditions: SQL[] = [groupSeen(scope, sql`s.group_id`), ...words.map((word) => contains(sql`s.search`, word))];
    if (groupId !== undefined) conditions.push(sql`s.group_id = ${groupId}`);
    if (status !== undefined) conditions.push(sql`s.status = ${status}`);
    const where = sql`s.provider_id = any(${providersIn(scope, providerId)}) and ${sql.join(conditions, sql` and `)}`;
    const found = await rows<SubscriberRow>(
      tx,
      sql`select s.provider_id, s.provider_name, s.subscriber_id, s.number, s.name, s.kind, s.status, s.group_id, s.group_name, s.email, s.phone, s.accounts, s.services, s.identifiers, s.created_at
          from read.subscribers s where ${where} ${after ? sql`and (s.provider_id, s.number) > (${after[0]}::int8, ${after[1]}::int8)` : sql``}
          order by s.provider_id, s.number limit ${limit + 1}`,
    );
    const [count] = await rows<{ n: number }>(
      tx,
      sql`select count(*) as n from (select from read.subscribers s where ${where} limit ${mostCounted + 1}) c`,
    );
    return accept({
      ...pageOf(found, limit, (row) => [row.providerId, row.number]),
      total: Math.min(count!.n, mostCounted),
      totalIsMore: count!.n > mostCounted,
    });
  },
});
