// A way in which money comes: a cash desk, a bank account, a gateway. What came by it lies on cash.<kind> of the general ledger.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { paymentChannels, payments } from "../../db/schema/payments.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField, lineField } from "../kernel/input-fields.ts";

const codeField = v.pipe(lineField(40), v.regex(/^[a-z0-9][a-z0-9-]*$/, "must be small letters, digits and hyphens, such as main-desk"));

/** Without `channelId`, a new one. The kind of a channel that has payments stays: its money lies where it lies. */
export const defineChannel = defineCommand({
  name: "payments.define-channel",
  summary: "Define or change a way in which payments come",
  permission: "payments:write",
  level: "provider",
  input: v.strictObject({
    channelId: v.optional(idField),
    code: codeField,
    name: lineField(100),
    kind: v.picklist(["desk", "bank", "gateway"], "must be desk, bank or gateway"),
    active: v.optional(v.boolean("must be true or false"), true),
  }),
  conflicts: { payment_channels_code: "code_taken" },

  async run({ tx, providerId, now, audit }, { channelId, ...channel }) {
    if (channelId === undefined) {
      const id = newId();
      await tx.insert(paymentChannels).values({ providerId, id, ...channel, createdAt: now.toString() });
      audit({ after: { channelId: id, ...channel } });
      return accept({ channelId: id });
    }
    const which = and(eq(paymentChannels.providerId, providerId), eq(paymentChannels.id, channelId));
    const [before] = await tx.select().from(paymentChannels).where(which).for("update");
    if (!before) return refuse("not_found");
    if (channel.kind !== before.kind) {
      const ofChannel = and(eq(payments.providerId, providerId), eq(payments.channelId, channelId));
      const [used] = await tx.select({ id: payments.id }).from(payments).where(ofChannel).limit(1);
      if (used) return refuse("channel_in_use", { detail: "The kind of a channel that has payments can't change." });
    }
    await tx.update(paymentChannels).set(channel).where(which);
    audit({ before: { code: before.code, name: before.name, kind: before.kind, active: before.active }, after: channel });
    return accept({ channelId });
  },
});
