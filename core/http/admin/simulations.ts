// Simulations: what a draft would have earned on usage that happened; asked for from a plan, worked out in the background, looked at here.
import { Hono } from "hono";
import { requestExport } from "../../interchange/request-export.ts";
import { plansList } from "../../read/plans/query.ts";
import { orders, type SimulationRow, simulationsDetail, simulationsList } from "../../read/simulations/query.ts";
import { cancelSimulation } from "../../simulation/cancel-simulation.ts";
import { simulatedPeriod } from "../../simulation/simulated-period.ts";
import { startSimulation } from "../../simulation/start-simulation.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  fragment,
  isFragment,
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
import { pagingOf } from "./paging.ts";
import { type PlanDetail, planOf } from "./plans.ts";
import { refuseHidden, settle } from "./settle.ts";
import { shownSimulation, shownSubscriber, shownSum, shownTotals, spreadChart } from "./simulation-words.ts";
import { seesSeveral } from "./target-provider.ts";

export const simulationsPages = new Hono<AdminEnv>();

const ofPlan = "/plans/:id{[0-9a-f-]{36}}/simulations";
const ofRun = "/simulations/:id{[0-9a-f-]{36}}";

simulationsPages.get(
  "/simulations",
  route({ permission: "usage:read" }, async (c) => {
    const data = await listShown(c);
    if (isFragment(c)) return fragment(c, "admin/simulations/_rows", data);
    return page(c, { title: "Simulations", section: "plans", view: "admin/simulations/index", data });
  }),
);

async function listShown(c: PageContext) {
  const { runs } = await askFor(c, simulationsList, { limit: 50 });
  const text = figuresOf(c);
  const shown = runs.map((one) => shownSimulation(one, text));
  return { runs: shown, several: seesSeveral(c), working: shown.some(({ working }) => working) };
}

type Values = Readonly<Record<"tried" | "servicesOf" | "from" | "to", string>>;

simulationsPages.get(
  `${ofPlan}/new`,
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    const { from, to } = simulatedPeriod({}, await zoneOf(c, plan), c.get("core").clock());
    const inForce = plan.versions.find(({ state }) => state === "in force") ?? plan.versions[0];
    const tried = plan.draft ? `draft ${plan.draft.revision}` : String(c.req.query("version") ?? inForce?.version ?? "");
    const period = { from: from.toString(), to: to.subtract({ days: 1 }).toString() };
    return form(c, plan, { tried, servicesOf: plan.planId, ...period });
  }),
);

const zoneOf = async (c: PageContext, { providerId }: PlanDetail) =>
  (await providersOf(c)).find(({ id }) => id === providerId)?.zone ?? sessionOf(c).manager.zone;

async function form(c: PageContext, plan: PlanDetail, values: Values, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const { plans } = await askFor(c, plansList, { providerId: plan.providerId, limit: 200 });
  const text = figuresOf(c);
  const { draft } = plan;
  return page(c, {
    title: `Simulate ${plan.name}`,
    section: "plans",
    view: "admin/simulations/new",
    status,
    data: {
      plan,
      values,
      errors,
      onlyGroups: sessionOf(c).actor.scope.groupIds !== null,
      tried: [
        ...(draft
          ? [{ value: `draft ${draft.revision}`, label: `The draft, saved ${text.dateTime(draft.savedAt)} by ${draft.savedBy}` }]
          : []),
        ...plan.versions.map(({ version, state }) => ({ value: String(version), label: `Version ${version}, ${state}` })),
      ],
      changesLater: draft !== null && draft.days.length > 0,
      services: plans
        .filter(({ currency }) => currency === plan.currency)
        .map(({ planId, name }) => ({ value: planId, label: planId === plan.planId ? `${name}, this plan` : name })),
    },
  });
}

