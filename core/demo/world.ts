// The made-up operator's world: its partners, plans, subscribers and their numbers. Nobody here exists; the numbers are not in use.
import type { PlanDocumentInput } from "../catalog/plan-document.ts";
import { randomFrom } from "./random.ts";

export type DemoSubscriber = {
  readonly kind: "person" | "company";
  readonly name: string;
  readonly group: "Residential" | "Business";
  readonly email: string;
  readonly plan: PlanCode;
  readonly numbers: readonly string[];
  readonly prepaid: boolean;
  /** Decimal text. */
  readonly openingBalance: string;
  readonly creditLimit: string;
};

export type DemoProvider = {
  readonly code: string | null;
  readonly name: string;
  readonly exchange: string;
  readonly subscribers: readonly DemoSubscriber[];
};

const first = [
  "Olena",
  "Andriy",
  "Maria",
  "Taras",
  "Iryna",
  "Bohdan",
  "Sofia",
  "Petro",
  "Kateryna",
  "Yuriy",
  "Halyna",
  "Oleksandr",
  "Nadia",
  "Roman",
  "Viktoria",
  "Dmytro",
];
const last = [
  "Kovalenko",
  "Shevchuk",
  "Bondar",
  "Melnyk",
  "Tkach",
  "Lysenko",
  "Moroz",
  "Savchuk",
  "Kravets",
  "Polishchuk",
  "Hrytsenko",
  "Rudenko",
  "Marchuk",
  "Zaliznyak",
];
const trades = [
  "Bakery",
  "Logistics",
  "Dental Clinic",
  "Steel",
  "Travel",
  "Call Centre",
  "Pharmacy",
  "Architects",
  "Furniture",
  "Brewery",
  "Optics",
  "Print House",
];
const places = ["Riverside", "Northgate", "Old Town", "Harbour", "Meadow", "Hilltop", "Station", "Lakeside", "Linden", "Castle"];

/** 200 subscribers, two fifths of them at two partners; always the same ones. */
export function demoWorld(): readonly DemoProvider[] {
  const providers = [
    { code: null, name: "", exchange: "Central exchange", subscribers: 120, prefix: "38044555" },
    { code: "lakeside-net", name: "Lakeside Net", exchange: "Lakeside exchange", subscribers: 50, prefix: "38032555" },
    { code: "harbour-telecom", name: "Harbour Telecom", exchange: "Harbour exchange", subscribers: 30, prefix: "38048555" },
  ];
  return providers.map(({ subscribers, prefix, ...provider }, p) => {
    const random = randomFrom(1000 + p);
    let line = 0;
    const number = () => `${prefix}${String(line++).padStart(4, "0")}`;
    const people = Array.from({ length: subscribers }, (_, i): DemoSubscriber => {
      const company = i % 5 === 0;
      const name = company ? `${random.of(places)} ${random.of(trades)} ${i + 1}` : `${random.of(first)} ${random.of(last)}`;
      const lines = company ? random.between(2, 6) : 1;
      return {
        kind: company ? "company" : "person",
        name,
        group: company ? "Business" : "Residential",
        email: `${name.toLowerCase().replaceAll(" ", ".")}.${p}${i}@subscriber.example`,
        plan: company ? (lines > 4 ? "trunk" : "business") : "home",
        numbers: Array.from({ length: lines }, number),
        prepaid: !company && random.next() < 0.5,
        openingBalance: company ? String(random.between(2500, 9000)) : `${random.between(120, 640)}.50`,
        creditLimit: company ? "500" : "0",
      };
    });
    return { ...provider, subscribers: people };
  });
}

/** What subscribers are on. */
export type PlanCode = "home" | "business" | "trunk";

export type Destination = {
  readonly prefix: string;
  readonly name: string;
  readonly digits: number;
  readonly perMinute: number;
  readonly weight: number;
};

