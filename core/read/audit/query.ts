// Who did what, when, and what did it change?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { providersIn, searchField } from "../input.ts";
import { afterField, limitField, pageOf, providerField, uuidPart } from "../page.ts";
import { rows } from "../rows.ts";

export type AuditRow = {
  providerId: number;
  id: string;
  command: string;
  actorKind: "manager" | "api-key" | "subscriber" | "system";
  actorId: string;
  actorName: string;
  at: string;
  input: unknown;
  before: unknown;
  after: unknown;
};

/** Newest first: ids are UUIDv7, so their order is that of time. */
export const auditList = defineQuery({
  name: "audit.list",
  summary: "Commands that were run, newest first, with what they changed",
  permission: "audit:read",
  level: "provider",
  input: v.object({
    providerId: providerField,
    command: v.optional(v.pipe(v.string(), v.regex(/^[a-z-]+\.[a-z-]+$/))),
    actorId: v.optional(searchField),
    limit: limitField,
    after: afterField(uuidPart),
  }),
  async run({ tx, scope }, { providerId, command, actorId, limit, after }) {
    const found = await rows<AuditRow>(
      tx,
      sql`select x.* from unnest(${providersIn(scope, providerId)}) p(id) cross join lateral (
            select c.provider_id, c.id, c.command, c.actor_kind, c.actor_id, c.actor_name, c.at, c.input, c.before, c.after from app.command_log c
            where c.provider_id = p.id ${command ? sql`and c.command = ${command}` : sql``} ${actorId ? sql`and c.actor_id = ${actorId}` : sql``}
              ${after ? sql`and c.id < ${after[0]}::uuid` : sql``}
            order by c.id desc limit ${limit + 1}) x
          order by x.id desc limit ${limit + 1}`,
    );
    return accept(pageOf(found, limit, (row) => [row.id]));
  },
});
