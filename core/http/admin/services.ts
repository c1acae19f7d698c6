// A service: activating one, the plans it was on, and what it is recognised by.
import { Hono } from "hono";
import { type Preview, previewPlanChange } from "../../charges/preview-plan-change.ts";
import { assignIdentifier } from "../../identifiers/assign-identifier.ts";
import { accountsDetail } from "../../read/account-detail/query.ts";
import { plansList } from "../../read/plans/query.ts";
import { type HeldIdentifier, type ServicePlan, servicesDetail } from "../../read/service-detail/query.ts";
import { usageList } from "../../read/usage-records/query.ts";
import { activateService } from "../../services/activate-service.ts";
import { changePlan } from "../../services/change-plan.ts";
import { terminateService } from "../../services/terminate-service.ts";
import { daysText } from "./charges.ts";
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
  route,
  run,
  statusOf,
  tryAsk,
} from "./frame.ts";
import { numberErrors, numberForm } from "./identifiers.ts";
import { instantGiven, localValue } from "./local-time.ts";
import { comes, crumbsOf, labels, now, type OneService, serviceOf } from "./one-service.ts";
import { refuseHidden, settle } from "./settle.ts";
import { usageRow } from "./subscriber-figures.ts";
import { typed } from "./typed-fields.ts";

export const servicesPages = new Hono<AdminEnv>();

/** Plans that an account of the currency can be on. Whoever may not see plans can't choose one. */
async function planOptions(c: PageContext, providerId: number, currency: string) {
  const found = await tryAsk(c, plansList, { providerId, limit: 200 });
  const plans = found.ok ? found.value.plans : [];
  return plans
    .filter((plan) => plan.currency === currency)
    .map((plan) => ({ value: plan.planId, label: `${plan.name} (${plan.code})${plan.version === null ? ", not in force yet" : ""}` }));
}

servicesPages.get(
  "/services/:id{[0-9a-f-]{36}}",
  route({ permission: "subscribers:read" }, async (c) => {
    const { service, plans, identifiers } = await serviceOf(c);
    const text = figuresOf(c);
    const at = now(c);
    const active = service.status === "active";
    const current = plans.find((plan) => !comes(plan.from, at));
    const calls = may(c, "usage:read") ? (await askFor(c, usageList, { serviceId: service.serviceId, limit: 8 })).rows : [];
    return page(c, {
      title: service.label,
      section: "subscribers",
      view: "admin/services/show",
      data: {
        service,
        here: `/services/${service.serviceId}`,
        period: active
          ? `${comes(service.activatedAt, at) ? "begins" : "since"} ${text.dateTime(service.activatedAt)}`
          : `${text.dateTime(service.activatedAt)} – ${text.dateTime(service.terminatedAt!)}`,
        plans: plans.map((plan, i) => shownPlan(plan, plans[i - 1], current, text, at)),
        identifiers: identifiers.map((held) => shownIdentifier(held, text, at)),
        calls: calls.map((row) => usageRow(row, text)),
        now: localValue(at, text.zone),
        zone: text.zone,
        can: { change: active && may(c, "subscribers:write"), plans: may(c, "plans:read"), usage: may(c, "usage:read") },
      },
    });
  }),
);

function shownPlan(
  plan: ServicePlan,
  later: ServicePlan | undefined,
  current: ServicePlan | undefined,
  text: FiguresText,
  at: Temporal.Instant,
) {
  const state =
    plan === current
      ? { tone: "good", label: "in force" }
      : comes(plan.from, at)
        ? { tone: "info", label: "to come" }
        : { tone: "off", label: "past" };
  return {
    href: `/plans/${plan.planId}`,
    name: plan.name,
    code: plan.code,
    from: text.dateTime(plan.from),
    until: later ? text.dateTime(later.from) : "",
    ...state,
  };
}

const kindWords = { telephone: "telephone number", login: "login", partner: "usage of the partner" } as const;

function shownIdentifier(held: HeldIdentifier, text: FiguresText, at: Temporal.Instant) {
  const ended = held.until !== null && !comes(held.until, at);
  const state = ended
    ? { tone: "off", label: "ended" }
    : comes(held.from, at)
      ? { tone: "info", label: "to come" }
      : { tone: "good", label: "in use" };
  return {
    id: held.identifierId,
    kind: kindWords[held.kind],
    value: held.value,
    from: text.dateTime(held.from),
    until: held.until === null ? "" : text.dateTime(held.until),
    // An end can be moved to an earlier instant, but what has ended has ended.
    canEnd: held.kind !== "partner" && !ended && !comes(held.from, at),
    ...state,
  };
}

const newFields = ["label", "planId", "from", "number"] as const;
type New = Record<(typeof newFields)[number], string>;
const planErrors = { currency_differs: "planId", plan_not_published: "planId", plan_change_too_early: "from" };

async function newForm(c: PageContext, values: New | undefined, errors: FormErrors = noErrors, status = 200) {
  const { account } = await askFor(c, accountsDetail, { accountId: param(c, "id") });
  const { zone } = figuresOf(c);
  const plans = await planOptions(c, account.providerId, account.currency);
  return page(c, {
    title: "New service",
    section: "subscribers",
    view: "admin/services/new",
    status,
    data: {
      account,
      here: `/accounts/${account.accountId}`,
      plans,
      zone,
      values: values ?? { label: "Telephone", planId: plans[0]?.value ?? "", from: localValue(now(c), zone), number: "" },
      errors,
      canWritePlans: may(c, "plans:write"),
    },
  });
}

