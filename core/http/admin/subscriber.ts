// One subscriber: overview, usage and ledger; and what can be done with them.
import { Hono } from "hono";
import { accountsStatement } from "../../read/account-statement/query.ts";
import { groupsList } from "../../read/rights/query.ts";
import { subscribersDetail } from "../../read/subscriber-detail/query.ts";
import { usageList } from "../../read/usage-records/query.ts";
import { changeSubscriber } from "../../subscribers/change-subscriber.ts";
import { closeSubscriber } from "../../subscribers/close-subscriber.ts";
import { setPortalLogin } from "../../subscribers/set-portal-login.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, done, type FormErrors, figuresOf, formErrors, may, noErrors, page, param, posted, route, run, statusOf } from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { refuseHidden, settle } from "./settle.ts";
import { statementLine } from "./statement-line.ts";
import { chargesByDay, chargesByHour, shownAccount, shownService, usageRow } from "./subscriber-figures.ts";
import { seesSeveral } from "./target-provider.ts";
import { typed } from "./typed-fields.ts";

export const subscriberPages = new Hono<AdminEnv>();

const detailOf = (c: PageContext) => askFor(c, subscribersDetail, { subscriberId: param(c, "id") });
type Detail = Awaited<ReturnType<typeof detailOf>>;

type Tab = "overview" | "usage" | "ledger";

/** What stands above every tab. */
function headOf(c: PageContext, { profile, services, accounts }: Detail, tab: Tab) {
  const text = figuresOf(c);
  const here = `/subscribers/${profile.subscriberId}`;
  const active = services.filter(({ status }) => status === "active").length;
  const open = profile.status === "active";
  return {
    title: profile.name,
    section: "subscribers" as const,
    here,
    profile,
    about: [
      profile.kind,
      `group ${profile.groupName}`,
      ...(seesSeveral(c) ? [profile.providerName] : []),
      `since ${text.date(profile.createdAt)}`,
    ].join(" · "),
    tabs: [
      { label: "Overview", href: here, current: tab === "overview" },
      ...(may(c, "usage:read") ? [{ label: "Usage", href: `${here}/usage`, current: tab === "usage" }] : []),
      ...(may(c, "ledger:read") && accounts.length > 0 ? [{ label: "Ledger", href: `${here}/ledger`, current: tab === "ledger" }] : []),
    ],
    can: {
      change: open && may(c, "subscribers:write"),
      balances: may(c, "ledger:read"),
      usage: may(c, "usage:read"),
      plans: may(c, "plans:read"),
    },
    firstOpen: accounts.find(({ status }) => status === "active")?.accountId,
    closing:
      active > 0
        ? {
            possible: false,
            text: `${active === 1 ? "One service is" : `${active} services are`} still active. Terminate ${active === 1 ? "it" : "them"} first.`,
          }
        : {
            possible: true,
            text: "Their accounts close too. What they owe, or are owed, stays on the books. A closed subscriber can't be opened again.",
          },
  };
}

const shown = (c: PageContext, detail: Detail, tab: Tab, view: string, data: object) => {
  const { title, section, ...head } = headOf(c, detail, tab);
  return page(c, { title, section, view, data: { ...head, ...data, fresh: { ageSec: detail.freshnessSec } } });
};

subscriberPages.get(
  "/subscribers/:id{[0-9a-f-]{36}}",
  route({ permission: "subscribers:read" }, async (c) => {
    const detail = await detailOf(c);
    const text = figuresOf(c);
    const { profile, accounts, services, usage } = detail;
    const chosen = usage?.currencies[0];
    const calls = may(c, "usage:read") ? (await askFor(c, usageList, { subscriberId: profile.subscriberId, limit: 8 })).rows : [];
    const single = accounts.length === 1 ? accounts[0] : undefined;
    return shown(c, detail, "overview", "admin/subscribers/show", {
      single: single && shownAccount(single, text, "minor"),
      accounts: accounts.map((account) => shownAccount(account, text)),
      services: services.map((service) => shownService(service, text, accounts)),
      figures: chosen && {
        charged: text.amount(chosen.today.amountMicros, chosen.currency, { digits: "minor" }),
        currency: chosen.currency,
        calls: text.count(chosen.today.calls),
        time: text.duration(chosen.today.billedSec),
        data:
          chosen.today.octetsIn + chosen.today.octetsOut === 0n
            ? null
            : {
                all: text.bytes(chosen.today.octetsIn + chosen.today.octetsOut),
                in: text.bytes(chosen.today.octetsIn),
                out: text.bytes(chosen.today.octetsOut),
              },
      },
      hours: usage && chosen && chargesByHour(usage, chosen, text),
      calls: calls.map((row) => usageRow(row, text)),
    });
  }),
);

