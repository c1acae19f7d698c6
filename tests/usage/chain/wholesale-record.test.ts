import { expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { wholesaleRecord } from "../../../core/usage/chain/wholesale-record.ts";
import { factOf } from "../../../core/usage/fact.ts";
import { sourceRecordSchema, type UsageRecord } from "../../../core/usage/normal-form.ts";
import { recordKey } from "../../../core/usage/record-key.ts";
import { callOf } from "../../support/calls.ts";

const key = "0190a7d4-0000-7000-8000-000000000001";
const times = { startedAt: "2026-11-01T12:00:00Z", endedAt: "2026-11-01T13:00:00Z" };
const login = { kind: "login", value: "iryna" } as const;
const octets = { seconds: 3600, octetsIn: "18446744073709551615", octetsOut: 7 };
const common = { id: "iryna-1", ...times, attributes: { tier: "gold" }, flags: ["odd"], raw: "iryna;1" };

const records: UsageRecord[] = [
  callOf({ callId: "iryna-1", source: "380449990055", accountCode: "iryna", trunk: "north", raw: "iryna;1", flags: ["odd"] }),
  { kind: "session", party: login, ...common, ...octets },
  {
    kind: "traffic",
    party: login,
    ...common,
    ...octets,
    remote: { address: "192.0.2.1", port: 40_123, protocol: "tcp" },
    trafficClass: "world",
  },
  { kind: "message", ...common, direction: "out", accountCode: "iryna", source: "+380449990055", destination: "48221234567", messages: 2 },
  { kind: "event", party: login, ...common, type: "water", metrics: { litres: "110.5" } },
];

test.each(records)("%o goes up without its subscriber, and costs what it would have cost with", (record) => {
  const up = wholesaleRecord(7, key, record);
  expect(JSON.stringify(up)).not.toMatch(/iryna|0055/);
  expect(up).toMatchObject({ kind: record.kind, fromPartner: 7, flags: [], raw: "", startedAt: record.startedAt });
  expect(factOf(up)).toEqual(factOf(record));
  // No door takes it: only what is handed on inside is a partner's.
  expect(v.safeParse(sourceRecordSchema, up).success).toBe(false);
});

test("of the partner's own number the block is left, at whatever level; of what is no number, nothing", () => {
  const sources = ["380441234567", "+380441234567", "123", "iryna", ""].map(
    (source) => wholesaleRecord(7, key, callOf({ source })) as { source: string },
  );
  expect(sources.map(({ source }) => source)).toEqual(["38044123", "+38044123", "", "", ""]);
  const again = wholesaleRecord(5, key, wholesaleRecord(7, key, callOf({ source: "380441234567" })));
  expect(again).toMatchObject({ source: "38044123", fromPartner: 5 });
  expect(wholesaleRecord(7, key, callOf({ direction: "in", source: "48221234567", destination: "380441234567" }))).toMatchObject({
    source: "48221234567",
    destination: "38044123",
  });
});

test("a partner's record has one key at the parent, whatever it says, and another for another partner", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), fc.integer({ min: 0, max: 9999 }), (one, other, durationSec) => {
      const keyOf = (partner: number, of: string, sec: number) => recordKey(wholesaleRecord(partner, of, callOf({ durationSec: sec })));
      expect(keyOf(7, one, 1)).toBe(keyOf(7, one, durationSec));
      expect(keyOf(7, one, 1)).not.toBe(keyOf(8, one, 1));
      if (one !== other) expect(keyOf(7, one, 1)).not.toBe(keyOf(7, other, 1));
    }),
  );
});
