// Made-up data for the gallery: every page of it shows pieces as a real page would.
import { amountText, clockText, compactText, dateTimeText, integerText, moneyText } from "../../core/kernel/display.ts";
import type { AppPage, PlainPage, PortalPage, Theme } from "../../views/page.ts";
import { barChart } from "../../views/shared/bar-chart.ts";
import { ICON_NAMES } from "../../views/shared/icons.ts";
import { lineChart } from "../../views/shared/line-chart.ts";
import { sparkline } from "../../views/shared/sparkline.ts";

const locale = "en-GB";
const money = (value: bigint) => moneyText(value, "UAH", { locale, digits: "minor" });
const amount = (value: bigint, signed = false) => amountText(value, "UAH", { locale, signed });
const shape = [
  820, 858, 823, 1055, 1176, 1398, 1715, 2343, 3509, 4333, 4488, 5132, 5046, 4183, 3367, 2773, 2920, 3172, 3686, 4491, 3692, 2840, 1828,
  1164,
];
const yesterday = shape.map((units) => BigInt(units) * 1_000_000n + 490_000n);
const today = yesterday.map((value, hour) => (hour < 17 ? (value * BigInt(96 + ((hour * 7) % 15))) / 100n : null));
const hourLabels = shape.map((_, hour) => ({
  label: `${String(hour).padStart(2, "0")}:00`,
  axis: String(hour).padStart(2, "0"),
  href: `#h${hour}`,
}));
const dayLabels = Array.from({ length: 30 }, (_, day) => ({ label: `${day + 1} Nov`, axis: String(day + 1) }));

export const hours = barChart(
  [
    { name: "Yesterday", values: yesterday, kind: "before" },
    { name: "Today", values: today, kind: "now" },
  ],
  { title: "Charges by hour, today and yesterday", categories: hourLabels, categoryName: "Hour", format: money, locale },
);
const days = barChart(
  [{ name: "Charged", values: dayLabels.map((_, day) => (day < 23 ? BigInt(((day * 37) % 50) + 12) * 1_400_000n : null)) }],
  {
    title: "Charges by day in November",
    categories: dayLabels,
    categoryName: "Day",
    format: money,
    locale,
    height: "short",
  },
);
const level = lineChart(
  [
    { name: "Today", values: shape.map((units, hour) => (hour === 9 ? null : hour < 17 ? BigInt(units) / 200n : null)) },
    { name: "Limit", values: shape.map(() => 24n), kind: "third" },
  ],
  {
    title: "Calls at once, by hour",
    categories: hourLabels,
    categoryName: "Hour",
    format: (value) => integerText(value, locale),
    locale,
    scale: 1n,
    height: "short",
  },
);

const nav = (section: string): AppPage["nav"] => {
  const item = (
    label: string,
    icon: NonNullable<AppPage["nav"][0]["items"][0]["icon"]>,
    more: { count?: string; alarm?: boolean } = {},
  ) => ({
    label,
    icon,
    href: `#${label}`,
    current: label === section,
    ...more,
  });
  return [
    {
      items: [
        item("Today", "today"),
        item("Subscribers", "subscribers", { count: "12 480" }),
        item("Usage", "usage"),
        item("Money", "money"),
        item("Papers", "papers"),
      ],
    },
    { label: "Catalogue", items: [item("Plans", "plans"), item("Rate decks", "rates"), item("Prepaid cards", "card")] },
    {
      label: "Operation",
      items: [
        item("Agents", "agents", { count: "7" }),
        item("Imports", "imports"),
        item("Quarantine", "quarantine", { count: "38", alarm: true }),
        item("Jobs", "jobs"),
      ],
    },
    { label: "Rights", items: [item("Managers", "managers"), item("Partners", "partners"), item("Audit", "audit")] },
  ];
};

const app = (title: string, section: string, theme?: Theme): AppPage => ({
  title,
  section,
  theme,
  nav: nav(section),
  user: { name: "O. Kovalenko", role: "Administrator" },
  scopeLabel: "Dnipro Net · all partners",
  csrf: 'made-"up',
  fresh: { ageSec: 1 },
});

