// What the books must come to, worked out the simple way: plain numbers of one account at a time, no database, none of the ledger's own code.

export type PotModel = {
  readonly key: string;
  readonly kind: "bonus" | "card";
  readonly priority: number;
  readonly expiresAt: number | null;
  readonly grantedAt: number;
  left: bigint;
};
export type AccountModel = {
  readonly id: string;
  balance: bigint;
  held: bigint;
  readonly credit: bigint;
  readonly pots: PotModel[];
  /** Who pays, how much of a month, and how much so far. */
  payer: AccountModel | undefined;
  readonly payerLimit: bigint | null;
  paid: bigint;
};
/** A movement that was made, as far as taking it back needs it. */
export type Movement = {
  readonly id: string;
  readonly account: AccountModel;
  readonly template: string;
  readonly lines: readonly Line[];
  readonly draws: Map<PotModel, bigint>;
  readonly pot: PotModel | undefined;
  /** The other side of a transfer. */
  other?: Movement;
  reversed: boolean;
};
/** What the account gains by it, and which account of the general ledger stands on the other side. */
export type Line = { readonly gl: string; readonly gain: bigint };

const least = (a: bigint, b: bigint) => (a < b ? a : b);
export const most = (a: bigint, b: bigint) => (a > b ? a : b);
export const gainOf = (lines: readonly Line[]) => lines.reduce((sum, { gain }) => sum + gain, 0n);
export const grantedOf = ({ pots }: AccountModel) => pots.reduce((sum, { left }) => sum + left, 0n);
export const availableOf = ({ balance, credit, held }: AccountModel) => balance + credit - held;
export const withdrawableOf = (account: AccountModel) => availableOf(account) - grantedOf(account);

const inOrder = (a: PotModel, b: PotModel) =>
  b.priority - a.priority ||
  (a.expiresAt ?? Number.MAX_SAFE_INTEGER) - (b.expiresAt ?? Number.MAX_SAFE_INTEGER) ||
  a.grantedAt - b.grantedAt;

/** The sums of the general ledger's accounts: debits less credits. */
export class GeneralLedger {
  readonly sums = new Map<string, bigint>();
  /** The account's gain is a credit to `settlement`. */
  add(lines: readonly Line[]): void {
    for (const { gl, gain } of lines) {
      this.sums.set(gl, (this.sums.get(gl) ?? 0n) + gain);
      this.sums.set("settlement", (this.sums.get("settlement") ?? 0n) - gain);
    }
  }
}

/** Pots pay in their order, cash at its place among them; `only`: no other pot pays. */
function pay(account: AccountModel, amount: bigint, only: readonly PotModel[] | undefined, cash: bigint): Map<PotModel, bigint> {
  const draws = new Map<PotModel, bigint>();
  let owed = amount;
  const pots = only ?? [...account.pots].sort(inOrder);
  const from = (pot: PotModel) => {
    const taken = least(pot.left, owed);
    if (taken <= 0n) return;
    pot.left -= taken;
    owed -= taken;
    draws.set(pot, taken);
  };
  for (const pot of pots) if (only || pot.priority >= 0) from(pot);
  owed -= most(0n, least(cash, owed));
  if (!only) for (const pot of pots) if (pot.priority < 0) from(pot);
  return draws;
}

type Given = {
  readonly id: string;
  readonly account: AccountModel;
  readonly template: string;
  readonly lines: readonly Line[];
  readonly pot?: PotModel;
};

/** Moves money as the movement says; a payer takes over what is charged. */
export function apply(gl: GeneralLedger, { id, account, template, lines, pot }: Given, undoes?: Movement): Movement {
  const gain = gainOf(lines);
  const cash = account.balance - grantedOf(account);
  account.balance += gain;
  gl.add(lines);
  const isCharge = /^(usage|fee)\.(charged|adjusted)/.test(template);
  const covered = isCharge && account.payer ? takeOver(gl, account, account.payer, -gain) : 0n;
  let draws = new Map<PotModel, bigint>();
  if (gain < 0n) {
    const onlyCash = undoes || template === "transfer.sent" || template.startsWith("payment.");
    draws = pay(account, -gain - covered, onlyCash ? [undoes?.pot].filter((one) => one !== undefined) : undefined, cash);
  }
  if (undoes && gain > 0n) for (const [from, amount] of undoes.draws) from.left += amount;
  if (pot) account.pots.push(pot);
  if (undoes) undoes.reversed = true;
  return { id, account, template, lines, draws, pot, reversed: false };
}

/** Gives what the payer pays of a charge; below zero he gets back. */
function takeOver(gl: GeneralLedger, account: AccountModel, payer: AccountModel, charged: bigint): bigint {
  const room = account.payerLimit === null ? charged : most(0n, account.payerLimit - account.paid);
  const taken = charged > 0n ? least(charged, room) : -least(-charged, account.paid);
  account.paid += taken;
  account.balance += taken;
  gl.add([{ gl: "clearing.transfers", gain: taken }]);
  const cash = payer.balance - grantedOf(payer);
  payer.balance -= taken;
  gl.add([{ gl: "clearing.transfers", gain: -taken }]);
  if (taken > 0n) pay(payer, taken, undefined, cash);
  return taken;
}
