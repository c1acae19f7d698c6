// Every call with its price, newest first, of a period. A page begins after the last call of the one before it.
import { portalCalls, portalHome } from "../core/read/portal/query.ts";
import { render } from "../views/render.ts";
import { callRows, dayText } from "./figures.ts";
import { expected, framed, type PortalContext, type Reader } from "./portal.ts";

const perPage = 25;

type Period = { readonly from: Temporal.PlainDate | undefined; readonly to: Temporal.PlainDate | undefined; readonly problem?: string };

/** Days as a form or a link gives them, both included. */
function periodOf(from: string | undefined, to: string | undefined): Period {
  const day = (text: string | undefined): Temporal.PlainDate | undefined => {
    if (!text) return undefined;
    if (!/^(19[7-9]\d|20\d\d|21\d\d)-\d\d-\d\d$/.test(text)) throw new RangeError(text);
    return Temporal.PlainDate.from(text, { overflow: "reject" });
  };
  try {
    const period = { from: day(from), to: day(to) };
    if (period.from && period.to && Temporal.PlainDate.compare(period.from, period.to) > 0) {
      return { from: undefined, to: undefined, problem: "The first day is after the last one." };
    }
    return period;
  } catch {
    return { from: undefined, to: undefined, problem: "Write both days like 2026-11-23." };
  }
}

const startOf = (day: Temporal.PlainDate, zone: string) => day.toZonedDateTime(zone).toInstant().toString();

const hrefOf = (query: Readonly<Record<string, string | undefined>>) => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? "/calls" : `/calls?${new URLSearchParams(given)}`;
};

/** GET /calls: `from` and `to` are days of the provider's calendar, `account` one account, `after` where the page before ended. */
export async function showCalls(c: PortalContext): Promise<Response> {
  const { session, portal } = c.var;
  const now = portal.clock();
  const asked = c.req.query();
  const period = periodOf(asked.from, asked.to);
  const { home, accountId, calls } = await portal.database.read(session, now, async (ask) => {
    const home = expected(await ask(portalHome, {}));
    const { zone } = home.profile;
    const accountId = home.accounts.find((account) => account.accountId === asked.account)?.accountId;
    const calls = await ask(portalCalls, {
      limit: perPage,
      ...(accountId ? { accountId } : {}),
      ...(period.from ? { from: startOf(period.from, zone) } : {}),
      ...(period.to ? { to: startOf(period.to.add({ days: 1 }), zone) } : {}),
      ...(asked.after ? { after: asked.after } : {}),
    });
    return { home, accountId, calls };
  });
  const filter = { from: period.from?.toString(), to: period.to?.toString(), account: accountId };
  // A place in the list that never was: an address that somebody edited.
  if (!calls.ok && calls.code === "invalid_input") return c.redirect(hrefOf(filter), 303);
  const { rows, next } = expected(calls);
  const reader: Reader = home.profile;
  const isFiltered = Boolean(period.from || period.to);
  const data = {
    ...(await framed(c, "/calls", "Calls", reader, home.freshnessSec)),
    from: asked.from ?? "",
    to: asked.to ?? "",
    problem: period.problem,
    periods: quickPeriods(now, reader).map(({ label, from, to }) => ({
      label,
      href: hrefOf({ from, to, account: accountId }),
      current: !period.problem && filter.from === from && filter.to === to,
    })),
    periodText: textOf(period, reader),
    isFiltered,
    accounts:
      home.accounts.length > 1
        ? [{ value: "", label: "All accounts" }, ...home.accounts.map((a) => ({ value: a.accountId, label: a.number }))]
        : undefined,
    accountId: accountId ?? "",
    rows: period.problem ? [] : callRows(rows, reader, now),
    newest: asked.after ? hrefOf(filter) : undefined,
    older: next && !period.problem ? hrefOf({ ...filter, after: next }) : undefined,
  };
  return c.html(render("portal/calls", data), period.problem ? 422 : 200);
}

function quickPeriods(now: Temporal.Instant, { zone }: Reader) {
  const today = now.toZonedDateTimeISO(zone).toPlainDate();
  const first = today.with({ day: 1 });
  const period = (label: string, from?: Temporal.PlainDate, to?: Temporal.PlainDate) => ({
    label,
    from: from?.toString(),
    to: to?.toString(),
  });
  return [
    period("All"),
    period("Today", today, today),
    period("This month", first, today),
    period("Last month", first.subtract({ months: 1 }), first.subtract({ days: 1 })),
  ];
}

function textOf({ from, to }: Period, reader: Reader): string {
  const text = (day: Temporal.PlainDate) => dayText(day.toString(), reader, "long");
  if (from && to) return from.equals(to) ? `on ${text(from)}` : `from ${text(from)} to ${text(to)}`;
  if (from) return `since ${text(from)}`;
  return to ? `until ${text(to)}` : "";
}
