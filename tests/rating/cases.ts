// Worked cases: a plan, usage in order, and what it costs to the last digit. The pure function, the quote and the path of usage into the books must
// give the same; each test asks one of them.
import type { PlanDocumentInput } from "../../core/catalog/plan-document.ts";
import { step } from "./plans.ts";

type Part<K extends keyof PlanDocumentInput> = NonNullable<PlanDocumentInput[K]>;
export type Component = Part<"usage">[number];
export type BundleInput = Part<"bundles">[number];

/** What lies before a slice. */
type CallSlice = { session: string; seconds: number };
export type SessionSlice = CallSlice & { octetsIn: string; octetsOut: string };

/** Usage as a quote takes it. */
export type CaseUsage =
  | {
      kind: "call";
      destination: string;
      seconds: number;
      startedAt: string;
      direction?: "in";
      trunk?: string;
      answered?: boolean;
      slice?: CallSlice;
    }
  | {
      kind: "session";
      startedAt: string;
      seconds: number;
      octetsIn: string;
      octetsOut: string;
      attributes?: Record<string, string>;
      slice?: SessionSlice;
    }
  | {
      kind: "traffic";
      startedAt: string;
      seconds?: number;
      octetsIn: string;
      octetsOut: string;
      remote?: { address: string; port?: number; protocol?: "tcp" | "udp" };
      trafficClass?: string;
    }
  | { kind: "message"; destination: string; startedAt: string; messages?: number; direction?: "in" }
  | { kind: "event"; type: string; startedAt: string; metrics?: Record<string, string>; attributes?: Record<string, string> };

export type RatingCase = {
  readonly id: string;
  readonly says: string;
  readonly plan: PlanDocumentInput;
  /** Later versions, and the instants at which they begin. */
  readonly later?: readonly { readonly from: string; readonly plan: PlanDocumentInput }[];
  readonly service?: { startedOn?: string; billingDay?: number; attributes?: Record<string, string>; pooledServices?: number };
  readonly usage: readonly CaseUsage[];
  /** The amount of each usage, with what it changes in the period's price; "no_rate" or "blocked" where it is refused. */
  readonly each: readonly string[];
  /** Their sum. */
  readonly total: string;
  /** Units taken out of bundles, by code. */
  readonly drawn?: Readonly<Record<string, string>>;
};

const AT = "2026-09-10T10:00:00Z";
const at = (text: string) => (text.length === 10 ? `${text}T10:00:00Z` : text);

/** A plan with one deck rate or none. */
export const planWith = (parts: Partial<PlanDocumentInput>): PlanDocumentInput => ({
  schema: "mediabilling/plan@1",
  kind: "universal",
  name: "Case",
  currency: "EUR",
  ...parts,
});
const everywhere = (steps: ReturnType<typeof step>[], rate: object = {}) => [{ prefix: "", destination: "Everywhere", steps, ...rate }];
const deck = (steps: ReturnType<typeof step>[], rounding?: Part<"rounding">, rate: object = {}) =>
  planWith({ kind: "telephone", rates: everywhere(steps, rate), ...(rounding ? { rounding } : {}) });

export const call = (seconds: number, more: Partial<Extract<CaseUsage, { kind: "call" }>> = {}): CaseUsage => ({
  kind: "call",
  destination: "380441234567",
  seconds,
  startedAt: AT,
  ...more,
});
export const used = (quantity: string, day = AT, more: Partial<Extract<CaseUsage, { kind: "event" }>> = {}): CaseUsage => ({
  kind: "event",
  type: "use",
  startedAt: at(day),
  metrics: { quantity },
  ...more,
});
/** A component of events' `quantity`. */
export const priced = (price: Component["price"], more: Partial<Component> = {}): Component => ({
  code: "use",
  of: "event",
  metric: "quantity",
  price,
  ...more,
});
export const perUnit = (price: string, more: object = {}, stepMore: object = {}): Extract<Component["price"], { shape: "per_unit" }> => ({
  shape: "per_unit",
  steps: [{ price, ...stepMore }],
  ...more,
});

const once = (id: string, says: string, plan: PlanDocumentInput, usage: CaseUsage, total: string): RatingCase => ({
  id,
  says,
  plan,
  usage: [usage],
  each: [total],
  total: total === "no_rate" ? "0" : total,
});

