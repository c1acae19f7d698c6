// What a draft would have earned: the same to the last digit as a quote of the month, on both sides, and nothing else is touched.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type PlanDocumentInput, parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { parseQuotedUsage } from "../../core/rating/quote-document.ts";
import { quoteUsage } from "../../core/rating/quote-usage.ts";
import { begin } from "../../core/simulation/begin.ts";
import { cancelSimulation } from "../../core/simulation/cancel-simulation.ts";
import { simulatePart } from "../../core/simulation/simulate-part.ts";
import { type CaseUsage, planWith, type RatingCase, ratingCases } from "../rating/cases.ts";
import { step } from "../rating/plans.ts";
import { CaseWorld, recordOf, type SoldCase } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { manager } from "../support/seed.ts";
import { accountsOf, factsOf, leftOf, runRow, simulate, start, sumsOf } from "./simulate.ts";

let db: TestDatabase;
let world: CaseWorld;
const providerId = 1;
beforeAll(async () => {
  db = await testDatabase();
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

const september = { from: "2026-09-01", to: "2026-09-30" };
const call = (day: number, seconds: number, destination = "380441234567"): CaseUsage => ({
  kind: "call",
  destination,
  seconds,
  startedAt: `2026-09-${String(day).padStart(2, "0")}T10:00:00Z`,
});

const old = planWith({
  rates: [
    { prefix: "380", destination: "Ukraine", steps: [step("0.6", 60, 60)] },
    { prefix: "48", destination: "Poland", steps: [step("1", 60, 60)] },
  ],
  bundles: [{ code: "included", of: "call", metric: "seconds", quantity: "60", validity: { kind: "period", every: "month" } }],
  fees: [{ code: "line", name: "Line", amount: "10", every: "month", charge: "advance" }],
  taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] },
});
const draft: PlanDocumentInput = {
  ...old,
  rates: [{ prefix: "380", destination: "Ukraine", steps: [step("0.7", 60, 1)] }],
  bundles: [],
  fees: [{ code: "line", name: "Line", amount: "8", every: "month", charge: "advance" }],
  minimum: { amount: "20", counts: "usage_and_fees" },
};

/** What the month costs by a quote: net and tax in micros. */
function quoted(
  plan: PlanDocumentInput,
  usage: readonly CaseUsage[],
  service: object = {},
  later: readonly { from: string; plan: PlanDocumentInput }[] = [],
) {
  const compiled = (document: PlanDocumentInput) => {
    const parsed = parsePlanDocument(JSON.parse(JSON.stringify(document)));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    return compilePlan(parsed.plan);
  };
  const document = parseQuotedUsage({
    service: { startedOn: "2026-01-01", ...service },
    period: { from: "2026-09-01", to: "2026-10-01" },
    usage,
  });
  if (!document.ok) throw new Error(JSON.stringify(document.issues));
  const { netMicros, taxMicros } = quoteUsage(
    [
      { fromMs: Number.NEGATIVE_INFINITY, plan: compiled(plan) },
      ...later.map((one) => ({ fromMs: Date.parse(one.from), plan: compiled(one.plan) })),
    ],
    document.document,
    0,
  );
  return { net: netMicros.toString(), tax: taxMicros.toString() };
}

async function sold(plan: PlanDocumentInput, usage: readonly CaseUsage[]): Promise<SoldCase> {
  const [service] = await world.sell({ plan });
  await world.send(usage.map((one, i) => recordOf(service!, one, String(i))));
  return service!;
}

/** Makes the document the plan's draft; gives its revision. */
async function drafted(planId: string, document: PlanDocumentInput): Promise<number> {
  await db.admin`insert into app.plan_drafts (provider_id, plan_id, state, revision, based_on, follows, document, started_by, started_at, saved_by, saved_at)
    values (${providerId}, ${planId}, 'draft', 7, 1, 1, ${JSON.stringify(document)}::text::jsonb, 'Tester', now(), 'Tester', now())`;
  return 7;
}

