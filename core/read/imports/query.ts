// Which files of usage have been read, and what became of their rows? The counts add up to the rows in.
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { afterField, instantPart, limitField, pageOf, providerField, uuidPart } from "../page.ts";
import { rows } from "../rows.ts";

type Counted = {
  providerId: number;
  fileId: string;
  name: string;
  source: "agent" | "upload" | "cli";
  state: "reading" | "read" | "failed";
  problem: string | null;
  agentId: string;
  agentName: string | null;
  createdAt: string;
  createdBy: string;
  sizeBytes: number;
  readBytes: number;
  /** The last line has no end yet, and waits for it. */
  rowWaiting: boolean;
  readRows: number;
  rows: number;
  rated: number;
  duplicates: number;
  quarantined: number;
  discarded: number;
  firstAt: string | null;
  lastAt: string | null;
};

/** `rowsIn` = rated + duplicates + quarantined + discarded + pending. `progress`: 0 to 1, of reading and rating; null while the size isn't known. */
export type ImportedFile = Omit<Counted, "rows" | "readRows"> & { rowsIn: number; pending: number; progress: number | null };

const files = async (tx: Tx, where: SQL, limit: number): Promise<ImportedFile[]> => {
  const found = await rows<Counted>(
    tx,
    sql`select f.provider_id, f.id as file_id, f.name, f.source, f.state, f.problem, f.agent_id, a.name as agent_name, f.created_at, f.created_by, f.size_bytes, f.read_bytes,
          f.row_waiting, f.read_rows, coalesce(i.rows, 0) as rows, coalesce(i.rated, 0) as rated, coalesce(i.duplicates, 0) as duplicates,
          coalesce(i.quarantined, 0) as quarantined, coalesce(i.discarded, 0) as discarded, i.first_at, i.last_at
        from app.usage_files f
        left join app.agents a on a.provider_id = f.provider_id and a.id = f.agent_id
        left join read.ingest_files i on i.provider_id = f.provider_id and i.file_id = f.id
        where ${where} order by f.created_at desc, f.id desc limit ${limit}`,
  );
  return found.map(({ readRows, rows: processed, ...file }) => {
    const rowsIn = Math.max(readRows, processed);
    const read = file.state === "read" ? 1 : file.sizeBytes > 0 ? Math.min(1, file.readBytes / file.sizeBytes) : null;
    return {
      ...file,
      rowsIn,
      pending: rowsIn - processed,
      progress: read === null ? null : rowsIn === 0 ? read : (read * processed) / rowsIn,
    };
  });
};

export const importsList = defineQuery({
  name: "imports.list",
  summary: "Files of usage, newest first, with what became of their rows",
  permission: "agents:read",
  level: "provider",
  input: v.object({
    providerId: providerField,
    state: v.optional(v.picklist(["reading", "read", "failed"])),
    limit: limitField,
    after: afterField(instantPart, uuidPart),
  }),
  async run({ tx, scope }, { providerId, state, limit, after }) {
    const found = await files(
      tx,
      sql`f.provider_id = any(${providersIn(scope, providerId)}) ${state ? sql`and f.state = ${state}` : sql``}
        ${after ? sql`and (f.created_at, f.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}`,
      limit + 1,
    );
    return accept(pageOf(found, limit, (row) => [row.createdAt, row.fileId]));
  },
});

/** `reasons`: why rows of the file's agent wait in quarantine, for the batches that came with this file. */
export const importsFile = defineQuery({
  name: "imports.file",
  summary: "One file of usage and what became of its rows",
  permission: "agents:read",
  level: "provider",
  input: v.object({ fileId: idField }),
  async run({ tx, scope }, { fileId }) {
    const [file] = await files(tx, sql`f.provider_id = any(${providersIn(scope)}) and f.id = ${fileId}`, 1);
    if (!file) return refuse("not_found");
    const reasons =
      file.quarantined === 0
        ? []
        : await rows<{ reason: string; records: number }>(
            tx,
            sql`select q.reason, count(*) as records from app.usage_quarantine q
                join app.usage_inbox i on i.provider_id = q.provider_id and i.agent_id = q.agent_id and i.first_sequence = q.first_sequence
                where q.provider_id = ${file.providerId} and q.agent_id = ${file.agentId} and q.resolved_at is null and i.file_id = ${fileId}
                group by 1 order by 2 desc, 1 limit 50`,
          );
    return accept({ ...file, reasons });
  },
});