const twoSteps = [step("0.20", 60, 60), step("0.10", 60, 1, 60)];
const fee = { connectFee: "0.40" };
const minute = [step("1", 1, 60), step("1", 1, 1, 60)];
const evening = (windows: Part<"bands">[number]["windows"]) => ({ code: "evening", windows });
const workdays = ["mon", "tue", "wed", "thu", "fri"] as const;
const inEvening = {
  ...planWith({ kind: "telephone", bands: [evening([{ weekdays: [...workdays], from: "18:00", to: "24:00" }])] }),
  rates: everywhere([step("1", 1, 1)], { connectFee: "1", bands: [{ band: "evening", connectFee: "1", steps: [step("0.5", 1, 1)] }] }),
};

const calls: RatingCase[] = [
  once("R1", "90 s at 1 a second", deck([step("1", 1, 1)]), call(90), "90"),
  once("R2", "0 s cost nothing", deck([step("1", 1, 1)]), call(0), "0"),
  once("R3", "20 s of two steps", deck(twoSteps, undefined, fee), call(20), "0.6"),
  once("R4", "85 s, rounded once", deck(twoSteps, undefined, fee), call(85), "0.641667"),
  once("R4 at 4", "85 s to 4 decimals", deck(twoSteps, { decimals: 4 }, fee), call(85), "0.6417"),
  once("R5", "130 s to 4 decimals, never by increment", deck(twoSteps, { decimals: 4 }, fee), call(130), "0.7167"),
  once("R6", "180 s at 0.10 a minute", deck([step("0.10", 60, 1)], { decimals: 4 }), call(180), "0.3"),
  once("R7", "up to 1 decimal", deck([step("0.033", 1, 1)], { decimals: 1, mode: "up" }), call(10), "0.4"),
  once("R8", "down to 1 decimal", deck([step("0.033", 1, 1)], { decimals: 1, mode: "down" }), call(10), "0.3"),
  once("R9", "an hour across 18:00 on a Thursday", inEvening, call(3600, { startedAt: "2026-09-10T17:30:00Z" }), "2701"),
  once(
    "R12",
    "an hour and 21 s of the evening",
    planWith({
      kind: "telephone",
      bands: [evening([{ from: "18:00", to: "06:00" }])],
      rates: everywhere([step("1", 1, 1)], { bands: [{ band: "evening", steps: [step("0.5", 1, 1)] }] }),
    }),
    call(3621, { startedAt: "2026-09-10T22:50:00Z" }),
    "1810.5",
  ),
  once("R15", "132 s, the first minute as one", deck(minute), call(132), "132"),
  once("R17", "20 s cost the first minute", deck(minute), call(20), "60"),
  once("R18", "half an hour, cheaper from the 15th minute", deck([step("2", 1, 1), step("1", 1, 1, 900)]), call(1800), "2700"),
  once(
    "R20",
    "the running increment keeps its price into the next band",
    planWith({
      kind: "telephone",
      bands: [evening([{ from: "18:00", to: "24:00" }])],
      rates: everywhere([step("0.60", 60, 60)], { bands: [{ band: "evening", steps: [step("1", 1, 1)] }] }),
    }),
    call(45, { startedAt: "2026-09-10T17:59:30Z" }),
    "0.6",
  ),
  once("R22", "up to 2 decimals", deck([step("0.05", 60, 1)], { decimals: 2, mode: "up" }, { connectFee: "0.15" }), call(24), "0.17"),
  once("R24", "at most 10", deck([step("1", 1, 1)], undefined, { maxCost: { amount: "10", strategy: "free" } }), call(1800), "10"),
  once(
    "R27",
    "a Friday that is a public holiday",
    planWith({
      kind: "telephone",
      holidays: { country: "DE" },
      bands: [
        { code: "workday", weight: 10, windows: [{ weekdays: [...workdays] }] },
        { code: "holiday", weight: 20, windows: [{ holidays: "only" }] },
      ],
      rates: everywhere([], {
        bands: [
          { band: "workday", steps: [step("2", 1, 1)] },
          { band: "holiday", steps: [step("1", 1, 1)] },
        ],
      }),
    }),
    call(60, { startedAt: "2026-12-25T10:00:00Z" }),
    "60",
  ),
  once(
    "R32",
    "no price, never free",
    planWith({ rates: [{ prefix: "380", destination: "Ukraine", steps: [step("1", 1, 1)] }] }),
    call(60, { destination: "442071234567" }),
    "no_rate",
  ),
  {
    ...once("R34", "a call across a new version", deck([step("1", 1, 1)]), call(60, { startedAt: "2026-09-10T23:59:30Z" }), "90"),
    later: [{ from: "2026-09-11T00:00:00Z", plan: deck([step("2", 1, 1)]) }],
  },
];

