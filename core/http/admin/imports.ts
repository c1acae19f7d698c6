// Files of usage: what became of every row, and the door for a file that lies on somebody's desk.
import { mkdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import { startImport } from "../../agents/import-file.ts";
import { refuse } from "../../kernel/errors.ts";
import { newId } from "../../kernel/id.ts";
import { uploadsIn } from "../../kernel/uploads.ts";
import { type ImportedFile, importsFile, importsList } from "../../read/imports/query.ts";
import { checkCsrf } from "./csrf.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  fragment,
  may,
  noErrors,
  page,
  param,
  providersOf,
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { readUpload, type Upload } from "./multipart-upload.ts";
import { groupHref, reasonText } from "./quarantine.ts";
import { zoneOptions } from "./regions.ts";

export const importsPages = new Hono<AdminEnv>();

/** Two million rows of Master.csv, a year of a busy exchange. */
export const MAX_UPLOAD_BYTES = 500_000_000;

const sources = { agent: "agent", upload: "upload", cli: "command line" } as const;

importsPages.get(
  "/imports",
  route({ permission: "agents:read" }, async (c) => {
    const asked = { state: c.req.query("state") ?? "", after: c.req.query("after") };
    const state = (["reading", "read", "failed"] as const).find((known) => known === asked.state);
    const { rows, next } = await askFor(c, importsList, { ...(state ? { state } : {}), ...(asked.after ? { after: asked.after } : {}) });
    const text = figuresOf(c);
    const query = (more: Record<string, string>) => `/imports?${new URLSearchParams({ ...(state ? { state } : {}), ...more })}`;
    return page(c, {
      title: "Imports",
      section: "imports",
      view: "admin/imports/index",
      data: {
        rows: rows.map((file) => shownFile(file, text)),
        states: [
          { label: "All", href: "/imports", current: !state },
          { label: "Being read", href: "/imports?state=reading", current: state === "reading" },
          { label: "Failed", href: "/imports?state=failed", current: state === "failed" },
        ],
        state: state ?? "",
        next: next ? query({ after: next }) : null,
        first: asked.after ? query({}) : null,
        mayUpload: may(c, "usage:write"),
      },
    });
  }),
);

function shownFile(file: ImportedFile, text: FiguresText) {
  const ended = file.state !== "reading" && file.pending === 0;
  const pill =
    file.state === "failed"
      ? { tone: "bad", label: "failed" }
      : file.source === "agent"
        ? { tone: "good", label: "followed" }
        : !ended
          ? { tone: "info", label: file.state === "reading" ? "being read" : "being rated" }
          : file.quarantined > 0
            ? { tone: "warn", label: "some wait" }
            : { tone: "good", label: "done" };
  const permille = file.progress === null ? null : Math.trunc(file.progress * 1000);
  return {
    ...file,
    href: `/imports/${file.fileId}`,
    pill,
    // An agent's file has no end: it is followed as it grows.
    running: !ended && file.source !== "agent",
    percent: permille === null ? null : permille / 10,
    progressText: `${text.bytes(file.readBytes)} of ${text.bytes(file.sizeBytes)} · ${text.count(file.rowsIn)} rows`,
    sourceText: sources[file.source],
    by: file.source === "agent" ? (file.agentName ?? "") : file.createdBy,
    when: text.dateTime(file.createdAt),
    size: file.sizeBytes > 0 ? text.bytes(file.sizeBytes) : "",
    counts: {
      rowsIn: text.count(file.rowsIn),
      rated: text.count(file.rated),
      duplicates: text.count(file.duplicates),
      quarantined: text.count(file.quarantined),
      discarded: text.count(file.discarded),
      pending: text.count(file.pending),
    },
  };
}

type UploadForm = { readonly zone: string; readonly provider: string };

async function uploadForm(c: PageContext, values?: UploadForm, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const { manager, actor } = sessionOf(c);
  const providers = await providersOf(c);
  return page(c, {
    title: "Upload a file",
    section: "imports",
    view: "admin/imports/new",
    status,
    data: {
      values: values ?? { zone: manager.zone, provider: String(actor.providerId) },
      errors,
      zones: zoneOptions(c.get("core").clock()),
      providers: providers.length > 1 ? providers.map(({ id, name }) => ({ value: id, label: name })) : null,
      most: figuresOf(c).bytes(MAX_UPLOAD_BYTES),
    },
  });
}

importsPages.get(
  "/imports/new",
  route({ permission: "usage:write" }, (c) => uploadForm(c)),
);

importsPages.post(
  "/imports",
  route({ permission: "usage:write", streams: true }, async (c) => {
    const core = c.get("core");
    const folder = uploadsIn(core.dataDir);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = `${newId()}.upload`;
    const path = join(folder, name);
    const upload = await readUpload(c.req.raw, {
      path,
      maxBytes: MAX_UPLOAD_BYTES,
      beforeFile: (fields) => checkCsrf(c, fields.get("_csrf")),
    });
    checkCsrf(c, upload.fields.get("_csrf"));
    const values = { zone: upload.fields.get("zone") ?? "", provider: upload.fields.get("provider") ?? "" };
    const problem = problemOf(upload);
    const outcome = problem
      ? refuse("invalid_input", { issues: [{ path: "file", message: problem }] })
      : await run(
          c,
          startImport,
          { name: upload.fileName, upload: name, sizeBytes: upload.sizeBytes, zone: values.zone },
          /^\d{1,9}$/.test(values.provider) ? { providerId: Number(values.provider) } : {},
        );
    if (!outcome.ok) {
      await unlink(path).catch(() => {});
      return uploadForm(c, values, formErrors(outcome, { name: "file" }, { file: "File", zone: "Zone" }), statusOf(outcome));
    }
    return done(c, `/imports/${outcome.value.fileId}`);
  }),
);

const problemOf = ({ fileName, sizeBytes }: Upload): string | undefined =>
  fileName === "" ? "Choose a file." : sizeBytes === 0 ? "This file is empty." : undefined;

importsPages.get(
  "/imports/:id",
  route({ permission: "agents:read" }, async (c) => {
    const data = await fileShown(c);
    return page(c, { title: data.file.name, section: "imports", view: "admin/imports/show", data });
  }),
);

/** Asked each second while the file is read and rated. */
importsPages.get(
  "/imports/:id/progress",
  route({ permission: "agents:read" }, async (c) => fragment(c, "admin/imports/_progress", await fileShown(c))),
);

async function fileShown(c: PageContext) {
  const { reasons, ...file } = await askFor(c, importsFile, { fileId: param(c, "id") });
  const text = figuresOf(c);
  return {
    file: shownFile(file, text),
    reasons: reasons.map(({ reason, records }) => ({
      text: reasonText(reason),
      records: text.count(records),
      href: groupHref({ provider: String(file.providerId), reason, party: "" }),
    })),
    mayUpload: may(c, "usage:write"),
    first: file.firstAt && text.dateTime(file.firstAt, true),
    last: file.lastAt && text.dateTime(file.lastAt, true),
  };
}
