import { and, eq, isNull } from "drizzle-orm";
import * as v from "valibot";
import { cardAlarms } from "../../db/schema/cards.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";

/** They stay in the table, and leave the page. */
export const seeAlarms = defineCommand({
  name: "cards.see-alarms",
  summary: "Say that the alarms about guessed PINs were seen",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject({}),

  async run({ tx, providerId, now, actor, audit }) {
    const seen = await tx
      .update(cardAlarms)
      .set({ seenBy: actor.name, seenAt: now.toString() })
      .where(and(eq(cardAlarms.providerId, providerId), isNull(cardAlarms.seenAt)))
      .returning({ id: cardAlarms.id });
    audit({ after: { seen: seen.length } });
    return accept({ seen: seen.length });
  },
});