simulationsPages.post(
  ofPlan,
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    const values: Values = { tried: posted(c, "tried"), servicesOf: posted(c, "servicesOf"), from: posted(c, "from"), to: posted(c, "to") };
    const [, revision] = /^draft (\d{1,9})$/.exec(values.tried) ?? [];
    const input = {
      planId: plan.planId,
      ...(revision === undefined ? { version: Number(values.tried) } : { revision: Number(revision) }),
      ...(values.servicesOf ? { servicesOf: values.servicesOf } : {}),
      ...(values.from ? { from: values.from } : {}),
      ...(values.to ? { to: values.to } : {}),
    };
    const outcome = await run(c, startSimulation, input, { providerId: plan.providerId });
    if (outcome.ok) return done(c, `/simulations/${outcome.value.runId}`);
    if (outcome.code !== "draft_missing") refuseHidden(outcome);
    const names = { version: "tried", revision: "tried", draft_changed: "tried", draft_missing: "tried" };
    const labels = { tried: "What is tried", servicesOf: "Services on", from: "First day", to: "Last day" };
    const changed = outcome.code === "draft_changed" && plan.draft ? { ...values, tried: `draft ${plan.draft.revision}` } : values;
    return form(c, plan, changed, formErrors(outcome, names, labels), statusOf(outcome));
  }),
);

simulationsPages.get(
  ofRun,
  route({ permission: "usage:read" }, async (c) => {
    const data = await resultShown(c);
    // Search, order and pages of the subscribers ask the same address.
    if (isFragment(c)) return fragment(c, "admin/simulations/_subscribers", data);
    return page(c, { title: data.run.tried, section: "plans", view: "admin/simulations/show", data });
  }),
);
/** Asked each second while it works. */
simulationsPages.get(
  `${ofRun}/progress`,
  route({ permission: "usage:read" }, async (c) => fragment(c, "admin/simulations/_result", await resultShown(c))),
);

async function resultShown(c: PageContext) {
  const order = orders.find((known) => known === c.req.query("order")) ?? "dearer";
  const q = (c.req.query("q") ?? "").trim().slice(0, 100);
  const paging = pagingOf(c);
  const asked = { runId: param(c, "id"), order, search: q, limit: paging.limit, ...(paging.after ? { after: paging.after } : {}) };
  const found = await askFor(c, simulationsDetail, asked);
  const text = figuresOf(c);
  const { currency, runId } = found.run;
  const { length } = found.rows;
  const sums = (of: typeof found.components) => of.map((one) => shownSum(one, currency, text));
  return {
    run: shownSimulation(found.run, text),
    mayExport: may(c, "exports:create") && found.run.state === "done" && found.totals.subscribers > 0,
    mayCancel: may(c, "plans:write"),
    maySeeSubscribers: may(c, "subscribers:read"),
    several: seesSeveral(c),
    totals: shownTotals(found.totals, currency, text),
    chart: spreadChart(found.spread, found.widthMicros, currency, text),
    components: sums(found.components),
    destinations: sums(found.destinations),
    unpriced: sums(found.unpriced),
    q,
    order,
    turned: `/simulations/${runId}?${new URLSearchParams({ ...(q ? { q } : {}), ...(order === "dearer" ? { order: "cheaper" } : {}) })}`,
    rows: found.rows.map((row) => shownSubscriber(row, currency, text)),
    pages: {
      label: "Pages of subscribers",
      text:
        length === 0
          ? ""
          : `${text.count(paging.first)}–${text.count(paging.first + length - 1)}${q ? "" : ` of ${text.count(found.totals.subscribers)}`}`,
      ...paging.linksOf(found),
    },
  };
}

simulationsPages.post(
  `${ofRun}/exports`,
  route({ permission: "exports:create" }, async (c) => {
    const runId = param(c, "id");
    const { run: found } = await askFor(c, simulationsDetail, { runId, limit: 1 });
    const outcome = await run(c, requestExport, { kind: "simulation", runId }, { providerId: found.providerId });
    return settle(
      c,
      outcome,
      outcome.ok ? "/exports" : `/simulations/${runId}`,
      "The spreadsheet is being made. It can be fetched here when it is ready.",
    );
  }),
);

simulationsPages.post(
  `${ofRun}/cancel`,
  route({ permission: "plans:write" }, async (c) => {
    const runId = param(c, "id");
    const { run: found }: { run: SimulationRow } = await askFor(c, simulationsDetail, { runId, limit: 1 });
    const outcome = await run(c, cancelSimulation, { runId }, { providerId: found.providerId });
    return settle(c, outcome, `/simulations/${runId}`, "The simulation is cancelled.");
  }),
);