const otherKinds: RatingCase[] = [
  once(
    "R29",
    "20 units of data at 0.002 per 10",
    planWith({ usage: [{ code: "data", of: "session", price: perUnit("0.002", {}, { per: "10", increment: "10" }) }] }),
    { kind: "session", startedAt: AT, seconds: 60, octetsIn: "15", octetsOut: "5" },
    "0.004",
  ),
  once(
    "R31",
    "a message",
    planWith({ usage: [{ code: "sms", of: "message", price: perUnit("0.005") }] }),
    { kind: "message", startedAt: AT, destination: "380441234567" },
    "0.005",
  ),
  once(
    "R31 by prefix",
    "a message by the longest prefix",
    planWith({
      usage: [
        {
          code: "sms",
          of: "message",
          price: {
            shape: "by_prefix",
            prices: [
              { prefix: "", destination: "World", price: "0.05" },
              { prefix: "380", destination: "Ukraine", price: "0.005" },
            ],
          },
        },
      ],
    }),
    { kind: "message", startedAt: AT, destination: "380441234567", messages: 3 },
    "0.015",
  ),
  once(
    "no price for an event",
    "what nothing prices is refused",
    planWith({ usage: [priced(perUnit("1"), { where: { types: ["other"] } })] }),
    used("1"),
    "no_rate",
  ),
  once("T1", "the larger of 10 GB in and 4 GB out", prevailing(), traffic("10000000000", "4000000000"), "10"),
  {
    id: "T1 in parts",
    says: "the larger direction of the period, in parts that come in any order",
    plan: prevailing(),
    usage: [traffic("0", "3000000000"), traffic("4000000000", "1000000000"), traffic("6000000000", "0")],
    each: ["3", "1", "6"],
    total: "10",
  },
  {
    id: "classes",
    says: "the local exchange is free, by prefix and port, the rest is dear",
    plan: planWith({
      trafficClasses: [
        { code: "mail", ports: [{ from: 25, to: 25, protocol: "tcp" }] },
        { code: "local", prefixes: ["10.0.0.0/8", "2001:db8::/32"] },
      ],
      usage: [
        { code: "world", of: "traffic", price: perUnit("1") },
        { code: "local", of: "traffic", weight: 1, where: { classes: ["local"] }, price: perUnit("0") },
        { code: "mail", of: "traffic", weight: 1, where: { classes: ["mail"] }, price: perUnit("2") },
      ],
    }),
    usage: [
      traffic("10", "0", { remote: { address: "10.255.0.1" } }),
      traffic("10", "0", { remote: { address: "11.0.0.1" } }),
      traffic("10", "0", { remote: { address: "2001:db8:1::5", port: 25, protocol: "tcp" } }),
      traffic("10", "0", { remote: { address: "2001:db8:1::5", port: 80, protocol: "tcp" } }),
      traffic("10", "0", { trafficClass: "local" }),
    ],
    each: ["0", "10", "20", "0", "0"],
    total: "30",
  },
];

function prevailing(): PlanDocumentInput {
  return planWith({
    usage: [
      {
        code: "data",
        of: "traffic",
        per: "period",
        aggregate: "prevailing_direction",
        unit: { name: "GB", size: "1000000000" },
        price: perUnit("1"),
      },
    ],
  });
}

export function traffic(octetsIn: string, octetsOut: string, more: Partial<Extract<CaseUsage, { kind: "traffic" }>> = {}): CaseUsage {
  return { kind: "traffic", startedAt: AT, seconds: 300, octetsIn, octetsOut, ...more };
}

const minuteBundle: BundleInput = { code: "free", of: "call", quantity: "60", validity: { kind: "period" } };
const perMinute = deck([step("0.6", 60, 60)]);
const a = call(120, { startedAt: "2026-09-10T16:15:00Z" });
const b = call(120, { startedAt: "2026-09-10T15:15:00Z" });
const units = (quantity: string, more: Partial<BundleInput> = {}): BundleInput => ({
  code: "units",
  of: "event",
  metric: "quantity",
  quantity,
  validity: { kind: "period" },
  ...more,
});

