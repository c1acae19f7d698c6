// Which spreadsheets were asked for, and how far are they?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { exportRights } from "../../kernel/permissions.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { limitField, providerField } from "../page.ts";
import { pgArray } from "../projection.ts";
import { rows } from "../rows.ts";

export type ExportRow = {
  providerId: number;
  exportId: string;
  kind: string;
  params: unknown;
  state: "waiting" | "running" | "ready" | "failed";
  rowsDone: number;
  rowsTotal: number | null;
  totals: unknown;
  fileName: string | null;
  sizeBytes: number | null;
  problem: string | null;
  requestedBy: string;
  requestedAt: string;
  finishedAt: string | null;
};

/** Those whose content one may read. A manager of groups sees those that were made with no wider scope. Newest first. */
export const exportsList = defineQuery({
  name: "exports.list",
  summary: "Spreadsheets that were asked for, with their progress",
  permission: "exports:create",
  level: "subscriber",
  input: v.object({ providerId: providerField, exportId: v.optional(idField), limit: limitField }),
  run: async ({ tx, scope, may }, { providerId, exportId, limit }) =>
    accept({
      exports: await rows<ExportRow>(
        tx,
        sql`select e.provider_id, e.id as export_id, e.kind, e.params, e.state, e.rows_done, e.rows_total, e.totals, e.file_name, octet_length(e.file) as size_bytes, e.problem,
              e.requested_by, e.requested_at, e.finished_at
            from app.exports e where e.provider_id = any(${providersIn(scope, providerId)}) ${exportId ? sql`and e.id = ${exportId}` : sql``}
              and e.kind = any(${pgArray(Object.keys(exportRights).filter((kind) => may(exportRights[kind]!)))}::text[])
              ${scope.groupIds === null ? sql`` : sql`and e.group_ids <@ ${pgArray(scope.groupIds)}::uuid[]`}
            order by e.id desc limit ${limit}`,
      ),
    }),
});
