// One search over everything a person may see: subscribers by name, number, telephone or e-mail, accounts by number, plans by name or code.
import { Hono } from "hono";
import { accountsList } from "../../read/account-list/query.ts";
import { plansList } from "../../read/plans/query.ts";
import { subscribersList } from "../../read/subscriber-list/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, may, page, route } from "./frame.ts";
import { seesSeveral } from "./target-provider.ts";

export const searchPages = new Hono<AdminEnv>();

const MOST = 20;

searchPages.get(
  "/search",
  route({ permission: "signed-in" }, async (c) => {
    const q = (c.req.query("q") ?? "")
      .replaceAll(/\p{Cc}/gu, " ")
      .toWellFormed()
      .trim()
      .slice(0, 100);
    const found = q === "" ? { subscribers: [], accounts: [], plans: [], more: false } : await findings(c, q);
    const nothing = found.subscribers.length + found.accounts.length + found.plans.length === 0;
    return page(c, {
      title: q ? `Search: ${q}` : "Search",
      section: "none",
      view: "admin/search/index",
      searchText: q,
      data: { q, ...found, nothing, several: seesSeveral(c) },
    });
  }),
);

async function findings(c: PageContext, q: string) {
  // Numbers are kept without what people put between the digits.
  const digits = /^[+\d][\d\s().-]*$/.test(q) ? q.replaceAll(/[^\d]/g, "") : "";
  const seesSubscribers = may(c, "subscribers:read");
  const subscribers = seesSubscribers ? await askFor(c, subscribersList, { search: digits || q, limit: MOST }) : { rows: [], next: null };
  const accounts = seesSubscribers ? (await askFor(c, accountsList, { search: digits || q, limit: MOST })).accounts : [];
  const plans = may(c, "plans:read") ? (await askFor(c, plansList, { limit: 200 })).plans : [];
  const wanted = q.toLowerCase();
  return {
    more: subscribers.next !== null,
    subscribers: subscribers.rows.map((row) => ({
      href: `/subscribers/${row.subscriberId}`,
      name: row.name,
      number: row.number,
      provider: row.providerName,
      // The number that was looked for comes first, so that it is seen why the row is here.
      numbers: [...row.identifiers]
        .sort((a, b) => Number(b.includes(digits || wanted)) - Number(a.includes(digits || wanted)))
        .slice(0, 2)
        .join(", "),
      closed: row.status === "closed",
    })),
    accounts: accounts.map((account) => ({
      href: `/accounts/${account.accountId}`,
      number: account.number,
      subscriber: account.subscriberName,
      currency: account.currency,
    })),
    plans: plans
      .filter(({ name, code }) => name.toLowerCase().includes(wanted) || code.toLowerCase().includes(wanted))
      .slice(0, MOST)
      .map((plan) => ({ href: `/plans/${plan.planId}`, name: plan.name, code: plan.code, provider: plan.providerName })),
  };
}
