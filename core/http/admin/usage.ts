// Rated calls, newest first, and each with how its price came about.
import { Hono } from "hono";
import { parsePlanDocument } from "../../catalog/plan-document.ts";
import { formatMicros } from "../../kernel/money.ts";
import { compilePlan } from "../../rating/compile-plan.ts";
import { explain } from "../../rating/rate-call.ts";
import { type TraceLine, traceText } from "../../rating/trace.ts";
import { subscribersList } from "../../read/subscriber-list/query.ts";
import { type UsageRecord, type UsageRow, usageList, usageRecord } from "../../read/usage-records/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { figuresFor } from "./figures.ts";
import { askFor, figuresOf, fragment, isFragment, may, page, param, providersOf, route, sessionOf, tryAsk } from "./frame.ts";
import { periodOf } from "./period-filter.ts";
import { dispositionText, freeReasonText } from "./usage-words.ts";

export const usagePages = new Hono<AdminEnv>();

const PAGE_ROWS = 50;
const MOST_MATCHES = 8;

/** The address of one record; its start is part of the key. */
export const recordHref = (row: Pick<UsageRow, "accountId" | "startedAt" | "key">) => `/usage/${row.accountId}/${row.startedAt}/${row.key}`;

usagePages.get(
  "/usage",
  route({ permission: "usage:read" }, async (c) => {
    const asked = new URL(c.req.url).searchParams;
    const text = figuresOf(c);
    const words = (name: string) => (asked.get(name) ?? "").trim().slice(0, 100);
    const filter = {
      from: words("from"),
      to: words("to"),
      at: words("at"),
      who: words("who"),
      subscriberId: words("subscriberId"),
      serviceId: words("serviceId"),
      destination: words("destination"),
      provider: words("provider"),
    };
    const period = periodOf(filter, sessionOf(c).manager.zone);
    const who = await subscriberAsked(c, filter.subscriberId, filter.who);
    const problems: Record<string, string> = { ...period.problems };
    const outcome = await tryAsk(c, usageList, {
      ...period.instants,
      ...(who.subscriberId ? { subscriberId: who.subscriberId } : {}),
      ...(filter.serviceId ? { serviceId: filter.serviceId } : {}),
      ...(filter.destination ? { destination: filter.destination.replace(/[\s()-]/g, "").replace(/^\+/, "") } : {}),
      ...(filter.provider ? { providerId: filter.provider } : {}),
      limit: PAGE_ROWS,
      ...(asked.get("after") ? { after: asked.get("after")! } : {}),
    });
    if (!outcome.ok)
      for (const { path, message } of (outcome.issues ?? []) as { path: string; message: string }[]) problems[path] = message;
    const nothing = who.none || Object.keys(problems).length > 0 || !outcome.ok;
    const found = nothing ? { rows: [], next: null, searchedTo: null } : outcome.value;
    const providers = await providersOf(c);
    const next = found.next && new URLSearchParams([...asked].filter(([name]) => name !== "after").concat([["after", found.next]]));
    const without = (...names: string[]) =>
      `/usage?${new URLSearchParams([...asked].filter(([name, value]) => value !== "" && !names.includes(name) && name !== "after"))}`;
    const data = {
      rows: found.rows.map((row) => shownRow(row, text)),
      filter,
      problems,
      matches: who.matches.map((match) => ({
        label: `${match.name} · ${match.number}`,
        href: `${without("who", "subscriberId")}&subscriberId=${match.subscriberId}`,
      })),
      chips: [
        ...(filter.at && !period.problems.at ? [{ label: period.label, href: without("at") }] : []),
        ...(who.name ? [{ label: who.name, href: without("subscriberId", "who") }] : []),
        ...(filter.serviceId ? [{ label: "One service", href: without("serviceId") }] : []),
      ],
      filtered: [...asked.values()].some((value) => value !== ""),
      providers:
        providers.length > 1
          ? [{ value: "", label: "All providers" }, ...providers.map(({ id, name }) => ({ value: id, label: name }))]
          : null,
      searchedTo: found.searchedTo && text.dateTime(found.searchedTo),
      next: next ? `/usage?${next}` : null,
      first: asked.get("after") ? without() : null,
      mayImport: may(c, "usage:write") && may(c, "agents:read"),
      mayExport: may(c, "exports:create"),
    };
    if (isFragment(c) && c.req.header("hx-target")?.includes("usage-rows")) return fragment(c, "admin/usage/_rows", data);
    return page(c, { title: "Usage", section: "usage", view: "admin/usage/index", data });
  }),
);

