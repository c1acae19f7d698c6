// A line of a price list in normal form, and what lines make of a deck.
import type { PlanRate } from "../document/rates.ts";

type Steps = PlanRate["steps"];

/** The price of one prefix, at any time or in one band, or its end. Money is decimal text; what is left out stays as the deck has it. */
export type DeckLine =
  | {
      readonly prefix: string;
      readonly band?: string;
      readonly destination?: string;
      readonly connectFee?: string;
      readonly minimumCharge?: string;
      readonly steps: Steps;
    }
  | { readonly prefix: string; readonly band?: string; readonly gone: true };

/** What the deck becomes at the start of the day `from` in the plan's zone: these lines alone when `whole`, else the deck before with them. */
export type DatedLines = { readonly from: string; readonly whole: boolean; readonly lines: readonly DeckLine[] };

/** The deck with the lines, sorted by prefix. Pure; `rates` stays as it is. */
export function applyLines(rates: readonly PlanRate[], { whole, lines }: Omit<DatedLines, "from">): PlanRate[] {
  const deck = new Map(whole ? [] : rates.map((rate) => [rate.prefix, rate] as const));
  for (const line of lines) {
    const changed = withLine(deck.get(line.prefix), line);
    if (changed) deck.set(line.prefix, changed);
    else deck.delete(line.prefix);
  }
  return [...deck.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

function withLine(rate: PlanRate | undefined, line: DeckLine): PlanRate | undefined {
  if ("gone" in line) {
    if (!rate || line.band === undefined) return undefined;
    const left = { ...rate, bands: rate.bands.filter(({ band }) => band !== line.band) };
    return left.steps.length + left.bands.length === 0 ? undefined : left;
  }
  const { prefix, band, destination, connectFee, minimumCharge, steps } = line;
  const base: PlanRate = {
    ...(rate ?? { prefix, destination: `Prefix ${prefix}`, connectFee: "0", steps: [], bands: [] }),
    ...(destination === undefined ? {} : { destination }),
  };
  if (band === undefined)
    return {
      ...base,
      steps,
      ...(connectFee === undefined ? {} : { connectFee }),
      ...(minimumCharge === undefined ? {} : { minimumCharge }),
    };
  const inBand = { band, steps, ...(connectFee === undefined ? {} : { connectFee }) };
  return { ...base, bands: [...base.bands.filter((one) => one.band !== band), inBand] };
}

/** The deck as it is on a day: what was begun with, and every change up to and with it. Without a day: what was begun with. */
export const deckOn = (rates: readonly PlanRate[], changes: readonly DatedLines[], day: string | undefined): readonly PlanRate[] =>
  day === undefined ? rates : changes.filter(({ from }) => from <= day).reduce<readonly PlanRate[]>(applyLines, rates);
