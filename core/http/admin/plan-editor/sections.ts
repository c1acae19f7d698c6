// The sections of the editor, in their order: what each is called, what it is for, and what a new item of its list begins with.
import type * as v from "valibot";
import { bundles, usageComponents } from "../../../catalog/document/components.ts";
import { discounts, fees } from "../../../catalog/document/fees.ts";
import { rates } from "../../../catalog/document/rates.ts";
import { trafficClasses } from "../../../catalog/document/usage.ts";
import { newPrice } from "./fields.ts";
import { isObject, itemsAt, type Json, type RawDocument } from "./raw-document.ts";

export type Section = {
  readonly key: string;
  readonly title: string;
  readonly icon: string;
  readonly lead: string;
  /** Of a list whose items are opened one at a time: what one is called, and the check of such a list. */
  readonly item?: { readonly name: string; readonly list: v.GenericSchema };
};

export const sections: readonly Section[] = [
  { key: "plan", title: "Plan", icon: "plans", lead: "What the plan is called, and the money and clock that it counts in." },
  { key: "billing", title: "Billing", icon: "papers", lead: "How often the plan bills, and how amounts are rounded." },
  {
    key: "fees",
    title: "Fees",
    icon: "money",
    lead: "What the plan costs whether it is used or not.",
    item: { name: "fee", list: fees },
  },
  {
    key: "bands",
    title: "Time bands",
    icon: "jobs",
    lead: "Parts of the week that have their own prices, such as nights or public holidays.",
  },
  {
    key: "rates",
    title: "Calls",
    icon: "phone",
    lead: "What a call costs by destination. The longest prefix that the called number begins with decides.",
    item: { name: "destination", list: rates },
  },
  {
    key: "usage",
    title: "Other usage",
    icon: "usage",
    lead: "Prices of sessions, traffic, messages and anything else that is counted; and of calls that are priced in another way.",
    item: { name: "price", list: usageComponents },
  },
  {
    key: "bundles",
    title: "Included units",
    icon: "agents",
    lead: "Minutes, gigabytes or messages that come with the plan.",
    item: { name: "bundle", list: bundles },
  },
  { key: "minimum", title: "Minimum", icon: "settings", lead: "The least that a period costs. What is missing is charged at its end." },
  {
    key: "discounts",
    title: "Discounts",
    icon: "card",
    lead: "What is taken off, for a time or for good.",
    item: { name: "discount", list: discounts },
  },
  { key: "taxes", title: "Taxes", icon: "rates", lead: "Taxes on top of the prices, or inside them." },
  {
    key: "trafficClasses",
    title: "Traffic classes",
    icon: "filter",
    lead: "Networks and ports whose traffic has its own price. Traffic is of the first class that it matches; of none: the rest of the world.",
    item: { name: "class", list: trafficClasses },
  },
];

export const sectionOf = (path: string): Section | undefined => sections.find(({ key }) => key === path.split(".")[0]);

const newRate = (): RawDocument => ({ prefix: "", destination: "", steps: [{ fromSec: 0, price: "", perSec: 60, incrementSec: 60 }] });

/** What a button "add" puts into a list; undefined where nothing can be added. `*` stands for any index. */
const BEGINNINGS: Readonly<Record<string, (document: RawDocument) => Json>> = {
  fees: (document) => ({ code: freeCode(document, "fees", "fee"), name: "", amount: "", every: "month" }),
  bands: (document) => ({ code: freeCode(document, "bands", "band"), name: "", windows: [] }),
  "bands.*.windows": () => ({ from: "", to: "" }),
  rates: newRate,
  "rates.*.steps": () => ({ fromSec: "", price: "", perSec: 60, incrementSec: 60 }),
  "rates.*.bands": newInBand,
  "rates.*.bands.*.steps": () => ({ fromSec: "", price: "", perSec: 60, incrementSec: 60 }),
  usage: (document) => ({
    code: freeCode(document, "usage", "usage"),
    of: "session",
    unit: { name: "GB", size: "1000000000" },
    price: newPrice("per_unit"),
  }),
  "usage.*.price.rates": newRate,
  "usage.*.price.rates.*.steps": () => ({ fromSec: "", price: "", perSec: 60, incrementSec: 60 }),
  "usage.*.price.rates.*.bands": newInBand,
  "usage.*.price.rates.*.bands.*.steps": () => ({ fromSec: "", price: "", perSec: 60, incrementSec: 60 }),
  "usage.*.price.steps": () => ({ from: "", price: "" }),
  bundles: (document) => ({
    code: freeCode(document, "bundles", "bundle"),
    of: "call",
    unit: { name: "min", size: "60" },
    quantity: "",
    validity: { kind: "period", every: "month" },
  }),
  "bundles.*.price.steps": () => ({ from: "", price: "" }),
  "bundles.*.whenEmpty.price.steps": () => ({ from: "", price: "" }),
  discounts: (document) => ({ code: freeCode(document, "discounts", "discount"), name: "", percent: "" }),
  "taxes.rates": (document) => ({ code: freeCode(document, "taxes.rates", "tax"), name: "VAT", percent: "" }),
  trafficClasses: (document) => ({ code: freeCode(document, "trafficClasses", "class"), name: "" }),
};

/** The first band that the rate has no price for yet, if there is any. */
function newInBand(document: RawDocument, list = ""): Json {
  const taken = itemsAt(document, list).map((one) => (isObject(one) ? one.band : undefined));
  const free = itemsAt(document, "bands").find((band) => isObject(band) && !taken.includes(band.code ?? ""));
  return { band: (isObject(free) ? free.code : undefined) ?? "", steps: [{ fromSec: 0, price: "", perSec: 60, incrementSec: 60 }] };
}

export function beginningOf(document: RawDocument, list: string): Json | undefined {
  const pattern = list.replaceAll(/\.\d{1,6}(?=\.|$)/g, ".*");
  if (/\.tiers$/.test(pattern)) return { price: "" };
  if (!Object.hasOwn(BEGINNINGS, pattern)) return undefined;
  return (BEGINNINGS[pattern] as (document: RawDocument, list: string) => Json)(document, list);
}

/** "fee-1", or the first after it that no item has. */
function freeCode(document: RawDocument, list: string, word: string): string {
  const taken = new Set(itemsAt(document, list).map((item) => (isObject(item) ? item.code : undefined)));
  let n = 1;
  while (taken.has(`${word}-${n}`)) n++;
  return `${word}-${n}`;
}
