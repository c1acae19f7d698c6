// What the pages of a service share: the service of the address, where it stands, and how its fields are called.
import { servicesDetail } from "../../read/service-detail/query.ts";
import type { PageContext } from "./env.ts";
import { askFor, param } from "./frame.ts";

export const serviceOf = (c: PageContext) => askFor(c, servicesDetail, { serviceId: param(c, "id") });
export type OneService = Awaited<ReturnType<typeof serviceOf>>;

export const now = (c: PageContext) => c.get("core").clock();
export const comes = (instant: string, at: Temporal.Instant) => Temporal.Instant.compare(Temporal.Instant.from(instant), at) > 0;

export const crumbsOf = ({ service }: OneService, last: string) => [
  { label: "Subscribers", href: "/subscribers" },
  { label: service.subscriberName, href: `/subscribers/${service.subscriberId}` },
  { label: service.label, href: `/services/${service.serviceId}` },
  { label: last },
];

export const labels = { label: "Name", planId: "Plan", from: "From", until: "Until", value: "Number or login", at: "When" };
