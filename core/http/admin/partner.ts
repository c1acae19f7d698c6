// One partner: on which service it is charged for what its subscribers use, and what that came to.
import { Hono } from "hono";
import { chargePartner } from "../../identifiers/charge-partner.ts";
import { refuse } from "../../kernel/errors.ts";
import { type PartnerCharge, type PartnerMonth, providersPartner } from "../../read/partner/query.ts";
import { RequestRefused } from "../errors.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
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
  param,
  posted,
  route,
  run,
  statusOf,
} from "./frame.ts";
import { instantGiven, localValue } from "./local-time.ts";
import { servicesFound } from "./services-found.ts";
import { refuseHidden, settle } from "./settle.ts";

export const partnerPages = new Hono<AdminEnv>();

const PARTNER = "/partners/:id{[1-9][0-9]{0,8}}";
const partnerOf = (c: PageContext) => askFor(c, providersPartner, { partnerId: Number(param(c, "id")) });

/** The partner, for what only the provider above it may do. */
async function chargedOf(c: PageContext) {
  const found = await partnerOf(c);
  const { parentId, parentName } = found.partner;
  if (parentId === null || parentName === null) throw new RequestRefused(refuse("not_found"));
  return { ...found, here: `/partners/${found.partner.providerId}`, parentId, parentName };
}

partnerPages.get(
  PARTNER,
  route({ permission: "providers:write" }, async (c) => {
    const { partner, charges, months } = await partnerOf(c);
    const text = figuresOf(c);
    const at = c.get("core").clock();
    const shown = charges.map((charge) => shownCharge(charge, text, at));
    return page(c, {
      title: partner.name,
      section: "partners",
      view: "admin/partners/show",
      data: {
        partner: { ...partner, since: text.date(partner.createdAt), subscribersHref: `/subscribers?provider=${partner.providerId}` },
        here: `/partners/${partner.providerId}`,
        charges: shown,
        current: shown.find((charge) => charge.isCurrent) ?? null,
        canEnd: shown[0]?.until === "" && shown[0].isCurrent,
        months: months.map((month) => shownMonth(month, text)),
        seesSubscribers: may(c, "subscribers:read"),
      },
    });
  }),
);

function shownCharge(charge: PartnerCharge, text: FiguresText, at: Temporal.Instant) {
  const after = (instant: string) => Temporal.Instant.compare(Temporal.Instant.from(instant), at) > 0;
  const ended = charge.until !== null && !after(charge.until);
  const comes = after(charge.from);
  return {
    ...charge,
    href: `/services/${charge.serviceId}`,
    subscriberHref: `/subscribers/${charge.subscriberId}`,
    planHref: charge.planId === null ? null : `/plans/${charge.planId}`,
    from: text.dateTime(charge.from),
    until: charge.until === null ? "" : text.dateTime(charge.until),
    isCurrent: !ended && !comes,
    state: ended ? { tone: "off", label: "ended" } : comes ? { tone: "info", label: "to come" } : { tone: "good", label: "charged" },
  };
}

function shownMonth(
  { month, currency, soldRecords, soldMicros, chargedRecords, chargedMicros, marginMicros }: PartnerMonth,
  text: FiguresText,
) {
  return {
    month: Temporal.PlainDate.from(month).toLocaleString("en-GB", { month: "long", year: "numeric" }),
    currency,
    soldRecords: text.count(soldRecords),
    sold: text.amount(soldMicros, currency, { digits: "minor" }),
    chargedRecords: text.count(chargedRecords),
    charged: text.amount(chargedMicros, currency, { digits: "minor" }),
    margin: marginMicros === null ? "–" : text.amount(marginMicros, currency, { digits: "minor" }),
    isLoss: marginMicros !== null && marginMicros < 0n,
    share: marginMicros === null || soldMicros <= 0n ? "–" : text.percent(marginMicros, soldMicros),
  };
}

type Values = { readonly who: string; readonly serviceId: string; readonly from: string };

async function form(c: PageContext, values: Values, errors: FormErrors = noErrors, status = 200) {
  const { partner, parentId, parentName, here, charges } = await chargedOf(c);
  const services = await servicesFound(c, { providerId: parentId, search: values.who });
  const data = {
    here,
    partner,
    parentName,
    values: { ...values, serviceId: values.serviceId || (charges[0]?.until === null ? charges[0].serviceId : "") },
    services,
    errors,
    zone: figuresOf(c).zone,
  };
  if (isFragment(c)) return fragment(c, "admin/partners/_services", data);
  return page(c, { title: `Charge ${partner.name}`, section: "partners", view: "admin/partners/charge", status, data });
}

partnerPages.get(
  `${PARTNER}/charge`,
  route({ permission: "providers:write" }, async (c) => {
    const { partner } = await chargedOf(c);
    // The partner is a subscriber of its parent, and most likely of the same name.
    const who = (c.req.query("who") ?? partner.name).trim().slice(0, 100);
    return form(c, { who, serviceId: "", from: localValue(c.get("core").clock(), figuresOf(c).zone) });
  }),
);

partnerPages.post(
  `${PARTNER}/charge`,
  route({ permission: "providers:write" }, async (c) => {
    const { partner, parentId, here } = await chargedOf(c);
    const values = { who: posted(c, "who"), serviceId: posted(c, "serviceId"), from: posted(c, "from") };
    if (values.serviceId === "") {
      const message = "Choose the service on which the partner is charged.";
      return form(c, values, { fields: { serviceId: message }, list: [{ text: message }] }, 422);
    }
    const { serviceId } = values;
    const input = { partnerId: partner.providerId, serviceId, ...instantGiven("from", values.from, figuresOf(c).zone) };
    const outcome = await run(c, chargePartner, input, { providerId: parentId });
    if (outcome.ok) return done(c, here, `${partner.name} is charged for what its subscribers use. Usage since then follows in a moment.`);
    refuseHidden(outcome);
    return form(
      c,
      values,
      formErrors(outcome, { service_terminated: "serviceId" }, { serviceId: "The partner", from: "From" }),
      statusOf(outcome),
    );
  }),
);

partnerPages.post(
  `${PARTNER}/charge/end`,
  route({ permission: "providers:write" }, async (c) => {
    const { partner, parentId, here } = await chargedOf(c);
    const input = { partnerId: partner.providerId, serviceId: null, ...instantGiven("from", posted(c, "from"), figuresOf(c).zone) };
    const outcome = await run(c, chargePartner, input, { providerId: parentId });
    return settle(c, outcome, here, `${partner.name} isn’t charged any more. What was charged stays.`);
  }),
);
