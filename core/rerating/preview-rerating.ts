import { and, eq } from "drizzle-orm";
import { reratings } from "../../db/schema/rerating.ts";
import { plans, subscribers } from "../../db/schema/subscribers.ts";
import { type CommandContext, defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { groupInScope } from "../subscribers/in-scope.ts";
import { beginRerating } from "./jobs.ts";
import { atPartnersBelow } from "./partners-below.ts";
import { previewInput, type Selection } from "./selection.ts";

/** Changes nothing but the run itself. Whoever may see some groups only chooses among their subscribers, whatever else is chosen. */
export const previewRerating = defineCommand({
  name: "rerating.preview",
  summary: "Work out what rating chosen usage again would change, by today's plans: by plan, destination, time and subscriber",
  permission: "usage:rerate",
  level: "subscriber",
  input: previewInput,
  async run(context, { why, ...selection }) {
    const { tx, actor, providerId } = context;
    const { planId, subscriberId, partners } = selection;
    if (partners && actor.scope.groupIds !== null) return refuse("not_permitted", { permission: "usage:rerate" });
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
    await preview(context, id, selection, why);
    const { partners: _, ...same } = selection;
    if (partners) await atPartnersBelow(context, "rerating.preview", (below) => preview(below, id, same, why));
    return accept({ runId: id });
  },
});

async function preview({ tx, actor, providerId, now, enqueue, audit }: CommandContext, id: string, selection: Selection, why: string) {
  const groupIds = actor.scope.groupIds === null ? null : [...actor.scope.groupIds];
  await tx
    .insert(reratings)
    .values({ providerId, id, selection, groupIds, why, state: "previewing", requestedBy: actor.name, requestedAt: now.toString() });
  await enqueue(beginRerating, { providerId, runId: id });
  audit({ after: { ...selection, why } });
}
