// A settlement account: its statement with the running balance, its terms, and opening one.
import { Hono } from "hono";
import { requestExport } from "../../interchange/request-export.ts";
import { formatMicros } from "../../kernel/money.ts";
import { carryOverBalance } from "../../ledger/carry-over-balance.ts";
import { accountsDetail } from "../../read/account-detail/query.ts";
import { accountsStatement } from "../../read/account-statement/query.ts";
import { subscribersDetail } from "../../read/subscriber-detail/query.ts";
import { changeAccount } from "../../subscribers/change-account.ts";
import { openAccount } from "../../subscribers/open-account.ts";
import { creditShown } from "./credit.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  may,
  noErrors,
  page,
  param,
  posted,
  providersOf,
  route,
  run,
  statusOf,
} from "./frame.ts";
import { openHoldsOf } from "./holds.ts";
import { pagingOf } from "./paging.ts";
import { periodOf } from "./period-filter.ts";
import { currencyOptions } from "./regions.ts";
import { refusalText, refuseHidden, settle } from "./settle.ts";
import { statementLine } from "./statement-line.ts";
import { amountTyped, given, typed, writesCommas } from "./typed-fields.ts";

export const accountsPages = new Hono<AdminEnv>();

const detailOf = (c: PageContext) => askFor(c, accountsDetail, { accountId: param(c, "id") });
type Detail = Awaited<ReturnType<typeof detailOf>>;

/** Left out unless asked for: a statement of the month so far. */
function exportPeriod(c: PageContext, from: string, to: string) {
  const { zone } = figuresOf(c);
  const today = c.get("core").clock().toZonedDateTimeISO(zone).toPlainDate();
  return { from: from || today.with({ day: 1 }).toString(), to: to || today.toString() };
}

accountsPages.get(
  "/accounts/:id{[0-9a-f-]{36}}",
  route({ permission: "subscribers:read" }, async (c) => {
    const { account, services, pots, paysFor } = await detailOf(c);
    const text = figuresOf(c);
    const [from, to] = [c.req.query("from") ?? "", c.req.query("to") ?? ""];
    const period = periodOf({ from, to, at: "" }, text.zone);
    const sees = may(c, "ledger:read");
    const paging = pagingOf(c);
    const statement = sees
      ? await askFor(c, accountsStatement, {
          accountId: account.accountId,
          ...period.instants,
          limit: paging.limit,
          ...(paging.after ? { after: paging.after } : {}),
        })
      : { rows: [], next: null };
    const { creditLimitMicros, currency } = account;
    // Not told without the right to see the ledger, and then not shown either.
    const balanceMicros = account.balanceMicros ?? 0n;
    const heldMicros = account.heldMicros ?? 0n;
    const availableMicros = balanceMicros + creditLimitMicros - heldMicros;
    return page(c, {
      title: `Account ${account.number}`,
      section: "subscribers",
      view: "admin/accounts/show",
      data: {
        account,
        here: `/accounts/${account.accountId}`,
        services,
        credit: may(c, "credit:read") ? await creditShown(c, account.accountId) : null,
        holds: await openHoldsOf(c, account.accountId),
        canRelease: may(c, "credit:write"),
        currency,
        figures: {
          balance: text.amount(balanceMicros, currency),
          owes: balanceMicros < 0n,
          creditLimit: text.amount(creditLimitMicros, currency),
          held: heldMicros === 0n ? "" : text.amount(heldMicros, currency),
          available: text.amount(availableMicros, currency),
          exhausted: availableMicros <= 0n,
        },
        pots: pots.map((pot) => ({
          name: pot.name,
          left: text.amount(pot.remainingMicros, currency),
          of: text.amount(pot.grantedMicros, currency),
          until: pot.expiresAt === null ? "doesn’t expire" : `until ${text.dateTime(pot.expiresAt)}`,
        })),
        cash: text.amount(balanceMicros - (account.grantedMicros ?? 0n), currency),
        payer: payerShown(account, text),
        paysFor: paysFor.map((one) => ({
          ...one,
          limit: one.limitMicros === null ? "everything" : `up to ${text.money(one.limitMicros, currency)} a month`,
        })),
        opened: text.date(account.createdAt),
        billing: account.billingDay === null ? "by the plan" : `from day ${account.billingDay} of the month`,
        from,
        to,
        problems: period.problems,
        filtered: from !== "" || to !== "",
        exportPeriod: exportPeriod(c, from, to),
        lines: statement.rows.map((line) => statementLine(line, text)),
        pages: {
          label: "Pages of the statement",
          text:
            statement.rows.length === 0 ? "" : `Lines ${text.count(paging.first)}–${text.count(paging.first + statement.rows.length - 1)}`,
          ...paging.linksOf(statement),
        },
        can: {
          ledger: sees,
          change: may(c, "subscribers:write") && account.subscriberStatus === "active",
          receive: may(c, "payments:write") && account.status === "active",
          export: sees && may(c, "exports:create"),
          adjust: may(c, "ledger:adjust"),
          bonus: may(c, "ledger:adjust") && account.status === "active",
          transfer: may(c, "ledger:transfer"),
          writeOff: may(c, "ledger:write-off") && balanceMicros < 0n,
          payer: may(c, "subscribers:write") && account.status === "active" && paysFor.length === 0,
          redeem: may(c, "cards:redeem") && account.status === "active",
          carryOver: may(c, "subscribers:write") && account.status === "active" && !account.carriedOver,
        },
        activeServices: services.filter(({ status }) => status === "active").length,
      },
    });
  }),
);

