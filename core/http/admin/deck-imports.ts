// A price list into a draft: sent, its columns corrected beside a sample, read in the background, and every mistake shown.
import { mkdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import { offerDeck } from "../../catalog/deck/offer-deck.ts";
import { tableOf } from "../../catalog/deck/offered.ts";
import { MAX_DECK_BYTES, type Table } from "../../catalog/deck/read-table.ts";
import { type DeckReading, FIELDS, fieldNames } from "../../catalog/deck/reading.ts";
import { requestDeckImport } from "../../catalog/deck/request-import.ts";
import { DELIMITERS, ENCODINGS } from "../../catalog/deck/text-table.ts";
import { type Outcome, refuse } from "../../kernel/errors.ts";
import { newId } from "../../kernel/id.ts";
import { uploadsIn } from "../../kernel/uploads.ts";
import { plansDeckImport } from "../../read/deck-imports/query.ts";
import { checkCsrf } from "./csrf.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  fragment,
  noErrors,
  page,
  param,
  posted,
  route,
  run,
  statusOf,
} from "./frame.ts";
import { readUpload } from "./multipart-upload.ts";
import { pagingOf } from "./paging.ts";
import { type PlanDetail, planOf } from "./plans.ts";
import { refuseHidden } from "./settle.ts";

export const deckImportPages = new Hono<AdminEnv>();

const id = "/plans/:id{[0-9a-f-]{36}}";
const importId = "/deck-imports/:id{[0-9a-f-]{36}}";
const SAMPLE = 12;

function uploadPage(c: PageContext, plan: PlanDetail, errors: FormErrors = noErrors, status = 200) {
  return page(c, {
    ...{ title: `Price list for ${plan.name}`, section: "plans", view: "admin/plans/deck-upload", status },
    data: { plan, draft: plan.draft, errors, most: figuresOf(c).bytes(MAX_DECK_BYTES) },
  });
}

deckImportPages.get(
  `${id}/deck-imports/new`,
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    if (plan.draft?.state === "draft") return uploadPage(c, plan);
    const text = plan.draft ? "The draft is in review: go back to writing it first." : "Begin a draft first: a price list goes into one.";
    return done(c, plan.draft ? `/plans/${plan.planId}/review` : `/plans/${plan.planId}`, { tone: "warn", text });
  }),
);

deckImportPages.post(
  `${id}/deck-imports`,
  route({ permission: "plans:write", streams: true }, async (c) => {
    const plan = await planOf(c);
    const folder = uploadsIn(c.get("core").dataDir);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = `${newId()}.upload`;
    const path = join(folder, name);
    const upload = await readUpload(c.req.raw, {
      path,
      maxBytes: MAX_DECK_BYTES,
      beforeFile: (fields) => checkCsrf(c, fields.get("_csrf")),
    });
    checkCsrf(c, upload.fields.get("_csrf"));
    const offer = {
      planId: plan.planId,
      revision: plan.draft?.revision ?? 1,
      name: upload.fileName,
      upload: name,
      sizeBytes: upload.sizeBytes,
    };
    const outcome: Outcome<{ importId: string }> =
      upload.fileName === ""
        ? refuse("invalid_input", { issues: [{ path: "file", message: "Choose a file" }] })
        : await run(c, offerDeck, offer, { providerId: plan.providerId });
    if (outcome.ok) return done(c, `/deck-imports/${outcome.value.importId}`);
    await unlink(path).catch(() => {});
    if (outcome.code !== "draft_missing") refuseHidden(outcome);
    return uploadPage(c, plan, formErrors(outcome, { name: "file" }, { file: "File" }), statusOf(outcome));
  }),
);

type Asked = Awaited<ReturnType<typeof importOf>>;
const importOf = (c: PageContext, after?: string) =>
  askFor(c, plansDeckImport, { importId: param(c, "id"), limit: 50, ...(after === undefined ? {} : { after }) });

deckImportPages.get(
  importId,
  route({ permission: "plans:write" }, async (c) => {
    const paging = pagingOf(c);
    return shown(c, await importOf(c, paging.after));
  }),
);

/** Asked each second while the list is read. */
deckImportPages.get(
  `${importId}/progress`,
  route({ permission: "plans:write" }, async (c) => fragment(c, "admin/plans/_deck-progress", progressOf(c, await importOf(c)))),
);

function progressOf(c: PageContext, found: Asked) {
  const text = figuresOf(c);
  const paging = pagingOf(c);
  const { linesDone, linesTotal, state, result } = found;
  return {
    here: `/deck-imports/${found.importId}`,
    review: `/plans/${found.planId}/review`,
    state,
    running: state === "waiting" || state === "reading",
    percent: linesTotal ? Math.trunc((linesDone * 100) / linesTotal) : null,
    progressText: linesTotal ? `${text.count(linesDone)} of ${text.count(linesTotal)} lines` : "waiting for a worker",
    problem: found.problem,
    result: result && {
      lines: text.count(result.lines),
      rates: text.count(result.rates),
      days: result.days.map(({ from, lines }) => ({ from: text.date(from), lines: text.count(lines) })),
    },
    mistakesTotal: found.mistakesTotal > 0 ? text.count(found.mistakesTotal) : "",
    mistakes: found.rows,
    mistakePages: {
      label: "Pages of mistakes",
      text: `${text.count(paging.first)}–${text.count(paging.first + found.rows.length - 1)} of ${text.count(found.mistakesTotal)}`,
      ...(c.req.path.endsWith("/progress") ? {} : paging.linksOf(found)),
    },
  };
}

const delimiterNames = { ",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar" } as const;