subscriberPages.get(
  "/subscribers/:id{[0-9a-f-]{36}}/usage",
  route({ permission: "usage:read" }, async (c) => {
    const detail = await detailOf(c);
    const text = figuresOf(c);
    const { usage, profile } = detail;
    const paging = pagingOf(c);
    const found = await askFor(c, usageList, {
      subscriberId: profile.subscriberId,
      limit: paging.limit,
      ...(paging.after ? { after: paging.after } : {}),
    });
    return shown(c, detail, "usage", "admin/subscribers/usage", {
      charts: (usage?.currencies ?? []).map((each) => ({
        currency: each.currency,
        hours: chargesByHour(usage!, each, text),
        days: chargesByDay(each, text),
      })),
      calls: found.rows.map((row) => usageRow(row, text)),
      pages: {
        label: "Pages of usage",
        text: found.rows.length === 0 ? "" : `Records ${text.count(paging.first)}–${text.count(paging.first + found.rows.length - 1)}`,
        ...paging.linksOf(found),
      },
    });
  }),
);

subscriberPages.get(
  "/subscribers/:id{[0-9a-f-]{36}}/ledger",
  route({ permission: "ledger:read" }, async (c) => {
    const detail = await detailOf(c);
    const text = figuresOf(c);
    const ledgers = await Promise.all(
      detail.accounts.slice(0, 10).map(async (account) => {
        const { rows } = await askFor(c, accountsStatement, { accountId: account.accountId, limit: 10 });
        return { ...shownAccount(account, text), lines: rows.map((line) => statementLine(line, text)) };
      }),
    );
    return shown(c, detail, "ledger", "admin/subscribers/ledger", { ledgers });
  }),
);

const fields = ["kind", "name", "groupId", "email", "phone"] as const;
type Values = Record<(typeof fields)[number], string>;
const labels = { name: "Name", email: "E-mail", phone: "Telephone for contact", groupId: "Group" };

async function changeForm(c: PageContext, { profile }: Detail, values: Values, errors: FormErrors = noErrors, status = 200) {
  const { groups } = await askFor(c, groupsList, { providerId: profile.providerId, limit: 200 });
  return page(c, {
    title: `Change ${profile.name}`,
    section: "subscribers",
    view: "admin/subscribers/change",
    status,
    data: {
      profile,
      here: `/subscribers/${profile.subscriberId}`,
      values,
      errors,
      groups: groups.map((group) => ({ value: group.groupId, label: group.name })),
    },
  });
}

subscriberPages.get(
  "/subscribers/:id{[0-9a-f-]{36}}/change",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await detailOf(c);
    const { kind, name, groupId, email, phone } = detail.profile;
    return changeForm(c, detail, { kind, name, groupId, email: email ?? "", phone: phone ?? "" });
  }),
);

subscriberPages.post(
  "/subscribers/:id{[0-9a-f-]{36}}/change",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await detailOf(c);
    const { subscriberId, providerId } = detail.profile;
    const values = typed(c, ...fields);
    const input = {
      subscriberId,
      kind: values.kind as "person",
      name: values.name,
      groupId: values.groupId,
      email: values.email || null,
      phone: values.phone || null,
    };
    const outcome = await run(c, changeSubscriber, input, { providerId });
    if (outcome.ok) return done(c, `/subscribers/${subscriberId}`, "The change is saved.");
    refuseHidden(outcome);
    return changeForm(c, detail, values, formErrors(outcome, {}, labels), statusOf(outcome));
  }),
);

subscriberPages.post(
  "/subscribers/:id{[0-9a-f-]{36}}/closure",
  route({ permission: "subscribers:write" }, async (c) => {
    const { profile } = await detailOf(c);
    const { subscriberId, providerId, name } = profile;
    return settle(c, await run(c, closeSubscriber, { subscriberId }, { providerId }), `/subscribers/${subscriberId}`, `${name} is closed.`);
  }),
);

const portalForm = (c: PageContext, { profile }: Detail, login: string, errors: FormErrors = noErrors, status = 200) =>
  page(c, {
    title: `Portal login of ${profile.name}`,
    section: "subscribers",
    view: "admin/subscribers/portal-login",
    status,
    data: { profile, here: `/subscribers/${profile.subscriberId}`, login, errors },
  });

subscriberPages.get(
  "/subscribers/:id{[0-9a-f-]{36}}/portal-login",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await detailOf(c);
    return portalForm(c, detail, detail.profile.portalLogin ?? detail.profile.email ?? "");
  }),
);

subscriberPages.post(
  "/subscribers/:id{[0-9a-f-]{36}}/portal-login",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await detailOf(c);
    const { subscriberId, providerId } = detail.profile;
    const login = posted(c, "login");
    const outcome = await run(c, setPortalLogin, { subscriberId, login, password: c.get("form").get("password") ?? "" }, { providerId });
    if (outcome.ok) return done(c, `/subscribers/${subscriberId}`, `The portal login is ${outcome.value.login}.`);
    refuseHidden(outcome);
    return portalForm(
      c,
      detail,
      login,
      formErrors(outcome, { login_taken: "login" }, { login: "Login", password: "Password" }),
      statusOf(outcome),
    );
  }),
);