const bundles: RatingCase[] = [
  {
    id: "B1",
    says: "a bundle with a tariff of its own",
    plan: planWith({
      rates: everywhere([step("1", 1, 1)]),
      bundles: [
        {
          ...minuteBundle,
          quantity: "40",
          price: { shape: "per_unit", connectFee: "0.01", steps: [{ price: "0", per: "20", increment: "20" }] },
        },
      ],
    }),
    usage: [call(10)],
    each: ["0.01"],
    total: "0.01",
    drawn: { free: "20" },
  },
  {
    id: "B8",
    says: "the heavier of two bundles first",
    plan: planWith({
      rates: everywhere([step("1", 1, 1)]),
      bundles: [
        { ...minuteBundle, code: "light", weight: 10 },
        { ...minuteBundle, code: "heavy", weight: 20 },
      ],
    }),
    usage: [call(50), call(50), call(50)],
    each: ["0", "0", "30"],
    total: "30",
    drawn: { heavy: "60", light: "60" },
  },
  {
    id: "B10",
    says: "in the order of arrival",
    plan: { ...perMinute, bundles: [minuteBundle] },
    usage: [a, b],
    each: ["0.6", "1.2"],
    total: "1.8",
  },
  {
    id: "B11",
    says: "in the order of time",
    plan: { ...perMinute, bundles: [minuteBundle] },
    usage: [b, a],
    each: ["0.6", "1.2"],
    total: "1.8",
  },
  once(
    "B16",
    "180 units that the bundle isn't about",
    planWith({ usage: [priced(perUnit("0.1"))], bundles: [units("1000", { where: { types: ["other"] } })] }),
    used("180"),
    "18",
  ),
  once(
    "B17",
    "110.5 units at 0.1 for each started one",
    planWith({ usage: [priced(perUnit("0.1", {}, { increment: "1" }))] }),
    used("110.5"),
    "11.1",
  ),
  {
    id: "B18",
    says: "24 in the bundle, then 26 in and 24 over",
    plan: planWith({ usage: [priced(perUnit("0.5"))], bundles: [units("50")] }),
    usage: [used("24"), used("50")],
    each: ["0", "12"],
    total: "12",
    drawn: { units: "50" },
  },
  once(
    "B22",
    "a bundle that was valid in September",
    planWith({
      usage: [priced(perUnit("1"))],
      bundles: [units("1000", { validity: { kind: "dates", from: "2026-09-01", to: "2026-09-14" } })],
    }),
    used("150", "2026-11-15"),
    "150",
  ),
  {
    id: "B18 blocked",
    says: "an empty bundle that blocks refuses the whole usage, and takes nothing",
    plan: planWith({ usage: [priced(perUnit("0.5"))], bundles: [units("50", { whenEmpty: { use: "block" } })] }),
    usage: [used("24"), used("50"), used("26"), used("1")],
    each: ["0", "blocked", "0", "blocked"],
    total: "0",
    drawn: { units: "50" },
  },
  {
    id: "B18 overage",
    says: "the bundle's own price for more goes before the plan's",
    plan: planWith({ usage: [priced(perUnit("0.5"))], bundles: [units("50", { whenEmpty: { use: "overage", price: perUnit("2") } })] }),
    usage: [used("24"), used("50"), used("1")],
    each: ["0", "48", "2"],
    total: "50",
    drawn: { units: "50" },
  },
  {
    id: "rollover",
    says: "what is left is used in the next month before its own, and is gone after it",
    plan: planWith({ usage: [priced(perUnit("1"))], bundles: [units("100", { rollover: { periods: 1 } })] }),
    service: { startedOn: "2026-07-15" },
    usage: [
      used("30", "2026-07-20"),
      used("150", "2026-08-10"),
      used("30", "2026-08-11"),
      used("100", "2026-09-01"),
      used("1", "2026-09-02"),
    ],
    // July leaves 70; August has 170 and uses 150, then 20 and 10 more; September has 100.
    each: ["0", "0", "10", "0", "1"],
    total: "11",
  },
  {
    id: "rollover at most",
    says: "only so much is carried over",
    plan: planWith({ usage: [priced(perUnit("1"))], bundles: [units("100", { rollover: { periods: 1, most: "20" } })] }),
    service: { startedOn: "2026-08-01" },
    usage: [used("10", "2026-08-20"), used("5", "2026-09-01"), used("120", "2026-09-02")],
    each: ["0", "0", "5"],
    total: "5",
  },
  {
    id: "pooled",
    says: "two services share twice the quantity",
    plan: planWith({ usage: [priced(perUnit("1"))], bundles: [units("50", { pooled: true })] }),
    service: { pooledServices: 2 },
    usage: [used("90"), used("20")],
    each: ["0", "10"],
    total: "10",
  },
  {
    id: "days",
    says: "so many days from the start on the plan",
    plan: planWith({ usage: [priced(perUnit("1"))], bundles: [units("50", { validity: { kind: "days", days: 7 } })] }),
    service: { startedOn: "2026-09-05" },
    usage: [used("10", "2026-09-11"), used("10", "2026-09-12")],
    each: ["0", "10"],
    total: "10",
  },
  {
    id: "expires first",
    says: "of bundles of one weight the one that expires first",
    plan: planWith({
      usage: [priced(perUnit("1"))],
      bundles: [units("10", { code: "month" }), units("10", { code: "week", validity: { kind: "period", every: "week" } })],
    }),
    usage: [used("15", "2026-09-09"), used("5", "2026-09-10"), used("15", "2026-09-14")],
    each: ["0", "0", "5"],
    total: "5",
    drawn: { week: "20", month: "10" },
  },
  {
    id: "partly covered",
    says: "the covered seconds come first, then increments, at the step that the call has come to, without the connect fee",
    plan: planWith({ rates: everywhere([step("1", 1, 1), step("0.5", 1, 10, 60)], { connectFee: "5" }), bundles: [minuteBundle] }),
    usage: [call(65), call(1)],
    each: ["5", "6"],
    total: "11",
    drawn: { free: "60" },
  },
  once(
    "received",
    "a call received costs nothing",
    planWith({ rates: everywhere([step("1", 1, 1)]), bundles: [minuteBundle] }),
    call(60, { direction: "in" }),
    "0",
  ),
  once(
    "unknown destination with a bundle",
    "a bundle doesn't make a destination without a price free",
    planWith({ rates: [{ prefix: "380", destination: "Ukraine", steps: [step("1", 1, 1)] }], bundles: [minuteBundle] }),
    call(10, { destination: "88212345" }),
    "no_rate",
  ),
];

