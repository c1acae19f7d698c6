// The file of an export, for whoever may have the PINs. Who fetched it first is written down.

import { and, eq, isNull } from "drizzle-orm";
import { cardExports } from "../../db/schema/cards.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Core } from "../kernel/core.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { isExport } from "./export-batch.ts";
import type { BatchId } from "./make-cards.ts";

export type CardsFile = { readonly body: Uint8Array<ArrayBuffer>; readonly headers: Readonly<Record<string, string>> };

/** `not_found` for what is outside the actor's providers, `export_not_ready` before it is made and after it was deleted. */
export async function cardsFile(core: Pick<Core, "db" | "clock">, actor: Actor, id: BatchId): Promise<Outcome<CardsFile>> {
  if (!actor.permissions.has("cards:export")) return refuse("not_permitted", { permission: "cards:export" });
  if (!actor.scope.providerIds.includes(id.providerId) || actor.scope.groupIds !== null) return refuse("not_found");
  const row = await inTenant(core.db, [id.providerId], async (tx) => {
    await tx
      .update(cardExports)
      .set({ fetchedBy: actor.name, fetchedAt: core.clock().toString() })
      .where(and(isExport(id), eq(cardExports.state, "ready"), isNull(cardExports.fetchedAt)));
    const [found] = await tx.select({ file: cardExports.file, fileName: cardExports.fileName }).from(cardExports).where(isExport(id));
    return found;
  });
  if (!row) return refuse("not_found");
  if (!row.file || !row.fileName) return refuse("export_not_ready");
  const body = new Uint8Array(row.file);
  return accept({
    body,
    headers: {
      "content-type": "application/zip",
      "content-disposition": `attachment; filename="${row.fileName}"`,
      "content-length": String(body.length),
      "cache-control": "no-store",
    },
  });
}
