// What a service is recognised by: assigning a number or login from an instant on, and ending it.
import { Hono } from "hono";
import { assignIdentifier } from "../../identifiers/assign-identifier.ts";
import { endIdentifier } from "../../identifiers/end-identifier.ts";
import { type Refusal, refuse } from "../../kernel/errors.ts";
import { RequestRefused } from "../errors.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { done, type FormErrors, figuresOf, formErrors, noErrors, page, param, posted, route, run, statusOf } from "./frame.ts";
import { instantGiven, localValue } from "./local-time.ts";
import { comes, crumbsOf, labels, now, type OneService, serviceOf } from "./one-service.ts";
import { refuseHidden, settle } from "./settle.ts";
import { typed } from "./typed-fields.ts";

export const identifiersPages = new Hono<AdminEnv>();

const numberFields = ["kind", "value", "from", "until"] as const;
type NumberValues = Record<(typeof numberFields)[number], string>;

/** The form for a number, with what was typed into it. */
export function numberForm(c: PageContext, detail: OneService, values: NumberValues, errors: FormErrors = noErrors, status = 200) {
  const { service } = detail;
  const data = {
    service,
    crumbs: crumbsOf(detail, "Number"),
    here: `/services/${service.serviceId}`,
    values,
    errors,
    zone: figuresOf(c).zone,
  };
  return page(c, { title: "Assign a number", section: "subscribers", view: "admin/services/number", status, data });
}

/** Names the holder of a number that is taken, to whoever may see them. */
export function numberErrors(refusal: Refusal): FormErrors {
  const holder = refusal.holder as { number: number; name: string; service: string } | undefined;
  if (!holder) return formErrors(refusal, { identifier_taken: "value", identifier_invalid: "value" }, labels);
  const text = `${holder.name} (${holder.number}) holds it in that period, with the service “${holder.service}”. End it there first, or choose another beginning.`;
  return { fields: { value: text }, list: [{ id: "f-value", text }] };
}

identifiersPages.get(
  "/services/:id{[0-9a-f-]{36}}/identifiers/new",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await serviceOf(c);
    const { zone } = figuresOf(c);
    const { activatedAt } = detail.service;
    // A first number usually belongs to the service from its beginning, so that calls which wait for it are found.
    const first = detail.identifiers.length === 0 || comes(activatedAt, now(c));
    return numberForm(c, detail, { kind: "telephone", value: "", from: localValue(first ? activatedAt : now(c), zone), until: "" });
  }),
);

identifiersPages.post(
  "/services/:id{[0-9a-f-]{36}}/identifiers",
  route({ permission: "subscribers:write" }, async (c) => {
    const detail = await serviceOf(c);
    const { zone } = figuresOf(c);
    const { serviceId, providerId, activatedAt } = detail.service;
    const values = typed(c, ...numberFields);
    // The form knows minutes: the minute in which the service began means its beginning.
    const from = values.from === localValue(activatedAt, zone) ? { from: activatedAt } : instantGiven("from", values.from, zone);
    const input = {
      serviceId,
      kind: values.kind as "telephone",
      value: values.value,
      ...from,
      ...instantGiven("until", values.until, zone),
    };
    const outcome = await run(c, assignIdentifier, input, { providerId });
    if (outcome.ok) return done(c, `/services/${serviceId}`, `The service is recognised by ${outcome.value.value}.`);
    refuseHidden(outcome);
    return numberForm(c, detail, values, numberErrors(outcome), statusOf(outcome));
  }),
);

identifiersPages.post(
  "/services/:id{[0-9a-f-]{36}}/identifiers/:identifier/end",
  route({ permission: "subscribers:write" }, async (c) => {
    const { service, identifiers } = await serviceOf(c);
    const held = identifiers.find(({ identifierId }) => identifierId === param(c, "identifier"));
    if (!held) throw new RequestRefused(refuse("not_found"));
    const input = { identifierId: held.identifierId, ...instantGiven("at", posted(c, "at"), figuresOf(c).zone) };
    const outcome = await run(c, endIdentifier, input, { providerId: service.providerId });
    return settle(c, outcome, `/services/${service.serviceId}`, `The service is no longer recognised by ${held.value}.`);
  }),
);
