// Subscribers: the list that finds one as you type, and the form for a new one with a first account.
import { Hono } from "hono";
import { groupsList } from "../../read/rights/query.ts";
import { type SubscriberRow, subscribersList } from "../../read/subscriber-list/query.ts";
import { registerSubscriber } from "../../subscribers/register-subscriber.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  fragment,
  isFragment,
  may,
  noErrors,
  page,
  providersOf,
  route,
  run,
  statusOf,
} from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { currencyOptions } from "./regions.ts";
import { refuseHidden } from "./settle.ts";
import { seesSeveral, targetOf } from "./target-provider.ts";
import { amountTyped, given, typed, writesCommas } from "./typed-fields.ts";

export const subscribersPages = new Hono<AdminEnv>();

subscribersPages.get(
  "/subscribers",
  route({ permission: "subscribers:read" }, async (c) => {
    const data = await listed(c);
    // Search as you type asks the same address, so that a reload and the Back button find what was looked for.
    if (isFragment(c)) return fragment(c, "admin/subscribers/_rows", data);
    return page(c, {
      title: "Subscribers",
      section: "subscribers",
      view: "admin/subscribers/index",
      data: { ...data, ...(await filterOptions(c)) },
    });
  }),
);

async function listed(c: PageContext) {
  const filters = {
    q: c.req.query("q") ?? "",
    status: c.req.query("status") ?? "",
    group: c.req.query("group") ?? "",
    provider: c.req.query("provider") ?? "",
  };
  const paging = pagingOf(c);
  const found = await askFor(c, subscribersList, {
    search: filters.q.slice(0, 100),
    ...(filters.status ? { status: filters.status as "active" } : {}),
    ...(filters.group ? { groupId: filters.group } : {}),
    ...(filters.provider ? { providerId: filters.provider } : {}),
    ...(paging.after ? { after: paging.after } : {}),
    limit: paging.limit,
  });
  const text = figuresOf(c);
  const total = `${found.totalIsMore ? "more than " : ""}${text.count(found.total)}`;
  return {
    filters,
    filtered: Object.values(filters).some((value) => value !== ""),
    several: seesSeveral(c),
    canAdd: may(c, "subscribers:write"),
    rows: found.rows.map(shownRow),
    pages: {
      label: "Pages of subscribers",
      text:
        found.rows.length === 0
          ? ""
          : `${text.count(paging.first)}–${text.count(paging.first + found.rows.length - 1)} of ${total} ${found.total === 1 ? "subscriber" : "subscribers"}`,
      ...paging.linksOf(found),
    },
  };
}

/** Three numbers are enough to recognise somebody by. */
const numbersShown = 3;

function shownRow(row: SubscriberRow) {
  const more = row.identifiers.length - numbersShown;
  return {
    href: `/subscribers/${row.subscriberId}`,
    name: row.name,
    number: row.number,
    kind: row.kind,
    provider: row.providerName,
    group: row.groupName,
    status: row.status,
    services: row.services,
    numbers: row.identifiers.slice(0, numbersShown).join(", ") + (more > 0 ? ` and ${more} more` : ""),
  };
}

async function filterOptions(c: PageContext) {
  const { groups } = await askFor(c, groupsList, { limit: 200 });
  const several = seesSeveral(c);
  return {
    groups: [
      { value: "", label: "All groups" },
      ...groups.map((group) => ({ value: group.groupId, label: several ? `${group.name} · ${group.providerName}` : group.name })),
    ],
    providers: several
      ? [{ value: "", label: "All providers" }, ...(await providersOf(c)).map(({ id, name }) => ({ value: id, label: name }))]
      : [],
  };
}

const fields = [
  "kind",
  "name",
  "groupId",
  "email",
  "phone",
  "withAccount",
  "accountKind",
  "creditLimit",
  "currency",
  "accountNumber",
] as const;
type Values = Record<(typeof fields)[number], string>;

const fieldNames = {
  "account.kind": "accountKind",
  "account.creditLimit": "creditLimit",
  "account.currency": "currency",
  "account.number": "accountNumber",
  number_taken: "accountNumber",
};
const labels = {
  name: "Name",
  email: "E-mail",
  phone: "Telephone for contact",
  creditLimit: "Credit limit",
  accountNumber: "Account number",
  groupId: "Group",
  currency: "Currency",
};

async function form(c: PageContext, values: Values | undefined, errors: FormErrors = noErrors, status = 200) {
  const target = await targetOf(c);
  const { groups } = await askFor(c, groupsList, { providerId: target.provider.id, limit: 200 });
  const fresh: Values = {
    kind: "person",
    name: "",
    groupId: groups[0]?.groupId ?? "",
    email: "",
    phone: "",
    withAccount: "on",
    accountKind: "prepaid",
    creditLimit: "",
    currency: target.provider.currency,
    accountNumber: "",
  };
  return page(c, {
    title: "New subscriber",
    section: "subscribers",
    view: "admin/subscribers/new",
    status,
    data: {
      ...target,
      here: "/subscribers/new",
      values: values ?? fresh,
      errors,
      groups: groups.map((group) => ({ value: group.groupId, label: group.name })),
      currencies: currencyOptions,
    },
  });
}

subscribersPages.get(
  "/subscribers/new",
  route({ permission: "subscribers:write" }, (c) => form(c, undefined)),
);

subscribersPages.post(
  "/subscribers",
  route({ permission: "subscribers:write" }, async (c) => {
    const { provider } = await targetOf(c);
    const values = typed(c, ...fields);
    const account = values.withAccount
      ? {
          account: {
            kind: values.accountKind as "prepaid",
            ...given({ ...values, creditLimit: amountTyped(values.creditLimit, writesCommas(c)) }, "creditLimit", "currency"),
            ...(values.accountNumber ? { number: values.accountNumber } : {}),
          },
        }
      : {};
    const outcome = await run(
      c,
      registerSubscriber,
      { kind: values.kind as "person", name: values.name, ...given(values, "groupId", "email", "phone"), ...account },
      { providerId: provider.id },
    );
    if (outcome.ok)
      return done(
        c,
        `/subscribers/${outcome.value.subscriberId}`,
        `${values.name} is subscriber ${outcome.value.number}.${values.withAccount ? " Next: activate a service on the account." : " Next: open an account."}`,
      );
    refuseHidden(outcome);
    return form(c, values, formErrors(outcome, fieldNames, labels), statusOf(outcome));
  }),
);
