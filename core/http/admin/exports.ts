// Spreadsheets: asked for here, made by a worker, fetched when ready.
import { Hono } from "hono";
import { exportFile } from "../../interchange/export-file.ts";
import { requestExport } from "../../interchange/request-export.ts";
import { accountsList } from "../../read/account-list/query.ts";
import { type ExportRow, exportsList } from "../../read/exports/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { errorPage } from "./errors.ts";
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
  posted,
  providersOf,
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { subscriberMeant } from "./subscriber-meant.ts";

export const exportsPages = new Hono<AdminEnv>();

const kinds: Readonly<Record<string, string>> = {
  "usage-of-period": "Usage of a period",
  "account-statement": "Statement of an account",
  "credit-forecast": "Credit forecast",
  "card-stock": "Stock of cards",
  simulation: "Simulation of a plan",
  rerating: "Re-rating",
  "payments-of-period": "Payments of a period",
  turnover: "Turnover",
  "balance-sheet": "Balance sheet",
  receivables: "Receivables",
  journal: "Journal of the books",
};
const pills = {
  waiting: { tone: "off", label: "waiting" },
  running: { tone: "info", label: "being made" },
  ready: { tone: "good", label: "ready" },
  failed: { tone: "bad", label: "failed" },
} as const;

exportsPages.get(
  "/exports",
  route({ permission: "exports:create" }, async (c) =>
    page(c, { title: "Exports", section: "exports", view: "admin/exports/index", data: await listShown(c) }),
  ),
);
/** Asked each second while one of them is being made. */
exportsPages.get(
  "/exports/rows",
  route({ permission: "exports:create" }, async (c) => fragment(c, "admin/exports/_rows", await listShown(c))),
);

async function listShown(c: PageContext) {
  const { exports } = await askFor(c, exportsList, { limit: 50 });
  const text = figuresOf(c);
  return {
    exports: exports.map((row) => shownExport(row, text)),
    running: exports.some(({ state }) => state === "waiting" || state === "running"),
  };
}

function shownExport(row: ExportRow, text: FiguresText) {
  const { day, from = day, to = day } = row.params as { from?: string; to?: string; day?: string };
  return {
    id: row.exportId,
    title: kinds[row.kind] ?? row.kind,
    period: from && to ? (from === to ? text.date(from) : `${text.date(from)} – ${text.date(to)}`) : "",
    pill: pills[row.state],
    state: row.state,
    rowsText:
      row.rowsTotal === null ? `${text.count(row.rowsDone)} rows` : `${text.count(row.rowsDone)} of ${text.count(row.rowsTotal)} rows`,
    percent: row.rowsTotal ? Math.trunc((row.rowsDone * 100) / row.rowsTotal) : null,
    href: row.state === "ready" ? `/exports/${row.exportId}/file` : null,
    fileName: row.fileName,
    size: row.sizeBytes === null ? "" : text.bytes(row.sizeBytes),
    problem: row.problem,
    by: row.requestedBy,
    when: text.dateTime(row.requestedAt),
  };
}

type Values = {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly subscriber: string;
  readonly account: string;
  readonly provider: string;
};

exportsPages.get(
  "/exports/new",
  route({ permission: "exports:create" }, async (c) => {
    const { manager, actor } = sessionOf(c);
    const today = c.get("core").clock().toZonedDateTimeISO(manager.zone).toPlainDate();
    const asked = (name: string) => (c.req.query(name) ?? "").trim().slice(0, 100);
    return form(c, {
      kind: asked("kind") === "account-statement" ? "account-statement" : "usage-of-period",
      from: asked("from") || today.with({ day: 1 }).toString(),
      to: asked("to") || today.toString(),
      subscriber: asked("subscriber"),
      account: asked("account"),
      provider: asked("provider") || String(actor.providerId),
    });
  }),
);

async function form(c: PageContext, values: Values, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const providers = await providersOf(c);
  return page(c, {
    title: "New spreadsheet",
    section: "exports",
    view: "admin/exports/new",
    status,
    data: {
      values,
      errors,
      canFind: may(c, "subscribers:read"),
      providers: providers.length > 1 ? providers.map(({ id, name }) => ({ value: id, label: name })) : null,
    },
  });
}

exportsPages.post(
  "/exports",
  route({ permission: "exports:create" }, async (c) => {
    const values: Values = {
      kind: posted(c, "kind"),
      from: posted(c, "from"),
      to: posted(c, "to"),
      subscriber: posted(c, "subscriber"),
      account: posted(c, "account"),
      provider: posted(c, "provider"),
    };
    const meant = await whoIsMeant(c, values);
    if ("problem" in meant)
      return form(c, values, { fields: { [meant.field]: meant.problem }, list: [{ id: `f-${meant.field}`, text: meant.problem }] }, 422);
    const period = { from: values.from, to: values.to };
    const outcome = await run(
      c,
      requestExport,
      values.kind === "account-statement"
        ? { kind: "account-statement", ...period, accountId: meant.accountId ?? "" }
        : { kind: "usage-of-period", ...period, ...(meant.subscriberId ? { subscriberId: meant.subscriberId } : {}) },
      meant.providerId === undefined ? {} : { providerId: meant.providerId },
    );
    if (!outcome.ok)
      return form(
        c,
        values,
        formErrors(outcome, { accountId: "account", subscriberId: "subscriber" }, { from: "From", to: "To", account: "Account" }),
        statusOf(outcome),
      );
    return done(c, "/exports", { tone: "info", text: "The spreadsheet is being made. It can be fetched here when it is ready." });
  }),
);

type Meant =
  | { readonly subscriberId?: string; readonly accountId?: string; readonly providerId?: number }
  | { readonly problem: string; readonly field: string };

/** One account or subscriber out of what was typed; an id, as links carry it, stands for itself. */
async function whoIsMeant(c: PageContext, { kind, subscriber, account, provider }: Values): Promise<Meant> {
  const providerId = /^\d{1,9}$/.test(provider) ? Number(provider) : sessionOf(c).actor.providerId;
  if (kind === "account-statement") {
    if (account === "") return { field: "account", problem: "Which account? Write its number." };
    if (!may(c, "subscribers:read")) return { field: "account", problem: "Your role can’t look accounts up." };
    const { accounts } = await askFor(c, accountsList, { search: account, limit: 20 });
    const exact = accounts.filter((found) => found.number.toLowerCase() === account.toLowerCase());
    const [found, ...more] = exact.length > 0 ? exact : accounts;
    if (!found) return { field: "account", problem: `No account has the number “${account}”.` };
    if (more.length > 0)
      return {
        field: "account",
        problem: `Several accounts begin so: ${[found, ...more]
          .slice(0, 5)
          .map(({ number }) => number)
          .join(", ")}. Write the whole number.`,
      };
    return { accountId: found.accountId, providerId: found.providerId };
  }
  if (subscriber === "") return { providerId };
  const found = await subscriberMeant(c, subscriber);
  return "problem" in found ? { field: "subscriber", problem: found.problem } : found;
}

exportsPages.get(
  "/exports/:id/file",
  route({ permission: "exports:create" }, async (c) => {
    const outcome = await exportFile(c.get("core"), sessionOf(c).actor, param(c, "id"));
    return outcome.ok ? new Response(outcome.value.body, { headers: outcome.value.headers }) : errorPage(c, outcome);
  }),
);
