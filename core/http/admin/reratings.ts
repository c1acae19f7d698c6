// Rating again: choose what and say why, look at what it would change, then do it; and the months that it doesn't touch.
import { Hono } from "hono";
import { requestExport } from "../../interchange/request-export.ts";
import { hasResults } from "../../interchange/rerating-results.ts";
import { type ErrorCode, errors } from "../../kernel/errors.ts";
import { closeMonth } from "../../ledger/close-month.ts";
import { plansList } from "../../read/plans/query.ts";
import { orders, reratingsDetail, reratingsList } from "../../read/reratings/query.ts";
import { cancelRerating } from "../../rerating/cancel-rerating.ts";
import { previewRerating } from "../../rerating/preview-rerating.ts";
import { runRerating } from "../../rerating/run-rerating.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { errorPage } from "./errors.ts";
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
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { monthText, shownAccount, shownBelow, shownProblem, shownRun, shownTotals } from "./rerating-words.ts";
import { settle } from "./settle.ts";
import { subscriberMeant } from "./subscriber-meant.ts";
import { seesAll, seesSeveral, targetOf } from "./target-provider.ts";

export const reratingsPages = new Hono<AdminEnv>();

reratingsPages.get(
  "/reratings",
  route({ permission: "usage:rerate" }, async (c) =>
    page(c, { title: "Re-rating", section: "reratings", view: "admin/reratings/index", data: await listShown(c) }),
  ),
);
/** Asked each second while one of them works. */
reratingsPages.get(
  "/reratings/rows",
  route({ permission: "usage:rerate" }, async (c) => fragment(c, "admin/reratings/_rows", await listShown(c))),
);

async function listShown(c: PageContext) {
  const { runs, closedMonths } = await askFor(c, reratingsList, { limit: 50 });
  const { actor } = sessionOf(c);
  const text = figuresOf(c);
  const own = closedMonths.filter((one) => one.providerId === actor.providerId);
  const next = own[0] ? Temporal.PlainDate.from(own[0].month).add({ months: 1 }) : lastMonth(c);
  const mayClose = may(c, "ledger:close") && seesAll(c);
  return {
    runs: runs.map((row) => shownRun(row, text)),
    several: seesSeveral(c),
    working: runs.some(({ state }) => state === "previewing" || state === "running"),
    closed: own.slice(0, 12).map((one) => ({ month: monthText(one.month), when: text.dateTime(one.closedAt), by: one.closedBy })),
    closable:
      mayClose && Temporal.PlainDate.compare(next, lastMonth(c)) <= 0
        ? { value: next.toString().slice(0, 7), label: monthText(next.toString()) }
        : null,
  };
}

/** The first day of the month before this one. */
const lastMonth = (c: PageContext): Temporal.PlainDate =>
  c.get("core").clock().toZonedDateTimeISO(sessionOf(c).manager.zone).toPlainDate().with({ day: 1 }).subtract({ months: 1 });

const fields = ["plan", "destination", "from", "to", "subscriber", "partners", "why"] as const;
type Values = Readonly<Record<(typeof fields)[number], string>>;

reratingsPages.get(
  "/reratings/new",
  route({ permission: "usage:rerate" }, (c) => {
    const asked = (name: string) => (c.req.query(name) ?? "").trim().slice(0, 200);
    return form(c, Object.fromEntries(fields.map((name) => [name, asked(name)])) as Values);
  }),
);

async function form(c: PageContext, values: Values, problems: FormErrors = noErrors, status = 200): Promise<Response> {
  const { provider, choices } = await targetOf(c);
  const { plans } = await askFor(c, plansList, { providerId: provider.id, limit: 200 });
  return page(c, {
    title: "Rate again",
    section: "reratings",
    view: "admin/reratings/new",
    status,
    data: {
      values,
      errors: problems,
      plans: [{ value: "", label: "Any plan" }, ...plans.map(({ planId, name }) => ({ value: planId, label: name }))],
      canFind: may(c, "subscribers:read"),
      provider: provider.id,
      providers: choices,
      onlyGroups: !seesAll(c),
      mayBelow: seesAll(c) && seesSeveral(c),
    },
  });
}

