// Which charge a line of the books is for, out of its transaction's details: for whoever names it on a page or in a file.

/** Days are ISO dates, half-open. */
export type ChargeOfLine = {
  readonly chargeId: string;
  readonly kind: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
};

/** Of a transaction of fees, the charge that its line (from 1) is for, or the tax on. */
export function chargeOfLine(template: string, details: object | null, line: number): ChargeOfLine | undefined {
  if (template !== "fee.charged" || !details || !("charges" in details) || !Array.isArray(details.charges)) return undefined;
  return details.charges[line - 1];
}

/** "Line", "Tax on Line", "Line, given back"; `amountMicros` is what the account gains by it. */
export const nameOfCharge = ({ kind, name }: ChargeOfLine, isTax: boolean, amountMicros: bigint): string =>
  `${isTax ? "Tax on " : ""}${name}${kind === "fee" && amountMicros > 0n ? ", given back" : ""}`;
