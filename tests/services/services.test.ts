import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { publishVersion } from "../../core/catalog/publish-version.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { execute } from "../../core/kernel/command.ts";
import { activateService } from "../../core/services/activate-service.ts";
import { momentOfChange } from "../../core/services/change-moment.ts";
import { changePlan } from "../../core/services/change-plan.ts";
import { decide as decideEnd, terminateService } from "../../core/services/terminate-service.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { closeSubscriber } from "../../core/subscribers/close-subscriber.ts";
import { describeRules } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";
import { planDocumentInput } from "../support/plan.ts";
import { addTestPlan, registerWithAccount, sell } from "../support/sold.ts";

const instant = (text: string) => Temporal.Instant.from(text);
const now = instant("2026-11-02T08:00:00Z");
let database: TestDatabase;
let partner: number;
let south: string;
let planId: string;
beforeAll(async () => {
  database = await testDatabase({ clock: () => now });
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
  south = (await done(database.core, addGroup, { name: "South" })).groupId;
  planId = await addTestPlan(database.core);
});
afterAll(() => database.close());
const call = { actor: actorWith(), providerId: 1 };

describeRules({
  command: activateService,
  database: () => database,
  input: async () => ({
    accountId: (await registerWithAccount(database.core)).accountId,
    planId,
    label: "Kitchen",
    from: "2026-10-01T00:00:00Z",
  }),
  wrong: [
    ["accountId", "x"],
    ["planId", 1],
    ["label", ""],
    ["kind", "gas"],
    ["from", "yesterday"],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  after: { label: "Kitchen", kind: "telephone", from: "2026-10-01T00:00:00Z" },
});
describeRules({
  command: changePlan,
  database: () => database,
  input: async () => ({
    serviceId: (await sell(database.core, { planId })).serviceId,
    planId: await addTestPlan(database.core),
    from: "2026-11-01T00:00:00Z",
  }),
  wrong: [
    ["serviceId", "x"],
    ["planId", "x"],
    ["from", 0],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  before: { planId: expect.any(String) },
  after: { from: "2026-10-31T22:00:00Z" }, // The day begins in Kyiv.
});
describeRules({
  command: terminateService,
  database: () => database,
  input: async () => {
    const { serviceId } = await sell(database.core, { planId });
    await done(database.core, assignIdentifier, { serviceId, kind: "telephone", value: `38044${Math.floor(1e6 + Math.random() * 8e6)}` });
    return { serviceId };
  },
  wrong: [
    ["serviceId", "x"],
    ["at", "2027-01-01T00:00:00Z"],
    ["at", "2025-01-01T00:00:00Z"],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  before: { status: "active" },
  after: { status: "terminated", terminatedAt: "2026-11-02T08:00:00Z" },
});

describe("activating is refused", () => {
  test("on a plan in another currency", async () => {
    const { accountId } = await registerWithAccount(database.core);
    const euro = await addTestPlan(database.core, { currency: "EUR" });
    expect(await execute(database.core, activateService, { accountId, planId: euro, label: "L" }, call)).toMatchObject({
      code: "currency_differs",
      plan: "EUR",
      account: "UAH",
    });
  });
  test("from before the plan has a price", async () => {
    const { accountId } = await registerWithAccount(database.core);
    const later = await addTestPlan(database.core, { validFrom: "2026-12-01T00:00:00Z" });
    expect(await execute(database.core, activateService, { accountId, planId: later, label: "L" }, call)).toMatchObject({
      code: "plan_not_published",
    });
    expect(
      await execute(database.core, activateService, { accountId, planId: later, label: "L", from: "2026-12-01T00:00:00Z" }, call),
    ).toMatchObject({ ok: true });
  });
  test("on another provider's plan", async () => {
    const { accountId } = await registerWithAccount(database.core);
    const foreign = await addTestPlan(database.core, { providerId: partner });
    expect(await execute(database.core, activateService, { accountId, planId: foreign, label: "L" }, call)).toEqual({
      ok: false,
      code: "not_found",
    });
  });
  test("on a closed account", async () => {
    const { accountId } = await registerWithAccount(database.core);
    await done(database.core, changeAccount, { accountId, status: "closed" });
    expect(await execute(database.core, activateService, { accountId, planId, label: "L" }, call)).toEqual({
      ok: false,
      code: "account_closed",
    });
  });
});

describe("a plan changes", () => {
  const left = (change: "at_once" | "period_end" | "refused", more: object = {}) => ({
    billing: { period: "month" as const, anchor: "account" as const, change },
    zone: "Europe/Kyiv",
    since: instant("2026-01-01T00:00:00Z"),
    ...more,
  });
  const moment = (of: ReturnType<typeof left>, asked: string, lastChange = "2026-05-01T07:00:00Z") => {
    const outcome = momentOfChange(of, instant(asked), instant(lastChange));
    return outcome.ok ? outcome.value.toString() : outcome.code;
  };
  test("at once: at the beginning of its day in the plan's zone, summer and winter", () => {
    expect(moment(left("at_once"), "2026-06-10T12:00:00Z")).toBe("2026-06-09T21:00:00Z");
    expect(moment(left("at_once"), "2026-12-10T22:30:00Z")).toBe("2026-12-10T22:00:00Z");
  });
  test("on the day of the last change in its place; never before it", () => {
    expect(moment(left("at_once"), "2026-05-01T12:00:00Z")).toBe("2026-05-01T07:00:00Z");
    expect(moment(left("at_once"), "2026-05-01T06:59:59Z")).toBe("plan_change_too_early");
    expect(moment(left("at_once"), "2026-04-30T12:00:00Z")).toBe("plan_change_too_early");
  });
  test("at the period's end: when the next billing period begins, by the account's day or the start's", () => {
    expect(moment(left("period_end"), "2026-06-10T12:00:00Z")).toBe("2026-06-30T21:00:00Z");
    expect(moment(left("period_end"), "2026-06-30T21:00:00Z")).toBe("2026-06-30T21:00:00Z");
    expect(moment(left("period_end", { billingDay: 31 }), "2026-06-10T12:00:00Z")).toBe("2026-06-29T21:00:00Z");
    const fromStart = { billing: { period: "week", anchor: "start", change: "period_end" } };
    expect(moment(left("period_end", fromStart), "2026-06-10T12:00:00Z")).toBe("2026-06-10T21:00:00Z");
  });
  test("never when the plan says so", async () => {
    expect(moment(left("refused"), "2026-06-10T12:00:00Z")).toBe("plan_change_refused");
    const { core } = database;
    const document = { ...planDocumentInput(), billing: { change: "refused" } };
    const bound = (await done(core, addPlan, { code: "bound", document, validFrom: "2026-01-01T00:00:00Z" })).planId;
    const { serviceId } = await sell(core, { planId: bound });
    expect(await execute(core, changePlan, { serviceId, planId }, call)).toMatchObject({ ok: false, code: "plan_change_refused" });
  });
  test("and says when", async () => {
    const { core } = database;
    const { serviceId } = await sell(core, { planId });
    expect(await done(core, changePlan, { serviceId, planId: await addTestPlan(core), from: "2026-06-01T10:00:00Z" })).toMatchObject({
      from: "2026-05-31T21:00:00Z",
    });
  });
  test("only while the service lives", async () => {
    const { core } = database;
    const { serviceId } = await sell(core, { planId });
    await done(core, terminateService, { serviceId });
    expect(await execute(core, changePlan, { serviceId, planId }, call)).toMatchObject({ code: "service_terminated" });
  });
  test("again at the same instant by replacing, else by adding", async () => {
    const { core, admin } = database;
    const { serviceId } = await sell(core, { planId });
    const [second, third] = [await addTestPlan(core), await addTestPlan(core)];
    await done(core, changePlan, { serviceId, planId: second, from: "2026-06-01T00:00:00Z" });
    await done(core, changePlan, { serviceId, planId: third, from: "2026-06-01T00:00:00Z" });
    const rows = await admin`select plan_id from app.service_plans where service_id = ${serviceId} order by valid_from`;
    expect(rows.map((row) => row.plan_id)).toEqual([planId, third]);
  });
  test("to one that is published by then", async () => {
    const { serviceId } = await sell(database.core, { planId });
    const later = await addTestPlan(database.core, { validFrom: "2026-12-01T00:00:00Z" });
    expect(await execute(database.core, changePlan, { serviceId, planId: later }, call)).toMatchObject({ code: "plan_not_published" });
    await done(database.core, publishVersion, { planId: later, document: planDocumentInput(), validFrom: "2027-01-01T00:00:00Z" });
  });
});

describe("a service ends", () => {
  const state = { status: "active", activatedAt: instant("2026-01-01T00:00:00Z") } as const;
  test("once", () => expect(decideEnd({ ...state, status: "terminated" }, now, now)).toMatchObject({ code: "service_terminated" }));
  test("at its beginning when it hasn't begun", () => {
    const activatedAt = instant("2027-01-01T00:00:00Z");
    expect(decideEnd({ ...state, activatedAt }, now, now)).toEqual({ ok: true, value: { terminatedAt: activatedAt } });
  });
  test("and frees its numbers from that instant; those that were to come are gone, those that were over stay", async () => {
    const { core, admin } = database;
    const { serviceId, subscriberId } = await sell(core, { planId });
    const assign = (value: string, from: string, until?: string) =>
      done(core, assignIdentifier, { serviceId, kind: "telephone", value, from, ...(until ? { until } : {}) });
    await assign("380440000001", "2026-02-01T00:00:00Z");
    await assign("380440000002", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
    await assign("380440000003", "2026-10-30T00:00:00Z", "2026-12-01T00:00:00Z");
    await assign("380440000004", "2026-12-01T00:00:00Z");
    await done(core, terminateService, { serviceId, at: "2026-10-31T00:00:00Z" });
    const rows = await admin`select value, upper(valid)::text as until from app.identifiers where service_id = ${serviceId} order by value`;
    expect(rows.map(({ value, until }) => [value, until])).toEqual([
      ["380440000001", "2026-10-31 00:00:00+00"],
      ["380440000002", "2026-03-01 00:00:00+00"],
      ["380440000003", "2026-10-31 00:00:00+00"],
    ]);
    const next = await sell(core, { planId });
    await done(core, assignIdentifier, {
      serviceId: next.serviceId,
      kind: "telephone",
      value: "380440000001",
      from: "2026-10-31T00:00:00Z",
    });
    await done(core, closeSubscriber, { subscriberId });
    expect(await execute(core, closeSubscriber, { subscriberId: next.subscriberId }, call)).toMatchObject({
      code: "subscriber_has_services",
      services: 1,
    });
  });
});
