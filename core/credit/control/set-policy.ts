import { desc, eq } from "drizzle-orm";
import * as v from "valibot";
import { rawOf } from "../../../db/client.ts";
import { creditPolicies } from "../../../db/schema/credit.ts";
import { defineCommand } from "../../kernel/command.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { lineField } from "../../kernel/input-fields.ts";
import { advanceReadModels } from "../../kernel/read-models-job.ts";
import { checkAccountsJob } from "./check-job.ts";
import { type PolicyInput, policyDocument } from "./policy.ts";

/** What the document was before it was read: that is kept, and read again by whoever needs it. */
const document = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = v.safeParse(policyDocument, dataset.value);
    if (parsed.success) return { input: dataset.value as PolicyInput, policy: parsed.output };
    for (const issue of parsed.issues) addIssue({ message: issue.message, path: issue.path as never });
    return NEVER;
  }),
);
export const policyField = document;

/** `version`: the one that was looked at when this one was written, 0 for none; another one since is not overwritten unseen. */
export const setPolicy = defineCommand({
  name: "credit.set-policy",
  summary: "Say when accounts are warned, limited, blocked and let go; every account is looked at again at once",
  permission: "credit:control",
  level: "provider",
  input: v.strictObject({
    document,
    version: v.optional(v.pipe(v.number("must be a number"), v.integer("must be whole"), v.minValue(0, "must be zero or more"))),
    why: v.optional(lineField(200)),
  }),
  conflicts: { credit_policies_pkey: "policy_changed" },

  async run({ tx, providerId, actor, now, enqueue, emit, audit }, { document, version, why }) {
    const [last] = await tx
      .select()
      .from(creditPolicies)
      .where(eq(creditPolicies.providerId, providerId))
      .orderBy(desc(creditPolicies.version))
      .limit(1);
    if (version !== undefined && version !== (last?.version ?? 0)) return refuse("policy_changed");
    const next = (last?.version ?? 0) + 1;
    await tx
      .insert(creditPolicies)
      .values({ providerId, version: next, document: document.input, why: why ?? null, setBy: actor.name, setAt: now.toString() });
    await rawOf(tx)`update app.balances set check_credit_at = ${now.toString()}::timestamptz where provider_id = ${providerId}`;
    await enqueue(checkAccountsJob, {}, { key: "all" });
    await enqueue(advanceReadModels, {}, { key: "all" });
    await emit("credit.policy-changed", {});
    audit({ before: last?.document, after: document.input });
    return accept({ version: next });
  },
});
