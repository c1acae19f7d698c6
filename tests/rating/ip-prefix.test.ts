import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TrafficClass } from "../../core/catalog/document/usage.ts";
import { parseIp, parseIpPrefix } from "../../core/kernel/ip-prefix.ts";
import { compileTrafficClasses } from "../../core/rating/traffic-classes.ts";
import type { TrafficFact } from "../../core/rating/usage.ts";

describe("an IP address", () => {
  for (const [text, value] of [
    ["0.0.0.0", 0],
    ["255.255.255.255", 2 ** 32 - 1],
    ["::", 0n],
    ["::1", 1n],
    ["2001:db8::", 0x20010db8n << 96n],
    ["1:2:3:4:5:6:7:8", 0x00010002000300040005000600070008n],
    ["::ffff:192.0.2.1", 3_221_225_985],
    ["64:ff9b::192.0.2.1", (0x0064ff9bn << 96n) | 3_221_225_985n],
  ] as const)
    test(`${text} is a number`, () => expect(parseIp(text)).toBe(value));

  for (const text of [
    "",
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4.5",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    ":",
    "1.2.3.4::",
    "g::",
  ])
    test(`${JSON.stringify(text)} is none`, () => expect(parseIp(text)).toBeUndefined());
});

describe("an IP prefix", () => {
  test("is all addresses that begin with it", () => {
    expect(parseIpPrefix("10.1.2.3/8")).toEqual({ first: 167_772_160, last: 184_549_375 });
    expect(parseIpPrefix("0.0.0.0/0")).toEqual({ first: 0, last: 2 ** 32 - 1 });
    expect(parseIpPrefix("2001:db8::/126")).toEqual({ first: 0x20010db8n << 96n, last: (0x20010db8n << 96n) + 3n });
    expect(parseIpPrefix("::/0")).toEqual({ first: 0n, last: (1n << 128n) - 1n });
  });
  for (const text of ["10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8"])
    test(`${text} is none`, () => expect(parseIpPrefix(text)).toBeUndefined());
});

const traffic = (address: string, port?: number): TrafficFact => ({
  kind: "traffic",
  startMs: 0,
  seconds: 300,
  octetsIn: 1n,
  octetsOut: 1n,
  remote: { address, ...(port === undefined ? {} : { port }) },
});
const classOf = (code: string, prefixes: string[], ports: TrafficClass["ports"] = []): TrafficClass => ({ code, prefixes, ports });

describe("the class of traffic", () => {
  test("is the first that the far end is in, of none the world", () => {
    const of = compileTrafficClasses([
      classOf("a", ["10.1.0.0/16", "2001:db8::/32"]),
      classOf("b", ["10.0.0.0/8"]),
      classOf("web", [], [{ from: 80, to: 80 }]),
    ]);
    expect([
      of(traffic("10.1.2.3")),
      of(traffic("10.2.2.3")),
      of(traffic("2001:db8::1")),
      of(traffic("8.8.8.8", 80)),
      of(traffic("8.8.8.8")),
    ]).toEqual(["a", "b", "a", "web", "world"]);
    expect(of({ ...traffic("10.1.2.3"), trafficClass: "b" })).toBe("b");
  });

  test("is what a look at every prefix finds, over random prefixes that overlap", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.integer({ min: 4, max: 20 })), { maxLength: 40 }),
        fc.array(fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 })), { maxLength: 20 }),
        (prefixes, addresses) => {
          const written = prefixes.map(([a, b, length]) => `${a}.${b}.0.0/${length}`);
          const of = compileTrafficClasses([classOf("in", written.length > 0 ? written : ["192.0.2.0/24"])]);
          for (const [a, b] of addresses) {
            const bits = (a * 256 + b).toString(2).padStart(16, "0") + "0".repeat(16);
            const inside = prefixes.some(([pa, pb, length]) =>
              bits.startsWith(((pa * 256 + pb).toString(2).padStart(16, "0") + "0".repeat(16)).slice(0, length)),
            );
            expect(of(traffic(`${a}.${b}.0.0`))).toBe(inside ? "in" : "world");
          }
        },
      ),
      { numRuns: 500 },
    ));
});
