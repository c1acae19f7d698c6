// What a movement of money is, in words, alike for managers and subscribers.

const names: Readonly<Record<string, string>> = {
  "usage.charged": "Usage",
  "usage.adjusted": "Correction of closed months",
  "fee.charged": "Fees",
  "fee.debited": "Purchase",
  "account.adjusted": "Adjustment",
  "balance.opened": "Balance carried over",
  "payment.received": "Payment",
  "payment.matched": "Payment found its account",
  "payment.refunded": "Refund",
  "payment.refunded-by-gateway": "Refund by the gateway",
  "payment.charged-back": "Charge-back",
  "promise.given": "Promised payment",
  "transfer.sent": "Transfer sent",
  "transfer.received": "Transfer received",
  "charge.covered": "Paid by the payer",
  "charge.paid-for": "Paid for others",
  "debt.written-off": "Debt written off",
  "rounding.settled": "Rounding",
  "bonus.granted": "Bonus",
  "pot.expired": "Expired",
  "card.sold": "Cards taken",
  "card.returned": "Cards returned",
  "card.redeemed": "Card redeemed",
};

/** The template's name; with the name of what was given or expired: "Bonus: Welcome". */
export function movementText(template: string, details: Readonly<Record<string, unknown>> = {}): string {
  const plain = template.replace(/\.reversed$/, "");
  const name = names[plain] ?? plain;
  return typeof details.name === "string" ? `${name}: ${details.name}` : name;
}