async function shown(c: PageContext, found: Asked, given?: DeckReading, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const reading = given ?? (found.reading as DeckReading);
  const open = found.state === "offered" || found.state === "failed";
  const table = open ? await sampleOf(c, found, reading) : undefined;
  const plan = { planId: found.planId, name: found.name };
  return page(c, {
    title: found.name,
    section: "plans",
    view: "admin/plans/deck-import",
    status,
    data: {
      ...progressOf(c, found),
      plan,
      file: { name: found.name, size: figuresOf(c).bytes(found.sizeBytes) },
      errors,
      unreadable: typeof table === "string" ? table : "",
      sample: table && typeof table !== "string" ? sampleShown(table, reading) : null,
      ...(table && typeof table !== "string" ? { values: valuesOf(table, reading) } : {}),
    },
  });
}

async function sampleOf(c: PageContext, found: Asked, { sheet, encoding, delimiter, headerLine }: DeckReading): Promise<Table | string> {
  const options = { ...(sheet ? { sheet } : {}), ...(encoding ? { encoding } : {}), ...(delimiter ? { delimiter } : {}) };
  const table = await tableOf(c.get("core"), found.upload, options, headerLine + 200);
  return table.ok ? table.value : String((table.issues as { message: string }[])[0]?.message ?? "");
}

/** The first lines as they are, each column under what it means. */
function sampleShown({ rows }: Table, { headerLine, columns }: DeckReading) {
  const heading = rows.find(({ line }) => line === headerLine);
  const body = rows.filter(({ line }) => line > headerLine).slice(0, SAMPLE);
  const width = Math.max(heading?.cells.length ?? 0, ...body.map(({ cells }) => cells.length));
  return {
    columns: Array.from({ length: width }, (_, i) => ({
      name: `column.${i}`,
      heading: heading?.cells[i] || (i < 26 ? String.fromCharCode(65 + i) : String(i + 1)),
      field: fieldNames.find((field) => columns[field] === i) ?? "",
    })),
    rows: body.map(({ line, cells }) => ({ line, cells: Array.from({ length: width }, (_, i) => cells[i] ?? "") })),
  };
}

function valuesOf(table: Table, reading: DeckReading) {
  const options = (pairs: readonly (readonly [string, string])[]) => pairs.map(([value, label]) => ({ value, label }));
  return {
    fields: options([["", "– left out –"], ...fieldNames.map((field) => [field, FIELDS[field]] as const)]),
    reading,
    isText: table.format === "csv",
    sheets: table.sheets && table.sheets.length > 1 ? table.sheets.map((sheet) => ({ value: sheet, label: sheet })) : null,
    delimiter: String(DELIMITERS.indexOf(table.delimiter ?? ",")),
    delimiters: DELIMITERS.map((delimiter, i) => ({ value: String(i), label: delimiterNames[delimiter] })),
    encoding: table.encoding ?? "utf-8",
    encodings: ENCODINGS.map((encoding) => ({ value: encoding, label: encoding.toUpperCase() })),
    decimals: options([
      [".", "Point: 0.05"],
      [",", "Comma: 0,05"],
    ]),
    dates: options([
      ["day_first", "31.01.2027"],
      ["month_first", "01/31/2027"],
    ]),
    units: options([
      ["60", "minute"],
      ["1", "second"],
    ]),
    modes: options([
      ["replace", "The whole deck is this list"],
      ["merge", "What the list doesn’t mention stays"],
    ]),
  };
}

deckImportPages.post(
  importId,
  route({ permission: "plans:write" }, async (c) => {
    const found = await importOf(c);
    const reading = readingIn(c, found.reading as DeckReading);
    if (posted(c, "do") === "look") return shown(c, found, reading);
    const outcome = await run(c, requestDeckImport, { importId: found.importId, reading }, { providerId: found.providerId });
    if (outcome.ok) return done(c, `/deck-imports/${found.importId}`);
    if (outcome.code !== "draft_missing") refuseHidden(outcome);
    return shown(c, found, reading, formErrors(unprefixed(outcome)), statusOf(outcome));
  }),
);

const unprefixed = (outcome: Extract<Outcome<unknown>, { ok: false }>) => ({
  ...outcome,
  issues: ((outcome.issues ?? []) as { path: string; message: string }[]).map(({ path, message }) => ({
    path: path.replace(/^reading\./, ""),
    message: `${path.startsWith("reading.columns") ? "The columns " : ""}${message}`,
  })),
});

/** What the form says; a text that is no number is left to the command, which says what is wrong with it. */
function readingIn(c: PageContext, before: DeckReading): DeckReading {
  const form = c.get("form");
  const whole = (name: string) => (/^\d{1,9}$/.test(posted(c, name)) ? Number(posted(c, name)) : -1);
  const columns: DeckReading["columns"] = {};
  for (const [key, value] of form) {
    const column = /^column\.(\d{1,2})$/.exec(key)?.[1];
    const field = fieldNames.find((known) => known === value);
    if (column === undefined || !field) continue;
    // Two columns of one meaning: the refusal names it.
    columns[field] = columns[field] === undefined ? Number(column) : 100;
  }
  const delimiter = DELIMITERS[whole("delimiter")];
  const encoding = ENCODINGS.find((known) => known === posted(c, "encoding"));
  const sheet = posted(c, "sheet") || before.sheet;
  return {
    ...(sheet ? { sheet } : {}),
    ...(delimiter ? { delimiter } : {}),
    ...(encoding ? { encoding } : {}),
    headerLine: whole("headerLine"),
    columns,
    decimal: posted(c, "decimal") === "," ? "," : ".",
    dates: posted(c, "dates") === "month_first" ? "month_first" : "day_first",
    perSec: whole("perSec"),
    increment: posted(c, "increment"),
    mode: posted(c, "mode") === "merge" ? "merge" : "replace",
  };
}
