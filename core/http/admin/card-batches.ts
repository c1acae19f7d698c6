// Batches of prepaid cards: made, cancelled, and taken out once for printing.

import { Hono } from "hono";
import { cancelBatch } from "../../cards/cancel-batch.ts";
import { dropExport, exportBatch } from "../../cards/export-batch.ts";
import { cardsFile } from "../../cards/export-file.ts";
import { generateCards } from "../../cards/generate-cards.ts";
import { cardsDetail } from "../../read/cards/query.ts";
import { numberOf } from "./card-series.ts";
import { onSeries } from "./card-step.ts";
import { shownBatch } from "./card-words.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { errorPage } from "./errors.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  noErrors,
  page,
  param,
  posted,
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { refuseHidden } from "./settle.ts";
import { given, typed } from "./typed-fields.ts";

export const cardBatchPages = new Hono<AdminEnv>();

const ID = "/cards/:id{[0-9a-f-]{36}}";

cardBatchPages.post(
  `${ID}/batches`,
  route({ permission: "cards:write" }, (c) =>
    onSeries(
      c,
      (seriesId, providerId) => run(c, generateCards, { seriesId, cards: numberOf(posted(c, "cards")) as number }, { providerId }),
      ({ guesses }: { guesses: string }) =>
        `The cards are being made. Somebody who guesses needs ${figuresOf(c).count(BigInt(guesses))} tries, on average, for one of them.`,
    ),
  ),
);

for (const [step, command, text] of [
  ["cancellation", cancelBatch, "The batch is cancelled; what was made of it is void."],
  ["file-removal", dropExport, "The file is deleted here."],
] as const)
  cardBatchPages.post(
    `${ID}/batches/:batch{[0-9a-f-]{36}}/${step}`,
    route({ permission: step === "cancellation" ? "cards:write" : "cards:export" }, (c) =>
      onSeries(
        c,
        (_, providerId) => run(c, command, { batchId: param(c, "batch") }, { providerId }),
        () => text,
      ),
    ),
  );

cardBatchPages.get(
  `${ID}/batches/:batch{[0-9a-f-]{36}}/export`,
  route({ permission: "cards:export" }, (c) => exportForm(c, { format: "csv", redeemUrl: "" })),
);

async function exportForm(c: PageContext, values: { format: string; redeemUrl: string }, errors: FormErrors = noErrors, status = 200) {
  const { series, batches } = await askFor(c, cardsDetail, { seriesId: param(c, "id"), limit: 1 });
  const batch = batches.find(({ batchId }) => batchId === param(c, "batch"));
  if (!batch) return errorPage(c, { ok: false, code: "not_found" });
  return page(c, {
    title: "Take the PINs out",
    section: "cards",
    view: "admin/cards/export",
    status,
    data: { values, errors, series, here: `/cards/${series.seriesId}`, batch: shownBatch(batch, series.code, figuresOf(c)) },
  });
}

cardBatchPages.post(
  `${ID}/batches/:batch{[0-9a-f-]{36}}/export`,
  route({ permission: "cards:export" }, async (c) => {
    const { series } = await askFor(c, cardsDetail, { seriesId: param(c, "id"), limit: 1 });
    const values = typed(c, "format", "redeemUrl");
    const password = c.get("form").get("password") ?? "";
    const input = { batchId: param(c, "batch"), format: values.format as "csv", password, ...given(values, "redeemUrl") };
    const outcome =
      password === (c.get("form").get("again") ?? "")
        ? await run(c, exportBatch, input, { providerId: series.providerId })
        : ({ ok: false, code: "invalid_input", issues: [{ path: "again", message: "is not the same" }] } as const);
    if (outcome.ok)
      return done(c, `/cards/${series.seriesId}`, "The file is being made. Fetch it here when it is ready; only the password opens it.");
    refuseHidden(outcome);
    return exportForm(
      c,
      values,
      formErrors(outcome, {}, { password: "Password", again: "Password again", format: "Format", redeemUrl: "Address" }),
      statusOf(outcome),
    );
  }),
);

cardBatchPages.get(
  `${ID}/batches/:batch{[0-9a-f-]{36}}/file`,
  route({ permission: "cards:export" }, async (c) => {
    const { series } = await askFor(c, cardsDetail, { seriesId: param(c, "id"), limit: 1 });
    const outcome = await cardsFile(c.get("core"), sessionOf(c).actor, { providerId: series.providerId, batchId: param(c, "batch") });
    return outcome.ok ? new Response(outcome.value.body, { headers: outcome.value.headers }) : errorPage(c, outcome);
  }),
);