const received: RatingCase[] = [
  {
    id: "bundle for calls received",
    says: "a bundle that names calls received pays for them, one that doesn't isn't touched by what is free",
    plan: planWith({
      rates: everywhere([step("1", 1, 1)]),
      bundles: [
        { ...minuteBundle, code: "any" },
        { ...minuteBundle, code: "in", where: { direction: "in" }, whenEmpty: { use: "block" } },
      ],
    }),
    usage: [call(50, { direction: "in" }), call(60), call(11, { direction: "in" }), call(10)],
    each: ["0", "0", "blocked", "10"],
    total: "10",
    drawn: { any: "60", in: "50" },
  },
  {
    id: "calls received have a price",
    says: "a component for calls received; calls made are in the bundle",
    plan: planWith({
      usage: [{ code: "in", of: "call", where: { direction: "in" }, price: perUnit("0.5") }],
      bundles: [{ ...minuteBundle, where: { direction: "out" } }],
    }),
    usage: [call(10, { direction: "in" }), call(60), call(1), call(10, { direction: "in", answered: false })],
    each: ["5", "0", "no_rate", "0"],
    total: "5",
  },
  {
    id: "a deck in a component",
    says: "goes before the plan's deck for the trunk, where it has the destination",
    plan: planWith({
      rates: everywhere([step("1", 1, 1)]),
      usage: [
        {
          code: "trunk",
          of: "call",
          where: { trunks: ["sip-2"] },
          price: { shape: "rates", rates: [{ prefix: "380", destination: "Ukraine", steps: [step("0.1", 1, 1)] }] },
        },
      ],
    }),
    usage: [call(10, { trunk: "sip-2" }), call(10), call(10, { trunk: "sip-2", destination: "49301234" })],
    each: ["1", "10", "10"],
    total: "21",
  },
];

