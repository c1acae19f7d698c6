import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { cardDealers } from "../../db/schema/cards.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField, lineField } from "../kernel/input-fields.ts";
import { accountInScope } from "../subscribers/in-scope.ts";
import { dealerOf } from "./dealer-of.ts";

/** Percent with at most 4 decimals → millionths. */
const percentField = v.pipe(
  v.string('must be a percentage such as "7.5"'),
  v.regex(/^\d{1,3}(\.\d{1,4})?$/, 'must be a percentage such as "7.5", with at most 4 decimals'),
  v.transform((text) => {
    const [whole, fraction = ""] = text.split(".");
    return Number(whole) * 10_000 + Number(fraction.padEnd(4, "0"));
  }),
  v.maxValue(1_000_000, "must be at most 100"),
);

/** With the id of a dealer: changes it. What was sold before keeps the commission it was sold with; the account stays. */
export const defineDealer = defineCommand({
  name: "cards.define-dealer",
  summary: "Add a dealer of cards, or change its name and commission",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject({
    dealerId: v.optional(idField),
    name: lineField(100),
    /** The settlement account that pays for what it buys; of a new dealer. */
    accountId: v.optional(idField),
    commissionPercent: v.optional(percentField, "0"),
  }),
  conflicts: { card_dealers_name: "name_taken" },

  async run(context, { dealerId, name, accountId, commissionPercent: commissionPpm }) {
    const { tx, providerId, now, audit } = context;
    if (dealerId !== undefined) {
      const before = await dealerOf(tx, providerId, dealerId);
      if (!before) return refuse("not_found");
      if (accountId !== undefined && accountId !== before.accountId)
        return refuse("invalid_input", { issues: [{ path: "accountId", message: "stays: add another dealer for another account" }] });
      await tx
        .update(cardDealers)
        .set({ name, commissionPpm })
        .where(and(eq(cardDealers.providerId, providerId), eq(cardDealers.id, dealerId)));
      audit({ before: { name: before.name, commissionPpm: before.commissionPpm }, after: { name, commissionPpm } });
      return accept({ dealerId });
    }
    if (accountId === undefined)
      return refuse("invalid_input", { issues: [{ path: "accountId", message: "must name the account that pays" }] });
    const found = await accountInScope(context, accountId);
    if (!found) return refuse("not_found");
    if (found.account.status === "closed") return refuse("account_closed");
    const id = newId();
    await tx.insert(cardDealers).values({ providerId, id, name, accountId, commissionPpm, createdAt: now.toString() });
    audit({ after: { dealerId: id, name, accountId, commissionPpm } });
    return accept({ dealerId: id });
  },
});
