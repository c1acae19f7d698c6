// Prices in time bands: the worked cases, days on which clocks change, public holidays, what decides where bands overlap.
import { describe, expect, test } from "bun:test";
import type { PlanDocumentInput } from "../../core/catalog/plan-document.ts";
import { formatMicros } from "../../core/kernel/money.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { explain, rateCall, rateSlice } from "../../core/rating/rate-call.ts";
import { traceText } from "../../core/rating/trace.ts";
import { inBands, type RateInput, step } from "./plans.ts";

type Calendar = Pick<PlanDocumentInput, "bands" | "holidays" | "zone">;
const workdays = ["mon", "tue", "wed", "thu", "fri"] as const;
const destination = "380441234567";
const ms = (text: string) => Temporal.ZonedDateTime.from(text).epochMilliseconds;
const kyiv = (text: string) => ms(`${text}[Europe/Kyiv]`);
const seconds = (clock: string) => Temporal.Duration.from(clock).total("seconds");

const compiled = (rate: Partial<RateInput>, calendar: Calendar) => compilePlan(inBands(rate, { zone: "Europe/Kyiv", ...calendar }));
const cost = (plan: ReturnType<typeof compilePlan>, startMs: number, billableSec: number) => {
  const rating = rateCall(plan, { destination, billableSec, startMs });
  return rating.ok ? formatMicros(rating.amountMicros, 0) : rating.code;
};
const perSecond = (price: string) => [step(price, 1, 1)];

/** Workdays: connect 1 + 1/s; from 18:00 0.5/s. */
const day = { code: "day", windows: [{ weekdays: [...workdays], from: "00:00", to: "18:00" }] };
const evening = { code: "evening", windows: [{ weekdays: [...workdays], from: "18:00", to: "24:00" }] };
const r9 = compiled(
  {
    bands: [
      { band: "day", connectFee: "1", steps: perSecond("1") },
      { band: "evening", connectFee: "0", steps: perSecond("0.5") },
    ],
  },
  { bands: [day, evening] },
);

describe("worked cases in time bands", () => {
  test("R9: Thursday 17:30 to 18:30 costs 1 + 1800 + 900", () => {
    expect(cost(r9, kyiv("2026-11-26T17:30"), seconds("PT1H"))).toBe("2701");
  });

  test("R10: the same as a later slice of a running call costs 2700: the connect fee was in the first", () => {
    const startMs = kyiv("2026-11-26T17:29:59");
    const later = rateSlice(r9, { destination, startMs, fromSec: 1, toSec: 3601 });
    expect(later).toMatchObject({ ok: true, amountMicros: 2_700_000_000n });
    expect(rateSlice(r9, { destination, startMs, fromSec: 0, toSec: 1 })).toMatchObject({ amountMicros: 2_000_000n });
  });

  test("R12: 22:50 to 23:50:21 at 0.5/s costs 1810.5, as one line", () => {
    expect(cost(r9, kyiv("2026-11-26T22:50"), seconds("PT1H21S"))).toBe("1810.5");
    const { trace } = explain(r9, { destination, billableSec: seconds("PT1H21S"), startMs: kyiv("2026-11-26T22:50") });
    expect(trace.filter(({ kind }) => kind === "step")).toHaveLength(1);
  });

  test("R20: an increment of 60 s that begins before the band changes keeps its price to its end", () => {
    const plan = compiled(
      {
        bands: [
          { band: "day", steps: [step("1", 60, 60)] },
          { band: "evening", steps: [step("5", 60, 60)] },
        ],
      },
      { bands: [day, evening] },
    );
    const startMs = kyiv("2026-11-26T17:59:30");
    expect(rateCall(plan, { destination, startMs, billableSec: 45 })).toMatchObject({ amountMicros: 1_000_000n, billedSec: 60 });
    // The next begins 30 s after the change.
    expect(rateCall(plan, { destination, startMs, billableSec: 61 })).toMatchObject({ amountMicros: 6_000_000n, billedSec: 120 });
  });

  test("R27: a Friday that is a public holiday has the holiday's price, as one interval", () => {
    const plan = compiled(
      {
        bands: [
          { band: "week", steps: perSecond("1") },
          { band: "holiday", steps: perSecond("0.1") },
        ],
      },
      {
        holidays: { country: "UA" },
        bands: [
          { code: "week", weight: 10, windows: [{ weekdays: [...workdays] }] },
          { code: "holiday", weight: 20, windows: [{ holidays: "only" }] },
        ],
      },
    );
    // The first of May 2026 is a Friday.
    const startMs = kyiv("2026-05-01T10:00");
    expect(cost(plan, startMs, 100)).toBe("10");
    const { trace } = explain(plan, { destination, billableSec: 100, startMs });
    expect(trace.filter(({ kind }) => kind === "band" || kind === "step")).toHaveLength(2);
    expect(cost(plan, kyiv("2026-05-08T10:00"), 100)).toBe("100");
  });
});

