// How much is being used, and when: thirty days, or today by the hour beside yesterday.
import { durationText } from "../core/kernel/display.ts";
import { sum } from "../core/read/period.ts";
import { portalHome, portalUsage } from "../core/read/portal/query.ts";
import { render } from "../views/render.ts";
import { callsHref, callsText, daysChart, hoursChart, sumText } from "./figures.ts";
import { expected, framed, type PortalContext, type Reader } from "./portal.ts";

/** GET /usage: `view=days` (default) or `hours`; `account=<id>` for one account. */
export async function showUsage(c: PortalContext): Promise<Response> {
  const { session, portal } = c.var;
  const now = portal.clock();
  const view = c.req.query("view") === "hours" ? "hours" : "days";
  const asked = c.req.query("account");
  const { home, usage, accountId } = await portal.database.read(session, now, async (ask) => {
    const home = expected(await ask(portalHome, {}));
    const accountId = home.accounts.find((account) => account.accountId === asked)?.accountId;
    return { home, accountId, usage: expected(await ask(portalUsage, accountId ? { accountId } : {})) };
  });
  const reader: Reader = home.profile;
  const of = (wanted: string) => `/usage?${new URLSearchParams({ view: wanted, ...(accountId ? { account: accountId } : {}) })}`;
  const currencies = usage.currencies.map(({ currency, days, hours, today, hoursOver }) => {
    const all = sum(days);
    return {
      currency,
      chart: view === "hours" ? hoursChart(hours, currency, reader) : daysChart(days, currency, reader),
      today: sumText(today.amountMicros, currency, reader),
      todayDetail: `${callsText(today.calls, reader)}, ${durationText(today.billedSec)}`,
      todayHref: callsHref(usage.day, usage.day),
      yesterday: sumText(hoursOver.yesterdayMicros, currency, reader),
      yesterdayDetail: usage.hour === 0 ? "the day has just begun" : `by ${String(usage.hour).padStart(2, "0")}:00`,
      days: sumText(all.amountMicros, currency, reader),
      daysDetail: `${callsText(all.calls, reader)}, ${durationText(all.billedSec)}`,
      daysHref: callsHref(days[0]?.day ?? usage.day, usage.day),
    };
  });
  return c.html(
    render("portal/usage", {
      ...(await framed(c, "/usage", "Usage", reader, usage.freshnessSec)),
      view,
      views: [
        { label: "30 days", href: of("days"), current: view === "days" },
        { label: "Today by hour", href: of("hours"), current: view === "hours" },
      ],
      accounts:
        home.accounts.length > 1
          ? [{ value: "", label: "All accounts" }, ...home.accounts.map((a) => ({ value: a.accountId, label: a.number }))]
          : undefined,
      accountId: accountId ?? "",
      currencies,
    }),
  );
}
