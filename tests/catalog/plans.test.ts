import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { decide, publishVersion } from "../../core/catalog/publish-version.ts";
import { execute } from "../../core/kernel/command.ts";
import { describeRules } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";
import { planDocumentInput } from "../support/plan.ts";
import { addTestPlan } from "../support/sold.ts";

const instant = (text: string) => Temporal.Instant.from(text);
const now = instant("2026-11-02T08:00:00Z");
let database: TestDatabase;
let partner: number;
beforeAll(async () => {
  database = await testDatabase({ clock: () => now });
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
});
afterAll(() => database.close());
const call = { actor: actorWith(), providerId: 1 };

let count = 0;
describeRules({
  command: addPlan,
  database: () => database,
  input: async () => ({ code: `CITY-${++count}`, document: planDocumentInput(), validFrom: "2026-01-01T00:00:00Z" }),
  wrong: [
    ["code", "two words"],
    ["code", ""],
    ["document", "text"],
    ["validFrom", "2026-02-30"],
    ["validFrom", "2026-01-01T00:00:00"],
  ],
  after: { name: "City", currency: "UAH", version: 1, document: { rates: 2 } },
});
describeRules({
  command: publishVersion,
  database: () => database,
  input: async () => ({ planId: await addTestPlan(database.core), document: planDocumentInput(), validFrom: "2026-02-01T00:00:00Z" }),
  wrong: [
    ["planId", ""],
    ["validFrom", "soon"],
  ],
  otherProviderId: () => partner,
  before: { version: 1, document: { rates: 2 } },
  after: { version: 2, validFrom: "2026-02-01T00:00:00Z" },
});

describe("a version", () => {
  const latest = { version: 3, validFrom: instant("2026-05-01T00:00:00Z"), currency: "UAH" };
  test("follows the latest one", () =>
    expect(decide(latest, instant("2026-05-01T00:00:01Z"), "UAH")).toEqual({ ok: true, value: { version: 4 } }));
  test("can't start when a published one does, nor before it", () => {
    for (const from of ["2026-05-01T00:00:00Z", "2026-04-30T00:00:00Z"])
      expect(decide(latest, instant(from), "UAH")).toMatchObject({ code: "version_starts_in_past" });
  });
  test("is in the plan's currency", () => {
    expect(decide(latest, instant("2026-06-01T00:00:00Z"), "EUR")).toMatchObject({
      code: "plan_invalid",
      issues: [{ path: "document.currency" }],
    });
  });
});

test("a document with mistakes is refused with the place of each", async () => {
  const document = planDocumentInput() as { rates: { steps: { price: unknown }[] }[]; zone?: string };
  document.rates[1]!.steps[0]!.price = 0.4;
  document.zone = "Nowhere/Land";
  const outcome = await execute(database.core, addPlan, { code: "BAD", document }, call);
  expect(outcome).toMatchObject({ ok: false, code: "plan_invalid" });
  const issues = (outcome as unknown as { issues: { path: string }[] }).issues;
  expect(issues.map((issue) => issue.path).sort()).toEqual(["document.rates[1].steps[0].price", "document.zone"]);
});

test("a code is taken once per provider", async () => {
  await done(database.core, addPlan, { code: "ONE", document: planDocumentInput() });
  expect(await execute(database.core, addPlan, { code: "ONE", document: planDocumentInput() }, call)).toEqual({
    ok: false,
    code: "code_taken",
  });
  await done(database.core, addPlan, { code: "ONE", document: planDocumentInput() }, partner);
});

test("publishing leaves the versions before as they were; two at once get two numbers or a refusal", async () => {
  const { core, admin } = database;
  const planId = await addTestPlan(core);
  const versions = () =>
    admin`select version, document::text as document, valid_from::text as from from app.plan_versions where plan_id = ${planId} order by version`;
  const [first] = await versions();
  const outcomes = await Promise.all(
    ["2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"].map((validFrom) =>
      execute(core, publishVersion, { planId, document: { ...planDocumentInput(), name: "New" }, validFrom }, call),
    ),
  );
  const after = await versions();
  expect(after[0]).toEqual(first!);
  expect(after.map((row) => row.version)).toEqual(after.map((_, i) => i + 1));
  expect(after).toHaveLength(1 + outcomes.filter((outcome) => outcome.ok).length);
});