describe("the instants at which bands change", () => {
  const flat = compiled(
    { steps: perSecond("1"), bands: [{ band: "cheap", steps: perSecond("0.25") }] },
    { bands: [{ code: "cheap", windows: [{ from: "22:00", to: "06:00" }] }] },
  );

  test("the first minute is inside and the last is outside, to the second", () => {
    expect(["21:59:59", "22:00:00", "05:59:59", "06:00:00"].map((time) => cost(flat, kyiv(`2026-11-26T${time}`), 1))).toEqual([
      "1",
      "0.25",
      "0.25",
      "1",
    ]);
    expect(cost(flat, kyiv("2026-11-26T21:59:58"), 4)).toBe("2.5");
  });

  test("a window past midnight goes on without a seam", () => {
    expect(cost(flat, kyiv("2026-11-26T23:59:58"), 4)).toBe("1");
    expect(cost(flat, kyiv("2026-11-26T21:00"), seconds("PT10H"))).toBe(String(7200 + 8 * 900));
  });

  test("a window past midnight belongs to the day on which it begins", () => {
    const friday = compiled(
      { steps: perSecond("1"), bands: [{ band: "fri", steps: perSecond("0.25") }] },
      { bands: [{ code: "fri", windows: [{ weekdays: ["fri"], from: "22:00", to: "06:00" }] }] },
    );
    // The 27th of November 2026 is a Friday.
    expect(["27T05:00", "27T23:00", "28T05:00", "28T23:00"].map((at) => cost(friday, kyiv(`2026-11-${at}`), 1))).toEqual([
      "1",
      "0.25",
      "0.25",
      "1",
    ]);
  });

  test("increments begin at whole seconds of the call: the fraction of a second decides which price one has", () => {
    const at = kyiv("2026-11-26T22:00");
    expect([cost(flat, at - 1, 1), cost(flat, at - 1, 2), cost(flat, at - 1000, 2), cost(flat, at - 1001, 2)]).toEqual([
      "1",
      "1.25",
      "1.25",
      "2",
    ]);
  });

  test("steps count from the beginning of the call, not of the band", () => {
    const plan = compiled(
      { steps: perSecond("1"), bands: [{ band: "cheap", steps: [step("0.5", 1, 1), step("0.25", 1, 1, 60)] }] },
      { bands: [{ code: "cheap", windows: [{ from: "22:00", to: "06:00" }] }] },
    );
    // 50 s at 1, then the band: its first step until the 60th second of the call, then its second.
    expect(cost(plan, kyiv("2026-11-26T21:59:10"), 70)).toBe("57.5");
    // The band begins after its first step is over.
    expect(cost(plan, kyiv("2026-11-26T21:58:00"), 124)).toBe("121");
  });

  test("connect fee and minimum are those of the interval in which the call begins", () => {
    const plan = compiled(
      {
        connectFee: "3",
        minimumCharge: "5",
        steps: perSecond("0.01"),
        bands: [{ band: "cheap", connectFee: "9", steps: perSecond("0.01") }],
      },
      { bands: [{ code: "cheap", windows: [{ from: "22:00", to: "06:00" }] }] },
    );
    expect(cost(plan, kyiv("2026-11-26T21:59:50"), 100)).toBe("5");
    expect(cost(plan, kyiv("2026-11-26T22:00"), 100)).toBe("10");
  });
});

