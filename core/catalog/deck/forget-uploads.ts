// Price lists that were sent and never imported: taken away each night when they are a week old, so that the disk holds what is in use.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { and, inArray, notInArray } from "drizzle-orm";
import * as v from "valibot";
import { deckImports } from "../../../db/schema/catalog-drafts.ts";
import { inTenant } from "../../../db/tenant.ts";
import type { Core } from "../../kernel/core.ts";
import { defineJob } from "../../kernel/job.ts";
import { uploadsIn } from "../../kernel/uploads.ts";
import { allProviderIds } from "../../providers/tenants.ts";
import { uploadPath } from "./offered.ts";

export const forgetDeckUploadsJob = defineJob({ name: "catalog.forget-deck-uploads", data: v.object({}), policy: "stately" });

const KEPT = { hours: 7 * 24 };

/** Gives how many were taken away. Whoever imports one afterwards is told to send it again. Files of usage lie there too, and are left. */
export async function forgetDeckUploads(core: Pick<Core, "db" | "clock" | "dataDir">): Promise<number> {
  const old = await oldFiles(uploadsIn(core.dataDir), core.clock().subtract(KEPT).epochMilliseconds);
  if (old.length === 0) return 0;
  const { upload, state } = deckImports;
  const gone = await inTenant(core.db, await allProviderIds(core.db), (tx) =>
    tx
      .select({ upload })
      .from(deckImports)
      .where(and(inArray(upload, old), notInArray(state, ["waiting", "reading"]))),
  );
  for (const one of gone) await rm(uploadPath(core, one.upload), { force: true });
  return gone.length;
}

async function oldFiles(folder: string, beforeMs: number): Promise<string[]> {
  const old: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const file = await stat(join(folder, name)).catch(() => undefined);
    if (file && file.mtimeMs < beforeMs) old.push(name);
  }
  return old;
}
