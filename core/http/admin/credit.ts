// Credit control: accounts by state, one account with its history, and who will be blocked soon.
import { Hono } from "hono";
import { givePromise } from "../../credit/control/give-promise.ts";
import { overrideState } from "../../credit/control/override-state.ts";
import { creditStates, may as mayIn, moneyStates, states } from "../../credit/control/states.ts";
import { resumeAccount, suspendAccount } from "../../credit/control/suspend-account.ts";
import { requestExport } from "../../interchange/request-export.ts";
import { creditAccount, creditAccounts, creditForecast } from "../../read/credit/query.ts";
import { forecastReasons, payText, reasonText, statePills } from "./credit-words.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, figuresOf, may, page, param, posted, route, run } from "./frame.ts";
import { instantOf, localValue } from "./local-time.ts";
import { pagingOf } from "./paging.ts";
import { settle } from "./settle.ts";
import { seesAll } from "./target-provider.ts";
import { amountTyped, writesCommas } from "./typed-fields.ts";

export const creditPages = new Hono<AdminEnv>();

const tabsOf = (current: "accounts" | "forecast") => [
  { label: "Accounts", href: "/credit", current: current === "accounts" },
  { label: "Forecast", href: "/credit/forecast", current: current === "forecast" },
];

creditPages.get(
  "/credit",
  route({ permission: "credit:read" }, async (c) => {
    const state = creditStates.find((known) => known === c.req.query("state"));
    const paging = pagingOf(c);
    const found = await askFor(c, creditAccounts, {
      limit: paging.limit,
      ...(state ? { state } : {}),
      ...(paging.after ? { after: paging.after } : {}),
    });
    const text = figuresOf(c);
    return page(c, {
      title: "Credit control",
      section: "credit",
      view: "admin/credit/index",
      data: {
        tabs: tabsOf("accounts"),
        wide: seesAll(c),
        states: [
          { label: "All but active", href: "/credit", current: state === undefined, count: undefined as string | undefined },
          ...creditStates.map((one) => ({
            label: statePills[one].label,
            href: `/credit?state=${one}`,
            current: state === one,
            count: text.count(found.counts.find((row) => row.state === one)?.accounts ?? 0),
          })),
        ],
        rows: found.rows.map((row) => ({
          ...{
            href: `/accounts/${row.accountId}/credit`,
            name: row.subscriberName,
            number: row.number,
            kind: row.kind,
            pill: statePills[row.state],
          },
          ...{ since: text.dateTime(row.since), why: reasonText(row.reason, text), pay: payText(row.reason, row.currency, text) },
          balance: text.money(row.balanceMicros, row.currency, { digits: "minor" }),
          promise: row.promise && text.money(BigInt(row.promise.amountMicros), row.currency),
        })),
        pages: {
          label: "Pages of accounts",
          text: found.rows.length === 0 ? "" : `${text.count(paging.first)}–${text.count(paging.first + found.rows.length - 1)}`,
          ...paging.linksOf(found),
        },
      },
    });
  }),
);

const detailOf = (c: PageContext) => askFor(c, creditAccount, { accountId: param(c, "id") });

/** For the account's own page. */
export async function creditShown(c: PageContext, accountId: string) {
  const { account } = await askFor(c, creditAccount, { accountId });
  const text = figuresOf(c);
  const pay = payText(account.reason, account.currency, text);
  return {
    ...{
      pill: statePills[account.state],
      href: `/accounts/${accountId}/credit`,
      active: account.state === "active",
      blocked: !states[account.state].maySpend,
    },
    text: `${states[account.state].meaning} ${reasonText(account.reason, text)}.${pay ? ` It ends with a payment of ${pay}.` : ""}`,
  };
}

creditPages.get(
  "/accounts/:id{[0-9a-f-]{36}}/credit",
  route({ permission: "credit:read" }, async (c) => {
    const { account, history, promises, suspensions, orders, notices } = await detailOf(c);
    const text = figuresOf(c);
    const money = (micros: bigint) => text.money(micros, account.currency, { digits: "minor" });
    const now = c.get("core").clock();
    const writes = may(c, "credit:write");
    return page(c, {
      title: `Credit of account ${account.number}`,
      section: "credit",
      view: "admin/credit/show",
      data: {
        account,
        here: `/accounts/${account.accountId}/credit`,
        pill: statePills[account.state],
        meaning: states[account.state].meaning,
        facts: {
          why: reasonText(account.reason, text),
          since: text.dateTime(account.since),
          pay: payText(account.reason, account.currency, text),
          balance: money(account.balanceMicros),
          limit: money(account.creditLimitMicros),
          owed: account.owedSince && text.date(account.owedSince),
          next: account.nextCheckAt && text.dateTime(account.nextCheckAt),
        },
        history: history.map((one) => ({
          ...{ when: text.dateTime(one.at), from: statePills[one.fromState], to: statePills[one.toState] },
          ...{ why: reasonText(one.reason, text), balance: money(one.balanceMicros) },
        })),
        promises: promises.map((one) => ({
          ...{ amount: money(one.amountMicros), given: text.date(one.givenAt), by: one.givenBy, due: text.dateTime(one.dueAt) },
          pill: { open: { tone: "info", label: "open" }, kept: { tone: "good", label: "kept" }, broken: { tone: "bad", label: "broken" } }[
            one.state
          ],
        })),
        suspensions: suspensions.map((one) => ({ from: text.dateTime(one.fromAt), until: text.dateTime(one.untilAt), by: one.askedBy })),
        orders: orders.map((one) => ({ ...one, when: text.dateTime(one.createdAt) })),
        notices: notices.map((one) => ({ ...one, when: text.dateTime(one.at) })),
        can: {
          override: writes && mayIn("override", account.state) && account.overrideState === null,
          lift: writes && account.overrideState !== null,
          promise: writes && mayIn("promise", account.state) && !promises.some((one) => one.state === "open"),
          suspend: writes && mayIn("suspend", account.state) && !suspensions.some((one) => one.lasts),
          resume: writes && suspensions.some((one) => one.lasts),
        },
        choices: moneyStates.map((state) => ({ value: state, label: statePills[state].label })),
        until: localValue(now.add({ hours: 72 }), text.zone),
        pauseUntil: now.toZonedDateTimeISO(account.zone).toPlainDate().add({ days: 30 }).toString(),
      },
    });
  }),
);