describe("days on which clocks change", () => {
  // In Kyiv 2026-03-29 has 23 hours (03:00 becomes 04:00), 2026-10-25 has 25 (04:00 becomes 03:00 again).
  const hour = (from: string, to: string) =>
    compiled(
      { steps: perSecond("0"), bands: [{ band: "in", steps: perSecond("1") }] },
      { bands: [{ code: "in", windows: [{ from, to }] }] },
    );

  test("a whole day has 23 or 25 hours of it", () => {
    const all = hour("00:00", "24:00");
    expect(cost(all, kyiv("2026-03-29T00:00"), 23 * 3600)).toBe(String(23 * 3600));
    const daytime = hour("00:00", "12:00");
    expect(cost(daytime, kyiv("2026-03-29T00:00"), 23 * 3600)).toBe(String(11 * 3600));
    expect(cost(daytime, kyiv("2026-10-25T00:00"), 25 * 3600)).toBe(String(13 * 3600));
  });

  test("a window inside the hour that is skipped never holds; one that reaches into it is shorter", () => {
    expect(cost(hour("03:15", "03:45"), kyiv("2026-03-29T00:00"), 23 * 3600)).toBe("0");
    expect(cost(hour("02:30", "03:30"), kyiv("2026-03-29T00:00"), 23 * 3600)).toBe("1800");
  });

  test("a window inside the hour that is repeated holds twice", () => {
    expect(cost(hour("03:15", "03:45"), kyiv("2026-10-25T00:00"), 25 * 3600)).toBe("3600");
    expect(cost(hour("02:30", "03:30"), kyiv("2026-10-25T00:00"), 25 * 3600)).toBe("5400");
  });

  test("the zone is the plan's, else the provider's, else UTC", () => {
    const document = inBands(
      { steps: perSecond("0"), bands: [{ band: "in", steps: perSecond("1") }] },
      { bands: [{ code: "in", windows: [{ from: "12:00", to: "13:00" }] }] },
    );
    const noon = (zone: string) => ms(`2026-11-26T12:30[${zone}]`);
    expect(cost(compilePlan(document), noon("UTC"), 1)).toBe("1");
    expect(cost(compilePlan(document, { zone: "Asia/Tokyo" }), noon("Asia/Tokyo"), 1)).toBe("1");
    expect(cost(compilePlan({ ...document, zone: "Europe/Kyiv" }, { zone: "Asia/Tokyo" }), noon("Europe/Kyiv"), 1)).toBe("1");
    expect(compilePlan({ ...document, zone: "Europe/Kyiv" }, { zone: "Asia/Tokyo" }).zone).toBe("Europe/Kyiv");
  });
});

describe("public holidays", () => {
  const off = (holidays: Calendar["holidays"], more: Calendar = {}) =>
    compiled(
      { steps: perSecond("1"), bands: [{ band: "off", steps: perSecond("0") }] },
      { holidays, bands: [{ code: "off", windows: [{ holidays: "only" }] }], ...more },
    );

  test("are the country's, with the days that move", () => {
    const ukraine = off({ country: "UA" });
    const free = ["2026-01-01", "2026-04-13", "2026-08-24", "2026-12-25"];
    expect(free.map((date) => cost(ukraine, kyiv(`${date}T12:00`), 1))).toEqual(["0", "0", "0", "0"]);
    expect(cost(ukraine, kyiv("2026-11-26T12:00"), 1)).toBe("1");
  });

  test("`also` and `not` change them", () => {
    const moved = off({ country: "UA", also: ["2026-11-26", "2026-08-25"], not: ["2026-08-24", "2026-08-25"] });
    expect(["2026-11-26", "2026-08-24", "2026-08-25"].map((date) => cost(moved, kyiv(`${date}T12:00`), 1))).toEqual(["0", "1", "1"]);
  });

  test("last the civil day of the plan's zone, from midnight to midnight", () => {
    const ukraine = off({ country: "UA" });
    expect([cost(ukraine, kyiv("2026-08-23T23:59:59"), 2), cost(ukraine, kyiv("2026-08-24T23:59:59"), 2)]).toEqual(["1", "1"]);
    const tokyo = off({ country: "UA" }, { zone: "Asia/Tokyo" });
    expect([ms("2026-08-24T00:00[Asia/Tokyo]"), kyiv("2026-08-24T23:00")].map((at) => cost(tokyo, at, 1))).toEqual(["0", "1"]);
  });

  test("a state has its own", () => {
    const [bavaria, berlin] = ["BY", "BE"].map((state) => off({ country: "DE", state }));
    expect([bavaria, berlin].map((plan) => cost(plan!, kyiv("2026-01-06T12:00"), 1))).toEqual(["0", "1"]);
  });

  test("except: a band of working days leaves them out; without a country no day is one", () => {
    const bands = [{ code: "off", windows: [{ weekdays: [...workdays], holidays: "except" as const }] }];
    const days = ["2026-08-24", "2026-08-25", "2026-08-29"];
    expect(days.map((date) => cost(off({ country: "UA" }, { bands }), kyiv(`${date}T12:00`), 1))).toEqual(["1", "0", "1"]);
    expect(days.map((date) => cost(off(undefined, { bands }), kyiv(`${date}T12:00`), 1))).toEqual(["0", "0", "1"]);
  });
});

