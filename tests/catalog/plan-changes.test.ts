import { expect, test } from "bun:test";
import { planChanges } from "../../core/catalog/plan-changes.ts";
import { type PlanDocumentInput, parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { planInWords } from "../../core/catalog/plan-in-words.ts";

const words = (parts: Partial<PlanDocumentInput>) => {
  const parsed = parsePlanDocument({
    schema: "mediabilling/plan@1",
    kind: "universal",
    name: "Home",
    currency: "EUR",
    rates: [{ prefix: "", destination: "Anywhere", steps: [{ fromSec: 0, price: "1", perSec: 60, incrementSec: 1 }] }],
    ...parts,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return planInWords(parsed.plan);
};
const fee = (code: string, name: string, amount: string) => ({ code, name, amount, every: "month" as const });

test("a plan and itself differ in nothing", () => {
  const plan = words({ fees: [fee("a", "Line", "5"), fee("b", "Line", "6")] });
  expect(planChanges(plan, plan)).toEqual([]);
});

test("what is dearer, new and gone is told in words, each where it belongs", () => {
  const before = words({ fees: [fee("a", "Line", "5"), fee("b", "Router", "2")] });
  const after = words({ fees: [fee("a", "Line", "7")], discounts: [{ code: "d", name: "Welcome", percent: "10", periods: 3 }] });
  const [line, discount, router, ...more] = planChanges(before, after);
  expect(line).toMatchObject({ section: "Fees", name: "Line", before: expect.stringContaining("5"), after: expect.stringContaining("7") });
  expect(discount).toMatchObject({ section: "Discounts", name: "Welcome" });
  expect(discount!.before).toBeUndefined();
  expect(router).toMatchObject({ section: "Fees", name: "Router" });
  expect(router!.after).toBeUndefined();
  expect(more).toEqual([]);
});

test("a sentence without a name that changes is gone, and another is new", () => {
  const half = words({ rounding: { decimals: 2, mode: "half_even" } });
  const texts = planChanges(words({ rounding: { decimals: 2 } }), half).map(({ before, after }) => [before, after]);
  expect(texts).toHaveLength(2);
});

test("decks are compared elsewhere", () => {
  const dear = [{ prefix: "", destination: "Anywhere", steps: [{ fromSec: 0, price: "9", perSec: 60, incrementSec: 1 }] }];
  expect(planChanges(words({}), words({ rates: dear }))).toEqual([]);
});