test("a draft on last month's usage: old and new are what a quote of the month says, by component and destination, and nothing else changes", async () => {
  const usage = [call(2, 61), call(3, 125), call(4, 60, "48123456789"), call(5, 30, "48123456789")];
  const { planId, accountId } = await sold(old, usage);
  const revision = await drafted(planId, draft);
  const before = await factsOf(db);
  const run = await simulate(db, providerId, { planId, revision, ...september });
  expect(await runRow(db, run)).toMatchObject({ state: "done", parts: 1, parts_done: 1 });
  const was = quoted(old, usage);
  const is = quoted(draft, usage.slice(0, 2));
  expect(await accountsOf(db, run)).toEqual([
    { account_id: accountId, records: 4, unpriced: 2, old: was.net, old_tax: was.tax, new: is.net, new_tax: is.tax },
  ]);
  // 120 − 60 s, 180 s, 60 and 60 s of Poland; 61 and 125 s.
  expect(await sumsOf(db, run, "component")).toEqual([
    { code: "fee:line", name: "Line", records: 0, old: "10000000", new: "8000000" },
    { code: "minimum:minimum", name: "Minimum", records: 0, old: "0", new: "9830000" },
    { code: "usage:calls", name: "Calls", records: 4, old: "4400000", new: "2170000" },
  ]);
  expect(await sumsOf(db, run, "destination")).toEqual([
    { code: "Poland", name: "Poland", records: 2, old: "2000000", new: "0" },
    { code: "Ukraine", name: "Ukraine", records: 2, old: "2400000", new: "2170000" },
  ]);
  expect(await sumsOf(db, run, "unpriced")).toEqual([{ code: "Poland", name: "Poland", records: 2, old: "2000000", new: "0" }]);
  expect(await factsOf(db)).toEqual(before);
});

test("changes of the draft's deck count from their days on, also within a call, and not those of days to come", async () => {
  const midnight: CaseUsage = { kind: "call", destination: "380441234567", seconds: 120, startedAt: "2026-09-09T23:59:00Z" };
  const usage = [call(2, 61), midnight, call(12, 125), call(25, 60)];
  const { planId, accountId } = await sold(old, usage);
  const revision = await drafted(planId, draft);
  const line = (price: string) => ({ prefix: "380", steps: [step(price, 60, 1)] });
  const changes = [
    { from: "2026-09-10", whole: false, lines: [line("1.4")] },
    { from: "2026-09-20", whole: true, lines: [{ ...line("2.1"), destination: "Ukraine" }] },
    { from: "2026-10-01", whole: false, lines: [line("9")] },
  ];
  await db.admin`update app.plan_drafts set changes = ${JSON.stringify(changes)}::text::jsonb where plan_id = ${planId}`;
  const run = await simulate(db, providerId, { planId, revision, ...september });
  const later = [
    ["2026-09-10", "1.4"],
    ["2026-09-20", "2.1"],
  ].map(([day, price]) => ({ from: `${day}T00:00:00Z`, plan: { ...draft, rates: [{ ...line(price!), destination: "Ukraine" }] } }));
  const is = quoted(draft, usage, {}, later);
  expect(await accountsOf(db, run)).toMatchObject([{ account_id: accountId, records: 4, unpriced: 0, new: is.net, new_tax: is.tax }]);
  // 61 s at 0.7; a minute at each price; 125 s at 1.4; 60 s at 2.1.
  expect(await sumsOf(db, run, "component")).toContainEqual(expect.objectContaining({ code: "usage:calls", new: "7828334" }));
});

describe("the worked cases, each tried on itself", () => {
  const isQuoted = ({ later, each, service }: RatingCase) =>
    !later && !service?.pooledServices && !each.some((one) => one === "no_rate" || one === "blocked");
  for (const one of ratingCases.filter(isQuoted))
    test(`${one.id}: ${one.says}`, async () => {
      const [service] = await world.sell(one);
      await world.send(one.usage.map((usage, i) => recordOf(service!, usage, String(i))));
      const run = await simulate(db, providerId, { planId: service!.planId, version: 1, from: "2026-01-01", to: "2026-10-31" });
      const [account] = await accountsOf(db, run);
      expect([account!.new, account!.new_tax]).toEqual([account!.old, account!.old_tax]);
      expect(account!.unpriced).toBe(0);
    });
});

test("a plan without usage of its own: fees are compared too, and another plan's services can be asked about", async () => {
  const { accountId, planId: servicesOf } = await sold(old, []);
  const { planId } = await sold(draft, []);
  const run = await simulate(db, providerId, { planId, version: 1, servicesOf, ...september });
  const [was, is] = [quoted(old, []), quoted(draft, [])];
  expect(await accountsOf(db, run)).toEqual([
    { account_id: accountId, records: 0, unpriced: 0, old: was.net, old_tax: was.tax, new: is.net, new_tax: is.tax },
  ]);
});

test("usage before the period counts for what bundles have left in it", async () => {
  const rolled: PlanDocumentInput = {
    ...old,
    bundles: [{ ...old.bundles![0]!, rollover: { periods: 1 } }],
  };
  const earlier = (month: number, seconds: number): CaseUsage =>
    ({ ...call(20, seconds), startedAt: `2026-0${month}-20T10:00:00Z` }) as CaseUsage;
  const { planId } = await sold(rolled, [earlier(7, 120), earlier(8, 45), call(2, 90)]);
  const run = await simulate(db, providerId, { planId, version: 1, ...september });
  // July took June's 60 s and its own, August 45 of its own: 15 + 60 s are there for 90 s, and the rest costs a minute.
  expect(await sumsOf(db, run, "destination")).toEqual([{ code: "Ukraine", name: "Ukraine", records: 1, old: "600000", new: "600000" }]);
});

