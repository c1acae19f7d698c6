// The live example beside the form: what somebody tries, and its price by the very functions that charge what really happens. A part of the
// plan that isn't complete yet is left out of the example, and said to be.
import * as v from "valibot";
import { bands, holidays } from "../../../catalog/document/calendar.ts";
import { bundles, minimum, usageComponents } from "../../../catalog/document/components.ts";
import { billing, discounts, fees, taxes } from "../../../catalog/document/fees.ts";
import { rates as ratesSchema } from "../../../catalog/document/rates.ts";
import { trafficClasses } from "../../../catalog/document/usage.ts";
import { PLAN_SCHEMA_ID, type PlanRate, parsePlanDocument } from "../../../catalog/plan-document.ts";
import type { FiguresText } from "../figures.ts";
import type { Price } from "../plan-price.ts";
import { type Asked, quotedPrice } from "./asked.ts";
import { isObject, itemsAt, type Json, type RawDocument } from "./raw-document.ts";

const lists: Readonly<Record<string, v.GenericSchema>> = { bands, usage: usageComponents, bundles, trafficClasses, fees, discounts };
const single: Readonly<Record<string, v.GenericSchema>> = { holidays, taxes, billing, minimum };

/** The price of what is asked on the document as far as it is complete. `kept`: the rates for the number, of a deck that isn't in the document. */
export function examplePrice(document: RawDocument, kept: readonly PlanRate[], asked: Asked, text: FiguresText): Price {
  let leftOut = 0;
  const complete = (items: readonly Json[], schema: v.GenericSchema) => {
    const good = items.filter((item) => v.safeParse(schema, [item]).success);
    leftOut += items.length - good.length;
    return good;
  };
  const deck = document.rates === undefined ? (kept as unknown as Json[]) : itemsAt(document, "rates");
  const usable: Record<string, unknown> = {
    schema: PLAN_SCHEMA_ID,
    kind: "universal",
    name: "Example",
    currency: document.currency,
    ...(document.zone === undefined ? {} : { zone: document.zone }),
    ...(document.rounding === undefined ? {} : { rounding: document.rounding }),
    rates: complete(deck.map(named), ratesSchema),
  };
  for (const [key, schema] of Object.entries(lists)) usable[key] = complete(itemsAt(document, key), schema);
  for (const [key, schema] of Object.entries(single))
    if (document[key] !== undefined && v.safeParse(schema, document[key]).success) usable[key] = document[key];
  if (["rates", "usage", "bundles", "fees"].every((key) => (usable[key] as unknown[]).length === 0))
    return { kind: "not-yet", text: "Write a price: what this costs appears here, with the reasons." };
  let parsed = parsePlanDocument(usable);
  for (let tries = 0; !parsed.ok && tries < MOST_LEFT_OUT && without(usable, parsed.issues[0]?.path ?? ""); tries++) {
    leftOut++;
    parsed = parsePlanDocument(usable);
  }
  if (!parsed.ok) {
    const [first] = parsed.issues;
    return { kind: "not-yet", text: `A price appears when the plan is complete: ${first?.path ?? ""} ${first?.message ?? ""}.` };
  }
  const price = quotedPrice(parsed.plan, asked, text);
  if (leftOut === 0 || price.kind === "not-yet") return price;
  const left =
    leftOut === 1
      ? "One part of the plan isn’t complete and is left out here."
      : `${leftOut} parts of the plan aren’t complete and are left out here.`;
  return { ...price, lines: [...price.lines, left] };
}

const MOST_LEFT_OUT = 20;

/** Takes away the part that the path is in, such as a price in a band that isn't there; false when there is none to take. */
function without(usable: Record<string, unknown>, path: string): boolean {
  const [, list = "", index = ""] = /^(\w+)(?:\[(\d+)\])?/.exec(path) ?? [];
  const items = usable[list];
  if (Array.isArray(items) && index !== "") usable[list] = items.filter((_, i) => i !== Number(index));
  else if (Object.hasOwn(single, list)) delete usable[list];
  else return false;
  return true;
}

/** Names don't matter to a price: it appears as soon as the prices are there. */
const named = (rate: Json): Json => (isObject(rate) ? { ...rate, destination: rate.destination || "Destination" } : rate);
