// One subscriber out of what was typed into a field: a number, a name, or an id as links carry it.
import { subscribersList } from "../../read/subscriber-list/query.ts";
import type { PageContext } from "./env.ts";
import { askFor, may } from "./frame.ts";

export type SubscriberMeant = { readonly subscriberId: string; readonly providerId: number } | { readonly problem: string };

export async function subscriberMeant(c: PageContext, typed: string): Promise<SubscriberMeant> {
  if (!may(c, "subscribers:read")) return { problem: "Your role can’t look subscribers up." };
  const { rows } = await askFor(c, subscribersList, { search: typed, limit: 5 });
  const exact = rows.filter((found) => String(found.number) === typed || found.name.toLowerCase() === typed.toLowerCase());
  const [found, ...more] = exact.length > 0 ? exact : rows;
  if (!found) return { problem: `No subscriber matches “${typed}”.` };
  if (more.length > 0)
    return { problem: `Several match: ${[found, ...more].map(({ name, number }) => `${name} (${number})`).join(", ")}. Write the number.` };
  return { subscriberId: found.subscriberId, providerId: found.providerId };
}