servicesPages.get(
  "/accounts/:id{[0-9a-f-]{36}}/services/new",
  route({ permission: "subscribers:write" }, (c) => newForm(c, undefined)),
);

servicesPages.post(
  "/accounts/:id{[0-9a-f-]{36}}/services",
  route({ permission: "subscribers:write" }, async (c) => {
    const { account } = await askFor(c, accountsDetail, { accountId: param(c, "id") });
    const { zone } = figuresOf(c);
    const values = typed(c, ...newFields);
    const { providerId, accountId } = account;
    const input = { accountId, planId: values.planId, label: values.label, ...instantGiven("from", values.from, zone) };
    const outcome = await run(c, activateService, input, { providerId });
    if (!outcome.ok) {
      refuseHidden(outcome);
      return newForm(c, values, formErrors(outcome, planErrors, labels), statusOf(outcome));
    }
    const { serviceId } = outcome.value;
    if (values.number === "")
      return done(c, `/services/${serviceId}`, "The service is active. Give it a number, so that its calls are recognised.");
    const assigned = await run(
      c,
      assignIdentifier,
      { serviceId, kind: "telephone", value: values.number, ...instantGiven("from", values.from, zone) },
      { providerId },
    );
    if (assigned.ok) return done(c, `/services/${serviceId}`, `The service is active and recognised by ${assigned.value.value}.`);
    // The service is there already: what is left is its number, on the form for numbers with the reason.
    const typedNumber = { kind: "telephone", value: values.number, from: values.from, until: "" };
    return numberForm(c, await askFor(c, servicesDetail, { serviceId }), typedNumber, numberErrors(assigned), statusOf(assigned));
  }),
);

/** What the change would charge and give back, in words. */
function shownPreview({ from, currency, lines }: Preview, text: FiguresText) {
  const total = lines.reduce((sum, line) => sum + BigInt(line.amountMicros) + BigInt(line.taxMicros), 0n);
  return {
    from: text.dateTime(from),
    currency,
    lines: lines.map((line) => ({
      name: line.name,
      days: daysText(line.from, line.to, text),
      net: text.amount(BigInt(line.amountMicros), currency, { signed: true }),
      tax: text.amount(BigInt(line.taxMicros), currency, { signed: true }),
      givenBack: BigInt(line.amountMicros) < 0n,
    })),
    total: text.amount(total, currency, { signed: true }),
  };
}

async function planForm(
  c: PageContext,
  detail: OneService,
  values: { planId: string; from: string },
  errors: FormErrors = noErrors,
  status = 200,
  preview: ReturnType<typeof shownPreview> | null = null,
) {
  const { service } = detail;
  const data = {
    service,
    crumbs: crumbsOf(detail, "Plan"),
    here: `/services/${service.serviceId}`,
    values,
    errors,
    preview,
    zone: figuresOf(c).zone,
  };
  return page(c, {
    title: "Change the plan",
    section: "subscribers",
    view: "admin/services/plan",
    status,
    data: { ...data, plans: await planOptions(c, service.providerId, service.currency) },
  });
}

servicesPages.get(
  "/services/:id{[0-9a-f-]{36}}/plan",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await serviceOf(c);
    return planForm(c, detail, { planId: detail.plans[0]?.planId ?? "", from: localValue(now(c), figuresOf(c).zone) });
  }),
);

servicesPages.post(
  "/services/:id{[0-9a-f-]{36}}/plan",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await serviceOf(c);
    const { serviceId, providerId } = detail.service;
    const values = typed(c, "planId", "from");
    const input = { serviceId, planId: values.planId, ...instantGiven("from", values.from, figuresOf(c).zone) };
    if (posted(c, "step") === "preview") {
      const preview = await run(c, previewPlanChange, input, { providerId, dryRun: true });
      if (preview.ok) return planForm(c, detail, values, noErrors, 200, shownPreview(preview.value, figuresOf(c)));
      refuseHidden(preview);
      return planForm(c, detail, values, formErrors(preview, planErrors, labels), statusOf(preview));
    }
    const outcome = await run(c, changePlan, input, { providerId });
    if (outcome.ok) return done(c, `/services/${serviceId}`, `The plan changes from ${figuresOf(c).dateTime(outcome.value.from)} on.`);
    refuseHidden(outcome);
    return planForm(c, detail, values, formErrors(outcome, planErrors, labels), statusOf(outcome));
  }),
);

servicesPages.post(
  "/services/:id{[0-9a-f-]{36}}/termination",
  route({ permission: "subscribers:write" }, async (c) => {
    const { service } = await serviceOf(c);
    const { serviceId, providerId, label } = service;
    const outcome = await run(
      c,
      terminateService,
      { serviceId, ...instantGiven("at", posted(c, "at"), figuresOf(c).zone) },
      { providerId },
    );
    return settle(c, outcome, `/services/${serviceId}`, `${label} is terminated, and its numbers are free.`);
  }),
);
