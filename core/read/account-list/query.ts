// Which accounts have a number that begins so? For the search of the web client.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, providersIn, searchField } from "../input.ts";
import { limitField } from "../page.ts";
import { rows } from "../rows.ts";

export type AccountRow = {
  providerId: number;
  accountId: string;
  number: string;
  currency: string;
  status: "active" | "closed";
  subscriberId: string;
  subscriberName: string;
};

/** Capitals don't matter. */
export const accountsList = defineQuery({
  name: "accounts.list",
  summary: "Accounts whose number begins so",
  permission: "subscribers:read",
  level: "subscriber",
  input: v.object({ search: v.optional(searchField, ""), limit: limitField }),
  run: async ({ tx, scope }, { search, limit }) =>
    accept({
      accounts: await rows<AccountRow>(
        tx,
        sql`select a.provider_id, a.account_id, a.number, a.currency, a.status, a.subscriber_id, s.name as subscriber_name
            from app.accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
            where a.provider_id = any(${providersIn(scope)}) and starts_with(lower(a.number), ${search.toLowerCase()}) and ${groupSeen(scope, sql`s.group_id`)}
            order by a.provider_id, a.number limit ${limit}`,
      ),
    }),
});
