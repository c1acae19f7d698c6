// A fee, discount, minimum or credit: what it is for, and how it came about, step by step.
import { Hono } from "hono";
import { type TraceLine, traceText } from "../../rating/trace.ts";
import { chargesDetail } from "../../read/charge-detail/query.ts";
import type { AdminEnv } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { askFor, figuresOf, may, page, param, route } from "./frame.ts";

export const chargesPages = new Hono<AdminEnv>();

/** "1 Jan – 31 Jan 2026": days that are half-open in data are inclusive to a reader. */
export function daysText(from: string, to: string, text: FiguresText): string {
  const [first, last] = [Temporal.PlainDate.from(from), Temporal.PlainDate.from(to).subtract({ days: 1 })];
  return first.equals(last) ? text.date(first) : `${text.date(first)} – ${text.date(last)}`;
}

const kinds = { usage: "usage of a period", fee: "fee", minimum: "minimum", discount: "discount", adjustment: "correction" };

chargesPages.get(
  "/accounts/:id{[0-9a-f-]{36}}/charges/:charge{[0-9a-f-]{36}}",
  route({ permission: "ledger:read" }, async (c) => {
    const { charge } = await askFor(c, chargesDetail, { accountId: param(c, "id"), chargeId: param(c, "charge") });
    const text = figuresOf(c);
    const { accountId, subscriberId, amountMicros, taxMicros, currency } = charge;
    return page(c, {
      title: charge.name,
      section: "subscribers",
      view: "admin/charges/show",
      data: {
        charge,
        crumbs: [
          { label: "Subscribers", href: "/subscribers" },
          { label: charge.subscriberName, href: `/subscribers/${subscriberId}` },
          { label: charge.accountNumber, href: `/accounts/${accountId}` },
          { label: charge.name },
        ],
        kind: amountMicros < 0n && charge.kind === "fee" ? "fee given back" : kinds[charge.kind],
        days: daysText(charge.from, charge.to, text),
        amount: text.money(amountMicros, currency),
        tax: text.money(taxMicros, currency),
        total: text.money(amountMicros + taxMicros, currency),
        chargedAt: text.dateTime(charge.chargedAt, true),
        trace: charge.trace.map((line) => ({ text: traceText(line as TraceLine), good: line.kind === "rounding" })),
        canPlan: may(c, "plans:read"),
      },
    });
  }),
);
