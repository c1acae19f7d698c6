import * as v from "valibot";
import { subscriberGroups } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { lineField } from "../kernel/input-fields.ts";

/** Groups are what the scope of a manager is made of. */
export const addGroup = defineCommand({
  name: "subscribers.add-group",
  summary: "Add a group of subscribers",
  permission: "subscribers:write",
  level: "provider",
  input: v.strictObject({ name: lineField(100) }),
  conflicts: { subscriber_groups_provider_id_name_key: "name_taken" },

  async run({ tx, providerId, now, audit }, { name }) {
    const id = newId();
    await tx.insert(subscriberGroups).values({ providerId, id, name, createdAt: now.toString() });
    audit({ after: { id, name } });
    return accept({ groupId: id });
  },
});
