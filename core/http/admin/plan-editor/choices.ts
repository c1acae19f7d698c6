// What the editor's fields of choice offer, each in words that say what it means.
import { WEEKDAYS } from "../../../catalog/document/calendar.ts";
import { PERIODS } from "../../../catalog/document/components.ts";
import { METRICS, USAGE_KINDS, type UsageKind } from "../../../catalog/document/usage.ts";
import { PLAN_KINDS } from "../../../catalog/plan-document.ts";
import { kindInWords } from "../../../catalog/plan-in-words.ts";
import { ROUNDING_MODES } from "../../../kernel/rational.ts";

export type Option = { readonly value: string; readonly label: string };
const options = (pairs: Readonly<Record<string, string>>): Option[] => Object.entries(pairs).map(([value, label]) => ({ value, label }));

const MODES: Record<(typeof ROUNDING_MODES)[number], string> = { half_up: "Half up", half_even: "Half to even", up: "Up", down: "Down" };
export const modeOptions: readonly Option[] = ROUNDING_MODES.map((value) => ({ value, label: MODES[value] }));

const PERIOD_NAMES: Record<(typeof PERIODS)[number], string> = {
  day: "Day",
  week: "Week",
  month: "Month",
  quarter: "Quarter",
  year: "Year",
};
const periods: readonly Option[] = PERIODS.map((value) => ({ value, label: PERIOD_NAMES[value] }));

const SHAPES = {
  per_unit: {
    label: "Per unit",
    means: "Each unit costs the same, or less from a quantity on; with a connect fee and whole steps if wanted.",
  },
  graduated: {
    label: "Graduated tiers",
    means: "Each unit has the price of the tier that it falls into: the first 10 at one price, those beyond at another.",
  },
  volume: {
    label: "Volume tiers",
    means: "All units have the price of the tier that the total reaches: who uses more pays less for everything.",
  },
  package: { label: "Packages", means: "Units are sold in packages, and one that is begun is paid in full." },
  percentage: { label: "Percentage", means: "A part of an amount of money, as for payments and premium services." },
  graduated_percentage: { label: "Graduated percentage", means: "A percentage of what is inside each tier of an amount of money." },
  capacity: { label: "Capacity", means: "The tier of the period’s peak decides one price for the whole period." },
  by_prefix: { label: "By destination", means: "A unit’s price by the longest prefix of the number, as for messages." },
  rates: { label: "A deck of its own", means: "Calls that match have a deck of their own, instead of the plan’s." },
} as const;

export const shapeMeans = (shape: string): string => (Object.hasOwn(SHAPES, shape) ? SHAPES[shape as keyof typeof SHAPES].means : "");

const KIND_NAMES: Record<UsageKind, string> = {
  call: "Calls",
  session: "Internet sessions",
  traffic: "Traffic",
  message: "Messages",
  event: "Other events",
};

const METRIC_NAMES: Readonly<Record<string, string>> = {
  seconds: "Seconds",
  calls: "Number of calls",
  octets: "Bytes, both ways",
  octetsIn: "Bytes received",
  octetsOut: "Bytes sent",
  sessions: "Number of sessions",
  messages: "Messages",
  events: "Number of events",
};

export const metricOptions = (of: string): Option[] =>
  (METRICS[of as UsageKind] ?? []).map((value, i) => ({ value: i === 0 ? "" : value, label: METRIC_NAMES[value] ?? value }));

/** Shapes that a kind of usage can have: decks and prefixes need a number that was called. */
export const shapeOptions = (of: string, per: string): Option[] =>
  Object.entries(SHAPES)
    .filter(([shape]) =>
      shape === "rates"
        ? of === "call" && per !== "period"
        : shape !== "by_prefix" || ((of === "call" || of === "message") && per !== "period"),
    )
    .map(([value, { label }]) => ({ value, label }));

export const aggregateOptions = (of: string): Option[] => [
  { value: "sum", label: "Everything added up" },
  { value: "max", label: "The peak" },
  { value: "count", label: "How many records" },
  ...(of === "traffic" || of === "session"
    ? [
        { value: "prevailing_direction", label: "The larger of in and out" },
        { value: "percentile_95", label: "95th percentile of 5-minute averages" },
      ]
    : []),
];

const country = new Intl.DisplayNames("en", { type: "region" });
const COUNTRIES = [
  "UA",
  "AT",
  "BE",
  "BG",
  "CH",
  "CY",
  "CZ",
  "DE",
  "DK",
  "EE",
  "ES",
  "FI",
  "FR",
  "GB",
  "GE",
  "GR",
  "HR",
  "HU",
  "IE",
  "IT",
  "KZ",
  "LT",
  "LU",
  "LV",
  "MD",
  "MT",
  "NL",
  "NO",
  "PL",
  "PT",
  "RO",
  "RS",
  "SE",
  "SI",
  "SK",
  "TR",
  "US",
  "CA",
];
export const countryOptions: readonly Option[] = [
  { value: "", label: "None" },
  ...COUNTRIES.map((value) => ({ value, label: country.of(value) ?? value })),
];

const DAYS = { mon: "Mon", tue: "Tue", wed: "Wed", thu: "Thu", fri: "Fri", sat: "Sat", sun: "Sun" } as const;
export const dayOptions: readonly Option[] = WEEKDAYS.map((value) => ({ value, label: DAYS[value] }));

const halfHours = Array.from({ length: 49 }, (_, i) => `${String(Math.floor(i / 2)).padStart(2, "0")}:${i % 2 ? "30" : "00"}`);
export const timeOptions: readonly Option[] = halfHours.map((value) => ({ value, label: value }));

export const choices = {
  kinds: PLAN_KINDS.map((value): Option => ({ value, label: kindInWords(value) })),
  modes: modeOptions,
  periods,
  anchors: [
    { value: "account", label: "The account’s billing day" },
    { value: "start", label: "The day the service came to the plan" },
    { value: "calendar", label: "The calendar’s first day" },
    ...Array.from({ length: 31 }, (_, i) => ({ value: String(i + 1), label: `Day ${i + 1} of the month` })),
  ],
  changes: options({ at_once: "At once", period_end: "When the period ends", refused: "Not at all" }),
  feeEvery: [...periods, { value: "", label: "Once" }],
  charges: options({ advance: "In advance", arrears: "Afterwards", daily: "Day by day" }),
  feeAt: options({ start: "When the service begins", end: "When the service leaves the plan" }),
  prorations: options({
    actual_days: "By the days of the month",
    fixed_30: "By days of months of 30 days",
    none: "Always the whole amount",
    rounded_day: "By days, a day’s price rounded",
  }),
  usageKinds: USAGE_KINDS.map((value): Option => ({ value, label: KIND_NAMES[value] })),
  pers: options({ event: "Each record by itself", period: "The whole period" }),
  directions: options({ "": "Both", out: "Made, sent", in: "Received" }),
  strategies: options({ free: "The rest is free", disconnect: "The call ends" }),
  validities: options({ period: "Anew in each period", days: "Once, for some days", dates: "Between two dates" }),
  empties: options({ rate: "The ordinary prices", overage: "A price of its own", block: "Nothing more is allowed" }),
  yes: options({ true: "Yes", false: "No" }),
  counts: options({ usage: "Usage", usage_and_fees: "Usage and fees" }),
  taxModes: options({ exclusive: "On top of the prices", inclusive: "Included in the prices" }),
  windowHolidays: options({ any: "As on other days", only: "Only on public holidays", except: "Not on public holidays" }),
  countries: countryOptions,
  days: dayOptions,
  times: timeOptions,
} as const;
