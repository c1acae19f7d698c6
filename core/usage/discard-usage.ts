import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { discardRecords } from "./release.ts";

export const discardUsage = defineCommand({
  name: "usage.discard",
  summary: "Take records out of quarantine for good, with the reason why",
  permission: "quarantine:write",
  level: "provider",
  input: v.strictObject({
    keys: v.pipe(v.array(v.pipe(v.string(), v.uuid())), v.minLength(1), v.maxLength(1000)),
    why: v.pipe(
      v.string(),
      v.trim(),
      v.minLength(3, "Say why, in at least three letters"),
      v.maxLength(500),
      v.check((text) => !text.includes("\0") && text.isWellFormed(), "must be text"),
    ),
  }),
  async run({ core, tx, providerId, audit }, { keys, why }) {
    const discarded = await discardRecords(core, tx, providerId, keys);
    if (discarded === 0) return refuse("usage_not_waiting");
    audit({ after: { discarded, why } });
    return accept({ discarded });
  },
});
