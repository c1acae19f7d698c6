import { and, eq } from "drizzle-orm";
import { reratings } from "../../db/schema/rerating.ts";
import { plans, subscribers } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { groupInScope } from "../subscribers/in-scope.ts";
import { beginRerating } from "./jobs.ts";
import { previewInput } from "./selection.ts";

/** Changes nothing but the run itself. Whoever may see some groups only chooses among their subscribers, whatever else is chosen. */
export const previewRerating = defineCommand({
  name: "rerating.preview",
  summary: "Work out what rating chosen usage again would change, by today's plans: by plan, destination, time and subscriber",
  permission: "usage:rerate",
  level: "subscriber",
  input: previewInput,
  async run({ tx, actor, providerId, now, enqueue, audit }, { why, ...selection }) {
    const { planId, subscriberId } = selection;
    if (planId !== undefined) {
      const [plan] = await tx
        .select({ id: plans.id })
        .from(plans)
        .where(and(eq(plans.providerId, providerId), eq(plans.id, planId)));
      if (!plan) return refuse("not_found", { detail: "There is no such plan." });
    }
    if (subscriberId !== undefined) {
      const [subscriber] = await tx
        .select({ groupId: subscribers.groupId })
        .from(subscribers)
        .where(and(eq(subscribers.providerId, providerId), eq(subscribers.id, subscriberId)));
      if (!subscriber || !groupInScope({ actor }, subscriber.groupId))
        return refuse("not_found", { detail: "There is no such subscriber." });
    }
    const id = newId();
    const groupIds = actor.scope.groupIds === null ? null : [...actor.scope.groupIds];
    await tx
      .insert(reratings)
      .values({ providerId, id, selection, groupIds, why, state: "previewing", requestedBy: actor.name, requestedAt: now.toString() });
    await enqueue(beginRerating, { providerId, runId: id });
    audit({ after: { ...selection, why } });
    return accept({ runId: id });
  },
});
