// Partners: providers of their own below this one, with their own plans, numbers and managers.
import { Hono } from "hono";
import { addPartner } from "../../providers/add-partner.ts";
import { providersList } from "../../read/rights/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, done, type FormErrors, figuresOf, formErrors, noErrors, page, route, run, statusOf } from "./frame.ts";
import { currencyOptions, localeOptions, suggestedCode, zoneOptions } from "./regions.ts";
import { refuseHidden } from "./settle.ts";
import { seesAll, targetOf } from "./target-provider.ts";
import { typed } from "./typed-fields.ts";

export const partnersPages = new Hono<AdminEnv>();

partnersPages.get(
  "/partners",
  route({ permission: "providers:write" }, async (c) => {
    const { providers } = await askFor(c, providersList, { limit: 200 });
    const text = figuresOf(c);
    const names = new Map(providers.map(({ providerId, name }) => [providerId, name]));
    return page(c, {
      title: "Partners",
      section: "partners",
      view: "admin/partners/index",
      data: {
        canAdd: seesAll(c),
        alone: providers.length === 1,
        providers: providers.map((provider) => ({
          href: provider.parentId === null ? `/subscribers?provider=${provider.providerId}` : `/partners/${provider.providerId}`,
          name: provider.name,
          code: provider.code,
          below: provider.parentId === null ? "" : (names.get(provider.parentId) ?? ""),
          currency: provider.currency,
          zone: provider.zone,
          subscribers: text.count(provider.subscribers),
          since: text.date(provider.createdAt),
        })),
      },
    });
  }),
);

const fields = ["name", "code", "currency", "zone", "locale"] as const;
type Values = Record<(typeof fields)[number], string>;
const labels = { name: "Name", code: "Short code", currency: "Currency", zone: "Time zone", locale: "Numbers and dates" };

async function form(c: PageContext, values: Values | undefined, errors: FormErrors = noErrors, status = 200) {
  const target = await targetOf(c);
  const { currency, zone, locale } = target.provider;
  const data = {
    ...target,
    here: "/partners/new",
    values: values ?? { name: "", code: "", currency, zone, locale },
    errors,
    currencies: currencyOptions,
    zones: zoneOptions(c.get("core").clock()),
    locales: localeOptions,
  };
  return page(c, { title: "New partner", section: "partners", view: "admin/partners/new", status, data });
}

partnersPages.get(
  "/partners/new",
  route({ permission: "providers:write" }, (c) => form(c, undefined)),
);

partnersPages.post(
  "/partners",
  route({ permission: "providers:write" }, async (c) => {
    const { provider } = await targetOf(c);
    const values = typed(c, ...fields);
    const outcome = await run(c, addPartner, { ...values, code: values.code || suggestedCode(values.name) }, { providerId: provider.id });
    if (outcome.ok) return done(c, "/partners", `${values.name} is a partner. Next: add a manager for it, and a plan.`);
    refuseHidden(outcome);
    return form(c, values, formErrors(outcome, { code_taken: "code" }, labels), statusOf(outcome));
  }),
);