type Who = {
  readonly subscriberId?: string;
  readonly name?: string;
  readonly none: boolean;
  readonly matches: readonly { name: string; number: number; subscriberId: string }[];
};

/** Whom the words mean: one subscriber filters, several are offered, none gives nothing. */
async function subscriberAsked(c: PageContext, subscriberId: string, who: string): Promise<Who> {
  if (subscriberId) return { subscriberId, name: "One subscriber", none: false, matches: [] };
  if (!who || !may(c, "subscribers:read")) return { none: false, matches: [] };
  const { rows } = await askFor(c, subscribersList, { search: who, limit: MOST_MATCHES });
  const [only, ...more] = rows;
  if (!only) return { none: true, matches: [] };
  return more.length === 0 ? { subscriberId: only.subscriberId, name: only.name, none: false, matches: [] } : { none: true, matches: rows };
}

const shownRow = (row: UsageRow, text: FiguresText) => ({
  href: recordHref(row),
  when: text.dateTime(row.startedAt, true),
  subscriber: row.subscriberName,
  subscriberHref: `/subscribers/${row.subscriberId}`,
  source: row.source,
  destination: row.destination,
  destinationName: row.destinationName ?? "",
  answered: row.disposition === "answered",
  disposition: dispositionText(row.disposition),
  direction: row.direction,
  time: text.clock(row.durationSec),
  billed: row.billedSec === 0 ? "" : text.clock(row.billedSec),
  amount: text.money(row.amountMicros, row.currency),
  free: row.amountMicros === 0n,
});

usagePages.get(
  "/usage/:account/:startedAt/:key",
  route({ permission: "usage:read" }, async (c) => {
    const record = await askFor(c, usageRecord, { accountId: param(c, "account"), startedAt: param(c, "startedAt"), key: param(c, "key") });
    // A call is told in the zone of the provider that charged it.
    const text = figuresFor({ locale: sessionOf(c).manager.locale, zone: record.zone }, c.get("core").clock());
    return page(c, {
      title: `Call to ${record.destination}`,
      section: "usage",
      view: "admin/usage/record",
      data: {
        record: {
          ...record,
          when: text.dateTime(record.startedAt, true),
          ratedText: text.dateTime(record.ratedAt, true),
          disposition: dispositionText(record.disposition),
          duration: text.duration(record.durationSec),
          billable: text.duration(record.billableSec),
          billed: text.duration(record.billedSec),
          amount: text.money(record.amountMicros, record.currency),
          reasonText: record.reason && freeReasonText(record.reason),
          sequenceText: text.count(record.sequence),
          validFrom: text.dateTime(record.planValidFrom),
        },
        trace: traceOf(record),
        canSubscriber: may(c, "subscribers:read"),
        canPlan: may(c, "plans:read"),
        canAgent: may(c, "agents:read") && sessionOf(c).actor.scope.groupIds === null,
      },
    });
  }),
);

type Trace = {
  readonly lines: readonly { readonly text: string; readonly tone: string }[];
  readonly agrees: boolean;
  readonly expected: string;
} | null;

/** Computed again by the function that charged, from the version that is pinned. Null when there was nothing to compute. */
function traceOf(record: UsageRecord): Trace {
  if (record.direction === "in") return null;
  const document = record.planDocument as { rates?: readonly { prefix?: unknown }[] };
  // Of a deck of 100,000 prices only the one that was used: compiling them all takes half a second.
  const parsed = parsePlanDocument({
    ...document,
    rates: (document.rates ?? []).filter((rate) => record.prefix === null || rate.prefix === record.prefix),
  });
  if (!parsed.ok) return null;
  const { rating, trace } = explain(compilePlan(parsed.plan), {
    destination: record.destination.replace(/^\+/, ""),
    billableSec: record.billableSec,
    answered: record.disposition === "answered",
  });
  if (!rating.ok) return null;
  return {
    lines: trace.map((line) => ({ text: traceText(line), tone: toneOf(line) })),
    agrees: rating.amountMicros === record.amountMicros,
    expected: formatMicros(rating.amountMicros),
  };
}

const toneOf = ({ kind }: TraceLine) => (kind === "rounding" || kind === "free" ? "good" : kind === "refused" ? "bad" : "");