/** Who pays, and how far; undefined when the account pays for itself. */
function payerShown(account: Detail["account"], text: FiguresText) {
  const { paidFor, payerAccountId, payerNumber, payerName, payerLimitMicros: limit, payerPaidMicros, currency } = account;
  if (!paidFor) return undefined;
  return {
    href: payerAccountId && `/accounts/${payerAccountId}`,
    name: payerAccountId ? `${payerNumber}, ${payerName}` : "An account that isn’t yours to see",
    limit: limit === null ? "everything" : `up to ${text.money(limit, currency)} a month`,
    paid: text.money(payerPaidMicros, currency),
  };
}

const termFields = ["kind", "creditLimit", "billingDay", "taxExempt"] as const;
const labels = {
  kind: "Pays",
  creditLimit: "Credit limit",
  billingDay: "Billing day",
  taxExempt: "Taxes",
  number: "Account number",
  currency: "Currency",
  amount: "Balance",
};

const crumbsOf = ({ account }: Detail, last: string) => [
  { label: "Subscribers", href: "/subscribers" },
  { label: account.subscriberName, href: `/subscribers/${account.subscriberId}` },
  { label: account.number, href: `/accounts/${account.accountId}` },
  { label: last },
];

const termsForm = (
  c: PageContext,
  detail: Detail,
  values: Record<(typeof termFields)[number], string>,
  errors: FormErrors = noErrors,
  status = 200,
) =>
  page(c, {
    title: `Terms of account ${detail.account.number}`,
    section: "subscribers",
    view: "admin/accounts/terms",
    status,
    data: { account: detail.account, crumbs: crumbsOf(detail, "Terms"), here: `/accounts/${detail.account.accountId}`, values, errors },
  });

accountsPages.get(
  "/accounts/:id{[0-9a-f-]{36}}/terms",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await detailOf(c);
    const { kind, creditLimitMicros, billingDay, taxExempt } = detail.account;
    const values = {
      kind,
      creditLimit: formatMicros(creditLimitMicros),
      billingDay: String(billingDay ?? ""),
      taxExempt: taxExempt ? "yes" : "no",
    };
    return termsForm(c, detail, values);
  }),
);

accountsPages.post(
  "/accounts/:id{[0-9a-f-]{36}}/terms",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await detailOf(c);
    const { accountId, providerId } = detail.account;
    const values = typed(c, ...termFields);
    const outcome = await run(
      c,
      changeAccount,
      {
        accountId,
        kind: values.kind as "prepaid",
        creditLimit: amountTyped(values.creditLimit, writesCommas(c)) || "0",
        billingDay: values.billingDay === "" ? null : Number(values.billingDay),
        // A form without the field leaves the exemption as it is.
        ...(values.taxExempt === "" ? {} : { taxExempt: values.taxExempt === "yes" }),
      },
      { providerId },
    );
    if (outcome.ok) return done(c, `/accounts/${accountId}`, "The terms are changed.");
    refuseHidden(outcome);
    return termsForm(c, detail, values, formErrors(outcome, {}, labels), statusOf(outcome));
  }),
);