const tiers = {
  graduated: {
    shape: "graduated",
    tiers: [
      { upTo: "10", price: "10", flat: "2" },
      { upTo: "20", price: "5", flat: "3" },
      { price: "5", flat: "3" },
    ],
  },
  volume: {
    shape: "volume",
    tiers: [
      { upTo: "100", price: "2", flat: "10" },
      { upTo: "200", price: "1" },
      { price: "0.5", flat: "50" },
    ],
  },
  percent: {
    shape: "graduated_percentage",
    tiers: [
      { upTo: "10", percent: "1", flat: "200" },
      { upTo: "20", percent: "2", flat: "300" },
      { percent: "3", flat: "400" },
    ],
  },
  litres: { shape: "graduated", tiers: [{ upTo: "1000", price: "1.5" }, { price: "2.0" }] },
  topLitres: { shape: "volume", tiers: [{ upTo: "1000", price: "1.5" }, { price: "2.0" }] },
  capacity: { shape: "capacity", tiers: [{ upTo: "1000", price: "750" }, { price: "500" }] },
} as const satisfies Record<string, Component["price"]>;

/** Each quantity by itself, per event. */
const alone = (id: string, price: Component["price"], pairs: [quantity: string, amount: string][], rounding?: Part<"rounding">) =>
  pairs.map(([quantity, amount]) =>
    once(
      `${id} ${quantity}`,
      `${quantity} units cost ${amount}`,
      planWith({ usage: [priced(price)], ...(rounding ? { rounding } : {}) }),
      used(quantity),
      amount,
    ),
  );

