import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { asteriskReader, startsAsteriskRow } from "../../../core/agents/pbx/asterisk.ts";
import { MAX_ROW_BYTES, splitRows } from "../../../core/agents/pbx/csv-rows.ts";
import { asteriskFile } from "../../../core/agents/pbx/read-rows.ts";
import type { CallFields, SourceRecord } from "../../../core/usage/normal-form.ts";
import { row, rows } from "./calls.ts";

const fixtures = join(process.env.MB_FIXTURES ?? resolve(import.meta.dirname, "../../../../shared/fixtures"), "cdr/asterisk");
const bytes = (text: string) => new TextEncoder().encode(text);
const oneCall = (text: string, options?: Parameters<typeof asteriskReader>[0]): CallFields => {
  const record = asteriskReader(options)(text.trimEnd());
  if (record.kind === "unreadable") throw new Error(`${record.reason} in column ${record.column}`);
  return record as CallFields;
};

describe.skipIf(!existsSync(fixtures))("the recorded files", () => {
  const read = (name: string) => asteriskFile().read(readFileSync(join(fixtures, name)));
  test("good.csv gives five calls, of which the second can't be true and one was answered soundly", () => {
    const { records, consumed } = read("good.csv");
    const calls = records as CallFields[];
    expect(consumed).toBe(readFileSync(join(fixtures, "good.csv")).length);
    expect(calls.map((c) => [c.disposition, c.durationSec, c.billableSec, c.flags])).toEqual([
      ["answered", 5, 5, []],
      ["answered", 5, 7, ["billable_exceeds_duration"]],
      ["failed", 5, 0, []],
      ["no_answer", 5, 0, []],
      ["busy", 5, 0, []],
    ]);
    expect(calls[0]).toMatchObject({
      callId: "1231977075.0",
      startedAt: "2009-01-14T23:51:15Z",
      source: "test",
      destination: "100",
      direction: "out",
    });
  });
  test("buggy.csv gives none, and a row that waits for its end", () => {
    expect(read("buggy.csv")).toEqual({ records: [], consumed: 0 });
  });
  test("Master.csv and Master2.csv give two calls and one", () => {
    expect([read("Master.csv").records.length, read("Master2.csv").records.length]).toEqual([2, 1]);
  });
});

describe("one row", () => {
  test("without a unique id, or with a user field alone, has a blank call id", () => {
    const short = row(1).trimEnd().split(",").slice(0, -2).join(",");
    expect(oneCall(short).callId).toBe("");
    expect(oneCall(`${short},"free text"`).callId).toBe("");
    expect(oneCall(`${short},"pbx1-1773100800.7"`).callId).toBe("pbx1-1773100800.7");
    expect(oneCall(`${row(1).trimEnd()},"linked","peer",17`).callId).toBe("1773100800.1");
  });
  test("is unreadable with the column that is wrong", () => {
    const read = asteriskReader();
    const fault = (text: string) => {
      const { kind, reason, column } = read(text) as Extract<SourceRecord, { kind: "unreadable" }>;
      return [kind, reason, column];
    };
    const sound = row(1).trimEnd();
    expect(fault("hello")).toEqual(["unreadable", "too_few_columns", 1]);
    expect(fault(sound.replace('"2026-03-10 00:00:00"', '"10.03.2026 00:00"'))).toEqual(["unreadable", "time_invalid", 10]);
    expect(fault(sound.replace(",30,30,", ",-1,30,"))).toEqual(["unreadable", "duration_invalid", 13]);
    expect(fault(sound.replace(",30,30,", ",30,1e9,"))).toEqual(["unreadable", "billsec_invalid", 14]);
    expect(fault(sound.replace("79161234567", "1".repeat(81)))).toEqual(["unreadable", "field_too_long", 3]);
    expect(fault(`${sound}\0`)).toEqual(["unreadable", "nul_byte", undefined]);
    expect(fault(`${sound}x"`)).toEqual(["unreadable", "quote_misplaced", undefined]);
    expect(fault(`${sound}"`)).toEqual(["unreadable", "unterminated_quote", undefined]);
  });
  test("of an unknown disposition is flagged, and never billable", () => {
    expect(oneCall(row(1).replace("ANSWERED", "PERHAPS"))).toMatchObject({
      disposition: "unknown",
      billableSec: 0,
      flags: ["billable_without_answer", "disposition_unknown"],
    });
  });
  test("has its numbers and direction as the exchange's rules say", () => {
    const rules = {
      inboundContexts: ["from-trunk"],
      source: [],
      destination: [
        { prefix: "9", replaceWith: "" },
        { prefix: "9810", replaceWith: "+" },
      ],
    };
    expect(oneCall(row(1).replace("79161234567", "98104912345").replace('"out"', '"from-trunk"'), { rules })).toMatchObject({
      destination: "+4912345",
      direction: "in",
    });
    expect(oneCall(row(1), { rules })).toMatchObject({ destination: "79161234567", direction: "out" });
  });
});

