import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { acceptRecords } from "./release.ts";

const keys = v.pipe(v.array(v.pipe(v.string(), v.uuid())), v.minLength(1), v.maxLength(1000));

export const acceptUsage = defineCommand({
  name: "usage.accept",
  summary: "Let records pass that contradict themselves, and rate them as they are",
  permission: "quarantine:write",
  level: "provider",
  input: v.strictObject({ keys }),
  async run({ core, tx, providerId, audit }, input) {
    const { found, rated } = await acceptRecords(core, tx, providerId, input.keys);
    if (found === 0) return refuse("usage_not_waiting");
    audit({ after: { found, rated } });
    return accept({ found, rated });
  },
});
