// Whose record a new one becomes. Most people have one provider and never see the question; an operator chooses among its partners.
import { refuse } from "../../kernel/errors.ts";
import type { Provider } from "../../providers/tenants.ts";
import { RequestRefused } from "../errors.ts";
import type { PageContext } from "./env.ts";
import { posted, providersOf, sessionOf } from "./frame.ts";

export type Target = {
  readonly provider: Provider;
  /** For the partial `shared/provider-choice`: empty when there is nothing to choose. */
  readonly choices: readonly { readonly value: string; readonly label: string }[];
};

/** The provider that `?provider=` or the form's field `providerId` names, else one's own. One outside the scope doesn't exist. */
export async function targetOf(c: PageContext): Promise<Target> {
  const named = posted(c, "providerId") || c.req.query("provider") || String(sessionOf(c).actor.providerId);
  const providers = await providersOf(c);
  const provider = providers.find(({ id }) => String(id) === named);
  if (!provider) throw new RequestRefused(refuse("not_found"));
  const choices = providers.map(({ id, name }) => ({ value: String(id), label: name }));
  return { provider, choices: choices.length > 1 ? choices : [] };
}

/** Whether lists say whose each row is. */
export const seesSeveral = (c: PageContext): boolean => sessionOf(c).actor.scope.providerIds.length > 1;
/** Whether the person sees a whole provider and not only some groups of subscribers. */
export const seesAll = (c: PageContext): boolean => sessionOf(c).actor.scope.groupIds === null;
