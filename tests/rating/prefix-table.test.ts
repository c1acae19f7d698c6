import { describe, expect, test } from "bun:test";
import { compilePrefixTable } from "../../core/rating/prefix-table.ts";
import { hasFixture, readFixture } from "./fixtures.ts";

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
});