const agents = [
  { name: "RADIUS north", kind: "radius 1.4", rate: "412", tone: "good", state: "online" },
  { name: "Border NetFlow", kind: "netflow, 3 exporters", rate: "18 300", tone: "good", state: "online" },
  { name: "PBX Central", kind: "asterisk", rate: "0", tone: "bad", state: "silent" },
  { name: "Hotspots", kind: "radius 1.4", rate: "37", tone: "warn", state: "late 40 s" },
];
const services = [
  ["+380 56 555 01 40…79", "Call centre Dzvin", "SIP trunk", 2204n, 1_480_350_000n],
  ["+380 44 555 02 11", "Vostok Steel LLC", "Office line", 184n, 212_000_000n],
  ["+380 56 555 07 77", "Petrenko I. V.", "Home line", 9n, 12_400_000n],
].map(([name, subscriber, plan, calls, charged], row) => ({
  name,
  subscriber,
  plan,
  calls: integerText(calls as bigint, locale),
  charged: amount(charged as bigint),
  spark: sparkline(
    shape.map((units, hour) => BigInt((units * (row + 3) * (hour + 5)) % 997)),
    "Calls of the last 24 hours",
  ),
}));
const zone = { zone: "Europe/Kyiv", locale };
const now = Temporal.Instant.from("2026-11-23T14:45:00Z");
const at = (instant: string) => dateTimeText(instant, zone, now);
const ledger = [
  {
    when: at("2026-11-23 14:40:00+00"),
    what: "Calls, 16:00–16:40",
    detail: "184 calls, 6 h 12 min",
    amount: amount(-74_400_000n, true),
    balance: amount(2_318_125_000n),
  },
  {
    when: at("2026-11-23 07:02:00+00"),
    what: "Payment, bank transfer",
    detail: "statement 311, matched by number",
    gain: true,
    amount: amount(2_000_000_000n, true),
    balance: amount(2_392_525_000n),
  },
  {
    when: at("2026-10-31 22:00:00+00"),
    what: "SIP trunk, November",
    detail: "monthly fee",
    amount: amount(-450_000_000n, true),
    balance: amount(392_525_000n),
  },
];
const states = [
  ["good", "active"],
  ["good", "active"],
  ["warn", "suspended"],
  ["bad", "blocked"],
  ["off", "closed"],
] as const;
const rows = Array.from({ length: 12 }, (_, index) => ({
  name: ["Call centre Dzvin", "Dzyuba O. M.", "Дзеркало, ТОВ", "Dzhankoi Trade & Partners Consolidated", "Dzerzhynskyi P."][index % 5],
  number: integerText(10_482 + index * 37, locale),
  group: ["East", "West"][index % 2],
  tone: states[index % 5]![0],
  state: states[index % 5]![1],
  services: String((index % 4) + 1),
  balance: amountText(BigInt(index * index) * 31_730_000n - 240_125_000n, "UAH", { locale, digits: "minor" }),
  owes: index < 3,
}));
const lastCalls = [75, 1340, 22].map((seconds, index) => ({
  when: at(`2026-11-23T0${7 - index}:1${index}:00Z`),
  to: "+49 30 901820",
  time: clockText(seconds),
  price: amount(BigInt(seconds) * 6_700n),
}));

const portalNav: PortalPage["nav"] = [
  { label: "Home", href: "#home", icon: "home", current: true },
  { label: "Calls", href: "#calls", icon: "phone" },
  { label: "Payments", href: "#payments", icon: "money" },
  { label: "Papers", href: "#papers", icon: "papers" },
];
const plain = (title: string, lead: string, theme?: Theme): PlainPage => ({ title, lead, theme, csrf: "made-up" });

/** Every page of the gallery: its view and its data. */
export const galleryPages: Record<string, (theme?: Theme) => { view: string; data: object }> = {
  today: (theme) => ({
    view: "shared/gallery/today",
    data: {
      ...app("Today", "Today", theme),
      hours,
      agents,
      services,
      charged: amount(64_218_400_000n),
      paid: amount(91_050_000_000n),
      calls: integerText(8914, locale),
    },
  }),
  subscriber: (theme) => ({
    view: "shared/gallery/subscriber",
    data: {
      ...app("Call centre Dzvin", "Subscribers", theme),
      ledger,
      days,
      level,
      flash: { tone: "good", text: "Payment of 2 000.00 UAH taken.", href: "#r", action: "Receipt" },
    },
  }),
  list: (theme) => ({ view: "shared/gallery/list", data: { ...app("Subscribers", "Subscribers", theme), rows } }),
  form: (theme) => ({ view: "shared/gallery/form", data: app("New version", "Plans", theme) }),
  pieces: (theme) => ({
    view: "shared/gallery/pieces",
    data: {
      ...app("Pieces", "Jobs", theme),
      icons: ICON_NAMES,
      emptyChart: barChart([{ name: "Calls", values: hourLabels.map(() => null) }], {
        title: "Calls by hour",
        categories: hourLabels,
        categoryName: "Hour",
        format: String,
        locale,
        scale: 1n,
        height: "short",
      }),
      signedChart: barChart([{ name: "Net", values: dayLabels.map((_, day) => BigInt(((day * 53) % 41) - 14) * 100_000n) }], {
        title: "Net of charges and adjustments",
        categories: dayLabels,
        categoryName: "Day",
        format: (value) => `${compactText(value, 1_000_000n, locale)} UAH`,
        locale,
      }),
    },
  }),
  portal: (theme) => ({
    view: "shared/gallery/portal",
    data: {
      title: "Home",
      theme,
      brand: "Dnipro Net",
      nav: portalNav,
      user: { name: "Iryna Petrenko", detail: "Account 10 482" },
      csrf: "made-up",
      fresh: { ageSec: 2 },
      days,
      lastCalls,
    } satisfies PortalPage & Record<string, unknown>,
  }),
  "sign-in": (theme) => ({
    view: "shared/gallery/sign-in",
    data: plain("Sign in", "Welcome back. Use the e-mail your administrator invited.", theme),
  }),
  "set-up": (theme) => ({
    view: "shared/gallery/set-up",
    data: { ...plain("Set up MediaBilling", "Two steps, then the demo or your own data.", theme), wide: true },
  }),
};
