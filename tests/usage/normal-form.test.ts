import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { asteriskReader } from "../../core/agents/pbx/asterisk.ts";
import { columnsOf, factOf, factOfStored } from "../../core/usage/fact.ts";
import { implausibilities } from "../../core/usage/implausibilities.ts";
import {
  type CallFields,
  isInstantText,
  type SourceRecord,
  sourceRecordSchema,
  type UsageRecord,
  usageBatchSchema,
} from "../../core/usage/normal-form.ts";
import { recordKey } from "../../core/usage/record-key.ts";
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

const parsed = (value: unknown) => v.parse(sourceRecordSchema, value);
const others: Record<Exclude<UsageRecord["kind"], "call">, SourceRecord> = {
  session: parsed({
    kind: "session",
    id: "s-1",
    party: { kind: "login", value: "bakery" },
    startedAt: "2026-03-10T10:00:00Z",
    endedAt: "2026-03-10T10:05:00Z",
    seconds: 300,
    octetsIn: "18446744073709551615",
    octetsOut: 5,
  }),
  traffic: parsed({
    kind: "traffic",
    party: { kind: "login", value: "bakery" },
    startedAt: "2026-03-10T10:00:00Z",
    octetsIn: 1,
    octetsOut: 2,
    remote: { address: "192.0.2.1", port: 443, protocol: "tcp" },
  }),
  message: parsed({ kind: "message", source: "380440000000", destination: "380671234567", startedAt: "2026-03-10T10:00:00Z" }),
  event: parsed({
    kind: "event",
    party: { kind: "login", value: "bakery" },
    startedAt: "2026-03-10T10:00:00Z",
    type: "water",
    metrics: { litres: "110.5" },
  }),
};

describe("other kinds than calls", () => {
  test("have keys that are the same in every release too", () => {
    expect(Object.values(others).map(recordKey)).toMatchInlineSnapshot(`
      [
        "74d21006-b46b-5a61-b289-f76641fd4636",
        "a5dabe89-40ac-d0bf-d272-904591ea1fbf",
        "85190c7d-17d7-ec9b-59a1-4072e4755ea0",
        "28cbbb2c-7363-53ad-9374-652241515c6d",
      ]
    `);
  });
  test("are the same record when their counters are written as numbers or as text, and another one in any other figure", () => {
    const session = others.session as SourceRecord & { kind: "session" };
    expect(recordKey({ ...session, octetsOut: "5" })).toBe(recordKey(session));
    const changes = [{ octetsOut: 6 }, { seconds: 301 }, { id: "s-2" }, { endedAt: null }, { attributes: { speed: "100" } }];
    expect(new Set([session, ...changes.map((change) => ({ ...session, ...change }))].map(recordKey)).size).toBe(changes.length + 1);
  });
  test("a call without trunk and attributes keeps its key, one with them has its own", () => {
    const keys = (
      [
        {},
        { trunk: "t1" },
        { attributes: { a: "1" } },
        { trunk: "t1", attributes: { a: "1" } },
        { attributes: {} },
      ] as Partial<CallFields>[]
    ).map((more) => recordKey({ ...call, ...more }));
    expect(new Set(keys).size).toBe(4);
  });
  test("are refused out of bounds", () => {
    const ok = (value: object) => v.is(sourceRecordSchema, value);
    expect(ok({ ...others.session, octetsIn: "18446744073709551616" })).toBe(false);
    expect(ok({ ...others.session, octetsIn: 2 ** 53 })).toBe(false);
    expect(ok({ ...others.session, octetsIn: -1 })).toBe(false);
    expect(ok({ ...others.session, octetsIn: "05" })).toBe(false);
    expect(ok({ ...others.traffic, remote: { address: "nowhere" } })).toBe(false);
    expect(ok({ ...others.message, messages: 0 })).toBe(false);
    expect(ok({ ...others.event, metrics: { litres: "-1" } })).toBe(false);
    expect(ok({ ...others.event, metrics: { litres: 1 } })).toBe(false);
    expect(ok({ ...others.event, metrics: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`m${i}`, "1"])) })).toBe(false);
    expect(ok({ ...others.event, party: { kind: "login", value: "" } })).toBe(false);
  });
  test("that contradict themselves are named", () => {
    const session = others.session as UsageRecord & { kind: "session" };
    expect(implausibilities({ ...session, octetsIn: 5 })).toEqual([]);
    expect(implausibilities(session)).toEqual(["more_octets_than_time"]);
    expect(implausibilities({ ...session, octetsIn: 5, endedAt: "2026-03-10T09:00:00Z" })).toEqual(["ends_before_start"]);
    expect(implausibilities({ ...session, octetsIn: 5, seconds: 10 })).toEqual(["duration_disagrees_with_times"]);
    expect(implausibilities({ ...(others.event as UsageRecord), startedAt: "1999-01-01T00:00:00Z" } as UsageRecord)).toEqual([
      "clock_was_not_set",
    ]);
  });
  test("are rated as they are stored: a record read back gives the same fact", () => {
    const withMore = { ...call, trunk: "t1", attributes: { speed: "100" } };
    for (const record of [call, withMore, ...Object.values(others)] as UsageRecord[])
      expect(factOfStored({ ...columnsOf(record), kind: record.kind, started_at: record.startedAt })).toEqual(factOf(record));
  });
});

describe("the schema of a record", () => {
  const isRecord = (value: unknown) => v.safeParse(sourceRecordSchema, value).success;
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
