// Taking the PINs of a batch out for printing: once, into a file that only the password opens. From then on nobody can, we neither.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { cardBatches, cardExports, cardSeries } from "../../db/schema/cards.ts";
import { newPasswordField, refuseWeak } from "../auth/login-field.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { writeCardsExportJob } from "./jobs.ts";
import { isBatch } from "./make-cards.ts";
import { passwordPlace, seal } from "./sealed.ts";

/** Each card is a picture and some text of the page: a browser prints so many and no more. */
export const MAX_SHEET_CARDS = 5_000;

const wrong = (path: string, message: string) => refuse("invalid_input", { issues: [{ path, message }] });

/** `redeemUrl`: the portal's page that redeems, which the code on a printed card leads to. */
export const exportBatch = defineCommand({
  name: "cards.export",
  summary: "Take the PINs of a batch out for printing, once, as a file that the password opens",
  permission: "cards:export",
  level: "provider",
  input: v.strictObject({
    batchId: idField,
    format: v.picklist(["csv", "xlsx", "sheets"], "must be csv, xlsx or sheets"),
    password: newPasswordField,
    redeemUrl: v.optional(
      v.pipe(
        v.string(),
        v.trim(),
        v.maxLength(200),
        v.regex(/^https?:\/\/[^\s?#]+$/, "must be an address such as https://portal.example/redeem"),
      ),
    ),
  }),

  async run({ tx, providerId, now, actor, core, enqueue, audit }, { batchId, format, password, redeemUrl }) {
    const id = { providerId, batchId };
    const [found] = await tx
      .select()
      .from(cardBatches)
      .innerJoin(cardSeries, and(eq(cardSeries.providerId, cardBatches.providerId), eq(cardSeries.id, cardBatches.seriesId)))
      .where(isBatch(id))
      .for("update");
    if (!found) return refuse("not_found");
    const { card_batches: batch, card_series: series } = found;
    if (batch.state !== "made") return refuse("batch_not_made");
    if (format === "sheets" && batch.cards > MAX_SHEET_CARDS)
      return wrong("format", `must be csv or xlsx: sheets are made of at most ${MAX_SHEET_CARDS} cards, and these are ${batch.cards}`);
    if (format === "sheets" && redeemUrl === undefined)
      return wrong("redeemUrl", "must be the address that the code on the cards leads to");
    const weak = refuseWeak(password, { login: series.code, name: series.name });
    if (weak) return weak;
    const [before] = await tx.select({ state: cardExports.state }).from(cardExports).where(isExport(id));
    if (before && before.state !== "failed") return refuse("cards_exported");
    const row = {
      ...{
        format,
        redeemUrl: redeemUrl ?? null,
        sealedPassword: seal(core, passwordPlace(providerId, batchId), password),
        state: "waiting" as const,
      },
      ...{ cardsDone: 0, problem: null, requestedBy: actor.name, requestedAt: now.toString(), finishedAt: null },
    };
    await tx
      .insert(cardExports)
      .values({ providerId, batchId, ...row })
      .onConflictDoUpdate({ target: [cardExports.providerId, cardExports.batchId], set: row });
    await enqueue(writeCardsExportJob, id);
    audit({ after: { series: series.code, batchId, cards: batch.cards, firstSerial: batch.firstSerial, format } });
    return accept({ batchId });
  },
});

export const isExport = ({ providerId, batchId }: { readonly providerId: number; readonly batchId: string }) =>
  and(eq(cardExports.providerId, providerId), eq(cardExports.batchId, batchId));

/** The file was fetched and opens: it needn't lie here any longer. */
export const dropExport = defineCommand({
  name: "cards.drop-export",
  summary: "Delete the file of an export that was fetched",
  permission: "cards:export",
  level: "provider",
  input: v.strictObject({ batchId: idField }),

  async run({ tx, providerId, audit }, { batchId }) {
    const which = isExport({ providerId, batchId });
    const [found] = await tx
      .select({ state: cardExports.state, fetchedAt: cardExports.fetchedAt })
      .from(cardExports)
      .where(which)
      .for("update");
    if (!found) return refuse("not_found");
    if (found.state !== "ready" || found.fetchedAt === null)
      return refuse("export_not_ready", { detail: "Fetch the file first, and see that it opens: the PINs are nowhere else." });
    await tx.update(cardExports).set({ state: "dropped", file: null }).where(which);
    audit({ after: { batchId } });
    return accept({ batchId });
  },
});
