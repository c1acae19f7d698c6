// A made spreadsheet, for whoever may see all that is in it.
import { and, eq, inArray } from "drizzle-orm";
import { exportsTable } from "../../db/schema/ledger.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Core } from "../kernel/core.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { missingFor } from "./export-kinds.ts";

/** What a door answers with: bytes, and the headers that make a browser save them. */
export type ExportFile = {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly fileName: string;
  readonly headers: Readonly<Record<string, string>>;
};

export const XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `not_found` for what is outside the actor's providers or groups, `export_not_ready` while it is made or when it failed. */
export async function exportFile(core: Pick<Core, "db">, actor: Actor, id: string): Promise<Outcome<ExportFile>> {
  if (!actor.permissions.has("exports:create")) return refuse("not_permitted", { permission: "exports:create" });
  const { providerIds, groupIds } = actor.scope;
  if (!uuid.test(id) || providerIds.length === 0) return refuse("not_found");
  const which = and(inArray(exportsTable.providerId, [...providerIds]), eq(exportsTable.id, id));
  const [row] = await inTenant(core.db, providerIds, (tx) => tx.select().from(exportsTable).where(which), "read");
  const isWithin = groupIds === null || row?.groupIds?.every((group) => groupIds.includes(group));
  if (!row || !isWithin) return refuse("not_found");
  const missing = missingFor(actor, row.kind);
  if (missing) return refuse("not_permitted", { permission: missing });
  if (row.state !== "ready" || !row.file || !row.fileName)
    return refuse("export_not_ready", { state: row.state, ...(row.problem ? { detail: row.problem } : {}) });
  const body = new Uint8Array(row.file);
  return accept({
    body,
    fileName: row.fileName,
    headers: {
      "content-type": row.fileName.endsWith(".xlsx") ? XLSX_TYPE : "text/plain; charset=utf-8",
      "content-disposition": `attachment; filename="${row.fileName}"`,
      "content-length": String(body.length),
      "cache-control": "no-store",
    },
  });
}
