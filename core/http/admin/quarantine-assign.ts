// Usage that belongs to nobody gets an owner: choose the service whose number it is, and from when on.
import { Hono } from "hono";
import { assignIdentifier } from "../../identifiers/assign-identifier.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  done,
  type FormErrors,
  formErrors,
  fragment,
  isFragment,
  noErrors,
  page,
  posted,
  providersOf,
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { type FoundService, servicesFound, servicesOfSubscriber } from "./services-found.ts";

export const quarantineAssignPages = new Hono<AdminEnv>();

type Asked = {
  readonly provider: string;
  readonly kind: string;
  readonly value: string;
  readonly from: string;
  readonly subscriber: string;
  readonly who: string;
  readonly service: string;
};

quarantineAssignPages.get(
  "/quarantine/assign",
  route({ permission: "subscribers:write" }, (c) => {
    const word = (name: string) => (c.req.query(name) ?? "").trim().slice(0, 200);
    return form(c, {
      provider: word("provider"),
      kind: word("kind") || "telephone",
      value: word("value"),
      from: word("from"),
      subscriber: word("subscriber"),
      who: word("who"),
      service: "",
    });
  }),
);

async function form(c: PageContext, asked: Asked, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const provider = (await providersOf(c)).find(({ id }) => String(id) === asked.provider);
  const zone = provider?.zone ?? sessionOf(c).manager.zone;
  const data = { asked: { ...asked, fromLocal: localText(asked.from, zone) }, zone, errors, services: await servicesOffered(c, asked) };
  if (isFragment(c)) return fragment(c, "admin/quarantine/_services", data);
  return page(c, { title: `Whose is ${asked.value}?`, section: "quarantine", view: "admin/quarantine/assign", data, status });
}

/** Active services of the suggested subscriber, or of those that the words find. */
async function servicesOffered(c: PageContext, { subscriber, who, provider }: Asked): Promise<FoundService[]> {
  if (who !== "") return servicesFound(c, { search: who, ...(provider ? { providerId: provider } : {}) });
  return subscriber === "" ? [] : servicesOfSubscriber(c, subscriber);
}

/** An instant as a datetime-local field holds it, in the provider's zone; what is no instant stays as it is. */
function localText(from: string, zone: string): string {
  try {
    return Temporal.Instant.from(from).toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: "minute" });
  } catch {
    return from;
  }
}

function instantText(local: string, zone: string): string {
  try {
    return Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant().toString();
  } catch {
    return local;
  }
}

quarantineAssignPages.post(
  "/quarantine/assign",
  route({ permission: "subscribers:write" }, async (c) => {
    const zone = posted(c, "zone") || sessionOf(c).manager.zone;
    const asked: Asked = {
      provider: posted(c, "provider"),
      kind: posted(c, "kind"),
      value: posted(c, "value"),
      from: posted(c, "from"),
      subscriber: posted(c, "subscriber"),
      who: posted(c, "who"),
      service: posted(c, "service"),
    };
    if (asked.service === "")
      return form(
        c,
        asked,
        { fields: { service: "Choose a service." }, list: [{ text: "Choose the service whose number this is." }] },
        422,
      );
    const outcome = await run(
      c,
      assignIdentifier,
      {
        serviceId: asked.service,
        kind: asked.kind as "telephone",
        value: asked.value,
        ...(asked.from ? { from: instantText(asked.from, zone) } : {}),
      },
      /^\d{1,9}$/.test(asked.provider) ? { providerId: Number(asked.provider) } : {},
    );
    if (!outcome.ok) return form(c, asked, formErrors(outcome, { serviceId: "service" }, { from: "From" }), statusOf(outcome));
    return done(c, "/quarantine", `${outcome.value.value} has an owner now. What waited for it is being rated.`);
  }),
);