describe("the exchange's clock", () => {
  const at = (start: string, answer: string, end: string, sec: number, uniqueId: string, zone: string) =>
    oneCall(`"","1","2","c","","a","b","Dial","","${start}","${answer}","${end}",${sec},${sec},"ANSWERED","3","${uniqueId}",""`, { zone });
  test("is local to its zone, whole hours or not", () => {
    expect(at("2026-07-01 12:00:00", "2026-07-01 12:00:00", "2026-07-01 12:00:30", 30, "", "Europe/Moscow").startedAt).toBe(
      "2026-07-01T09:00:00Z",
    );
    expect(at("2026-07-01 12:10:00", "2026-07-01 12:10:00", "2026-07-01 12:10:30", 30, "", "Asia/Kathmandu").startedAt).toBe(
      "2026-07-01T06:25:00Z",
    );
  });
  test("repeats an hour in autumn, and the unique id's epoch tells which one it is", () => {
    const times = ["2026-10-25 02:30:00", "2026-10-25 02:30:00", "2026-10-25 02:30:30"] as const;
    const first = Temporal.Instant.from("2026-10-25T00:30:00Z").epochMilliseconds / 1000;
    expect(at(...times, 30, `${first}.1`, "Europe/Berlin")).toMatchObject({
      startedAt: "2026-10-25T00:30:00Z",
      endedAt: "2026-10-25T00:30:30Z",
      flags: [],
    });
    expect(at(...times, 30, `${first + 3600}.1`, "Europe/Berlin")).toMatchObject({
      startedAt: "2026-10-25T01:30:00Z",
      endedAt: "2026-10-25T01:30:30Z",
      flags: [],
    });
  });
  test("going back in mid-call doesn't make the call end before it began", () => {
    const call = at("2026-10-25 02:59:50", "2026-10-25 02:59:50", "2026-10-25 02:00:10", 20, "", "Europe/Berlin");
    expect(call).toMatchObject({ startedAt: "2026-10-25T00:59:50Z", endedAt: "2026-10-25T01:00:10Z", flags: [] });
  });
  test("skips an hour in spring: a time within it is flagged", () => {
    const call = at("2026-03-29 02:30:00", "2026-03-29 02:30:00", "2026-03-29 02:30:30", 30, "", "Europe/Berlin");
    expect(call).toMatchObject({ startedAt: "2026-03-29T01:30:00Z", flags: ["local_time_skipped"] });
    expect(at("2026-03-29 01:59:50", "2026-03-29 01:59:50", "2026-03-29 03:00:10", 20, "", "Europe/Berlin").flags).toEqual([]);
  });
  test("in an unknown zone is refused at once", () => {
    expect(() => asteriskReader({ zone: "Mars/Olympus" })).toThrow(RangeError);
  });
});

