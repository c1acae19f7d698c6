// A price list that was offered for a draft, and its file.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../db/client.ts";
import { deckImports } from "../../../db/schema/catalog-drafts.ts";
import type { Core } from "../../kernel/core.ts";
import { accept, type Outcome, type Refusal, refuse } from "../../kernel/errors.ts";
import { uploadsIn } from "../../kernel/uploads.ts";
import { type Draft, lockDraft } from "../draft.ts";
import { MAX_DECK_BYTES, readTable, type Table, type TableOptions } from "./read-table.ts";
import type { DeckReading } from "./reading.ts";

export const ofImport = (providerId: number, id: string) => and(eq(deckImports.providerId, providerId), eq(deckImports.id, id));

export type Offered = typeof deckImports.$inferSelect;

/** The price list and the draft that it was offered for, locked. One that was imported already is refused with `deck_import_ended`. */
export async function lockOffered(tx: Tx, providerId: number, importId: string): Promise<Outcome<{ offered: Offered; draft: Draft }>> {
  const [offered] = await tx.select().from(deckImports).where(ofImport(providerId, importId));
  if (!offered) return refuse("not_found");
  if (offered.state === "done") return refuse("deck_import_ended");
  const draft = await lockDraft(tx, providerId, offered.planId, "import", offered.revision);
  return draft.ok ? accept({ offered, draft: draft.value }) : draft;
}

export const uploadPath = (core: Pick<Core, "dataDir">, upload: string) => join(uploadsIn(core.dataDir), upload);

/** `deck_unreadable` with a sentence in `issues` when it is no price list. */
export async function tableOf(core: Core, upload: string, options?: TableOptions, mostRows?: number): Promise<Outcome<Table>> {
  const file = Bun.file(uploadPath(core, upload));
  if (!(await file.exists())) return unreadable("The file isn’t on this machine any more. Send it again.");
  if (file.size > MAX_DECK_BYTES) return unreadable(`The file has ${file.size} bytes; the most is ${MAX_DECK_BYTES}.`);
  const table = readTable(await readFile(uploadPath(core, upload)), options, mostRows);
  return typeof table === "string" ? unreadable(table) : accept(table);
}

export const tableOptions = ({ sheet, encoding, delimiter }: DeckReading): TableOptions => ({
  ...(sheet === undefined ? {} : { sheet }),
  ...(encoding === undefined ? {} : { encoding }),
  ...(delimiter === undefined ? {} : { delimiter }),
});

const unreadable = (message: string): Refusal => refuse("deck_unreadable", { issues: [{ path: "file", message }] });