test("a part that is done twice, or by two workers at once, adds nothing; a worker that was killed leaves what another does", async () => {
  const usage = [call(2, 61)];
  const { planId } = await sold(old, usage);
  const begun = await start(db, providerId, { planId, version: 1, ...september });
  const run = { providerId, runId: (begun as { value: { runId: string } }).value.runId };
  await begin(db.core, run);
  await begin(db.core, run);
  expect(await leftOf(db.core, run)).toEqual([0]);
  await Promise.all([0, 0].map((part) => simulatePart(db.core, { ...run, part })));
  await simulatePart(db.core, { ...run, part: 0 });
  expect(await runRow(db, run)).toMatchObject({ state: "done", parts: 1, parts_done: 1 });
  expect(await sumsOf(db, run, "destination")).toMatchObject([{ records: 1 }]);
});

test("small accounts share a part", async () => {
  const { planId } = await sold(old, []);
  for (let i = 0; i < 4; i++) {
    const [other] = await world.sell({ plan: old });
    await db.admin`update app.service_plans set plan_id = ${planId} where service_id = ${other!.serviceId}`;
    await world.send([recordOf(other!, call(2, 61), "1"), recordOf(other!, call(3, 61), "2")]);
  }
  const run = await simulate(db, providerId, { planId, version: 1, ...september });
  expect(await runRow(db, run)).toMatchObject({ state: "done", parts: 1 });
  expect(await accountsOf(db, run)).toHaveLength(5);
});

test("a simulation that is cancelled stays so, and can't be cancelled twice", async () => {
  const { planId } = await sold(old, [call(2, 61)]);
  const begun = await start(db, providerId, { planId, version: 1, ...september });
  const run = { providerId, runId: (begun as { value: { runId: string } }).value.runId };
  await begin(db.core, run);
  const cancel = () => execute(db.core, cancelSimulation, { runId: run.runId }, { actor: systemActor([providerId]), providerId });
  expect((await cancel()).ok).toBe(true);
  await simulatePart(db.core, { ...run, part: 0 });
  expect(await runRow(db, run)).toMatchObject({ state: "cancelled", parts_done: 0 });
  expect(await cancel()).toMatchObject({ ok: false, code: "simulation_state" });
});

test("whoever sees some groups only tries a plan on their subscribers alone", async () => {
  const { planId } = await sold(old, [call(2, 61)]);
  const none = await simulate(db, providerId, { planId, version: 1, ...september }, manager([providerId], [crypto.randomUUID()]));
  expect(await accountsOf(db, none)).toEqual([]);
  expect(await runRow(db, none)).toMatchObject({ state: "done", parts: 0 });
  const own = await simulate(db, providerId, { planId, version: 1, ...september }, manager([providerId], [world.provider.groupId]));
  expect(await accountsOf(db, own)).toHaveLength(1);
});

test("what can't be tried is refused with what, where and why", async () => {
  const { planId } = await sold(old, []);
  const issueOf = async (input: object) => {
    const outcome = await start(db, providerId, { planId, version: 1, ...input });
    return outcome.ok ? "" : `${outcome.code} ${(outcome.issues as { path: string }[] | undefined)?.[0]?.path ?? ""}`.trim();
  };
  expect(await issueOf({ version: 9 })).toBe("invalid_input version");
  expect(await issueOf({ revision: 1 })).toBe("invalid_input revision");
  expect(await issueOf({ version: undefined, revision: 1 })).toBe("draft_missing");
  expect(await issueOf({ from: "2026-09-31", to: "2026-10-01" })).toBe("invalid_input from");
  expect(await issueOf({ from: "2026-09-02", to: "2026-09-01" })).toBe("invalid_input to");
  expect(await issueOf({ from: "2026-09-02" })).toBe("invalid_input to");
  expect(await issueOf({ from: "2026-09-02", to: "2099-09-01" })).toBe("invalid_input to");
  expect(await issueOf({ servicesOf: world.provider.planId })).toBe("invalid_input servicesOf");
  expect(await issueOf({ planId: crypto.randomUUID() })).toBe("not_found");
  const revision = await drafted(planId, draft);
  expect(await issueOf({ version: undefined, revision: revision + 1 })).toBe("draft_changed");
  await db.admin`update app.plan_drafts set document = document || '{"fees": [{"code": "line"}]}' where plan_id = ${planId}`;
  expect(await issueOf({ version: undefined, revision })).toMatch(/^plan_invalid document.fees/);
});
