// The places of the document that the form can write, by pattern (`*` is any index), and what kind of value each takes.

export type Kind =
  | "text"
  | "time"
  | "whole"
  | "decimal"
  | "many"
  | "lines"
  | "yes"
  | "digits"
  | "anchor"
  | "attributes"
  | "ports"
  | "prices";

const about = {
  of: "text",
  metric: "text",
  "unit.name": "text",
  "unit.size": "decimal",
  "where.direction": "text",
  "where.prefixes": "lines",
  "where.trunks": "lines",
  "where.types": "lines",
  "where.classes": "many",
  "where.bands": "many",
  "where.attributes": "attributes",
} as const;

const rate = {
  prefix: "digits",
  destination: "text",
  connectFee: "decimal",
  minimumCharge: "decimal",
  freeSec: "whole",
  "maxCost.amount": "decimal",
  "maxCost.strategy": "text",
  "steps.*.fromSec": "whole",
  "steps.*.price": "decimal",
  "steps.*.perSec": "whole",
  "steps.*.incrementSec": "whole",
  "bands.*.band": "text",
  "bands.*.connectFee": "decimal",
  "bands.*.steps.*.fromSec": "whole",
  "bands.*.steps.*.price": "decimal",
  "bands.*.steps.*.perSec": "whole",
  "bands.*.steps.*.incrementSec": "whole",
} as const;

const price = {
  shape: "text",
  price: "decimal",
  size: "decimal",
  free: "decimal",
  connectFee: "decimal",
  minimumCharge: "decimal",
  maximumCharge: "decimal",
  "maxCost.amount": "decimal",
  "maxCost.strategy": "text",
  percent: "decimal",
  fixed: "decimal",
  freeEvents: "whole",
  prices: "prices",
  "steps.*.from": "decimal",
  "steps.*.price": "decimal",
  "steps.*.per": "decimal",
  "steps.*.increment": "decimal",
  "tiers.*.upTo": "decimal",
  "tiers.*.price": "decimal",
  "tiers.*.percent": "decimal",
  "tiers.*.flat": "decimal",
} as const;

const under = <T extends Record<string, Kind>>(path: string, fields: T): Record<string, Kind> =>
  Object.fromEntries(Object.entries(fields).map(([name, kind]) => [`${path}.${name}`, kind]));

const FIELDS: Readonly<Record<string, Kind>> = {
  kind: "text",
  name: "text",
  currency: "text",
  zone: "text",
  ...under("rounding", { decimals: "whole", mode: "text" }),
  ...under("billing", { period: "text", anchor: "anchor", change: "text" }),
  ...under("holidays", { country: "text", state: "text", region: "text", also: "lines", not: "lines" }),
  ...under("bands.*", { code: "text", name: "text", weight: "whole" }),
  ...under("bands.*.windows.*", { weekdays: "many", from: "time", to: "time", fromDate: "text", toDate: "text", holidays: "text" }),
  ...under("trafficClasses.*", { code: "text", name: "text", prefixes: "lines", ports: "ports" }),
  ...under("rates.*", rate),
  ...under("usage.*", { code: "text", name: "text", ...about, weight: "whole", per: "text", aggregate: "text" }),
  ...under("usage.*.price", price),
  ...under("usage.*.price.rates.*", rate),
  ...under("bundles.*", {
    code: "text",
    name: "text",
    ...about,
    quantity: "decimal",
    weight: "whole",
    "validity.kind": "text",
    "validity.every": "text",
    "validity.days": "whole",
    "validity.from": "text",
    "validity.to": "text",
    "rollover.periods": "whole",
    "rollover.most": "decimal",
    pooled: "yes",
    increment: "decimal",
    "whenEmpty.use": "text",
  }),
  ...under("bundles.*.price", price),
  ...under("bundles.*.whenEmpty.price", price),
  ...under("minimum", { amount: "decimal", prorate: "yes", counts: "text" }),
  ...under("fees.*", {
    code: "text",
    name: "text",
    amount: "decimal",
    every: "text",
    count: "whole",
    charge: "text",
    at: "text",
    proration: "text",
    trialDays: "whole",
  }),
  ...under("discounts.*", { code: "text", name: "text", on: "many", amount: "decimal", percent: "decimal", periods: "whole" }),
  "taxes.mode": "text",
  ...under("taxes.rates.*", { code: "text", name: "text", percent: "decimal", on: "many" }),
};

export const kindOf = (name: string): Kind | undefined => {
  const pattern = name.replaceAll(/(?<=\.)\d{1,6}(?=\.|$)/g, "*");
  return Object.hasOwn(FIELDS, pattern) ? FIELDS[pattern] : undefined;
};

export const isField = (name: string): boolean => kindOf(name) !== undefined;
