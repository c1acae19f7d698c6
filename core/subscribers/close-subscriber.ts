// A subscriber leaves: nothing is sold to them any more. Their accounts close too; what they owe, or are owed, stays on the books.
import { and, count, eq } from "drizzle-orm";
import * as v from "valibot";
import { accounts, services, subscribers } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { subscriberInScope } from "./in-scope.ts";

/** Whether a subscriber of this status, with so many active services, can be closed. Pure. */
export function decide(status: "active" | "closed", activeServices: number): Outcome<null> {
  if (status === "closed") return refuse("subscriber_closed");
  if (activeServices > 0) return refuse("subscriber_has_services", { services: activeServices });
  return accept(null);
}

export const closeSubscriber = defineCommand({
  name: "subscribers.close",
  summary: "Close a subscriber and their accounts",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({ subscriberId: idField }),

  async run(context, { subscriberId }) {
    const { tx, providerId, emit, audit } = context;
    const row = await subscriberInScope(context, subscriberId);
    if (!row) return refuse("not_found");
    const [active] = await tx
      .select({ services: count() })
      .from(services)
      .where(and(eq(services.providerId, providerId), eq(services.subscriberId, subscriberId), eq(services.status, "active")));
    const decision = decide(row.status, active!.services);
    if (!decision.ok) return decision;
    await tx
      .update(subscribers)
      .set({ status: "closed" })
      .where(and(eq(subscribers.providerId, providerId), eq(subscribers.id, subscriberId)));
    const closed = await tx
      .update(accounts)
      .set({ status: "closed" })
      .where(and(eq(accounts.providerId, providerId), eq(accounts.subscriberId, subscriberId), eq(accounts.status, "active")))
      .returning({ accountId: accounts.accountId, number: accounts.number });
    await emit("subscriber.changed", { subscriberId });
    for (const { accountId } of closed) await emit("account.changed", { accountId, subscriberId });
    audit({ before: { status: row.status }, after: { status: "closed", accountsClosed: closed.map((each) => each.number) } });
    return accept({ subscriberId });
  },
});
