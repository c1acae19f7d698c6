// What may be written into the books. Each template says which general-ledger accounts it moves money between, and how it is undone.

export type Posting = { readonly debit: GlAccount; readonly credit: GlAccount; readonly amountMicros: bigint };
export type GlAccount = "settlement" | "revenue.usage" | "revenue.fees" | "revenue.adjustments" | "tax.payable" | "equity.opening";

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
};

type Charge = { readonly amountMicros: bigint };
type TaxedCharge = Charge & { readonly taxMicros?: bigint };

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
  /** The balance an account brings along from the system before this one. Negative: a debt. */
  "balance.opened": ({ amountMicros }: Charge): Posting[] =>
    amountMicros < 0n
      ? [{ debit: "settlement", credit: "equity.opening", amountMicros: -amountMicros }]
      : [{ debit: "equity.opening", credit: "settlement", amountMicros }],
} as const;

export type TemplateName = keyof typeof templates;

/** The same postings the other way round. */
export const reversed = (postings: readonly Posting[]): Posting[] =>
  postings.map(({ debit, credit, amountMicros }) => ({ debit: credit, credit: debit, amountMicros }));

/** What postings do to the settlement account they belong to: credit adds, debit takes. */
export const settlementDelta = (postings: readonly Posting[]): bigint =>
  postings.reduce(
    (sum, p) => sum + (p.credit === "settlement" ? p.amountMicros : 0n) - (p.debit === "settlement" ? p.amountMicros : 0n),
    0n,
  );
