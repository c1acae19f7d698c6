// What happens today: the first page. It refreshes itself every two seconds; what needs a person stands on top.
import { Hono } from "hono";
import { barChart } from "../../../views/shared/bar-chart.ts";
import { wordsOf } from "../../kernel/display.ts";
import type { Permission } from "../../kernel/permissions.ts";
import type { AgentState } from "../../read/agents/agent-state.ts";
import { dashboardToday } from "../../read/dashboard/query.ts";
import { type Figures, isAny } from "../../read/period.ts";
import { agentPill, rateText } from "./agent-state-text.ts";
import { demoShown, mayLoadDemo } from "./demo.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { aroundThePage, askFor, figuresOf, fragment, may, page, route, sessionOf } from "./frame.ts";

export const dashboardPages = new Hono<AdminEnv>();

type Today = NonNullable<Awaited<ReturnType<typeof askToday>>>;
type Currency = Today["currencies"][number];
type Note = { readonly tone: "warn" | "bad" | "info"; readonly text: string; readonly href?: string; readonly action: string };

const askToday = (c: PageContext) => askFor(c, dashboardToday, {});

/** Pages a manager without the dashboard may begin with, in this order. */
const beginnings = [
  ["subscribers:read", "/subscribers"],
  ["usage:read", "/usage"],
  ["plans:read", "/plans"],
  ["agents:read", "/agents"],
  ["managers:read", "/managers"],
  ["audit:read", "/audit"],
] as const;

dashboardPages.get(
  "/",
  route({ permission: "signed-in" }, async (c) => {
    if (!may(c, "dashboard:read")) {
      const [, href] = beginnings.find(([permission]) => may(c, permission)) ?? [];
      return href ? c.redirect(href, 303) : page(c, { title: "Welcome", section: "none", view: "admin/dashboard/nothing" });
    }
    return page(c, { title: "Today", section: "today", view: "admin/dashboard/index", data: await shown(c) });
  }),
);

dashboardPages.get(
  "/today",
  route({ permission: "dashboard:read" }, async (c) => {
    const [data, { nav }] = await Promise.all([shown(c), aroundThePage(c, "today")]);
    return fragment(c, "admin/dashboard/_refresh", { ...data, nav });
  }),
);

/** A link to a page that the person may not open is no link. */
type Link = (permission: Permission, href: string) => { readonly href?: string };

async function shown(c: PageContext): Promise<object> {
  const link: Link = (permission, href) => (may(c, permission) ? { href } : {});
  const today = await askToday(c);
  const text = figuresOf(c);
  const chosen = today.currencies.find(({ currency }) => currency === c.req.query("currency")) ?? today.currencies[0];
  const anything = today.subscribers > 0 || today.currencies.some(({ days }) => days.some(isAny)) || (today.quarantined ?? 0) > 0;
  const query = c.req.query("currency") ? `?currency=${encodeURIComponent(c.req.query("currency")!)}` : "";
  return {
    fresh: { ageSec: today.freshnessSec },
    dayText: text.date(today.day),
    query,
    // A manager of some groups can't load anything; for them an empty day is just that.
    beginning: !anything && sessionOf(c).actor.scope.groupIds === null,
    demo: (await demoShown(c)) ?? null,
    notes: needsAPerson(today, text, link),
    figures: chosen ? figures(today, chosen, text, link) : [],
    currencies:
      today.currencies.length > 1
        ? today.currencies.map(({ currency }) => ({
            label: currency,
            href: `/?currency=${currency}`,
            current: currency === chosen?.currency,
          }))
        : [],
    currency: chosen?.currency ?? "",
    hours: chosen && hoursChart(today, chosen, text, link),
    days: chosen && daysChart(chosen, text, link),
    agents:
      today.agents
        ?.filter((agent) => agent.state !== "revoked")
        .map((agent) => ({
          ...agent,
          ...link("agents:read", `/agents/${agent.agentId}`),
          pill: agentPill(agent),
          rate: rateText(agent.rowsPerSec, text),
        })) ?? null,
    dearest: today.dearest.map((row) => ({
      ...link("subscribers:read", `/subscribers/${row.subscriberId}`),
      label: row.label ?? "Service",
      subscriber: row.subscriberName,
      plan: row.plans?.at(-1)?.name ?? "",
      calls: text.count(row.calls),
      time: text.duration(row.billedSec),
      charged: text.money(row.amountMicros, row.currency, { digits: "minor" }),
    })),
    can: {
      demo: mayLoadDemo(c),
      plans: may(c, "plans:write"),
      subscribers: may(c, "subscribers:write"),
      agents: may(c, "agents:write"),
      usage: may(c, "usage:write"),
      managers: may(c, "managers:write"),
      openAgents: may(c, "agents:read"),
      openUsage: may(c, "usage:read"),
    },
  };
}

function needsAPerson({ agents, quarantined, cardAlarms, freshnessSec }: Today, text: FiguresText, link: Link): Note[] {
  const notes: Note[] = [];
  const look = (agent: AgentState) => ({ ...link("agents:read", `/agents/${agent.agentId}`), action: "Look at the agent" });
  for (const agent of agents ?? []) {
    const lost = agent.lostRows > 0 ? ` ${text.count(agent.lostRows)} rows of it never arrived.` : "";
    if (agent.state === "silent")
      notes.push({
        tone: "bad",
        text: `Agent “${agent.name}” has been silent for ${text.duration(agent.silentSec ?? 0)}. The last row that came had number ${text.count(agent.lastSequence)}.${lost}`,
        ...look(agent),
      });
    else if (lost && agent.state !== "revoked")
      notes.push({
        tone: "bad",
        text: `${text.count(agent.lostRows)} rows of agent “${agent.name}” never arrived: its numbers have a gap.`,
        ...look(agent),
      });
  }
  if (cardAlarms > 0)
    notes.push({
      tone: "bad",
      text: "Somebody tried PINs of cards until a limit stopped it.",
      ...link("cards:read", "/cards"),
      action: "See the cards",
    });
  if (quarantined)
    notes.push({
      tone: "warn",
      text:
        quarantined === 1
          ? "One record waits in quarantine and is not charged yet."
          : `${text.count(quarantined)} records wait in quarantine and are not charged yet.`,
      ...link("usage:read", "/quarantine"),
      action: "Look at them",
    });
  if (freshnessSec > 60)
    notes.push({
      tone: "warn",
      text: `The figures are ${text.duration(freshnessSec)} behind: the workers have much to do, or none runs.`,
      ...link("agents:read", "/imports"),
      action: "See imports",
    });
  return notes;
}