const shapes: RatingCase[] = [
  ...alone("L1", tiers.graduated, [
    ["0", "2"],
    ["1", "12"],
    ["10", "102"],
    ["10.5", "107.5"],
    ["11", "110"],
    ["21", "163"],
  ]),
  ...alone("L7", tiers.volume, [
    ["0", "10"],
    ["1", "12"],
    ["100", "210"],
    ["100.5", "100.5"],
    ["101", "101"],
    ["201", "150.5"],
  ]),
  ...alone("L14", { shape: "package", price: "100", size: "10" }, [["121", "1300"]]),
  ...alone("L14 with 10 free", { shape: "package", price: "100", size: "10", free: "10" }, [["121", "1200"]]),
  ...alone("L14 with 200 free", { shape: "package", price: "100", size: "10", free: "200" }, [["121", "0"]]),
  ...alone("L20", { shape: "percentage", percent: "2.9" }, [["4", "0.116"]]),
  ...alone("L21", tiers.percent, [
    ["1", "200.01"],
    ["11", "500.12"],
    ["21", "900.33"],
  ]),
  ...alone("K3", { shape: "graduated", tiers: [{ upTo: "5", price: "2" }, { price: "1" }] }, [["13", "18"]]),
  ...alone("K4 all tiers", tiers.litres, [
    ["400", "600"],
    ["1200", "1900"],
  ]),
  ...alone("K4 top tier", tiers.topLitres, [
    ["400", "600"],
    ["1200", "2400"],
  ]),
  ...alone("K7", perUnit("0.067"), [["55", "3.685"]]),
  ...alone("K7 at 2", perUnit("0.067"), [["55", "3.69"]], { decimals: 2 }),
  ...alone("capacity", tiers.capacity, [
    ["400", "750"],
    ["1000", "750"],
    ["1000.000000001", "500"],
  ]),
  ...alone("steps", perUnit("1", {}, { per: "10" }), [["25", "2.5"]]),
  ...alone(
    "two steps",
    {
      shape: "per_unit",
      connectFee: "1",
      steps: [
        { price: "2", increment: "10" },
        { from: "15", price: "1" },
      ],
    },
    [
      ["0", "0"],
      ["5", "21"],
      ["15", "41"],
      ["25", "46"],
    ],
  ),
  ...alone("least and most", perUnit("1", { minimumCharge: "5", maxCost: { amount: "8", strategy: "free" } }), [
    ["0", "0"],
    ["3", "5"],
    ["7", "7"],
    ["9", "8"],
  ]),
  ...alone("disconnect", perUnit("3", { maxCost: { amount: "10", strategy: "disconnect" } }, { increment: "1" }), [
    ["2", "6"],
    ["9", "9"],
  ]),
  {
    id: "L19",
    says: "800 in 4 events at 1.3 % and 2.0 each",
    plan: planWith({ usage: [priced({ shape: "percentage", percent: "1.3", fixed: "2.0" })] }),
    usage: [used("100"), used("200"), used("300"), used("200")],
    each: ["3.3", "4.6", "5.9", "4.6"],
    total: "18.4",
  },
  {
    id: "L19 in the period",
    says: "the same as a total of the period, the first event in time free",
    plan: planWith({ usage: [priced({ shape: "percentage", percent: "1.3", fixed: "2.0", freeEvents: 1 }, { per: "period" })] }),
    usage: [
      used("200", "2026-09-11"),
      used("100", "2026-09-12"),
      used("700", "2026-09-01"),
      used("300", "2026-09-13"),
      used("200", "2026-09-14"),
    ],
    each: ["0", "3.3", "4.6", "5.9", "4.6"],
    total: "18.4",
  },
  {
    id: "L1 in the period",
    says: "each usage is charged what it adds",
    plan: planWith({ usage: [priced(tiers.graduated, { per: "period" })] }),
    usage: [used("0"), used("1"), used("9"), used("1"), used("5", "2026-10-01")],
    each: ["2", "10", "90", "8", "52"],
    total: "162",
  },
  {
    id: "L7 in the period",
    says: "a volume price may fall",
    plan: planWith({ usage: [priced(tiers.volume, { per: "period" })] }),
    usage: [used("100"), used("1"), used("100")],
    each: ["210", "-109", "49.5"],
    total: "150.5",
  },
  {
    id: "K5",
    says: "capacity by the peak",
    plan: planWith({ usage: [priced(tiers.capacity, { per: "period", aggregate: "max" })] }),
    usage: [used("400"), used("100"), used("1200"), used("7")],
    each: ["750", "0", "-250", "0"],
    total: "500",
  },
  {
    id: "count",
    says: "the number of records",
    plan: planWith({ usage: [priced(perUnit("3"), { per: "period", aggregate: "count" })] }),
    usage: [used("400"), used("0")],
    each: ["3", "3"],
    total: "6",
  },
  {
    id: "versions in a period",
    says: "each version prices what began under it, over one total",
    plan: planWith({ usage: [priced({ shape: "graduated", tiers: [{ upTo: "10", price: "1" }, { price: "0.5" }] }, { per: "period" })] }),
    later: [
      {
        from: "2026-09-15T00:00:00Z",
        plan: planWith({ usage: [priced({ shape: "graduated", tiers: [{ upTo: "10", price: "2" }, { price: "1" }] }, { per: "period" })] }),
      },
    ],
    usage: [used("8", "2026-09-20"), used("5", "2026-09-10")],
    // 5 at 1; then 5 at 2 and 3 at 1: the late usage makes the later cheaper by 3.
    each: ["16", "2"],
    total: "18",
  },
  {
    id: "attributes",
    says: "of the usage before those of the service",
    plan: planWith({
      usage: [
        priced(perUnit("1"), { code: "slow" }),
        priced(perUnit("2"), { code: "fast", weight: 1, where: { attributes: { speed: ["100", "1000"] } } }),
      ],
    }),
    service: { attributes: { speed: "100" } },
    usage: [used("1"), used("1", AT, { attributes: { speed: "10" } }), used("1", AT, { attributes: { speed: "1000" } })],
    each: ["2", "1", "2"],
    total: "5",
  },
  {
    id: "two metrics",
    says: "once for each metric that is priced",
    plan: planWith({
      usage: [
        { code: "data", of: "session", price: perUnit("1", {}, { per: "1000" }) },
        { code: "time", of: "session", metric: "seconds", price: perUnit("0.6", {}, { per: "60" }) },
      ],
    }),
    usage: [{ kind: "session", startedAt: AT, seconds: 100, octetsIn: "400", octetsOut: "1100" }],
    each: ["2.5"],
    total: "2.5",
  },
  {
    id: "taxes",
    says: "on top of each line, rounded as the plan rounds",
    plan: planWith({
      rounding: { decimals: 2 },
      usage: [priced(perUnit("0.067"))],
      taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] },
    }),
    usage: [used("55")],
    each: ["4.43"],
    total: "4.43",
  },
];

/** Seconds `fromSec` to `toSec` of a call. */
const callSlice = (startedAt: string, fromSec: number, toSec: number): CaseUsage =>
  call(toSec - fromSec, { startedAt, slice: { session: "call-1", seconds: fromSec } });
