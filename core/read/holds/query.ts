// What is held, for which sessions, until when? The facts themselves: a hold lives for minutes.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { contains, groupSeen, idField, providersIn, searchField } from "../input.ts";
import { afterField, instantPart, limitField, pageOf, providerField, uuidPart } from "../page.ts";
import { rows } from "../rows.ts";

export type HoldRow = {
  providerId: number;
  accountId: string;
  accountNumber: string;
  currency: string;
  subscriberId: string;
  subscriberName: string;
  serviceId: string;
  serviceLabel: string;
  sessionKey: string;
  kind: "call" | "session" | "message" | "event";
  /** Of calls and messages. */
  destination: string | null;
  state: "open" | "settled" | "released" | "expired";
  placedAt: string;
  expiresAt: string;
  endedAt: string | null;
  /** With the part that a payer holds. */
  heldMicros: bigint;
  settledMicros: bigint;
  untilSec: number;
  ratedSec: number;
  octetsUntil: bigint;
  octetsRated: bigint;
  /** The account that holds a part of it, when it isn't its own. */
  payerNumber: string | null;
  digest: string;
};

const digestPart = /^[0-9a-f]{32}$/;

/** Newest first. `account` is that of the session. */
export const holdsList = defineQuery({
  name: "credit.holds",
  summary: "Holds: money that is reserved while sessions and calls go on",
  permission: "credit:read",
  level: "subscriber",
  input: v.object({
    providerId: providerField,
    accountId: v.optional(idField),
    state: v.optional(v.picklist(["open", "ended", "all"], "must be open, ended or all"), "open"),
    search: v.optional(searchField, ""),
    limit: limitField,
    after: afterField(instantPart, uuidPart, digestPart),
  }),
  async run({ tx, scope }, { providerId, accountId, state, search, limit, after }) {
    const found = await rows<HoldRow>(
      tx,
      sql`select h.provider_id, h.account_id, a.number as account_number, a.currency, s.id as subscriber_id, s.name as subscriber_name, h.service_id, v.label as service_label,
            h.session_key, h.kind, h.usage ->> 'destination' as destination, h.state, h.placed_at, h.expires_at, h.ended_at,
            (h.held_micros + coalesce(p.held_micros, 0))::bigint as held_micros, h.settled_micros, h.until_sec, h.rated_sec, h.until_octets as octets_until,
            h.rated_octets_in + h.rated_octets_out as octets_rated, pa.number as payer_number, md5(h.session_key) as digest
          from app.holds h
          join app.accounts a on a.provider_id = h.provider_id and a.account_id = h.account_id
          join app.subscribers s on s.provider_id = h.provider_id and s.id = a.subscriber_id
          join app.services v on v.provider_id = h.provider_id and v.account_id = h.account_id and v.id = h.service_id
          left join app.holds p on p.provider_id = h.provider_id and p.account_id = h.payer_account_id and p.session_key = h.session_key and p.paid_for = h.account_id
          left join app.accounts pa on pa.provider_id = p.provider_id and pa.account_id = p.account_id
          where h.provider_id = any(${providersIn(scope, providerId)}) and h.paid_for is null and ${groupSeen(scope, sql`s.group_id`)}
            ${accountId ? sql`and h.account_id = ${accountId}` : sql``}
            ${state === "all" ? sql`` : state === "open" ? sql`and h.state = 'open'` : sql`and h.state <> 'open'`}
            ${search ? sql`and (${contains(sql`lower(h.session_key)`, search)} or ${contains(sql`lower(a.number)`, search)} or ${contains(sql`lower(s.name)`, search)})` : sql``}
            ${after ? sql`and (h.placed_at, h.account_id, md5(h.session_key)) < (${after[0]}::timestamptz, ${after[1]}::uuid, ${after[2]})` : sql``}
          order by h.placed_at desc, h.account_id desc, md5(h.session_key) desc limit ${limit + 1}`,
    );
    return accept(pageOf(found, limit, (row) => [row.placedAt, row.accountId, row.digest]));
  },
});
