import { expect, test } from "bun:test";
import * as v from "valibot";
import { toAnswer } from "../../core/http/api/json-answer.ts";
import { queryInput } from "../../core/http/api/query-input.ts";
import { depthOf } from "../../core/http/api/request-body.ts";

test("money leaves as exact decimal text under its plain name, in any depth", () => {
  expect(
    toAnswer({ amountMicros: 12n, rows: [{ balanceMicros: -641_700n, creditMicros: null, perDayMicros: [1_000_000n, null] }] }),
  ).toEqual({
    amount: "0.000012",
    rows: [{ balance: "-0.6417", credit: null, perDay: ["1.00", null] }],
  });
  expect(toAnswer({ amountMicros: 9_223_372_036_854_775_807n })).toEqual({ amount: "9223372036854.775807" });
});

test("another bigint is a number while a double holds it, and text beyond", () => {
  expect(toAnswer({ calls: 12n, huge: 2n ** 60n })).toEqual({ calls: 12, huge: (2n ** 60n).toString() });
});

test("instants leave in ISO form, and a field that is only called Micros stays", () => {
  expect(toAnswer({ at: Temporal.Instant.from("2026-11-01T00:00:00Z"), Micros: 1 })).toEqual({ at: "2026-11-01T00:00:00Z", Micros: 1 });
});

test("an amount that is neither a count nor null is a defect, not an answer", () => {
  expect(() => toAnswer({ amountMicros: { value: 1 } })).toThrow(TypeError);
});

const schema = v.strictObject({
  n: v.optional(v.pipe(v.number(), v.integer())),
  on: v.optional(v.boolean()),
  ids: v.optional(v.array(v.number()), []),
  kind: v.nullish(v.picklist(["a", "b"])),
  either: v.optional(v.union([v.number(), v.literal("all")])),
  after: v.optional(v.object({ at: v.string() })),
  q: v.optional(v.pipe(v.string(), v.trim())),
});
const read = (text: string) => queryInput(schema, new URLSearchParams(text));

test("parameters become what the schema means", () => {
  const input = { n: 5, on: true, ids: [1, 2], kind: "a", either: "all", after: { at: "x" }, q: "12" };
  expect(read(`n=5&on=true&ids=1&ids=2&kind=a&either=all&after=${encodeURIComponent('{"at":"x"}')}&q=12`)).toEqual({ ok: true, input });
  expect(read("either=7&provider=3")).toEqual({ ok: true, input: { either: 7 } });
});

test("what can't be converted stays for the schema to refuse; an unknown or repeated name is an issue", () => {
  expect(read("n=1x&on=maybe&after={")).toEqual({ ok: true, input: { n: "1x", on: "maybe", after: "{" } });
  expect(read("m=1&n=1&n=2&__proto__=1")).toEqual({
    ok: false,
    issues: [
      { path: "m", message: "is not a parameter of this query" },
      { path: "n", message: "is given more than once" },
      { path: "__proto__", message: "is not a parameter of this query" },
    ],
  });
});

test("depth is counted outside strings", () => {
  expect(depthOf('{"a":["[[[[",{"b\\"[":1}]}', 10)).toBe(3);
  expect(depthOf("[".repeat(1000), 32)).toBe(33);
});