describe("rows out of a stream of bytes", () => {
  const cutAnywhere = (stream: Uint8Array, cuts: number[]) => {
    const reader = asteriskFile();
    const records: SourceRecord[] = [];
    let rest = new Uint8Array(0);
    const ends = [...new Set([...cuts.map((c) => c % (stream.length + 1)), stream.length])].sort((a, b) => a - b);
    let from = 0;
    for (const end of ends) {
      const joined = new Uint8Array([...rest, ...stream.subarray(from, end)]);
      const { records: some, consumed } = reader.read(joined);
      records.push(...some);
      rest = joined.slice(consumed);
      from = end;
    }
    return { records, rest };
  };
  const piece = fc.oneof(
    fc.nat({ max: 99 }).map((n) => bytes(row(n))),
    fc.constantFrom(row(1).slice(0, 70), '"', '""', "\n", "\r\n", ",", "\0", row(2).replace("SIP/b,60", "two\nlines"), '"a\n').map(bytes),
    fc.uint8Array({ maxLength: 20 }),
  );
  test("are the same wherever the stream is cut, and no bytes make it throw", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat({ max: 4000 }), { maxLength: 6 }), (pieces, cuts) => {
        const stream = new Uint8Array(pieces.flatMap((p) => [...p]));
        expect(cutAnywhere(stream, cuts)).toEqual(cutAnywhere(stream, []));
        asteriskFile().finish(stream);
      }),
      { numRuns: 300 },
    );
  });
  test("that a dead writer left without an end don't hold back the rows after them", () => {
    const torn = row(1).slice(0, -2);
    const { records, rest } = cutAnywhere(bytes(`${torn}\n${rows(2, 5)}`), []);
    expect(records.map((r) => (r.kind === "unreadable" ? r.reason : (r as CallFields).callId))).toEqual([
      "unterminated_quote",
      "1773100800.2",
      "1773100800.3",
      "1773100800.4",
    ]);
    expect(rest.length).toBe(0);
  });
  test("may hold a line break inside quotes, but a caller can't smuggle in a row of his own that way", () => {
    const forged = row(9).trimEnd().replaceAll('"', '""');
    const text = row(1).replace("SIP/b,60", `x\n${forged}\ny`);
    expect(startsAsteriskRow(row(9).trimEnd())).toBe(true);
    expect(startsAsteriskRow(forged)).toBe(false);
    const { records } = cutAnywhere(bytes(text + row(2)), []);
    expect(records.map((r) => r.kind === "call" && r.callId)).toEqual(["1773100800.1", "1773100800.2"]);
  });
  test("are bounded: a line of a megabyte is given up in pieces, and the next row is read", () => {
    const { records } = cutAnywhere(bytes(`${"x".repeat(1024 ** 2)}\n${row(1)}`), []);
    expect(records.at(-1)).toMatchObject({ kind: "call", callId: "1773100800.1" });
    expect(records.slice(0, -1).every((r) => r.kind === "unreadable" && r.raw.length <= 8192)).toBe(true);
    expect(records.length).toBe(1024 ** 2 / MAX_ROW_BYTES + 1);
  });
  test("in another encoding keep one character per byte, and a Windows line end is no part of a row", () => {
    const name = new Uint8Array([0x22, 0xc8, 0xe2, 0xe0, 0xed, 0x22, 0x0d, 0x0a]);
    expect(splitRows(name, () => false)).toEqual({ rows: [{ text: '"Èâàí"', broken: false }], consumed: 8 });
  });
});

test("throughput, for the record: bytes to records on one core", () => {
  const file = bytes(rows(0, 50_000));
  const { read } = asteriskFile({ zone: "Europe/Moscow" });
  read(file);
  const before = performance.now();
  const { records } = read(file);
  console.log(`Asterisk codec ${Math.floor((records.length / (performance.now() - before)) * 1000).toLocaleString("en")} rows/s`);
  expect(records.length).toBe(50_000);
});
