// Runs one requested export, however often it is told to: the last one to finish writes the same file as the first.
import { and, eq, inArray } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { exportsTable } from "../../db/schema/ledger.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { isTransient, isUnavailable } from "../kernel/database-error.ts";
import { formatMicros } from "../kernel/money.ts";
import { buildExport } from "./build-export.ts";
import { exportRequestSchema } from "./export-kinds.ts";
import { type ControlTotal, ExportRefused } from "./export-source.ts";

const PROGRESS_EVERY_MS = 500;

/**
 * Makes the file and stores it, with its progress on the way. Does nothing for an export that is ready, failed or unknown.
 * What trying again won't help is written to the export as its problem; only a database that is away throws.
 */
export async function makeExport(
  core: Core,
  { providerId, exportId }: { readonly providerId: number; readonly exportId: string },
): Promise<void> {
  const unfinished = and(
    eq(exportsTable.providerId, providerId),
    eq(exportsTable.id, exportId),
    inArray(exportsTable.state, ["waiting", "running"]),
  );
  const change = (values: Partial<typeof exportsTable.$inferInsert>) =>
    inTenant(core.db, [providerId], (tx: Tx) =>
      tx
        .update(exportsTable)
        .set(values)
        .where(unfinished)
        .returning({ kind: exportsTable.kind, params: exportsTable.params, groupIds: exportsTable.groupIds }),
    );

  const [row] = await change({ state: "running", rowsDone: 0 });
  if (!row) return;
  let saidAt = Number.NEGATIVE_INFINITY;
  const progress = async (rowsDone: number, rowsTotal: number) => {
    if (rowsDone < rowsTotal && performance.now() - saidAt < PROGRESS_EVERY_MS) return;
    saidAt = performance.now();
    await change({ rowsDone, rowsTotal });
  };
  try {
    const request = v.parse(exportRequestSchema, { kind: row.kind, ...(row.params as object) });
    const built = await buildExport(core, { providerId, groupIds: row.groupIds }, request, progress);
    const { file, fileName, rows } = built;
    await change({
      state: "ready",
      file,
      fileName,
      rowsDone: rows,
      rowsTotal: rows,
      totals: totalsJson(built.control),
      finishedAt: core.clock().toString(),
    });
  } catch (error) {
    if (isUnavailable(error) || isTransient(error)) throw error;
    if (!(error instanceof ExportRefused)) core.log.error({ err: error, providerId, exportId }, "export failed");
    const problem = error instanceof ExportRefused ? error.message : "It could not be made. The server's log says why.";
    await change({ state: "failed", problem, finishedAt: core.clock().toString() });
  }
}

const totalsJson = (control: readonly ControlTotal[]) =>
  control.map(({ currency, what, fileMicros, ledgerMicros }) => ({
    currency,
    what,
    file: formatMicros(fileMicros),
    ledger: formatMicros(ledgerMicros),
  }));