reratingsPages.post(
  "/reratings",
  route({ permission: "usage:rerate" }, async (c) => {
    const values = Object.fromEntries(fields.map((name) => [name, posted(c, name)])) as Values;
    const { provider } = await targetOf(c);
    const meant = values.subscriber === "" ? undefined : await subscriberMeant(c, values.subscriber);
    if (meant && "problem" in meant)
      return form(c, values, { fields: { subscriber: meant.problem }, list: [{ id: "f-subscriber", text: meant.problem }] }, 422);
    const given = {
      ...(values.plan ? { planId: values.plan } : {}),
      ...(values.destination ? { destination: values.destination.replace(/^\+/, "") } : {}),
      ...(values.from ? { from: values.from } : {}),
      ...(values.to ? { to: values.to } : {}),
      ...(meant ? { subscriberId: meant.subscriberId } : {}),
      ...(values.partners ? { partners: true } : {}),
      why: values.why,
    };
    const outcome = await run(c, previewRerating, given, { providerId: meant?.providerId ?? provider.id });
    if (outcome.ok) return done(c, `/reratings/${outcome.value.runId}`);
    const names = {
      plan: "Plan",
      destination: "Destination",
      from: "From",
      to: "To",
      subscriber: "Subscriber",
      partners: "Partners",
      why: "Why",
    };
    return form(c, values, formErrors(outcome, { planId: "plan", subscriberId: "subscriber" }, names), statusOf(outcome));
  }),
);

reratingsPages.get(
  "/reratings/:id",
  route({ permission: "usage:rerate" }, async (c) =>
    page(c, { title: "Re-rating", section: "reratings", view: "admin/reratings/show", data: await runShown(c) }),
  ),
);
reratingsPages.get(
  "/reratings/:id/progress",
  route({ permission: "usage:rerate" }, async (c) => fragment(c, "admin/reratings/_progress", await runShown(c))),
);

/** Runs at several providers have one id: `?provider=` says whose; the highest one's without. */
function runMeant(c: PageContext) {
  const named = Number(c.req.query("provider"));
  return { runId: param(c, "id"), ...(Number.isSafeInteger(named) && named > 0 ? { providerId: named } : {}) };
}

async function runShown(c: PageContext) {
  const order = orders.find((known) => known === c.req.query("order")) ?? "dearer";
  const paging = pagingOf(c);
  const after = c.req.query("after");
  const found = await askFor(c, reratingsDetail, { ...runMeant(c), order, ...(after ? { after } : {}) });
  const text = figuresOf(c);
  const { totals, problems, rows } = found;
  const here = `/reratings/${found.run.runId}?provider=${found.run.providerId}`;
  return {
    run: shownRun(found.run, text),
    totals: totals.map((one) => shownTotals(one, text)),
    empty: totals.length === 0,
    changes: totals.some((one) => one.changed > 0),
    rows: rows.map((one) => shownAccount(one, text)),
    below: found.partners.map((one) => shownBelow(one, found.run.runId, text)),
    several: seesSeveral(c),
    orders: [
      { label: "Dearer first", href: here, current: order === "dearer" },
      { label: "Cheaper first", href: `${here}&order=cheaper`, current: order === "cheaper" },
    ],
    links: paging.linksOf(found),
    first: paging.first,
    last: paging.first + rows.length - 1,
    problems: problems.map((one) => shownProblem(one, text)),
    seesSubscribers: may(c, "subscribers:read"),
    mayExport: may(c, "exports:create") && hasResults(found.run.state),
  };
}

const steps = {
  run: runRerating,
  cancel: cancelRerating,
} as const;

for (const [step, command] of Object.entries(steps))
  reratingsPages.post(
    `/reratings/:id/${step}`,
    route({ permission: "usage:rerate" }, async (c) => {
      const { run: found } = await askFor(c, reratingsDetail, { ...runMeant(c), limit: 1 });
      const { runId, providerId } = found;
      const outcome = await run(c, command, { runId }, { providerId });
      const here = `/reratings/${runId}?provider=${providerId}`;
      // The page itself says how far it is.
      if (outcome.ok) return done(c, here);
      return outcome.code === "rerating_state"
        ? done(c, here, { tone: "warn", text: errors[outcome.code].message })
        : errorPage(c, outcome);
    }),
  );

reratingsPages.post(
  "/reratings/:id/exports",
  route({ permission: "exports:create" }, async (c) => {
    const { run: found } = await askFor(c, reratingsDetail, { ...runMeant(c), limit: 1 });
    const { runId } = found;
    const outcome = await run(c, requestExport, { kind: "rerating", runId }, { providerId: found.providerId });
    return settle(
      c,
      outcome,
      outcome.ok ? "/exports" : `/reratings/${runId}?provider=${found.providerId}`,
      "The spreadsheet is being made. It can be fetched here when it is ready.",
    );
  }),
);

const ofMonths: readonly ErrorCode[] = ["month_not_next", "month_not_over"];

reratingsPages.post(
  "/closed-months",
  route({ permission: "ledger:close" }, async (c) => {
    const outcome = await run(c, closeMonth, { month: posted(c, "month") });
    if (outcome.ok) return done(c, "/reratings", { tone: "good", text: "The month is closed." });
    return ofMonths.includes(outcome.code)
      ? done(c, "/reratings", { tone: "warn", text: errors[outcome.code].message })
      : errorPage(c, outcome);
  }),
);