/** Of a session with as many octets in as seconds: those from one to the other. */
const sessionSlice = (from: number, to: number, session = "session-1"): CaseUsage => ({
  kind: "session",
  startedAt: AT,
  seconds: to - from,
  octetsIn: `${to - from}`,
  octetsOut: "0",
  slice: { session, seconds: from, octetsIn: `${from}`, octetsOut: "0" },
});
const sessions = (price: Component["price"], more: Partial<Component> = {}): Component => ({ code: "data", of: "session", price, ...more });
const halfPast = "2026-09-10T17:30:00Z";

const slices: RatingCase[] = [
  once("R10", "a later slice of a running call has no connect fee", inEvening, callSlice("2026-09-10T17:00:00Z", 1800, 5400), "2700"),
  {
    id: "R9 in slices",
    says: "the hour across 18:00, whatever comes first",
    plan: inEvening,
    usage: [callSlice(halfPast, 1799, 1801), callSlice(halfPast, 1801, 3600), callSlice(halfPast, 0, 1799)],
    each: ["1.5", "899.5", "1800"],
    total: "2701",
  },
  {
    id: "R10 as a session",
    says: "connect fee, least and most are of the session as a whole",
    plan: planWith({
      usage: [
        sessions(perUnit("1", { connectFee: "2", minimumCharge: "10", maxCost: { amount: "20", strategy: "free" } }, { increment: "5" })),
      ],
    }),
    usage: [sessionSlice(0, 1), sessionSlice(1, 7), sessionSlice(7, 11), sessionSlice(11, 100)],
    each: ["10", "2", "5", "3"],
    total: "20",
  },
  {
    id: "R34 in slices",
    says: "a version that begins during the session prices the increments after it, in any slice",
    plan: deck([step("1", 1, 1)]),
    later: [{ from: "2026-09-11T00:00:00Z", plan: deck([step("2", 1, 1)]) }],
    usage: [callSlice("2026-09-10T23:59:30Z", 0, 20), callSlice("2026-09-10T23:59:30Z", 20, 40), callSlice("2026-09-10T23:59:30Z", 40, 60)],
    each: ["20", "30", "40"],
    total: "90",
  },
  {
    id: "slices with a bundle",
    says: "a bundle gives in increments of the whole, and another call in between takes from it",
    plan: planWith({ rates: everywhere([step("1", 1, 1)], fee), bundles: [{ ...minuteBundle, increment: "20" }] }),
    usage: [callSlice(AT, 0, 10), callSlice(AT, 10, 15), callSlice(AT, 15, 25), call(10), callSlice(AT, 25, 100)],
    // 40 s for the first 25 s of the call, 20 s for the other; then 15 s are paid already, and 60 s are left.
    each: ["0", "0", "0", "0", "60"],
    total: "60",
    drawn: { free: "60" },
  },
  {
    id: "slices of a falling price",
    says: "a session that becomes cheaper as a whole gives back",
    plan: planWith({ usage: [sessions(tiers.volume)] }),
    usage: [sessionSlice(0, 100), sessionSlice(100, 101), sessionSlice(101, 201)],
    each: ["210", "-109", "49.5"],
    total: "150.5",
  },
  {
    id: "slices in the period",
    says: "the peak is that of sessions, not of their slices",
    plan: planWith({ usage: [sessions(tiers.capacity, { per: "period", aggregate: "max" })] }),
    usage: [sessionSlice(0, 600), sessionSlice(600, 1001), sessionSlice(0, 50, "session-2")],
    each: ["750", "-250", "0"],
    total: "500",
  },
  {
    id: "slices counted",
    says: "a session is one in the count of records and one of the first events",
    plan: planWith({
      usage: [
        sessions(perUnit("3"), { code: "sessions", metric: "seconds", per: "period", aggregate: "count" }),
        sessions({ shape: "percentage", percent: "10", freeEvents: 1 }),
      ],
    }),
    usage: [sessionSlice(0, 10), sessionSlice(0, 10, "session-2"), sessionSlice(10, 30), sessionSlice(10, 20, "session-2")],
    each: ["3", "4", "0", "1"],
    total: "8",
  },
];

/** Net and tax together is what each gives. */
export const ratingCases: readonly RatingCase[] = [...slices, ...calls, ...otherKinds, ...bundles, ...received, ...shapes];