function figures(today: Today, { currency, today: sums, hoursOver, betweenMicros }: Currency, text: FiguresText, link: Link): object[] {
  const change = hoursOver.todayMicros - hoursOver.yesterdayMicros;
  const day = link("usage:read", `/usage?from=${today.day}&to=${today.day}`);
  const charged = {
    ...day,
    label: "Charged today",
    value: text.amount(sums.amountMicros, currency, { digits: "minor" }),
    unit: currency,
    tone: change > 0n ? "up" : change < 0n ? "down" : "",
    note:
      hoursOver.yesterdayMicros === 0n
        ? "No figures of the same hours yesterday"
        : `${change > 0n ? "↑ " : change < 0n ? "↓ " : ""}${text.percent(change < 0n ? -change : change, hoursOver.yesterdayMicros)} on the same hours yesterday`,
  };
  const calls = {
    ...day,
    label: "Calls today",
    value: text.count(sums.calls),
    note:
      sums.calls === 0
        ? "None yet"
        : `${text.percent(BigInt(sums.answered), BigInt(sums.calls))} answered, ${text.duration(sums.billedSec)} billed`,
  };
  const subscribers = {
    ...link("subscribers:read", "/subscribers"),
    label: "Subscribers",
    value: text.count(today.subscribers),
    note: "You can see",
  };
  const waiting =
    today.quarantined === null
      ? []
      : [
          {
            ...link("usage:read", "/quarantine"),
            label: "In quarantine",
            value: text.count(today.quarantined),
            unit: today.quarantined === 1 ? "record" : "records",
            tone: today.quarantined > 0 ? "down" : "",
            note: today.quarantined > 0 ? "Not charged yet" : "Everything is rated",
          },
        ];
  return [charged, ...chargedPartners(betweenMicros, currency, text), calls, ...dataToday(sums, day, text), subscribers, ...waiting];
}

/** Money is told per leg of a call, and calls are counted once: nothing for who has no partners, or sees but one provider. */
const chargedPartners = (micros: bigint, currency: string, text: FiguresText): object[] =>
  micros === 0n
    ? []
    : [
        {
          label: "Charged to partners today",
          value: text.amount(micros, currency, { digits: "minor" }),
          unit: currency,
          note: "For calls of their subscribers, which are counted once, there",
        },
      ];

/** For who sells internet access: nothing where nothing was transferred. */
function dataToday({ octetsIn, octetsOut }: Figures, day: object, text: FiguresText): object[] {
  if (octetsIn + octetsOut === 0n) return [];
  return [
    {
      ...day,
      label: "Data today",
      value: text.bytes(octetsIn + octetsOut),
      note: `${text.bytes(octetsIn)} in, ${text.bytes(octetsOut)} out`,
    },
  ];
}

/** Zeros alone have no scale: a chart of them would have an axis of millionths. */
const shownIf = (anything: boolean, values: readonly (bigint | null)[]): (bigint | null)[] =>
  values.map((value) => (anything ? value : null));

const two = (hour: number) => String(hour).padStart(2, "0");

function hoursChart({ day }: Today, { currency, hours }: Currency, text: FiguresText, link: Link) {
  const anything = hours.some(({ today, yesterday }) => today?.amountMicros || yesterday.amountMicros);
  return barChart(
    [
      {
        name: "Yesterday",
        values: shownIf(
          anything,
          hours.map(({ yesterday }) => yesterday.amountMicros),
        ),
        kind: "before",
      },
      {
        name: "Today",
        values: shownIf(
          anything,
          hours.map(({ today }) => today?.amountMicros ?? null),
        ),
        kind: "now",
      },
    ],
    {
      title: "Charges by hour, today and yesterday",
      categoryName: "Hour",
      categories: hours.map(({ hour, today }) => ({
        label: `${two(hour)}:00`,
        axis: two(hour),
        ...(today ? link("usage:read", `/usage?at=${day}T${two(hour)}`) : {}),
      })),
      format: (micros) => text.money(micros, currency, { digits: "minor" }),
      locale: text.locale,
    },
  );
}

function daysChart({ currency, days }: Currency, text: FiguresText, link: Link) {
  const label = (day: string) => Temporal.PlainDate.from(day).toLocaleString(wordsOf(text.locale), { day: "numeric", month: "short" });
  return barChart(
    [
      {
        name: "Charged",
        values: shownIf(
          days.some((day) => day.amountMicros !== 0n),
          days.map((day) => day.amountMicros),
        ),
        kind: "now",
      },
    ],
    {
      title: "Charges by day, the last 30 days",
      categoryName: "Day",
      categories: days.map(({ day }) => ({
        label: label(day),
        axis: String(Temporal.PlainDate.from(day).day),
        ...link("usage:read", `/usage?from=${day}&to=${day}`),
      })),
      format: (micros) => text.money(micros, currency, { digits: "minor" }),
      locale: text.locale,
      height: "short",
    },
  );
}