const acts = {
  override: {
    run: (c: PageContext, accountId: string, providerId: number) =>
      run(
        c,
        overrideState,
        {
          accountId,
          state: posted(c, "state") as "active",
          until: instantOf(posted(c, "until"), figuresOf(c).zone),
          why: posted(c, "why"),
        },
        { providerId },
      ),
    text: "The state is set.",
  },
  lift: {
    run: (c: PageContext, accountId: string, providerId: number) =>
      run(c, overrideState, { accountId, state: null, why: "lifted" }, { providerId }),
    text: "The rules decide again.",
  },
  promise: {
    run: (c: PageContext, accountId: string, providerId: number) =>
      run(
        c,
        givePromise,
        { accountId, amount: amountTyped(posted(c, "amount"), writesCommas(c)), days: Number(posted(c, "days")) },
        { providerId },
      ),
    text: "The promise counts as paid until its day.",
  },
  suspension: {
    run: (c: PageContext, accountId: string, providerId: number) =>
      run(c, suspendAccount, { accountId, until: posted(c, "until") }, { providerId }),
    text: "The account is paused.",
  },
  resumption: {
    run: (c: PageContext, accountId: string, providerId: number) => run(c, resumeAccount, { accountId }, { providerId }),
    text: "The account works again.",
  },
} as const;

for (const [verb, act] of Object.entries(acts))
  creditPages.post(
    `/accounts/:id{[0-9a-f-]{36}}/credit/${verb}`,
    route({ permission: "credit:write" }, async (c) => {
      const { account } = await detailOf(c);
      return settle<unknown>(c, await act.run(c, account.accountId, account.providerId), `/accounts/${account.accountId}/credit`, act.text);
    }),
  );

creditPages.get(
  "/credit/forecast",
  route({ permission: "credit:read" }, async (c) => {
    const days = ["1", "3", "7"].find((known) => known === c.req.query("days")) ?? "1";
    const paging = pagingOf(c);
    const found = await askFor(c, creditForecast, { days, limit: paging.limit, ...(paging.after ? { after: paging.after } : {}) });
    const text = figuresOf(c);
    const within = { "1": "Tomorrow", "3": "In 3 days", "7": "In 7 days" } as const;
    const sumsOf = (n: string) => found.sums.filter((one) => String(one.inDays) === n);
    return page(c, {
      title: "Credit forecast",
      section: "credit",
      view: "admin/credit/forecast",
      data: {
        tabs: tabsOf("forecast"),
        days,
        figures: Object.entries(within).map(([n, label]) => ({
          ...{ label, href: `/credit/forecast?days=${n}`, current: n === days },
          accounts: text.count(sumsOf(n).reduce((sum, one) => sum + one.accounts, 0)),
          needed:
            sumsOf(n)
              .map((one) => text.money(one.neededMicros, one.currency, { digits: "minor" }))
              .join(", ") || "nobody",
        })),
        rows: found.rows.map((row) => {
          const money = (micros: bigint) => text.money(micros, row.currency, { digits: "minor" });
          return {
            ...{
              href: `/accounts/${row.accountId}/credit`,
              name: row.subscriberName,
              number: row.number,
              on: text.date(Temporal.PlainDate.from(row.blockedOn)),
            },
            why: forecastReasons[row.rule] ?? row.rule,
            ...{
              balance: money(row.balanceMicros),
              spend: money(row.dailySpendMicros),
              fees: money(row.feesMicros),
              promised: money(row.promisedMicros),
              needed: money(row.neededMicros),
            },
          };
        }),
        built: found.rows[0] && text.age(found.rows[0].builtAt),
        canExport: may(c, "exports:create"),
        pages: {
          label: "Pages of the forecast",
          text: found.rows.length === 0 ? "" : `${text.count(paging.first)}–${text.count(paging.first + found.rows.length - 1)}`,
          ...paging.linksOf(found),
        },
      },
    });
  }),
);

creditPages.post(
  "/credit/forecast/exports",
  route({ permission: "exports:create" }, async (c) => {
    const outcome = await run(c, requestExport, { kind: "credit-forecast" });
    return settle(
      c,
      outcome,
      outcome.ok ? "/exports" : "/credit/forecast",
      "The spreadsheet is being made. It can be fetched here when it is ready.",
    );
  }),
);
