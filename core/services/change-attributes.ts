// What conditions of plans ask a service for, such as its class of quality. Usage is priced by what it had at the time of the usage.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { services } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField, instantField, lineField } from "../kernel/input-fields.ts";
import { serviceInScope } from "../subscribers/in-scope.ts";
import { keepAttributes } from "./former-attributes.ts";

const MOST = 50;

/** All of them: those that are left out are gone. `from` is now unless told; it may be past: what was charged since then is for a re-rating. */
export const changeAttributes = defineCommand({
  name: "services.change-attributes",
  summary: "Say which attributes a service has, for conditions of plans",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({
    serviceId: idField,
    attributes: v.pipe(
      v.record(lineField(100), lineField(200)),
      v.check((all) => Object.keys(all).length <= MOST, `must be at most ${MOST}`),
    ),
    from: v.optional(instantField),
  }),

  async run(context, { serviceId, attributes, from = context.now }) {
    const { tx, providerId, now, emit, audit } = context;
    const found = await serviceInScope(context, serviceId);
    if (!found) return refuse("not_found");
    if (Temporal.Instant.compare(from, now) > 0)
      return refuse("invalid_input", { issues: [{ path: "from", message: "can't be in the future" }] });
    const { service, account, subscriber } = found;
    await keepAttributes(tx, service, from);
    await tx
      .update(services)
      .set({ attributes })
      .where(and(eq(services.providerId, providerId), eq(services.accountId, account.accountId), eq(services.id, serviceId)));
    await emit("account.changed", { accountId: account.accountId, subscriberId: subscriber.id });
    audit({ before: { attributes: service.attributes }, after: { attributes, from: from.toString() } });
    return accept({ serviceId });
  },
});
