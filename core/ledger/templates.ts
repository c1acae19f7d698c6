// What may be written into the books. Each template says which general-ledger accounts it moves money between, and how it is undone.

export type Posting = { readonly debit: GlAccount; readonly credit: GlAccount; readonly amountMicros: bigint };
export type CashAccount = "cash.desk" | "cash.bank" | "cash.gateway";
export type GlAccount =
  | "settlement"
  | CashAccount
  | "revenue.usage"
  | "revenue.fees"
  | "revenue.adjustments"
  | "revenue.expired"
  | "tax.payable"
  | "equity.opening"
  | "assets.promises"
  | "suspense.payments"
  | "clearing.transfers"
  | "cards.outstanding"
  | "expense.bonuses"
  | "expense.commissions"
  | "expense.writeoffs"
  | "expense.rounding";

/** A pot that a transaction puts its money into. Higher priority is spent first; cash has 0. */
export type NewPot = {
  readonly kind: "bonus" | "card";
  readonly name: string;
  readonly priority: number;
  readonly expiresAt: string | null;
};

/** One transaction to write. `sourceKey` names its cause inside the account: the same cause twice is posted once. */
export type LedgerTransaction = {
  readonly id: string;
  readonly accountId: string;
  readonly currency: string;
  readonly template: TemplateName | `${TemplateName}.reversed`;
  readonly sourceKey: string;
  readonly effectiveAt: string;
  readonly details: object;
  readonly postings: readonly Posting[];
  readonly reversesId?: string;
  /** Of one that gives: the pot that its money goes into. */
  readonly pot?: NewPot;
  /** Of one that takes: the pot that pays before all others. */
  readonly fromPot?: string;
};

type Charge = { readonly amountMicros: bigint };
type TaxedCharge = Charge & { readonly taxMicros?: bigint };
type Payment = Charge & { readonly cash: CashAccount };

/** Nothing for nothing; the other way round below zero. */
function move(debit: GlAccount, credit: GlAccount, amountMicros: bigint): Posting[] {
  if (amountMicros === 0n) return [];
  return amountMicros > 0n ? [{ debit, credit, amountMicros }] : [{ debit: credit, credit: debit, amountMicros: -amountMicros }];
}

