// What a subscriber's pages show of accounts, services and usage, as finished text.
import { barChart } from "../../../views/shared/bar-chart.ts";
import type { Account, Service, subscribersDetail } from "../../read/subscriber-detail/query.ts";
import type { UsageRow } from "../../read/usage-records/query.ts";
import type { FiguresText } from "./figures.ts";
import { resultOf, usageWords } from "./usage-words.ts";

type Detail = Extract<Awaited<ReturnType<typeof subscribersDetail.run>>, { ok: true }>["value"];
type Usage = NonNullable<Detail["usage"]>;
type Currency = Usage["currencies"][number];

/** `digits`: "minor" for a glance, rounded as the subscriber sees it in the portal; the ledger's own are exact. */
export function shownAccount(account: Account, text: FiguresText, digits: "exact" | "minor" = "exact") {
  const { currency, creditLimitMicros } = account;
  // Not told without the right to see the ledger, and then not shown either.
  const balanceMicros = account.balanceMicros ?? 0n;
  const available = balanceMicros + creditLimitMicros;
  return {
    href: `/accounts/${account.accountId}`,
    accountId: account.accountId,
    number: account.number,
    kind: account.kind,
    status: account.status,
    currency,
    balance: text.amount(balanceMicros, currency, { digits }),
    owes: balanceMicros < 0n,
    creditLimit: text.amount(creditLimitMicros, currency),
    available: text.amount(available, currency, { digits }),
    exhausted: available <= 0n,
  };
}

export function shownService(service: Service, text: FiguresText, accounts: readonly Account[]) {
  return {
    href: `/services/${service.serviceId}`,
    label: service.label,
    status: service.status,
    since: service.status === "active" ? `since ${text.date(service.activatedAt)}` : `until ${text.date(service.terminatedAt!)}`,
    plan: service.planName ?? "not begun yet",
    planHref: service.planId === null ? undefined : `/plans/${service.planId}`,
    account: accounts.find(({ accountId }) => accountId === service.accountId)?.number ?? "",
    numbers: service.identifiers.map(({ value }) => value),
  };
}

export function usageRow(row: UsageRow, text: FiguresText) {
  const words = usageWords(row, text.locale);
  return {
    href: `/usage/${row.accountId}/${encodeURIComponent(row.startedAt)}/${row.key}`,
    when: text.dateTime(row.startedAt, true),
    from: row.source,
    to: words.what,
    where: words.note,
    used: row.kind === "call" && row.disposition === "answered" ? text.clock(row.billedSec) : resultOf(row, words),
    amount: text.money(row.amountMicros, row.currency),
  };
}

const two = (hour: number) => String(hour).padStart(2, "0");

export function chargesByHour({ day }: Pick<Usage, "day">, { currency, hours }: Currency, text: FiguresText) {
  return barChart(
    [
      { name: "Yesterday", values: hours.map(({ yesterday }) => yesterday.amountMicros), kind: "before" },
      { name: "Today", values: hours.map(({ today }) => today?.amountMicros ?? null), kind: "now" },
    ],
    {
      title: `Charges by hour, yesterday and today (${text.date(day)})`,
      categoryName: "Hour",
      categories: hours.map(({ hour }) => ({ label: `${two(hour)}:00`, axis: two(hour) })),
      format: (micros) => text.money(micros, currency, { digits: "minor" }),
      locale: text.locale,
      height: "short",
    },
  );
}

export function chargesByDay({ currency, days }: Currency, text: FiguresText) {
  return barChart([{ name: "Charged", values: days.map(({ amountMicros }) => amountMicros), kind: "now" }], {
    title: "Charges by day, the last 30 days",
    categoryName: "Day",
    categories: days.map(({ day }) => ({ label: text.date(day), axis: String(Number(day.slice(8))) })),
    format: (micros) => text.money(micros, currency, { digits: "minor" }),
    locale: text.locale,
    height: "short",
  });
}
