// The first page: how much is there, what has been spent, what works, the last calls.
import { dateTimeText, durationText } from "../core/kernel/display.ts";
import {
  type PortalAccount,
  type PortalService,
  portalCalls,
  portalHome,
  portalMovements,
  portalUsage,
} from "../core/read/portal/query.ts";
import { portalCredit } from "../core/read/portal-credit/query.ts";
import { type PortalMonth, portalMonth } from "../core/read/portal-month/query.ts";
import { render } from "../views/render.ts";
import { creditView, toldBy } from "./credit.ts";
import { amountOf, callRows, callsHref, callsText, daysChart, monthName, movementRow, sumText } from "./figures.ts";
import { expected, framed, type PortalContext, type Reader } from "./portal.ts";

const callsShown = 5;
const movementsShown = 8;

export async function showHome(c: PortalContext): Promise<Response> {
  const { session, portal } = c.var;
  const now = portal.clock();
  // One connection, one transaction; sent together, so that a distant replica costs few round trips.
  const [home, usage, month, calls, movements, credit] = await portal.database.read(session, now, async (ask) => {
    const answers = await Promise.all([
      ask(portalHome, {}),
      ask(portalUsage, {}),
      ask(portalMonth, {}),
      ask(portalCalls, { limit: callsShown }),
      ask(portalMovements, { limit: movementsShown }),
      ask(portalCredit, {}),
    ]);
    return [
      expected(answers[0]),
      expected(answers[1]),
      expected(answers[2]),
      expected(answers[3]),
      expected(answers[4]),
      expected(answers[5]),
    ] as const;
  });
  const reader: Reader = home.profile;
  const page = await framed(c, "/", "Home", reader, home.freshnessSec);
  return c.html(
    render("portal/home", {
      ...page,
      told: toldBy(c),
      accounts: home.accounts.map((account) => ({
        ...accountView(account, month.from, month.accounts, reader, now),
        credit: creditView(account, credit, reader, now),
      })),
      charts: usage.currencies.map(({ currency, days }) => ({ currency, figure: daysChart(days, currency, reader, "short") })),
      services: home.services.map(serviceView),
      movements: movements.rows.map((movement) => movementRow(movement, reader, now)),
      calls: callRows(calls.rows, reader, now),
      monthHref: callsHref(month.from, usage.day),
    }),
  );
}

/** Said in words: a minus before an amount that is owed is easily overlooked. */
function accountView(account: PortalAccount, monthFrom: string, months: readonly PortalMonth[], reader: Reader, now: Temporal.Instant) {
  const { currency, balanceMicros, creditLimitMicros, heldMicros, grantedMicros, pots } = account;
  const availableMicros = balanceMicros + creditLimitMicros - heldMicros;
  const month = months.find((each) => each.accountId === account.accountId && each.currency === currency);
  return {
    number: account.number,
    kind: account.kind,
    owes: balanceMicros < 0n,
    balance: amountOf(balanceMicros < 0n ? -balanceMicros : balanceMicros, currency, reader),
    available: sumText(availableMicros > 0n ? availableMicros : 0n, currency, reader),
    creditLimit: creditLimitMicros > 0n ? sumText(creditLimitMicros, currency, reader) : undefined,
    held: heldMicros > 0n ? sumText(heldMicros, currency, reader) : undefined,
    cash: pots.length > 0 ? sumText(balanceMicros - grantedMicros, currency, reader) : undefined,
    pots: pots.map(({ name, leftMicros, expiresAt }) => ({
      name,
      left: sumText(BigInt(leftMicros), currency, reader),
      until: expiresAt === null ? "" : `until ${dateTimeText(expiresAt, reader, now)}`,
    })),
    usedUp: availableMicros <= 0n && account.kind === "prepaid",
    overLimitBy:
      account.kind === "postpaid" && availableMicros < 0n && creditLimitMicros > 0n
        ? sumText(-availableMicros, currency, reader)
        : undefined,
    monthName: monthName(monthFrom, reader),
    month: sumText(month?.amountMicros ?? 0n, currency, reader),
    monthCalls: month && month.calls > 0 ? `${callsText(month.calls, reader)}, ${durationText(month.billedSec)}` : "no calls yet",
  };
}

const serviceView = ({ label, status, planName, identifiers }: PortalService) => {
  const numbers = identifiers.map(({ value }) => value).filter((value) => value !== label);
  return {
    label,
    works: status === "active",
    detail: [planName, ...numbers.slice(0, 3), numbers.length > 3 ? `and ${numbers.length - 3} more` : ""].filter(Boolean).join(" · "),
  };
};
