// What each template may move the account's money from or to: for the proof that the books hold nothing that no template says.
import type { GlAccount, TemplateName } from "./templates.ts";

/** `in`: the account gains; `out`: it loses. Some go either way. A reversal goes the other way. */
type Way = "in" | "out" | "both";
type Sides = Readonly<Partial<Record<Exclude<GlAccount, "settlement">, Way>>>;

const cash = (way: Way): Sides => ({ "cash.desk": way, "cash.bank": way, "cash.gateway": way });

export const sidesOf: Readonly<Record<TemplateName, Sides>> = {
  "usage.charged": { "revenue.usage": "both", "tax.payable": "both" },
  "usage.adjusted": { "revenue.adjustments": "both", "tax.payable": "both" },
  "fee.charged": { "revenue.fees": "both", "tax.payable": "both" },
  "fee.debited": { "revenue.fees": "out", "tax.payable": "out" },
  "account.adjusted": { "revenue.adjustments": "both", "tax.payable": "both" },
  "balance.opened": { "equity.opening": "both" },
  "payment.received": cash("in"),
  "payment.matched": { "suspense.payments": "in" },
  "payment.refunded": cash("out"),
  "payment.refunded-by-gateway": cash("out"),
  "payment.charged-back": cash("out"),
  "promise.given": { "assets.promises": "in" },
  "transfer.sent": { "clearing.transfers": "out" },
  "transfer.received": { "clearing.transfers": "in" },
  "charge.covered": { "clearing.transfers": "both" },
  "charge.paid-for": { "clearing.transfers": "both" },
  "debt.written-off": { "expense.writeoffs": "in" },
  "rounding.settled": { "expense.rounding": "both" },
  "bonus.granted": { "expense.bonuses": "in" },
  "pot.expired": { "expense.bonuses": "out", "revenue.expired": "out" },
  "card.sold": { "cards.outstanding": "out", "expense.commissions": "in" },
  "card.returned": { "cards.outstanding": "in", "expense.commissions": "out" },
  "card.redeemed": { "cards.outstanding": "in", "expense.bonuses": "in" },
};

type Pair = { readonly template: string; readonly debit: string; readonly credit: string };

/** Every pair of accounts that a posting of a template, or of its reversal, may have. */
export const allowedPairs: readonly Pair[] = Object.entries(sidesOf).flatMap(([template, sides]) =>
  Object.entries(sides).flatMap(([other, way]) => {
    const gain = { debit: other, credit: "settlement" };
    const loss = { debit: "settlement", credit: other };
    const back = `${template}.reversed`;
    return [
      ...(way === "out"
        ? []
        : [
            { template, ...gain },
            { template: back, ...loss },
          ]),
      ...(way === "in"
        ? []
        : [
            { template, ...loss },
            { template: back, ...gain },
          ]),
    ];
  }),
);
