// A price list becomes the deck of a draft: all of it, or nothing and the list of what is wrong.
import { eq, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import { deckImports, planDrafts } from "../../../db/schema/catalog-drafts.ts";
import { plans } from "../../../db/schema/subscribers.ts";
import { defineCommand } from "../../kernel/command.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { idField } from "../../kernel/input-fields.ts";
import type { PlanRate } from "../document/rates.ts";
import { draftOf, draftOutline, ofPlan } from "../draft.ts";
import type { DatedLines } from "./deck-line.ts";
import { mergeLines } from "./merge-lines.ts";
import { lockOffered, ofImport, tableOf, tableOptions } from "./offered.ts";
import { type DeckTerms, readLines } from "./read-lines.ts";
import { type DeckReading, deckReading } from "./reading.ts";

type Report = (linesDone: number, linesTotal: number) => Promise<void>;

/** The command, telling `report` how far it is. */
export const importing = (report: Report = async () => {}) =>
  defineCommand({
    name: "catalog.import-deck",
    summary: "Import an offered price list into its draft, at once",
    permission: "plans:write",
    level: "provider",
    input: v.strictObject({ importId: idField, reading: v.optional(deckReading) }),

    async run({ core, tx, providerId, actor, now, audit }, { importId, reading: given }) {
      const found = await lockOffered(tx, providerId, importId);
      if (!found.ok) return found;
      const { offered, draft } = found.value;
      // A guess may lack what a person has to add.
      const parsed = v.safeParse(deckReading, given ?? offered.reading);
      if (!parsed.success)
        return refuse("invalid_input", { issues: parsed.issues.map((i) => ({ path: `reading.${v.getDotPath(i)}`, message: i.message })) });
      const reading: DeckReading = parsed.output;
      const table = await tableOf(core, offered.upload, tableOptions(reading));
      if (!table.ok) return table;
      const { planId } = draft;
      const stored = await contentOf(tx, providerId, planId);
      const read = await readLines(table.value.rows, reading, stored.terms, report);
      if (read.mistakes.length > 0) return refuse("deck_invalid", { mistakes: read.mistakes });
      const merged = mergeLines(stored.deck, read.lines, reading.mode);
      if (merged.mistakes.length > 0) return refuse("deck_invalid", { mistakes: merged.mistakes });
      const { deck, result } = merged;
      await tx
        .update(planDrafts)
        .set({
          document: sql`${planDrafts.document} || jsonb_build_object('rates', ${JSON.stringify(deck.rates)}::text::jsonb)`,
          changes: sql`${JSON.stringify(deck.changes)}::text::jsonb`,
          ...{ revision: draft.revision + 1, savedBy: actor.name, savedAt: now.toString() },
        })
        .where(ofPlan(providerId, planId));
      const ended = { state: "done" as const, reading, result, mistakes: null, problem: null, finishedAt: now.toString() };
      await tx.update(deckImports).set(ended).where(ofImport(providerId, importId));
      const after = (await draftOf(tx, providerId, planId))!;
      audit({
        before: { planId, ...draftOutline(draft) },
        after: { ...draftOutline(after), importId, file: offered.name, mode: reading.mode, lines: result.lines },
      });
      return accept({ planId, revision: after.revision, ...result });
    },
  });

export const importDeck = importing();

/** What is in the draft so far, as far as it is in order: it may be half written. */
async function contentOf(tx: Tx, providerId: number, planId: string) {
  const [row] = await tx
    .select({ document: planDrafts.document, changes: planDrafts.changes, currency: plans.currency })
    .from(planDrafts)
    .innerJoin(plans, eq(plans.id, planDrafts.planId))
    .where(ofPlan(providerId, planId));
  const { rates, bands } = row!.document as { rates?: unknown; bands?: unknown };
  const objects = (list: unknown) => (Array.isArray(list) ? list.filter((item) => typeof item === "object" && item !== null) : []);
  const terms: DeckTerms = { currency: row!.currency, bands: objects(bands).filter(({ code }) => typeof code === "string") };
  return {
    terms,
    deck: {
      rates: objects(rates).map((rate): PlanRate => ({ connectFee: "0", steps: [], bands: [], ...rate })),
      changes: row!.changes as DatedLines[],
    },
  };
}