for (const [verb, status, text] of [
  ["closure", "closed", "The account is closed."],
  ["reopening", "active", "The account is open again."],
] as const)
  accountsPages.post(
    `/accounts/:id{[0-9a-f-]{36}}/${verb}`,
    route({ permission: "subscribers:write" }, async (c) => {
      const { accountId, providerId } = (await detailOf(c)).account;
      return settle(c, await run(c, changeAccount, { accountId, status }, { providerId }), `/accounts/${accountId}`, text);
    }),
  );

const carryOverForm = (c: PageContext, detail: Detail, amount: string, errors: FormErrors = noErrors, status = 200) =>
  page(c, {
    title: "Carry a balance over",
    section: "subscribers",
    view: "admin/accounts/carry-over",
    status,
    data: {
      account: detail.account,
      crumbs: crumbsOf(detail, "Carry over"),
      here: `/accounts/${detail.account.accountId}`,
      amount,
      errors,
    },
  });

accountsPages.get(
  "/accounts/:id{[0-9a-f-]{36}}/opening-balance",
  route({ permission: "subscribers:write" }, async (c) => carryOverForm(c, await detailOf(c), "")),
);

accountsPages.post(
  "/accounts/:id{[0-9a-f-]{36}}/opening-balance",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await detailOf(c);
    const { accountId, providerId } = detail.account;
    const amount = posted(c, "amount");
    const outcome = await run(c, carryOverBalance, { accountId, amount: amountTyped(amount, writesCommas(c)) }, { providerId });
    if (outcome.ok) return done(c, `/accounts/${accountId}`, "The balance is carried over.");
    refuseHidden(outcome);
    return carryOverForm(c, detail, amount, formErrors(outcome, { balance_already_opened: "amount" }, labels), statusOf(outcome));
  }),
);

accountsPages.post(
  "/accounts/:id{[0-9a-f-]{36}}/export",
  route({ permission: "exports:create" }, async (c) => {
    const { accountId, providerId } = (await detailOf(c)).account;
    const period = { from: posted(c, "from"), to: posted(c, "to") };
    const outcome = await run(c, requestExport, { kind: "account-statement", accountId, ...period }, { providerId });
    if (outcome.ok) return done(c, "/exports", "The spreadsheet is being made; it appears here when it is ready.");
    refuseHidden(outcome);
    return done(c, `/accounts/${accountId}`, { tone: "bad", text: refusalText(outcome) });
  }),
);

const openFields = ["kind", "creditLimit", "currency", "number"] as const;
type Opening = Record<(typeof openFields)[number], string>;

async function openForm(c: PageContext, values: Opening | undefined, errors: FormErrors = noErrors, status = 200) {
  const { profile } = await askFor(c, subscribersDetail, { subscriberId: param(c, "id") });
  const provider = (await providersOf(c)).find(({ id }) => id === profile.providerId);
  return page(c, {
    title: "Open an account",
    section: "subscribers",
    view: "admin/accounts/new",
    status,
    data: {
      profile,
      here: `/subscribers/${profile.subscriberId}`,
      values: values ?? { kind: "prepaid", creditLimit: "", currency: provider?.currency ?? "", number: "" },
      currencies: currencyOptions,
      errors,
    },
  });
}

accountsPages.get(
  "/subscribers/:id{[0-9a-f-]{36}}/accounts/new",
  route({ permission: "subscribers:write" }, (c) => openForm(c, undefined)),
);

accountsPages.post(
  "/subscribers/:id{[0-9a-f-]{36}}/accounts",
  route({ permission: "subscribers:write" }, async (c) => {
    const { profile } = await askFor(c, subscribersDetail, { subscriberId: param(c, "id") });
    const values = typed(c, ...openFields);
    const input = {
      subscriberId: profile.subscriberId,
      kind: values.kind as "prepaid",
      ...given({ ...values, creditLimit: amountTyped(values.creditLimit, writesCommas(c)) }, "creditLimit", "currency", "number"),
    };
    const outcome = await run(c, openAccount, input, { providerId: profile.providerId });
    if (outcome.ok) return done(c, `/accounts/${outcome.value.accountId}`, `Account ${outcome.value.number} is open.`);
    refuseHidden(outcome);
    return openForm(c, values, formErrors(outcome, { number_taken: "number" }, labels), statusOf(outcome));
  }),
);
