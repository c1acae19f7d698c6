import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { accountConflicts, addAccount } from "./add-account.ts";
import { subscriberInScope } from "./in-scope.ts";
import { accountFields } from "./subscriber-fields.ts";

/** A further settlement account, with its own currency and a balance of zero. */
export const openAccount = defineCommand({
  name: "subscribers.open-account",
  summary: "Open a settlement account for a subscriber",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({ subscriberId: idField, ...accountFields }),
  conflicts: accountConflicts,

  async run(context, { subscriberId, ...account }) {
    const subscriber = await subscriberInScope(context, subscriberId);
    if (!subscriber) return refuse("not_found");
    if (subscriber.status === "closed") return refuse("subscriber_closed");
    const opened = await addAccount(context, subscriberId, account);
    context.audit({ after: { subscriberId, ...opened } });
    return accept({ accountId: opened.accountId, number: opened.number });
  },
});
