// The life of a draft: written, frozen, published or discarded, and never two that don't know of each other.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { DatedLines } from "../../core/catalog/deck/deck-line.ts";
import { discardDraft } from "../../core/catalog/discard-draft.ts";
import { draftSteps, stepsFrom } from "../../core/catalog/draft-lifecycle.ts";
import { parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { previewDraft } from "../../core/catalog/preview-draft.ts";
import { beginningsOf, publishDraft } from "../../core/catalog/publish-draft.ts";
import { publishVersion } from "../../core/catalog/publish-version.ts";
import { reopenDraft } from "../../core/catalog/reopen-draft.ts";
import { saveDraft } from "../../core/catalog/save-draft.ts";
import { startDraft } from "../../core/catalog/start-draft.ts";
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

/** A plan of one version with a draft of its second. */
async function drafted({ frozen = false } = {}): Promise<{ planId: string; revision: number }> {
  const { core } = database;
  const planId = await addTestPlan(core);
  const { revision } = await done(core, startDraft, { planId });
  return { planId, revision: frozen ? (await done(core, previewDraft, { planId, revision })).revision : revision };
}
const versionsOf = (planId: string) =>
  database.admin`select version, valid_from::text as from, document from app.plan_versions where plan_id = ${planId} order by version`;

const otherProviderId = () => partner;
describeRules({
  command: startDraft,
  database: () => database,
  input: async () => ({ planId: await addTestPlan(database.core) }),
  wrong: [
    ["planId", ""],
    ["basedOn", 0],
  ],
  otherProviderId,
  after: { basedOn: 1, state: "draft", revision: 1, rates: 2 },
});
describeRules({
  command: saveDraft,
  database: () => database,
  input: async () => ({ ...(await drafted()), document: planDocumentInput() }),
  wrong: [
    ["planId", ""],
    ["revision", "1"],
    ["revision", 1.5],
    ["document", "text"],
    ["document", { name: "\0" }],
    ["document", { name: "\ud800" }],
    ["follows", -1],
  ],
  otherProviderId,
  before: { state: "draft", revision: 1, rates: 2 },
  after: { revision: 2, rates: 2 },
});
describeRules({
  command: previewDraft,
  database: () => database,
  input: () => drafted(),
  wrong: [["revision", 0]],
  otherProviderId,
  before: { state: "draft" },
  after: { state: "preview" },
});
describeRules({
  command: reopenDraft,
  database: () => database,
  input: () => drafted({ frozen: true }),
  wrong: [["revision", 0]],
  otherProviderId,
  before: { state: "preview" },
  after: { state: "draft", revision: 3 },
});
describeRules({
  command: publishDraft,
  database: () => database,
  input: async () => ({ ...(await drafted({ frozen: true })), validFrom: "2026-12-01T00:00:00Z" }),
  wrong: [["validFrom", "soon"]],
  otherProviderId,
  before: { state: "preview", revision: 2 },
  after: { versions: [{ version: 2, validFrom: "2026-12-01T00:00:00Z", rates: 2 }], rerating: null },
});
describeRules({
  command: discardDraft,
  database: () => database,
  input: () => drafted(),
  wrong: [["revision", null]],
  otherProviderId,
  before: { state: "draft" },
  after: { state: "discarded", planRemoved: false },
});

describe("the states", () => {
  test("lead from draft over preview to an end", () => {
    expect(stepsFrom("draft")).toEqual(["save", "import", "preview", "discard"]);
    expect(stepsFrom("preview")).toEqual(["reopen", "publish", "discard"]);
  });
  test("refuse every step that the table doesn't have, and leave the draft alone", async () => {
    const { core, admin } = database;
    const frozen = await drafted({ frozen: true });
    const open = await drafted();
    const rows = () => admin`select * from app.plan_drafts order by plan_id`;
    const before = await rows();
    for (const command of [saveDraft, previewDraft] as const) {
      const input = command === saveDraft ? { ...frozen, document: planDocumentInput() } : frozen;
      expect(await execute(core, command as typeof saveDraft, input as never, call)).toMatchObject({
        code: "draft_state",
        state: "preview",
      });
    }
    for (const command of [reopenDraft, publishDraft])
      expect(await execute(core, command as typeof reopenDraft, open, call)).toMatchObject({
        code: "draft_state",
        state: "draft",
        needs: draftSteps.publish.from,
      });
    expect(await rows()).toEqual(before);
  });
});

test("one draft at a time: a second start is refused, also when two come at once", async () => {
  const { core } = database;
  const planId = await addTestPlan(core);
  const outcomes = await Promise.all([1, 2, 3].map(() => execute(core, startDraft, { planId }, call)));
  expect(outcomes.map((o) => (o.ok ? "ok" : o.code)).sort()).toEqual(["draft_exists", "draft_exists", "ok"]);
});

test("a stale save is refused with who saved when, and a revision never comes back", async () => {
  const { core } = database;
  const { planId, revision } = await drafted();
  const olena = { ...actorWith(), name: "Olena" };
  const saved = await execute(core, saveDraft, { planId, revision, document: planDocumentInput() }, { actor: olena, providerId: 1 });
  expect(saved).toEqual({ ok: true, value: { revision: 2, issues: [] } });
  const stale = await execute(core, saveDraft, { planId, revision, document: planDocumentInput() }, call);
  expect(stale).toMatchObject({ code: "draft_changed", revision: 2, savedBy: "Olena", savedAt: now.toString() });
  await done(core, discardDraft, { planId, revision: 2 });
  expect(await done(core, startDraft, { planId })).toMatchObject({ revision: 3 });
  expect(await execute(core, saveDraft, { planId, revision: 2, document: {} }, call)).toMatchObject({ code: "draft_changed" });
  expect(await execute(core, previewDraft, { planId: crypto.randomUUID(), revision: 1 }, call)).toMatchObject({ code: "not_found" });
});

test("a draft may have mistakes, which are named; its preview may not", async () => {
  const { core, admin } = database;
  const { planId, revision } = await drafted();
  const document = { ...planDocumentInput(), zone: "Nowhere/Land" };
  const saved = await done(core, saveDraft, { planId, revision, document });
  expect(saved.issues.map(({ path }) => path)).toEqual(["document.zone"]);
  expect(await execute(core, previewDraft, { planId, revision: saved.revision }, call)).toMatchObject({
    code: "plan_invalid",
    issues: [{ path: "document.zone" }],
  });
  const euro = await done(core, saveDraft, { planId, revision: saved.revision, document: planDocumentInput("EUR") });
  expect(await execute(core, previewDraft, { planId, revision: euro.revision }, call)).toMatchObject({
    issues: [{ path: "document.currency" }],
  });
  const { rates, ...terms } = planDocumentInput() as Record<string, unknown>;
  const kept = await done(core, saveDraft, { planId, revision: euro.revision, document: { ...terms, name: "Renamed" } });
  expect(kept.issues).toEqual([]);
  const [row] = await admin`select document from app.plan_drafts where plan_id = ${planId}`;
  expect(row!.document).toMatchObject({ name: "Renamed", rates: [{}, {}] });
  expect(rates).toHaveLength(2);
});

test("a plan may have only a draft: its first version comes from it, and without one it goes with it", async () => {
  const { core, admin } = database;
  const begun = await done(core, startDraft, { code: "fresh", document: { kind: "telephone", currency: "EUR", name: "Fresh" } });
  expect(begun).toMatchObject({ basedOn: null, revision: 1 });
  const saved = await done(core, saveDraft, { planId: begun.planId, revision: 1, document: planDocumentInput() });
  const frozen = await done(core, previewDraft, { planId: begun.planId, revision: saved.revision });
  expect(frozen.hash).toMatch(/^[0-9a-f]{64}$/);
  const published = await done(core, publishDraft, { planId: begun.planId, revision: frozen.revision, validFrom: "2020-01-01T00:00:00Z" });
  expect(published.versions).toEqual([{ version: 1, validFrom: "2020-01-01T00:00:00Z", rates: 2 }]);
  const [plan] = await admin`select currency, name from app.plans where id = ${begun.planId}`;
  expect(plan).toMatchObject({ currency: "UAH", name: "Fresh" });

  const other = await done(core, startDraft, { code: "gone", document: { kind: "internet", currency: "UAH" } });
  expect(await done(core, discardDraft, { planId: other.planId, revision: 1 })).toEqual({ planRemoved: true });
  expect(await admin`select from app.plans where id = ${other.planId}`).toHaveLength(0);
  expect(await execute(core, startDraft, { code: "bad", document: { kind: "x", currency: "UAH" } }, call)).toMatchObject({
    issues: [{ path: "document.kind" }],
  });
});

test("a draft that another version overtook is published only after it was saved with that in mind", async () => {
  const { core } = database;
  const { planId, revision } = await drafted({ frozen: true });
  await done(core, publishVersion, { planId, document: planDocumentInput(), validFrom: "2026-03-01T00:00:00Z" });
  expect(await execute(core, publishDraft, { planId, revision }, call)).toMatchObject({ code: "draft_outdated", follows: 1, latest: 2 });
  const open = await done(core, reopenDraft, { planId, revision });
  const saved = await done(core, saveDraft, { planId, revision: open.revision, document: planDocumentInput(), follows: 2 });
  const frozen = await done(core, previewDraft, { planId, revision: saved.revision });
  expect(await execute(core, publishDraft, { planId, revision: frozen.revision, validFrom: "2026-03-01T00:00:00Z" }, call)).toMatchObject({
    code: "version_starts_in_past",
  });
  expect(await done(core, publishDraft, { planId, revision: frozen.revision })).toMatchObject({ versions: [{ version: 3 }] });
});

describe("days on which the deck changes", () => {
  test("make a version each, from midnight in the zone; those that are past belong to the first", () => {
    const from = (day: string) => beginningsOf(["2026-10-20", "2026-11-02", "2026-12-01", "2027-03-28"], instant(day), "Europe/Kyiv");
    expect(from("2026-11-02T08:00:00Z").map(({ validFrom, upTo }) => `${validFrom} ${upTo}`)).toEqual([
      "2026-11-02T08:00:00Z 2026-11-02",
      "2026-11-30T22:00:00Z 2026-12-01",
      "2027-03-27T22:00:00Z 2027-03-28",
    ]);
    expect(from("2026-11-30T22:00:00Z").map(({ upTo }) => upTo)).toEqual(["2026-12-01", "2027-03-28"]);
    expect(from("2020-01-01T00:00:00Z")).toHaveLength(5);
    expect(beginningsOf([], now, "UTC")).toEqual([{ validFrom: now, upTo: undefined }]);
  });

  test("are published in one go, each deck on top of the one before", async () => {
    const { core, admin } = database;
    const { planId, revision } = await drafted();
    const steps = (price: string) => [{ fromSec: 0, price, perSec: 60, incrementSec: 60 }];
    const changes: DatedLines[] = [
      { from: "2026-12-01", whole: false, lines: [{ prefix: "999", destination: "Satellite", steps: steps("5.00") }] },
      { from: "2027-01-01", whole: true, lines: [{ prefix: "380", steps: steps("0.10") }] },
    ];
    await admin`update app.plan_drafts set changes = ${admin.json(changes as never)} where plan_id = ${planId}`;
    const frozen = await done(core, previewDraft, { planId, revision });
    expect(frozen.decks).toEqual([
      { from: null, rates: 2 },
      { from: "2026-12-01", rates: 3 },
      { from: "2027-01-01", rates: 1 },
    ]);
    await done(core, publishDraft, { planId, revision: frozen.revision });
    const [, second, third, fourth] = await versionsOf(planId);
    expect([second!.from, third!.from, fourth!.from].map((at) => instant(at).toString())).toEqual([
      now.toString(),
      "2026-11-30T22:00:00Z",
      "2026-12-31T22:00:00Z",
    ]);
    expect(third!.document.rates.map((rate: { prefix: string }) => rate.prefix)).toContain("999");
    expect(fourth!.document.rates).toMatchObject([{ prefix: "380", destination: "Prefix 380", connectFee: "0" }]);
    for (const version of [second!, third!, fourth!]) expect(parsePlanDocument(version.document).ok).toBe(true);
  });
});

test("the hash is the content's, whatever its order", async () => {
  const reversed = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(reversed)
      : value && typeof value === "object"
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, part]) => [key, reversed(part)]),
          )
        : value;
  const hashOf = async (document: unknown) => {
    const { planId, revision } = await drafted();
    const saved = await done(database.core, saveDraft, { planId, revision, document: document as never });
    return (await done(database.core, previewDraft, { planId, revision: saved.revision })).hash;
  };
  const hash = await hashOf(planDocumentInput());
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await hashOf(reversed(planDocumentInput()))).toBe(hash);
  expect(await hashOf({ ...planDocumentInput(), name: "Another" })).not.toBe(hash);
});

test("the database itself refuses to change or delete a published version", async () => {
  const { core, admin } = database;
  const planId = await addTestPlan(core);
  for (const statement of ["update app.plan_versions set document = '{}'", "delete from app.plan_versions", "truncate app.plan_versions"])
    expect(core.sql.unsafe(statement).then(() => "done")).rejects.toMatchObject({ code: "42501" });
  expect(await versionsOf(planId)).toHaveLength(1);
  const grants =
    await admin`select privilege_type from information_schema.role_table_grants where grantee = 'mb_app' and table_schema = 'app' and table_name = 'plan_versions' order by 1`;
  expect(grants.map((row) => row.privilege_type)).toEqual(["INSERT", "SELECT"]);
});
