// Rated usage, newest first, and each record with how its price came about.
import { Hono } from "hono";
import { subscribersList } from "../../read/subscriber-list/query.ts";
import { type UsageRow, usageList, usageRecord } from "../../read/usage-records/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { figuresFor } from "./figures.ts";
import { askFor, figuresOf, fragment, isFragment, may, page, param, providersOf, route, sessionOf, tryAsk } from "./frame.ts";
import { periodOf } from "./period-filter.ts";
import { recordTitle, shownDetails, shownFacts, traceOf } from "./usage-record.ts";
import { freeReasonText, resultOf, usageWords } from "./usage-words.ts";

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

function shownRow(row: UsageRow, text: FiguresText) {
  const words = usageWords(row, text.locale);
  return {
    href: recordHref(row),
    when: text.dateTime(row.startedAt, true),
    subscriber: row.subscriberName,
    subscriberHref: `/subscribers/${row.subscriberId}`,
    source: row.source,
    what: words.what,
    note: words.note,
    plain: row.kind !== "call" || row.disposition === "answered",
    result: resultOf(row, words),
    direction: row.direction,
    time: words.time,
    billed: row.billedSec === 0 ? "" : text.clock(row.billedSec),
    amount: text.money(row.amountMicros, row.currency),
    tax: row.taxMicros === 0n ? "" : text.money(row.taxMicros, row.currency),
    free: row.amountMicros === 0n,
  };
}

usagePages.get(
  "/usage/:account/:startedAt/:key",
  route({ permission: "usage:read" }, async (c) => {
    const record = await askFor(c, usageRecord, { accountId: param(c, "account"), startedAt: param(c, "startedAt"), key: param(c, "key") });
    // A record is told in the zone of the provider that charged it.
    const text = figuresFor({ locale: sessionOf(c).manager.locale, zone: record.zone }, c.get("core").clock());
    const words = usageWords(record, text.locale);
    return page(c, {
      title: recordTitle(record, words),
      section: "usage",
      view: "admin/usage/record",
      data: {
        record: {
          ...record,
          title: recordTitle(record, words),
          isCall: record.kind === "call",
          when: text.dateTime(record.startedAt, true),
          ratedText: text.dateTime(record.ratedAt, true),
          good: record.kind !== "call" || record.disposition === "answered",
          result: resultOf(record, words),
          note: words.note,
          duration: record.durationSec === 0 && record.kind !== "call" ? "–" : text.duration(record.durationSec),
          billable: text.duration(record.billableSec),
          billed: text.duration(record.billedSec),
          amount: text.money(record.amountMicros, record.currency),
          tax: record.taxMicros === 0n ? "" : text.money(record.taxMicros, record.currency),
          reasonText: record.reason && freeReasonText(record.reason),
          sequenceText: text.count(record.sequence),
          validFrom: text.dateTime(record.planValidFrom),
        },
        trace: traceOf(record, words, text),
        details: shownDetails(record, text),
        facts: shownFacts(record, text),
        canSubscriber: may(c, "subscribers:read"),
        canPlan: may(c, "plans:read"),
        canAgent: may(c, "agents:read") && sessionOf(c).actor.scope.groupIds === null,
      },
    });
  }),
);
