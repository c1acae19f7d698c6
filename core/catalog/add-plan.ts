// A plan comes into the catalogue with its first version, so that there is never a plan without a price.
import * as v from "valibot";
import { plans, planVersions } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { instantField, lineField } from "../kernel/input-fields.ts";
import { documentField, outline, planFrom } from "./published-version.ts";

export const codeField = v.pipe(
  lineField(32),
  v.regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u, "must be letters, digits, and . _ - between them"),
);

/** Name and currency are the document's unless a name is given. The first version may hold from an instant in the past. */
export const addPlan = defineCommand({
  name: "catalog.add-plan",
  summary: "Add a plan with its first version",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({
    code: codeField,
    name: v.optional(lineField(200)),
    document: documentField,
    validFrom: v.optional(instantField),
  }),
  conflicts: { plans_provider_id_code_key: "code_taken" },

  async run({ tx, providerId, now, audit }, { code, name, document, validFrom = now }) {
    const plan = await planFrom(document);
    if (!plan.ok) return plan;
    const { kind, currency } = plan.value;
    const planId = newId();
    const row = { code, name: name ?? plan.value.name, kind, currency };
    await tx.insert(plans).values({ providerId, id: planId, ...row, createdAt: now.toString() });
    await tx
      .insert(planVersions)
      .values({ providerId, planId, version: 1, validFrom: validFrom.toString(), document: plan.value, publishedAt: now.toString() });
    audit({ after: { planId, ...row, version: 1, validFrom: validFrom.toString(), document: outline(plan.value) } });
    return accept({ planId, version: 1 });
  },
});
