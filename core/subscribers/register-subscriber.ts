// Somebody becomes a subscriber: a number of the series, a group, and, when asked for, the first account in one go.
import * as v from "valibot";
import { subscribers } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField } from "../kernel/input-fields.ts";
import { accountConflicts, addAccount } from "./add-account.ts";
import { groupFor } from "./in-scope.ts";
import { nextNumber } from "./numbers.ts";
import { accountFields, emailField, phoneField, subscriberKindField, subscriberNameField } from "./subscriber-fields.ts";

/** Without a group it is the oldest that the actor reaches. */
export const registerSubscriber = defineCommand({
  name: "subscribers.register",
  summary: "Register a subscriber, with a first account if wanted",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({
    kind: subscriberKindField,
    name: subscriberNameField,
    groupId: v.optional(idField),
    email: v.optional(emailField, null),
    phone: v.optional(phoneField, null),
    account: v.optional(v.strictObject(accountFields)),
  }),
  conflicts: accountConflicts,

  async run(context, { kind, name, groupId, email, phone, account }) {
    const { tx, providerId, now, emit, audit } = context;
    const group = await groupFor(context, groupId);
    if (!group) return refuse("not_found");
    const id = newId();
    const number = await nextNumber(tx, providerId, "subscriber");
    const row = { number, kind, name, groupId: group.id, email, phone, status: "active" as const };
    await tx.insert(subscribers).values({ providerId, id, ...row, createdAt: now.toString() });
    await emit("subscriber.changed", { subscriberId: id });
    const opened = account && (await addAccount(context, id, account));
    audit({ after: { subscriber: { id, ...row, group: group.name }, ...(opened ? { account: opened } : {}) } });
    return accept({ subscriberId: id, number, accountId: opened?.accountId ?? null, accountNumber: opened?.number ?? null });
  },
});
