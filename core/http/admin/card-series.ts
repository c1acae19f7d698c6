// Adding a series of prepaid cards: what it is worth, what it grants, how long, and how its PINs look.

import { Hono } from "hono";
import { addSeries } from "../../cards/add-series.ts";
import { cardsDealers } from "../../read/cards/query.ts";
import { plansList } from "../../read/plans/query.ts";
import { groupsList } from "../../read/rights/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, done, type FormErrors, formErrors, may, noErrors, page, route, run, statusOf } from "./frame.ts";
import { currencyOptions } from "./regions.ts";
import { refuseHidden } from "./settle.ts";
import { targetOf } from "./target-provider.ts";
import { amountTyped, given, typed, writesCommas } from "./typed-fields.ts";

export const cardSeriesPages = new Hono<AdminEnv>();

const fields = [
  ...["code", "name", "kind", "value", "currency", "alphabet", "pinLength", "sellableUntil", "usableFor", "grants", "grantedFor"],
  ...["potName", "potPriority", "planId", "groupId", "dealerId"],
] as const;
type Values = Record<string, string>;
const labels = {
  ...{
    code: "Code",
    name: "Name",
    kind: "Kind",
    value: "Value",
    currency: "Currency",
    alphabet: "PIN",
    pinLength: "Length of the PIN",
    sellableUntil: "Last day of sale",
  },
  ...{
    usableFor: "Usable for",
    grants: "Grants",
    grantedFor: "Lasts",
    potName: "Pot",
    potPriority: "Priority",
    planId: "Plan",
    groupId: "Group",
    dealerId: "Dealer",
  },
};

async function newForm(c: PageContext, values: Values, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const { provider, choices } = await targetOf(c);
  const { plans } = may(c, "plans:read") ? await askFor(c, plansList, { providerId: provider.id, limit: 200 }) : { plans: [] };
  const { groups } = may(c, "subscribers:read") ? await askFor(c, groupsList, { providerId: provider.id }) : { groups: [] };
  const { dealers } = await askFor(c, cardsDealers, { providerId: provider.id });
  const none = { value: "", label: "–" };
  return page(c, {
    title: "New series of cards",
    section: "cards",
    view: "admin/cards/new",
    status,
    data: {
      ...{
        values: { currency: provider.currency, kind: "sold", alphabet: "base32", grants: "cash", ...values },
        errors,
        provider,
        choices,
        here: "/cards/new",
      },
      currencies: currencyOptions,
      plans: [none, ...plans.map(({ planId, name }) => ({ value: planId, label: name }))],
      groups: [none, ...groups.map(({ groupId, name }) => ({ value: groupId, label: name }))],
      dealers: [none, ...dealers.map(({ dealerId, name }) => ({ value: dealerId, label: name }))],
    },
  });
}

cardSeriesPages.get(
  "/cards/new",
  route({ permission: "cards:write" }, (c) => newForm(c, {})),
);

export const numberOf = (text: string | undefined) => (text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : text);
/** "30 days" or "6 months", as the form's hint says; anything else is the command's to refuse. */
const durationOf = (text: string): string => {
  const [, count, unit] = /^(\d{1,4})\s*([dm])[a-z]*$/i.exec(text) ?? [];
  return count && unit ? `P${count}${unit.toUpperCase()}` : text;
};

cardSeriesPages.post(
  "/cards",
  route({ permission: "cards:write" }, async (c) => {
    const values = typed(c, ...fields) as Values;
    const { provider } = await targetOf(c);
    const { pinLength, potPriority, ...texts } = given<string>(
      {
        ...values,
        value: amountTyped(values.value!, writesCommas(c)),
        usableFor: durationOf(values.usableFor!),
        grantedFor: durationOf(values.grantedFor!),
      },
      ...fields,
    );
    const input = {
      ...texts,
      ...(pinLength === undefined ? {} : { pinLength: numberOf(pinLength) }),
      ...(potPriority === undefined ? {} : { potPriority: numberOf(potPriority) }),
    };
    const outcome = await run(c, addSeries, input as never, { providerId: provider.id });
    if (outcome.ok) return done(c, `/cards/${outcome.value.seriesId}`, "The series is added. Now make its first cards.");
    refuseHidden(outcome);
    return newForm(
      c,
      values,
      formErrors(outcome, { code_taken: "code", currency_differs: "planId", plan_not_published: "planId" }, labels),
      statusOf(outcome),
    );
  }),
);
