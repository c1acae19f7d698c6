// The life of a card, as a table: what may be done in which state, and what comes of it. Commands and the page's buttons are made from it.
import type { CardKind, CardState } from "../../db/schema/cards.ts";

export type CardTrigger =
  | "activate"
  | "hand-out"
  | "take-back"
  | "sell"
  | "return"
  | "redeem"
  | "block"
  | "unblock"
  | "void"
  | "expire"
  /** Its last day of sale is over. */
  | "end-sale";

type Card = { readonly state: CardState; readonly blocked: boolean };
type Step = {
  readonly from: Partial<Readonly<Record<CardState, CardState>>>;
  /** Only cards that are blocked, or only those that aren't; either when not said. */
  readonly blocked?: boolean;
  readonly becomes?: { readonly blocked: boolean };
  readonly of?: CardKind;
};

const keeps = { generated: "generated", activated: "activated" } as const;

const steps: Readonly<Record<CardTrigger, readonly Step[]>> = {
  activate: [{ from: { generated: "activated" }, blocked: false }],
  "hand-out": [{ from: keeps, blocked: false }],
  "take-back": [{ from: keeps }],
  // What is given away is not sold: it was nobody's money.
  sell: [{ from: { activated: "sold" }, blocked: false, of: "sold" }],
  return: [{ from: { sold: "activated" } }],
  redeem: [
    { from: { sold: "used" }, blocked: false, of: "sold" },
    { from: { activated: "used" }, blocked: false, of: "promotion" },
  ],
  block: [{ from: { ...keeps, sold: "sold" }, blocked: false, becomes: { blocked: true } }],
  unblock: [{ from: { ...keeps, sold: "sold" }, blocked: true, becomes: { blocked: false } }],
  // What somebody has paid for is taken back first.
  void: [{ from: { generated: "void", activated: "void" } }],
  expire: [{ from: { activated: "expired", sold: "expired" } }],
  "end-sale": [
    { from: { generated: "expired", activated: "expired" }, of: "sold" },
    { from: { generated: "expired" }, of: "promotion" },
  ],
};

/** What becomes of the card; undefined when it can't be done. */
export function cardAfter(trigger: CardTrigger, kind: CardKind, { state, blocked }: Card): Card | undefined {
  const step = stepFor(trigger, kind);
  const next = step?.from[state];
  if (!step || !next || (step.blocked !== undefined && step.blocked !== blocked)) return undefined;
  return { state: next, blocked: step.becomes?.blocked ?? blocked };
}

/** The step of a series of this kind; undefined when it has none. */
export const stepFor = (trigger: CardTrigger, kind: CardKind): Step | undefined =>
  steps[trigger].find((step) => step.of === undefined || step.of === kind);

/** Where a card counts in the stock: printed = stock + sold + used + void + expired. */
export const placeOf = (state: CardState) => (state === "generated" || state === "activated" ? "stock" : state);
