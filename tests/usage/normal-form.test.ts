import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { asteriskReader } from "../../core/agents/pbx/asterisk.ts";
import {
  type CallFields,
  callRecordSchema,
  implausibilities,
  isInstantText,
  recordKey,
  usageBatchSchema,
} from "../../core/usage/normal-form.ts";
import { row } from "../agents/pbx/calls.ts";

const call: CallFields = {
  kind: "call",
  callId: "",
  startedAt: "2026-03-10T10:00:00Z",
  answeredAt: "2026-03-10T10:00:05Z",
  endedAt: "2026-03-10T10:00:35Z",
  durationSec: 35,
  billableSec: 30,
  direction: "out",
  accountCode: "",
  source: "74950000001",
  destination: "79160000001",
  disposition: "answered",
  flags: [],
  raw: "",
};

describe("the natural key", () => {
  test("is the same in every release: a change would let every stored call in again", () => {
    expect(recordKey({ ...call, raw: "a row" })).toBe("b2ef5daa-ac6a-8230-e517-ab5dc01fdff2");
    expect(recordKey(call)).toBe("27451a7c-a011-e9c9-8813-1fa2fe42c2af");
  });
  test("follows the source row and not what a codec made of it", () => {
    expect(recordKey({ ...call, raw: "a row", source: "1", flags: ["x"] })).toBe(recordKey({ ...call, raw: "a row" }));
    expect(recordKey({ ...call, raw: "a row " })).not.toBe(recordKey({ ...call, raw: "a row" }));
    expect(recordKey({ kind: "unreadable", raw: "a row", reason: "x" })).not.toBe(recordKey({ ...call, raw: "a row" }));
  });
  test("of records without a row and without a call id differs in every field", () => {
    const others: Partial<CallFields>[] = [
      { callId: "1" },
      { startedAt: "2026-03-10T10:00:01Z" },
      { answeredAt: null },
      { endedAt: null },
      { durationSec: 36 },
      { billableSec: 31 },
      { direction: "in" },
      { accountCode: "1" },
      { source: "" },
      { destination: "7" },
      { disposition: "busy" },
    ];
    const keys = [{}, ...others].map((other) => recordKey({ ...call, ...other }));
    expect(new Set(keys).size).toBe(keys.length);
    expect(recordKey({ ...call, source: "1", destination: "23" })).not.toBe(recordKey({ ...call, source: "12", destination: "3" }));
  });
});

describe("the schema of a record", () => {
  const isRecord = (value: unknown) => v.safeParse(callRecordSchema, value).success;
  test("takes a sound call and refuses what PostgreSQL couldn't store", () => {
    expect(isRecord(call)).toBe(true);
    expect(isRecord({ ...call, source: "1\0" })).toBe(false);
    expect(isRecord({ ...call, source: "\ud800" })).toBe(false);
    expect(isRecord({ ...call, source: "1".repeat(81) })).toBe(false);
    expect(isRecord({ ...call, raw: "1".repeat(8193) })).toBe(false);
    expect(isRecord({ ...call, billableSec: 1.5 })).toBe(false);
    expect(isRecord({ ...call, durationSec: -1 })).toBe(false);
    expect(isRecord({ ...call, durationSec: 2 ** 31 })).toBe(false);
    expect(isRecord({ ...call, startedAt: "2026-02-31T00:00:00Z" })).toBe(false);
    expect(isRecord({ ...call, extra: 1 })).toBe(false);
  });
  test("takes instants in UTC only, and only those that exist", () => {
    expect(["2026-02-28T23:59:59Z", "2026-02-28T23:59:59.5Z"].map(isInstantText)).toEqual([true, true]);
    expect(
      ["2026-02-29T00:00:00Z", "2026-02-28T24:00:00Z", "2026-02-28T00:00:00+03:00", "1969-12-31T00:00:00Z", "x"].some(isInstantText),
    ).toBe(false);
  });
  test("holds for everything that the Asterisk codec makes of any text", () => {
    const read = asteriskReader({ zone: "Europe/Berlin" });
    const field = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("2026-03-10 10:00:00", "2026-03-29 02:30:00", "ANSWERED", "5", "", "99999999999"),
    );
    const quoted = field.map((f) => `"${f.replaceAll('"', '""')}"`);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(quoted, { maxLength: 22 }).map((f) => f.join(",")),
          fc.string({ unit: "binary", maxLength: 9000 }),
        ),
        (text) => isRecord(read(text)),
      ),
      { numRuns: 500 },
    );
  });
});

test("what contradicts itself is named", () => {
  const of = (change: Partial<CallFields>, billable?: number) => implausibilities({ ...call, ...change }, billable);
  expect(of({})).toEqual([]);
  expect(of({ billableSec: 36 })).toEqual(["billable_exceeds_duration"]);
  expect(of({ endedAt: "2026-03-10T09:00:00Z" })).toEqual(["ends_before_start", "answered_after_end"]);
  expect(of({ durationSec: 3500 })).toEqual(["duration_disagrees_with_times"]);
  expect(of({ answeredAt: null })).toEqual(["answer_time_missing"]);
  expect(of({ disposition: "busy", answeredAt: null, billableSec: 0 }, 5)).toEqual(["billable_without_answer"]);
});

test("throughput, for the record: keys and validation of 5000 rows", () => {
  const read = asteriskReader();
  const records = Array.from({ length: 5000 }, (_, n) => read(row(n).trimEnd()));
  const rate = (work: () => void) => {
    work();
    const before = performance.now();
    for (let i = 0; i < 10; i++) work();
    return Math.floor(50_000_000 / (performance.now() - before)).toLocaleString("en");
  };
  const keys = rate(() => records.forEach(recordKey));
  const checks = rate(() => expect(v.is(usageBatchSchema, { firstSequence: 1, records })).toBe(true));
  console.log(`natural keys ${keys}/s, schema ${checks} records/s`);
});
