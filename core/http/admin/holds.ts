// What is held while sessions go on: over all accounts, and set free by hand.
import { Hono } from "hono";
import { releaseHold } from "../../credit/holds/release-hold.ts";
import { accountsDetail } from "../../read/account-detail/query.ts";
import { type HoldRow, holdsList } from "../../read/holds/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { askFor, figuresOf, may, page, param, posted, route, run, tryAsk } from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { settle } from "./settle.ts";

export const holdsPages = new Hono<AdminEnv>();

const states = ["open", "ended", "all"] as const;

holdsPages.get(
  "/holds",
  route({ permission: "credit:read" }, async (c) => {
    const paging = pagingOf(c);
    const state = states.find((known) => known === c.req.query("state")) ?? "open";
    const search = (c.req.query("search") ?? "").trim().slice(0, 100);
    const outcome = await tryAsk(c, holdsList, { state, search, limit: paging.limit, ...(paging.after ? { after: paging.after } : {}) });
    const found = outcome.ok ? outcome.value : { rows: [], next: null };
    const text = figuresOf(c);
    const href = (of: string) => `/holds?${new URLSearchParams({ state: of, ...(search ? { search } : {}) })}`;
    return page(c, {
      title: "Holds",
      section: "holds",
      view: "admin/holds/index",
      data: {
        holds: found.rows.map((row) => shownHold(row, text)),
        withAccount: true,
        canRelease: may(c, "credit:write"),
        back: href(state),
        state,
        search,
        tabs: [
          { label: "Open", href: href("open"), current: state === "open" },
          { label: "Ended", href: href("ended"), current: state === "ended" },
          { label: "All", href: href("all"), current: state === "all" },
        ],
        pages: {
          label: "Pages of holds",
          text: found.rows.length === 0 ? "" : `${text.count(paging.first)}–${text.count(paging.first + found.rows.length - 1)}`,
          ...paging.linksOf(found),
        },
      },
    });
  }),
);

holdsPages.post(
  "/accounts/:id{[0-9a-f-]{36}}/holds/release",
  route({ permission: "credit:write" }, async (c) => {
    const { accountId, providerId } = (await askFor(c, accountsDetail, { accountId: param(c, "id") })).account;
    const outcome = await run(c, releaseHold, { sessionKey: posted(c, "session") }, { providerId });
    return settle(
      c,
      outcome,
      posted(c, "back").startsWith("/holds") ? posted(c, "back") : `/accounts/${accountId}`,
      "The money is free again.",
    );
  }),
);

/** The open holds of one account, for its page. */
export async function openHoldsOf(c: PageContext, accountId: string) {
  if (!may(c, "credit:read")) return [];
  const { rows } = await askFor(c, holdsList, { accountId, limit: 50 });
  return rows.map((row) => shownHold(row, figuresOf(c)));
}

const pills = {
  open: { tone: "good", label: "open" },
  settled: { tone: "off", label: "settled" },
  released: { tone: "off", label: "set free" },
  expired: { tone: "warn", label: "expired" },
} as const;
const kinds = { call: "Call", session: "Session", message: "Message", event: "Event" } as const;

function shownHold(row: HoldRow, text: FiguresText) {
  const { currency } = row;
  const amounts = row.kind === "session" && row.octetsUntil > 0n ? [text.bytes(row.octetsRated), text.bytes(row.octetsUntil)] : [];
  const times = row.kind === "call" || row.kind === "session" ? [text.duration(row.ratedSec), text.duration(row.untilSec)] : [];
  return {
    id: row.digest,
    account: { id: row.accountId, number: row.accountNumber, subscriber: row.subscriberName, href: `/accounts/${row.accountId}` },
    service: { label: row.serviceLabel, href: `/services/${row.serviceId}` },
    session: row.sessionKey,
    what: row.destination ? `${kinds[row.kind]} to ${row.destination}` : kinds[row.kind],
    since: text.dateTime(row.placedAt, true),
    held: text.money(row.heldMicros, currency),
    charged: text.money(row.settledMicros, currency),
    payer: row.payerNumber ?? "",
    used: [times, amounts]
      .filter((pair) => pair.length > 0)
      .map(([used, until]) => `${used} of ${until}`)
      .join(", "),
    ends: row.endedAt ? `ended ${text.dateTime(row.endedAt, true)}` : `until ${text.dateTime(row.expiresAt, true)}`,
    open: row.state === "open",
    pill: pills[row.state],
  };
}
