// Decks as pages see them: the longest prefix, and what differs between two, by the price function itself.
import { describe, expect, test } from "bun:test";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { publishVersion } from "../../core/catalog/publish-version.ts";
import { saveDraft } from "../../core/catalog/save-draft.ts";
import { startDraft } from "../../core/catalog/start-draft.ts";
import { ask } from "../../core/kernel/query.ts";
import { diffOf } from "../../core/read/plan-deck/compare.ts";
import { candidatesOf, type Deck, matchOf, placeOf, type Terms } from "../../core/read/plan-deck/deck.ts";
import { plansDeck, plansDiff } from "../../core/read/plan-deck/query.ts";
import { plansDetail, plansDocument } from "../../core/read/plans/query.ts";
import { testDatabase } from "../support/database.ts";
import { actorWith, done, setUpOperator } from "../support/operator.ts";
import { planDocumentInput } from "../support/plan.ts";

const step = (price: string, perSec = 60, incrementSec = 60, fromSec = 0) => ({ fromSec, price, perSec, incrementSec });
let count = 0;
function deck(rates: Record<string, Terms>, names: Record<string, string> = {}): Deck {
  const prefixes = Object.keys(rates).sort();
  const terms = prefixes.map((prefix) => rates[prefix]!);
  return { key: `test ${++count}`, document: {}, prefixes, names: prefixes.map((prefix) => names[prefix] ?? "Name"), terms };
}

test("a number has the rate of its longest prefix", () => {
  const found = deck(Object.fromEntries(["", "1", "38", "380", "38050", "4"].map((prefix) => [prefix, { steps: [step("1")] }])));
  const match = (digits: string) => found.prefixes[matchOf(found, digits)];
  expect(["380501", "38051", "39", "381", "4", ""].map(match)).toEqual(["38050", "380", "", "38", "4", ""]);
  expect(matchOf(deck({ 49: {} }), "48")).toBe(-1);
  expect(placeOf(found, "39")).toBe(5);
  expect(candidatesOf(found, "380501").map((at) => found.prefixes[at])).toEqual(["", "38", "380", "38050"]);
});

describe("two decks", () => {
  const kinds = async (before: Record<string, Terms>, after: Record<string, Terms>) =>
    Object.fromEntries((await diffOf(deck(before), deck(after))).lines.map(({ prefix, kind }) => [prefix, kind]));
  test("differ by what a minute costs, not by how it is written", async () => {
    expect(
      await kinds(
        {
          ...{ 1: { steps: [step("1")] }, 2: { steps: [step("1")] }, 3: { steps: [step("1")] }, 4: { steps: [step("1")] } },
          ...{
            5: { steps: [step("1")] },
            6: { steps: [step("1")] },
            7: { steps: [step("1")], connectFee: "0" },
            9: { steps: [step("1")] },
          },
        },
        {
          ...{
            1: { steps: [step("1.000000000001")] },
            2: { steps: [step("1.1")] },
            3: { steps: [step("0.9")] },
            4: { steps: [step("1", 60, 1)] },
          },
          ...{
            5: { steps: [step("1")], connectFee: "0.1" },
            6: { steps: [step("1", 61)] },
            7: { steps: [step("1")] },
            8: { steps: [step("1")] },
          },
        },
      ),
    ).toEqual({
      ...{ 1: "changed", 2: "dearer", 3: "cheaper", 4: "changed", 5: "dearer", 6: "cheaper" },
      ...{ 7: "unchanged", 8: "added", 9: "removed" },
    });
  });
  test("are compared in the first band where there is no other price, and not at all where there is none", async () => {
    const inBand = (price: string): Terms => ({ bands: [{ band: "night", steps: [step(price)] }] });
    expect(
      await kinds({ 1: inBand("1"), 2: inBand("1"), 3: { steps: [] } }, { 1: inBand("2"), 2: { steps: [step("0.5")] }, 3: inBand("1") }),
    ).toEqual({
      ...{ 1: "dearer", 2: "cheaper", 3: "changed" },
    });
    const broken = { steps: [step("dear")] } as Terms;
    const diff = await diffOf(
      deck({ 1: broken, 2: { steps: [step("1")] } }),
      deck({ 1: { steps: [step("1")] }, 2: { steps: [step("3")] } }),
    );
    expect(diff.lines.map(({ kind }) => kind)).toEqual(["changed", "dearer"]);
  });
  test("tell a new name from a new price", async () => {
    const rates = { 1: { steps: [step("1")] } };
    expect((await diffOf(deck(rates, { 1: "A" }), deck(rates, { 1: "B" }))).counts).toMatchObject({ changed: 1, unchanged: 0 });
  });
});

test("the queries: pages, days of a draft, documents in part; a draft that is half written can be looked at", async () => {
  const { core, close } = await testDatabase();
  try {
    await setUpOperator(core);
    const actor = actorWith();
    const rates = Array.from({ length: 120 }, (_, i) => ({ prefix: String(1000 + i), destination: `Place ${i}`, steps: [step("1")] }));
    const document = { ...planDocumentInput(), rates };
    const { planId } = await done(core, addPlan, { code: "paged", document, validFrom: "2020-01-01T00:00:00Z" });
    await done(core, publishVersion, {
      planId,
      document: { ...document, rates: rates.map((r, i) => (i % 2 ? r : { ...r, steps: [step("2")] })) },
    });
    const first = await ask(core, plansDeck, { planId, of: 2, limit: 50 }, { actor });
    if (!first.ok) throw new Error(first.code);
    expect([first.value.rates, first.value.found, first.value.rows.length]).toEqual([120, 120, 50]);
    const last = await ask(core, plansDeck, { planId, of: "2", search: "place 11", after: first.value.next!, limit: 50 }, { actor });
    expect(last).toMatchObject({ value: { found: 11, next: null } });

    const pages: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await ask(core, plansDiff, { planId, from: 1, to: 2, limit: 25, ...(after ? { after } : {}) }, { actor });
      if (!page.ok) throw new Error(page.code);
      expect(page.value.counts).toMatchObject({ dearer: 60, unchanged: 60 });
      expect(page.value.rows[0]).toMatchObject({ kind: "dearer", beforeMicros: 1_000_000n, afterMicros: 2_000_000n });
      pages.push(...page.value.rows.map(({ prefix }) => prefix));
      if (page.value.next === null) break;
      after = page.value.next;
    }
    expect(pages).toEqual(rates.filter((_, i) => i % 2 === 0).map(({ prefix }) => prefix));

    const part = await ask(core, plansDocument, { planId, deck: "number", number: "+1005 22" }, { actor });
    expect(part).toMatchObject({ value: { of: 2, document: { currency: "UAH", rates: [{ prefix: "1005" }] } } });
    const { revision } = await done(core, startDraft, { planId });
    await done(core, saveDraft, { planId, revision, document: { rates: ["x", 7, null, {}, { prefix: 5, steps: "?" }, { prefix: "7" }] } });
    expect(await ask(core, plansDeck, { planId, of: "draft" }, { actor })).toMatchObject({ ok: true, value: { rates: 3 } });
    expect(await ask(core, plansDiff, { planId, from: 1, to: "draft" }, { actor })).toMatchObject({ ok: true });
    expect(await ask(core, plansDetail, { planId }, { actor })).toMatchObject({
      value: { versions: [{ state: "in force" }, { state: "superseded" }], draft: { revision: 2 } },
    });
    expect(await ask(core, plansDeck, { planId, of: 9 }, { actor })).toMatchObject({ code: "not_found" });
  } finally {
    await close();
  }
});
