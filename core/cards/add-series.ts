// What a kind of card is: its value, how its PINs look, how long it lasts and what it grants.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { cardSeries } from "../../db/schema/cards.ts";
import { providers } from "../../db/schema/rights.ts";
import { planInForce } from "../catalog/plan-in-force.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { amountField, currencyField, idField, lineField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { groupFor } from "../subscribers/in-scope.ts";
import { dealerOf } from "./dealer-of.ts";
import { PIN_LENGTHS } from "./pin.ts";
import { dayField, durationField, seriesCodeField } from "./series-fields.ts";

const input = v.strictObject({
  code: seriesCodeField,
  name: lineField(100),
  kind: v.optional(v.picklist(["sold", "promotion"], "must be sold or promotion"), "sold"),
  value: amountField,
  currency: v.optional(currencyField),
  alphabet: v.optional(v.picklist(["base32", "digits"], "must be base32 or digits"), "base32"),
  /** With the check character; 16 unless told, 20 of digits. */
  pinLength: v.optional(v.pipe(v.number("must be a number"), v.integer("must be a whole number"))),
  sellableUntil: v.optional(dayField),
  usableFor: v.optional(durationField),
  grants: v.optional(v.picklist(["cash", "pot", "service", "subscriber"], "must be cash, pot, service or subscriber"), "cash"),
  grantedFor: v.optional(durationField),
  potName: v.optional(lineField(100)),
  potPriority: v.optional(v.pipe(v.number(), v.integer("must be a whole number"), v.minValue(-100), v.maxValue(100))),
  planId: v.optional(idField),
  groupId: v.optional(idField),
  dealerId: v.optional(idField),
});
type Input = v.InferOutput<typeof input>;

const wrong = (path: string, message: string) => refuse("invalid_input", { issues: [{ path, message }] });

/** What doesn't go together. Pure. */
export function decide(given: Input): Outcome<{ pinLength: number }> {
  const { least, most } = PIN_LENGTHS[given.alphabet];
  const pinLength = given.pinLength ?? (given.alphabet === "digits" ? 20 : 16);
  if (pinLength < least || pinLength > most)
    return wrong(
      "pinLength",
      `must be ${least} to ${most} with the check character: with fewer ${given.alphabet === "digits" ? "digits" : "characters"} a PIN could be guessed`,
    );
  if (given.kind === "sold" && given.value === 0n) return wrong("value", "must be more than zero for cards that are sold");
  if (given.value === 0n && given.planId === undefined) return wrong("value", "must be more than zero, or the card grants nothing");
  if (given.grants === "pot" && given.potName === undefined) return wrong("potName", "must name the pot");
  if (given.grants !== "pot" && (given.potName !== undefined || given.potPriority !== undefined))
    return wrong("potName", "is for cards that grant a pot");
  if (given.grants === "pot" && given.value === 0n) return wrong("value", "must be more than zero: it goes into the pot");
  if (given.grants === "service" && given.planId === undefined) return wrong("planId", "must name the plan of the service");
  if ((given.grants === "cash" || given.grants === "pot") && given.planId !== undefined)
    return wrong("planId", "is for cards that grant a service");
  if (given.grants !== "subscriber" && given.groupId !== undefined) return wrong("groupId", "is for cards that make a subscriber");
  if (given.grantedFor !== undefined && given.grants !== "pot" && given.planId === undefined)
    return wrong("grantedFor", "is for a pot or a service: cash stays");
  return accept({ pinLength });
}

export const addSeries = defineCommand({
  name: "cards.add-series",
  summary: "Add a series of prepaid cards: value, PINs, validity and what they grant",
  permission: "cards:write",
  level: "provider",
  input,
  conflicts: { card_series_code: "code_taken" },

  async run(context, given) {
    const { tx, providerId, now, actor, audit } = context;
    const decision = decide(given);
    if (!decision.ok) return decision;
    const [provider] = await tx.select({ currency: providers.currency }).from(providers).where(eq(providers.id, providerId));
    const currency = given.currency ?? provider!.currency;
    if (given.planId !== undefined) {
      const plan = await planInForce(tx, providerId, { planId: given.planId, currency, from: now });
      if (!plan.ok) return plan;
    }
    const group = given.grants === "subscriber" ? await groupFor(context, given.groupId) : undefined;
    if (given.grants === "subscriber" && !group) return refuse("not_found");
    if (given.dealerId !== undefined && !(await dealerOf(tx, providerId, given.dealerId))) return refuse("not_found");
    const id = newId();
    const { value: valueMicros, pinLength: _, potPriority, ...rest } = given;
    const row = {
      ...{ ...rest, valueMicros, currency, groupId: group?.id ?? null, pinLength: decision.value.pinLength },
      potPriority: given.grants === "pot" ? (potPriority ?? 10) : null,
    };
    await tx.insert(cardSeries).values({ providerId, id, ...row, createdAt: now.toString(), createdBy: actor.name });
    const { valueMicros: _value, ...said } = row;
    audit({ after: { seriesId: id, ...said, value: formatMicros(valueMicros) } });
    return accept({ seriesId: id, code: given.code });
  },
});

/** What may change while cards of it are out: its name, its last day of sale, and to whom they are handed out. */
export const changeSeries = defineCommand({
  name: "cards.change-series",
  summary: "Change a series' name, its last day of sale or its dealer",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject({
    seriesId: idField,
    name: lineField(100),
    sellableUntil: v.nullable(dayField),
    dealerId: v.nullable(idField),
  }),

  async run({ tx, providerId, audit }, { seriesId, ...values }) {
    if (values.dealerId !== null && !(await dealerOf(tx, providerId, values.dealerId))) return refuse("not_found");
    const which = and(eq(cardSeries.providerId, providerId), eq(cardSeries.id, seriesId));
    const [before] = await tx.select().from(cardSeries).where(which).for("no key update");
    if (!before) return refuse("not_found");
    await tx
      .update(cardSeries)
      .set({ ...values, sweptAt: null })
      .where(which);
    const { name, sellableUntil, dealerId } = before;
    audit({ before: { name, sellableUntil, dealerId }, after: values });
    return accept({ seriesId });
  },
});