describe("where bands overlap", () => {
  const bands = [
    { code: "light", weight: 1, windows: [{}] },
    { code: "first", weight: 5, windows: [{}] },
    { code: "second", weight: 5, windows: [{}] },
    { code: "heavy", weight: 9, windows: [{ from: "12:00", to: "13:00" }] },
  ];
  const prices = { light: "1", first: "2", second: "3", heavy: "4" };
  const priced = (...codes: (keyof typeof prices)[]) =>
    compiled({ steps: perSecond("7"), bands: codes.map((band) => ({ band, steps: perSecond(prices[band]) })) }, { bands });
  const at = (plan: ReturnType<typeof compilePlan>) => ["12:30", "15:00"].map((time) => cost(plan, kyiv(`2026-11-26T${time}`), 1));

  test("the heaviest decides; of equal ones the first of the plan, in whatever order the rate has them", () => {
    expect(at(priced("light", "second", "heavy", "first"))).toEqual(["4", "2"]);
  });
  test("among those that the rate has a price for", () => {
    expect(at(priced("light", "second"))).toEqual(["3", "3"]);
    expect(at(priced("heavy"))).toEqual(["4", "7"]);
  });
});

describe("a time without a price", () => {
  const plan = compiled({ freeSec: 5, steps: [], bands: [{ band: "day", steps: [step("1", 60, 60)] }] }, { bands: [day] });
  const startMs = kyiv("2026-11-26T17:58:30");

  test("a call with an increment that begins there is refused, and told from which second; a shorter one is priced", () => {
    expect(rateCall(plan, { destination, startMs, billableSec: 120 })).toMatchObject({ ok: true, amountMicros: 2_000_000n });
    expect(rateCall(plan, { destination, startMs, billableSec: 121 })).toEqual({ ok: false, code: "no_rate", destination, fromSec: 120 });
    const { trace } = explain(plan, { destination, startMs, billableSec: 121 });
    expect(trace.map(traceText).at(-1)).toBe(`Refused: the plan has no price for "${destination}" from 120 s on`);
  });

  test("so is a call within the free seconds, and one whose time is not known; not one that nobody answered", () => {
    const late = kyiv("2026-11-26T20:00");
    expect(rateCall(plan, { destination, startMs: late, billableSec: 3 })).toMatchObject({ ok: false, code: "no_rate" });
    expect(rateCall(plan, { destination, billableSec: 60 })).toMatchObject({ ok: false, code: "no_rate" });
    expect(rateCall(plan, { destination, startMs: late, billableSec: 60, answered: false })).toMatchObject({ ok: true, amountMicros: 0n });
  });
});

test("seconds that are paid otherwise move the increments, not the steps and bands", () => {
  const plan = compiled(
    {
      connectFee: "9",
      minimumCharge: "50",
      steps: [step("1", 1, 60), step("2", 1, 10, 60)],
      bands: [{ band: "evening", steps: perSecond("3") }],
    },
    { bands: [evening] },
  );
  const rating = (billableSec: number, coveredSec: number, time = "12:00:00") =>
    rateCall(plan, { destination, startMs: kyiv(`2026-11-26T${time}`), billableSec, coveredSec });
  expect(rating(30, 30)).toMatchObject({ ok: true, amountMicros: 0n, billedSec: 0, reason: "covered" });
  // One increment of 60 s from the 45th second.
  expect(rating(50, 45)).toMatchObject({ amountMicros: 60_000_000n, billedSec: 60, realSec: 50 });
  expect(rating(75, 70)).toMatchObject({ amountMicros: 20_000_000n, billedSec: 10 });
  expect(rating(75, 70, "17:58:50")).toMatchObject({ amountMicros: 15_000_000n, billedSec: 5 });
  expect(rating(85, 70, "17:58:49")).toMatchObject({ amountMicros: 35_000_000n, billedSec: 15 });
});

test("the trace names the bands, and the time at which each begins", () => {
  const { trace } = explain(r9, { destination, billableSec: 3600, startMs: kyiv("2026-11-26T17:30") });
  expect(trace.map(traceText)).toEqual([
    "Rate for every destination: Everywhere",
    "From 0 s (2026-11-26 17:30:00 +02:00, Europe/Kyiv), time band day:",
    "Connect fee, once: 1",
    "0–1800 s: 1800 × 1 s × 1 per 1 s = 1800",
    "From 1800 s (2026-11-26 18:00:00 +02:00, Europe/Kyiv), time band evening:",
    "1800–3600 s: 1800 × 1 s × 0.5 per 1 s = 900",
    "Sum: 2701",
    "Rounded once, half up, to 6 decimals: 2701.000000",
  ]);
});