/** Where the demo's people call, and what a minute costs there in hundredths of the currency unit. */
export const destinations: readonly Destination[] = [
  { prefix: "38044", name: "Kyiv", digits: 12, perMinute: 20, weight: 30 },
  { prefix: "38067", name: "Mobile, Kyivstar", digits: 12, perMinute: 55, weight: 26 },
  { prefix: "38050", name: "Mobile, Vodafone", digits: 12, perMinute: 55, weight: 16 },
  { prefix: "38063", name: "Mobile, lifecell", digits: 12, perMinute: 55, weight: 10 },
  { prefix: "38032", name: "Lviv", digits: 12, perMinute: 30, weight: 6 },
  { prefix: "48", name: "Poland", digits: 11, perMinute: 210, weight: 4 },
  { prefix: "4822", name: "Poland, Warsaw", digits: 11, perMinute: 180, weight: 2 },
  { prefix: "49", name: "Germany", digits: 12, perMinute: 240, weight: 2 },
  { prefix: "4915", name: "Germany, mobile", digits: 13, perMinute: 680, weight: 1 },
  { prefix: "44", name: "United Kingdom", digits: 12, perMinute: 250, weight: 1 },
  { prefix: "1", name: "United States and Canada", digits: 11, perMinute: 190, weight: 1 },
  { prefix: "90", name: "Türkiye", digits: 12, perMinute: 480, weight: 1 },
];

const hundredths = (n: number) => `${Math.floor(n / 100)}.${String(n % 100).padStart(2, "0")}`;

/** The price of local calls when most people are at home. */
const evenings = {
  holidays: { country: "UA" },
  bands: [
    {
      code: "evening",
      name: "Evenings, weekends, holidays",
      weight: 10,
      windows: [
        { weekdays: ["mon", "tue", "wed", "thu", "fri"], from: "20:00", to: "08:00" },
        { weekdays: ["sat", "sun"] },
        { holidays: "only" },
      ],
    },
  ],
} satisfies Partial<PlanDocumentInput>;

const vat = { mode: "inclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] } satisfies PlanDocumentInput["taxes"];

/**
 * Home pays a rent and gets minutes for it, then by started minutes with a connect fee, half the price in the evening; business pays for a line and by
 * the second after the first half minute; a trunk by the second; partners buy wholesale by the second.
 */
export function demoPlan(code: PlanCode | "wholesale", currency: string, zone: string): PlanDocumentInput {
  const price = (d: { readonly perMinute: number }, factor: number) => hundredths(Math.ceil((d.perMinute * factor) / 100));
  const rates = (factor: number, increments: readonly { fromSec: number; incrementSec: number }[]) =>
    [{ prefix: "380", name: "Ukraine, other", perMinute: 45 }, ...destinations].map((d) => ({
      prefix: d.prefix,
      destination: d.name,
      steps: increments.map((step) => ({ ...step, price: price(d, factor), perSec: 60 })),
    }));
  const minutes = [{ fromSec: 0, incrementSec: 60 }];
  const seconds = [{ fromSec: 0, incrementSec: 1 }];
  const plan = {
    schema: "mediabilling/plan@1",
    kind: "telephone",
    currency,
    zone,
    rounding: { decimals: 4, mode: "half_up" },
  } as const;
  switch (code) {
    case "home":
      return {
        ...plan,
        name: "Home",
        ...evenings,
        rates: rates(100, minutes).map((rate) => ({
          ...rate,
          connectFee: "0.15",
          ...(rate.prefix.startsWith("380") ? { bands: [{ band: "evening", steps: halved(rate.steps) }] } : {}),
        })),
        bundles: [
          {
            code: "city",
            name: "30 minutes to Kyiv and Lviv",
            of: "call",
            where: { direction: "out", prefixes: ["38044", "38032"] },
            unit: { name: "min", size: "60" },
            quantity: "30",
            increment: "1",
            validity: { kind: "period" },
          },
        ],
        fees: [{ code: "rent", name: "Line rental", amount: "45", every: "month" }],
        taxes: vat,
      };
    case "business":
      return {
        ...plan,
        name: "Business",
        rates: rates(90, [
          { fromSec: 0, incrementSec: 30 },
          { fromSec: 30, incrementSec: 1 },
        ]),
        fees: [{ code: "rent", name: "Line rental", amount: "120", every: "month" }],
      };
    case "trunk":
      return { ...plan, name: "SIP trunk", rates: rates(75, seconds) };
    case "wholesale":
      return { ...plan, name: "Wholesale", rates: rates(55, seconds) };
  }
}

/** Half a step's price; prices are whole hundredths. */
const halved = <T extends { readonly price: string }>(steps: readonly T[]) =>
  steps.map((step) => {
    const thousandths = BigInt(step.price.replace(".", "")) * 5n;
    return { ...step, price: `${thousandths / 1000n}.${String(thousandths % 1000n).padStart(3, "0")}` };
  });