/** Amounts are in micro-units and net; the tax on them is beside them. What sums to nothing is not posted. */
export const templates = {
  /** Usage that has happened is owed: out of the subscriber's settlement account, into revenue, and the tax on it into what is owed to the state. */
  "usage.charged": ({ amountMicros, taxMicros = 0n }: TaxedCharge): Posting[] => [
    ...move("settlement", "revenue.usage", amountMicros),
    ...move("settlement", "tax.payable", taxMicros),
  ],
  /** What usage of a closed month turned out to cost more, or less, settled in the open one. */
  "usage.adjusted": ({ amountMicros, taxMicros = 0n }: TaxedCharge): Posting[] => [
    ...move("settlement", "revenue.adjustments", amountMicros),
    ...move("settlement", "tax.payable", taxMicros),
  ],
  /** Fees, discounts, what is missing to a minimum, and the price of a period without usage; what is given back goes the other way. */
  "fee.charged": ({ amountMicros, taxMicros = 0n }: TaxedCharge): Posting[] => [
    ...move("settlement", "revenue.fees", amountMicros),
    ...move("settlement", "tax.payable", taxMicros),
  ],
  /** The price of what is bought now, if it can be paid. */
  "fee.debited": ({ amountMicros, taxMicros = 0n }: TaxedCharge): Posting[] => [
    ...move("settlement", "revenue.fees", amountMicros),
    ...move("settlement", "tax.payable", taxMicros),
  ],
  /** What a person corrects by hand: above zero the account gains. */
  "account.adjusted": ({ amountMicros, taxMicros = 0n }: TaxedCharge): Posting[] => [
    ...move("revenue.adjustments", "settlement", amountMicros),
    ...move("tax.payable", "settlement", taxMicros),
  ],
  /** The balance an account brings along from the system before this one. Negative: a debt. */
  "balance.opened": ({ amountMicros }: Charge): Posting[] => move("equity.opening", "settlement", amountMicros),

  "payment.received": ({ cash, amountMicros }: Payment): Posting[] => move(cash, "settlement", amountMicros),
  /** Money that waited for its account. */
  "payment.matched": ({ amountMicros }: Charge): Posting[] => move("suspense.payments", "settlement", amountMicros),
  "payment.refunded": ({ cash, amountMicros }: Payment): Posting[] => move("settlement", cash, amountMicros),
  /** Given back by the gateway, which asked nobody: it has happened, and may leave a debt. */
  "payment.refunded-by-gateway": ({ cash, amountMicros }: Payment): Posting[] => move("settlement", cash, amountMicros),
  /** Taken back by the payer's bank: not asked for, so it may leave a debt. */
  "payment.charged-back": ({ cash, amountMicros }: Payment): Posting[] => move("settlement", cash, amountMicros),
  /** A promise counts as paid until it is kept or broken; then it is reversed. */
  "promise.given": ({ amountMicros }: Charge): Posting[] => move("assets.promises", "settlement", amountMicros),

  "transfer.sent": ({ amountMicros }: Charge): Posting[] => move("settlement", "clearing.transfers", amountMicros),
  "transfer.received": ({ amountMicros }: Charge): Posting[] => move("clearing.transfers", "settlement", amountMicros),
  /** What a payer takes over of an account's charges; below zero it gets back. The other side is `charge.paid-for`, together they come to nothing. */
  "charge.covered": ({ amountMicros }: Charge): Posting[] => move("clearing.transfers", "settlement", amountMicros),
  "charge.paid-for": ({ amountMicros }: Charge): Posting[] => move("settlement", "clearing.transfers", amountMicros),

  "debt.written-off": ({ amountMicros }: Charge): Posting[] => move("expense.writeoffs", "settlement", amountMicros),
  /** What a paper's rounding made of the sum: above zero the account gains. */
  "rounding.settled": ({ amountMicros }: Charge): Posting[] => move("expense.rounding", "settlement", amountMicros),

  "bonus.granted": ({ amountMicros }: Charge): Posting[] => move("expense.bonuses", "settlement", amountMicros),
  /** What nobody spent in time: a bonus was never an expense then, a card's value is earned. */
  "pot.expired": ({ amountMicros, kind }: Charge & Pick<NewPot, "kind">): Posting[] =>
    move("settlement", kind === "bonus" ? "expense.bonuses" : "revenue.expired", amountMicros),

  /** A dealer takes cards: their value is owed to whoever redeems them, and the dealer's share is not the dealer's debt. */
  "card.sold": ({ amountMicros, commissionMicros = 0n }: Charge & { readonly commissionMicros?: bigint }): Posting[] => [
    ...move("settlement", "cards.outstanding", amountMicros),
    ...move("expense.commissions", "settlement", commissionMicros),
  ],
  "card.returned": ({ amountMicros, commissionMicros = 0n }: Charge & { readonly commissionMicros?: bigint }): Posting[] => [
    ...move("cards.outstanding", "settlement", amountMicros),
    ...move("settlement", "expense.commissions", commissionMicros),
  ],
  "card.redeemed": ({ amountMicros, promotion }: Charge & { readonly promotion: boolean }): Posting[] =>
    move(promotion ? "expense.bonuses" : "cards.outstanding", "settlement", amountMicros),
} as const;

export type TemplateName = keyof typeof templates;

/** These ask before they spend: they can't take what is available below zero. The constraint `ledger_transactions_funded` holds the same names. */
export const asking: ReadonlySet<string> = new Set<TemplateName>(["payment.refunded", "transfer.sent", "card.sold", "fee.debited"]);

/** These are a payer's to pay, if the account has one. */
export const covered: ReadonlySet<string> = new Set(
  (["usage.charged", "usage.adjusted", "fee.charged"] satisfies TemplateName[]).flatMap((name) => [name, `${name}.reversed`]),
);

/** What the provider's own books know; no subscriber's account is concerned. */
export const providerTemplates = {
  "payment.unmatched": ({ cash, amountMicros }: Payment): Posting[] => move(cash, "suspense.payments", amountMicros),
  "payment.unmatched-returned": ({ cash, amountMicros }: Payment): Posting[] => move("suspense.payments", cash, amountMicros),
  "cards.sold-for-cash": ({ cash, amountMicros }: Payment): Posting[] => move(cash, "cards.outstanding", amountMicros),
  "cards.expired": ({ amountMicros }: Charge): Posting[] => move("cards.outstanding", "revenue.expired", amountMicros),
} as const;

export type ProviderTemplateName = keyof typeof providerTemplates;

export type ProviderTransaction = Omit<LedgerTransaction, "accountId" | "template" | "pot" | "fromPot"> & {
  readonly template: ProviderTemplateName | `${ProviderTemplateName}.reversed`;
};

/** The same postings the other way round. */
export const reversed = (postings: readonly Posting[]): Posting[] =>
  postings.map(({ debit, credit, amountMicros }) => ({ debit: credit, credit: debit, amountMicros }));

/** What postings do to the settlement account they belong to: credit adds, debit takes. */
export const settlementDelta = (postings: readonly Posting[]): bigint =>
  postings.reduce(
    (sum, p) => sum + (p.credit === "settlement" ? p.amountMicros : 0n) - (p.debit === "settlement" ? p.amountMicros : 0n),
    0n,
  );
