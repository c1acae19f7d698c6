import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { subscribers } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { groupFor, subscriberInScope } from "./in-scope.ts";
import { emailField, phoneField, subscriberKindField, subscriberNameField } from "./subscriber-fields.ts";

/** What is left out stays as it is. Usage that is rated already stays with the group it was rated in. */
export const changeSubscriber = defineCommand({
  name: "subscribers.change",
  summary: "Change a subscriber's name, group or contacts",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({
    subscriberId: idField,
    kind: v.optional(subscriberKindField),
    name: v.optional(subscriberNameField),
    groupId: v.optional(idField),
    email: v.optional(emailField),
    phone: v.optional(phoneField),
  }),

  async run(context, input) {
    const { tx, providerId, emit, audit } = context;
    const row = await subscriberInScope(context, input.subscriberId);
    const group = row && (await groupFor(context, input.groupId ?? row.groupId));
    if (!row || !group) return refuse("not_found");
    if (row.status === "closed") return refuse("subscriber_closed");
    const { kind, name, groupId, email, phone } = row;
    const before = { kind, name, groupId, email, phone };
    const after = {
      kind: input.kind ?? kind,
      name: input.name ?? name,
      groupId: group.id,
      email: input.email === undefined ? email : input.email,
      phone: input.phone === undefined ? phone : input.phone,
    };
    await tx
      .update(subscribers)
      .set(after)
      .where(and(eq(subscribers.providerId, providerId), eq(subscribers.id, row.id)));
    await emit("subscriber.changed", { subscriberId: row.id });
    audit({ before, after });
    return accept({ subscriberId: row.id });
  },
});
