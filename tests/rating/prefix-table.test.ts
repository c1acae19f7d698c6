import { describe, expect, test } from "bun:test";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { compilePrefixTable } from "../../core/rating/prefix-table.ts";
import { rateCall } from "../../core/rating/rate-call.ts";
import { hasFixture, readFixture } from "./fixtures.ts";
import { deckOf, step } from "./plans.ts";

const found = (prefixes: string[], number: string) => prefixes[compilePrefixTable(prefixes).find(number)];

describe("finding the longest prefix", () => {
  test("takes the longest of those that match, and a shorter one where the longer fails late", () => {
    const prefixes = ["3", "380", "38044123", "38067"];
    expect(found(prefixes, "380441299")).toBe("380");
    expect(found(prefixes, "380441234567")).toBe("38044123");
    expect(found(prefixes, "389")).toBe("3");
    expect(found(prefixes, "442")).toBeUndefined();
  });

  test("a number shorter than the prefixes matches only what it really begins with", () => {
    expect(found(["38044"], "380")).toBeUndefined();
    expect(found(["", "38044"], "380")).toBe("");
    expect(found(["38", "38044"], "380")).toBe("38");
  });

  test("reads E.164 with its plus and its visual separators", () => {
    for (const number of ["+380441234567", "+38 (044) 123-45-67", "380.44.1234567"]) expect(found(["38", "38044"], number)).toBe("38044");
  });

  test("what is not a telephone number matches the rate for everything, or nothing", () => {
    for (const number of ["38044x", "380441234567;ext=1", "bob", "#31#380441", "38+044", "٣٨٠"]) {
      expect(found(["38", "38044"], number)).toBeUndefined();
      expect(found(["38", ""], number)).toBe("");
    }
  });

  test("an empty deck, and an empty number, match nothing", () => {
    expect(compilePrefixTable([]).find("380")).toBe(-1);
    expect(compilePrefixTable(["1"]).find("")).toBe(-1);
  });

  test("a deck of any size loses none of its prefixes while it grows", () => {
    for (let seed = 1; seed <= 20; seed++) {
      let state = seed;
      const random = (below: number) => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      const prefixes = new Set<string>();
      while (prefixes.size < 3000) prefixes.add(String(random(10 ** (1 + random(8)))));
      const deck = [...prefixes];
      const table = compilePrefixTable(deck);
      const longest = (number: string) => {
        for (let length = number.length; length > 0; length--) if (prefixes.has(number.slice(0, length))) return number.slice(0, length);
      };
      for (const prefix of deck)
        for (const number of [prefix, `${prefix}${random(1000)}`]) expect(deck[table.find(number)]).toBe(longest(number)!);
    }
  });

  test("the answer does not depend on the order of the deck", () => {
    const prefixes = ["38044", "3", "380", "38"];
    for (const order of [prefixes, [...prefixes].reverse(), [...prefixes].sort()]) expect(found(order, "38045")).toBe("380");
  });
});

const path = "numbering/e164_examples.json";
type Examples = { examples: { country: string; calling_code: string; e164: string; a2b_longest_prefix: [string, string] | null }[] };

describe.skipIf(!hasFixture(path))("example numbers of the world's countries", () => {
  const { examples } = hasFixture(path) ? readFixture<Examples>(path) : { examples: [] };
  const published = examples.flatMap(({ a2b_longest_prefix }) => a2b_longest_prefix?.[0] ?? []);
  // Decoys: every calling code, and siblings of the right prefix that differ in the last digit or go one digit too far.
  const decoys = examples.flatMap(({ calling_code, e164, a2b_longest_prefix }) => {
    const right = a2b_longest_prefix?.[0] ?? calling_code;
    const next = Number(e164[right.length + 1] ?? "0");
    return [calling_code, `${right}${(next + 1) % 10}`, `${right.slice(0, -1)}${(Number(right.at(-1)) + 5) % 10}`];
  });
  const deck = [...new Set([...published, ...decoys])];
  const table = compilePrefixTable(deck);

  test(`each of ${examples.length} is found as a scan of the whole deck finds it`, () => {
    for (const { e164 } of examples) {
      const scan = deck.filter((prefix) => e164.slice(1).startsWith(prefix)).sort((a, b) => b.length - a.length)[0];
      expect(deck[table.find(e164)]).toBe(scan as string);
    }
  });

  test("each is found at the published prefix in a deck of those", () => {
    const plain = [...new Set(published)];
    const compiled = compilePrefixTable(plain);
    for (const { e164, a2b_longest_prefix } of examples)
      if (a2b_longest_prefix) expect(plain[compiled.find(e164)]).toBe(a2b_longest_prefix[0]);
  });

  test("each is priced by its longest prefix in a deck that cuts every number at each of its digits", () => {
    // Every second beginning of every example, so that the longest is never the whole number.
    const cuts = new Set(
      examples.flatMap(({ e164 }) => Array.from({ length: e164.length - 2 }, (_, i) => e164.slice(1, i + 2)).filter((_, i) => i % 2 === 0)),
    );
    const cut = [...cuts].sort((a, b) => ((a.length * 7919 + Number(a.at(-1))) % 101) - ((b.length * 7919 + Number(b.at(-1))) % 101));
    const plan = compilePlan(
      deckOf(cut.map((prefix) => ({ prefix, destination: `to ${prefix}`, steps: [step(`${prefix.length}`, 1, 1)] }))),
    );
    for (const { e164 } of examples) {
      const digits = e164.slice(1);
      let longest = digits.length;
      while (!cuts.has(digits.slice(0, longest))) longest--;
      for (const destination of [digits, e164])
        expect(rateCall(plan, { destination, billableSec: 1 })).toMatchObject({
          prefix: digits.slice(0, longest),
          amountMicros: BigInt(longest) * 1_000_000n,
        });
    }
  });
});
