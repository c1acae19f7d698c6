// Prices and quantities as people say them: "0.20 a minute by whole minutes". Figures stay exactly as the document writes them.
import type { PriceSteps } from "../document/rates.ts";
import type { Price, PriceOf } from "../document/shapes.ts";

/** "a, b and c". */
export const listed = (words: readonly string[], last = "and"): string =>
  words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
const isZero = (decimal: string | undefined) => decimal === undefined || !/[1-9]/.test(decimal);

const perSeconds = (seconds: number) => ({ 1: "a second", 60: "a minute", 3600: "an hour" })[seconds] ?? `per ${seconds} s`;
const bySeconds = (seconds: number) =>
  ({ 1: "by the second", 60: "by whole minutes", 3600: "by whole hours" })[seconds] ?? `in steps of ${seconds} s`;

/** "0.20 a minute by whole minutes", "the first 60 s at …, then …". */
export function stepsInWords(steps: PriceSteps): string {
  const words = steps.map(({ price, perSec, incrementSec }) =>
    isZero(price) ? "free" : `${price} ${perSeconds(perSec)} ${bySeconds(incrementSec)}`,
  );
  if (words.length === 1) return words[0]!;
  return steps
    .map(({ fromSec }, i) => (i === 0 ? `the first ${steps[1]!.fromSec} s ${words[0]}` : `from ${fromSec} s ${words[i]}`))
    .join(", ");
}

export type Terms = {
  readonly connectFee?: string | undefined;
  readonly minimumCharge?: string | undefined;
  readonly freeSec?: number | undefined;
  readonly maxCost?: { readonly amount: string; readonly strategy: "free" | "disconnect" } | undefined;
};

export const connecting = (connectFee: string | undefined, rest: string): string =>
  isZero(connectFee) ? rest : `${connectFee} to connect, then ${rest}`;

/** What limits a price, each as a part of a sentence. */
export function limitsInWords({ minimumCharge, freeSec, maxCost }: Terms): string[] {
  return [
    ...(isZero(minimumCharge) ? [] : [`at least ${minimumCharge}`]),
    ...(freeSec ? [`free when it lasts at most ${freeSec} s`] : []),
    ...(maxCost
      ? [maxCost.strategy === "free" ? `at most ${maxCost.amount}, the rest is free` : `ends when ${maxCost.amount} is spent`]
      : []),
  ];
}

const of = (price: string, flat: string | undefined, unit: string) =>
  `${isZero(price) ? "free" : `${price} per ${unit}`}${isZero(flat) ? "" : ` plus ${flat}`}`;

type Tier = { readonly upTo?: string | undefined };
const tiers = <T extends Tier>(all: readonly T[], words: (tier: T) => string) =>
  all
    .map((tier) => `${tier.upTo === undefined ? (all.length === 1 ? "always" : "beyond") : `up to ${tier.upTo}`}: ${words(tier)}`)
    .join("; ");

function perUnit({ steps, connectFee, free, minimumCharge, maxCost }: PriceOf<"per_unit">, unit: string): string {
  const words = steps.map(({ from, price, per, increment }) => {
    const amount = isZero(price) ? "free" : `${price} per ${per === "1" ? "" : `${per} `}${unit}`;
    const rounded = increment === undefined ? "" : increment === "1" ? `, by whole ${unit}` : `, in steps of ${increment} ${unit}`;
    return `${isZero(from) ? "" : `from ${from} ${unit}: `}${amount}${rounded}`;
  });
  return [
    connecting(connectFee, words.join("; ")),
    ...(isZero(free) ? [] : [`the first ${free} ${unit} free`]),
    ...limitsInWords({ minimumCharge, maxCost }),
  ].join("; ");
}

/** The price of a component in one sentence without its full stop. `unit`: "GB", "s". */
export function priceInWords(price: Price, unit: string): string {
  switch (price.shape) {
    case "per_unit":
      return perUnit(price, unit);
    case "graduated":
      return `each ${unit} at the price of its tier: ${tiers(price.tiers, (tier) => of(tier.price, tier.flat, unit))}`;
    case "volume":
      return `every ${unit} at the price of the tier that the total reaches: ${tiers(price.tiers, (tier) => of(tier.price, tier.flat, unit))}`;
    case "package":
      return `${price.price} for each started ${price.size} ${unit}${isZero(price.free) ? "" : `, after ${price.free} free`}`;
    case "percentage":
      return [
        `${price.percent} % of the amount${isZero(price.fixed) ? "" : ` plus ${price.fixed} for each event`}`,
        ...(price.freeEvents ? [`the first ${counted(price.freeEvents, "event")} free`] : []),
        ...(price.minimumCharge === undefined ? [] : [`at least ${price.minimumCharge} an event`]),
        ...(price.maximumCharge === undefined ? [] : [`at most ${price.maximumCharge} an event`]),
      ].join("; ");
    case "graduated_percentage":
      return `a percentage of what is inside each tier: ${tiers(price.tiers, ({ percent, flat }) => `${percent} %${isZero(flat) ? "" : ` plus ${flat}`}`)}`;
    case "capacity":
      return `by the peak: ${tiers(price.tiers, (tier) => `${tier.price} for the period`)}`;
    case "by_prefix":
      return `by destination: ${price.prices.length > 6 ? counted(price.prices.length, "prefix", "prefixes") : listed(price.prices.map((one) => `${one.destination} ${one.price}`))}`;
    case "rates":
      return `by a deck of its own, ${counted(price.rates.length, "destination")}`;
  }
}
