// What a plan costs whether it is used or not, what is taken off, and the taxes on it.
import * as v from "valibot";
import { PERIODS } from "./components.ts";
import { code, coded, decimal, described, fields, listOf, oneOf, percent, text, whole } from "./fields.ts";

export const PRORATIONS = ["actual_days", "fixed_30", "none", "rounded_day"] as const;
export type Proration = (typeof PRORATIONS)[number];

const fee = v.strictObject({
  code,
  name: text(200),
  amount: decimal,
  every: v.optional(described(oneOf(PERIODS), "Left out: once.")),
  count: v.optional(described(whole(1, 60, "periods"), "Every so many: 2 with `week` is every fortnight."), 1),
  charge: v.optional(
    described(
      oneOf(["advance", "arrears", "daily"]),
      "At the period's first day, after its last, or day by day, each day the difference of the sum so far, so that the days sum to the amount exactly.",
    ),
    "advance",
  ),
  at: v.optional(
    described(oneOf(["start", "end"]), "A fee that is charged once: when the service comes to the plan, or leaves it."),
    "start",
  ),
  proration: v.optional(
    described(
      oneOf(PRORATIONS),
      "A part of a period costs: `actual_days`, its days of the days of the period that contains them; `fixed_30`, months have 30 days; `none`, the whole; `rounded_day`, the price of a day, rounded, times the days. A daily fee is by days anyway, of the real month or of 30.",
    ),
    "actual_days",
  ),
  trialDays: v.optional(described(whole(1, 3660, "days"), "Nothing is charged for the first days on the plan.")),
});
export const fees = coded(fee, "fees", 100);
export type Fee = v.InferOutput<typeof fee>;

const discount = v.pipe(
  v.strictObject({
    code,
    name: text(200),
    on: v.optional(
      described(listOf(code, "codes", 100), 'Codes of fees, usage components and bundles; "calls" for the deck. All unless told.'),
    ),
    amount: v.optional(
      described(decimal, "Off the period's total of what it is on, after the discounts that are written before it; never below zero."),
    ),
    percent: v.optional(described(percent, "Off what the discounts that are written before it have left.")),
    periods: v.optional(described(whole(1, 1200, "periods"), "Only in the first billing periods on the plan.")),
  }),
  v.check(({ amount, percent }) => (amount === undefined) !== (percent === undefined), "must have either an `amount` or a `percent`"),
);
export const discounts = coded(discount, "discounts", 100);
export type Discount = v.InferOutput<typeof discount>;

const taxRate = v.strictObject({
  code,
  name: text(100),
  percent,
  on: v.optional(
    described(listOf(code, "codes", 100), 'Codes of fees, usage components and bundles; "calls" for the deck. All unless told.'),
  ),
});
export const taxes = v.strictObject({
  mode: described(oneOf(["exclusive", "inclusive"]), "Whether the tax comes on top of the prices, or is in them."),
  rates: coded(taxRate, "tax rates", 20),
});
export type Taxes = v.InferOutput<typeof taxes>;

/** How the plan bills and how it is changed. */
export const billing = fields({
  period: v.optional(oneOf(PERIODS), "month"),
  anchor: v.optional(
    v.union(
      [
        described(oneOf(["account", "start", "calendar"]), "`account`: the account's billing day, else the calendar's."),
        whole(1, 31, "day of the month"),
      ],
      'must be "account", "start", "calendar" or a day of the month from 1 to 31',
    ),
    "account",
  ),
  change: v.optional(
    described(
      oneOf(["at_once", "period_end", "refused"]),
      "When a service on this plan moves to another. The day of the change belongs to the new plan.",
    ),
    "at_once",
  ),
});
export type Billing = v.InferOutput<typeof billing>;
