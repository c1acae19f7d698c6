// What a subscriber sees of credit control: the state of each account, what they were told, what they may do about it.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { reasonNow } from "../credit/reason-now.ts";
import { definePortalQuery } from "../portal/portal-query.ts";
import { rows } from "../rows.ts";

export type PortalStanding = {
  accountId: string;
  state: "active" | "warned" | "limited" | "blocked" | "suspended" | "terminated";
  reason: { payMicros?: string };
  promise: { amountMicros: string; dueAt: string } | null;
  suspension: { from: string; until: string } | null;
  offers: {
    promise?: { most: string; mostDays: number };
    suspension?: { leastDays: number; mostDays: number; fee?: string };
  };
};
export type PortalNotice = { accountId: string; id: string; kind: string; title: string; body: string; advice: string; at: string };

export const portalCredit = definePortalQuery({
  name: "portal.credit",
  input: v.object({}),
  async run({ tx, providerId, subscriberId }) {
    const standings = await rows<PortalStanding>(
      tx,
      sql`select c.account_id, c.state, ${reasonNow(sql`c.reason`, sql`o.balance_micros`)} as reason, c.promise, c.suspension, c.offers from read.credit_standing c
          join read.account_overview o on o.provider_id = c.provider_id and o.account_id = c.account_id
          where c.provider_id = ${providerId} and c.subscriber_id = ${subscriberId} limit 100`,
    );
    const notices = await rows<PortalNotice>(
      tx,
      sql`select n.account_id, n.id, n.kind, n.title, n.body, n.advice, n.at from read.notices n
          where n.provider_id = ${providerId} and n.subscriber_id = ${subscriberId} and n.ended_at is null order by n.at desc limit 20`,
    );
    return accept({ standings, notices });
  },
});
