// Services to choose from: the active ones of the few subscribers that some words find.
import { subscribersDetail } from "../../read/subscriber-detail/query.ts";
import { subscribersList } from "../../read/subscriber-list/query.ts";
import type { PageContext } from "./env.ts";
import { askFor, tryAsk } from "./frame.ts";

const MOST_SUBSCRIBERS = 8;

export type FoundService = {
  readonly serviceId: string;
  readonly label: string;
  readonly planName: string;
  readonly subscriber: string;
  readonly identifiers: string;
};

/** Of one provider, or of all that the person sees; nothing without words. */
export async function servicesFound(
  c: PageContext,
  { providerId, search }: { providerId?: number | string; search: string },
): Promise<FoundService[]> {
  if (search === "") return [];
  const provider = providerId === undefined ? {} : { providerId };
  const found = await tryAsk(c, subscribersList, { search, status: "active", limit: MOST_SUBSCRIBERS, ...provider });
  const ids = found.ok ? found.value.rows.map((row) => row.subscriberId) : [];
  return (await Promise.all(ids.map((subscriberId) => servicesOfSubscriber(c, subscriberId)))).flat();
}

export async function servicesOfSubscriber(c: PageContext, subscriberId: string): Promise<FoundService[]> {
  const { profile, services } = await askFor(c, subscribersDetail, { subscriberId });
  return services
    .filter(({ status }) => status === "active")
    .map(({ serviceId, label, planName, identifiers }) => ({
      serviceId,
      label,
      planName: planName ?? "",
      subscriber: `${profile.name} · ${profile.number}`,
      identifiers: identifiers.map(({ value }) => value).join(", "),
    }));
}
