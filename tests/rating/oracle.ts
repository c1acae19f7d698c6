// A slow second opinion on a price: it walks a call increment by increment over one unreduced denominator, asks Temporal
// what the clock on the wall shows at each, and shares no code with the rating slice. Agreement over random plans is what
// lets the fast one be trusted.
import type { Band, BandWindow, Holidays } from "../../core/catalog/document/calendar.ts";
import type { PlanDocument, PlanRate } from "../../core/catalog/plan-document.ts";

const SCALE = 10n ** 12n;
const scaled = (price: string): bigint => {
  const [whole = "0", decimals = ""] = price.split(".");
  return BigInt(whole) * SCALE + BigInt(decimals.padEnd(12, "0"));
};

/** Longest prefix by looking at every rate. */
export function naiveRate(plan: PlanDocument, destination: string): PlanRate | undefined {
  const digits = destination.replace(/^\+/, "").replace(/[ ().-]/g, "");
  const matching = plan.rates.filter(({ prefix }) => prefix === "" || (/^\d+$/.test(digits) && digits.startsWith(prefix)));
  return matching.sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Holidays as dates alone: the oracle knows no countries. */
function beginsOn(window: BandWindow, date: Temporal.PlainDate, holidays: Holidays | undefined): boolean {
  const iso = date.toString();
  const holiday = (holidays?.also ?? []).includes(iso) && !(holidays?.not ?? []).includes(iso);
  if (window.weekdays && !(window.weekdays as string[]).includes(weekdays[date.dayOfWeek - 1] ?? "")) return false;
  if (window.fromDate && Temporal.PlainDate.compare(date, window.fromDate) < 0) return false;
  if (window.toDate && Temporal.PlainDate.compare(date, window.toDate) > 0) return false;
  return window.holidays === "any" || (window.holidays === "only") === holiday;
}

/** Codes of the bands that hold, in the order of the plan. */
export function naiveBands({ bands, holidays, zone = "UTC" }: Pick<PlanDocument, "bands" | "holidays" | "zone">, ms: number): string[] {
  const wall = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime();
  const minute = wall.hour * 60 + wall.minute;
  const today = wall.toPlainDate();
  const inside = (window: BandWindow) => {
    const [from, to] = [minutes(window.from), minutes(window.to)];
    if (from < to) return from <= minute && minute < to && beginsOn(window, today, holidays);
    if (minute >= from) return beginsOn(window, today, holidays);
    return minute < to && beginsOn(window, today.subtract({ days: 1 }), holidays);
  };
  return bands.filter((band: Band) => band.windows.some(inside)).map(({ code }) => code);
}

type Minutes = Map<string, string[]>;

/** Windows begin at whole minutes, and clocks change at them: what was asked for a minute is kept. */
function bandsOfMinute(plan: PlanDocument, ms: number, segment: number, asked: Minutes): string[] {
  const key = `${segment} ${Math.floor(ms / 60_000)}`;
  const codes = asked.get(key) ?? naiveBands(plan, ms);
  asked.set(key, codes);
  return codes;
}

function naivePrices(plan: PlanDocument, rate: PlanRate, codes: string[]) {
  const holding = plan.bands.filter(({ code }) => codes.includes(code) && rate.bands.some(({ band }) => band === code));
  const most = Math.max(...holding.map(({ weight }) => weight));
  const chosen = holding.find(({ weight }) => weight === most);
  const inBand = rate.bands.find(({ band }) => band === chosen?.code);
  return { steps: inBand?.steps ?? rate.steps, connectFee: inBand?.connectFee ?? rate.connectFee };
}

export type SlowCall = { destination: string; seconds: number; startMs?: number; coveredSec?: number };
export type SlowSegment = { fromMs: number; document: PlanDocument };
export type SlowPrice = { amountMicros: bigint; billedSec: number } | "no_rate";

/** Prices an answered call over plan versions, the first in force at its beginning. */
export function slowPriceAcross(segments: SlowSegment[], { destination, seconds, startMs, coveredSec = 0 }: SlowCall): SlowPrice {
  const rates = segments.map(({ document }) => naiveRate(document, destination));
  const [plan, rate] = [segments[0]?.document, rates[0]];
  if (!plan || !rate) return "no_rate";
  const nothing = { amountMicros: 0n, billedSec: 0 };
  if (seconds === 0) return nothing;
  const asked: Minutes = new Map();
  const atMs = (sec: number) => (startMs === undefined ? undefined : startMs + sec * 1000);
  const first = naivePrices(plan, rate, startMs === undefined ? [] : naiveBands(plan, startMs));
  if (seconds <= (rate.freeSec ?? 0)) return first.steps.length === 0 && coveredSec === 0 ? "no_rate" : nothing;
  if (seconds <= coveredSec) return nothing;

  // One denominator for the whole walk: adding fractions of different ones would grow by 13 digits at every increment.
  const allSteps = rates.flatMap((one) => [...(one?.steps ?? []), ...(one?.bands ?? []).flatMap(({ steps }) => steps)]);
  const den = [...new Set(allSteps.map(({ perSec }) => perSec))].reduce((product, perSec) => product * BigInt(perSec), SCALE);
  const [minimum, cap] = [coveredSec > 0 ? 0n : scaled(rate.minimumCharge ?? "0"), rate.maxCost && scaled(rate.maxCost.amount)];
  const price = (total: bigint) => rounded(total * SCALE < minimum * den ? [minimum, SCALE] : [total, den], plan.rounding);
  const above = (micros: bigint) => cap !== undefined && micros * 1_000_000n > cap;
  const isBeyond = (sum: bigint) => cap !== undefined && (sum * SCALE > cap * den || minimum > cap);

  let total = coveredSec > 0 ? 0n : (scaled(first.connectFee) * den) / SCALE;
  let at = coveredSec;
  while (at < seconds) {
    const now = atMs(at);
    const segment =
      now === undefined
        ? 0
        : Math.max(
            0,
            segments.findLastIndex(({ fromMs }) => fromMs <= now),
          );
    const inForceRate = rates[segment];
    if (!inForceRate) return "no_rate";
    const document = segments[segment]?.document as PlanDocument;
    const { steps } = naivePrices(document, inForceRate, now === undefined ? [] : bandsOfMinute(document, now, segment, asked));
    const inForce = steps.filter((step) => step.fromSec <= at).at(-1);
    if (!inForce) return "no_rate";
    // Exact: den is a multiple of SCALE × perSec.
    const next = total + scaled(inForce.price) * BigInt(inForce.incrementSec) * (den / SCALE / BigInt(inForce.perSec));
    if (rate.maxCost?.strategy === "disconnect" && isBeyond(next)) break;
    total = next;
    at += inForce.incrementSec;
  }
  const micros = price(total);
  const unit = 10n ** BigInt(12 - plan.rounding.decimals);
  const most = cap === undefined ? 0n : ((cap / unit) * unit) / 1_000_000n;
  return { amountMicros: above(micros) ? most : micros, billedSec: at - coveredSec };
}

/** Compares twice the rest with the divisor, in the plan's unit, and returns micros. */
function rounded([num, den]: [num: bigint, den: bigint], { decimals, mode }: PlanDocument["rounding"]): bigint {
  const unit = 10n ** BigInt(decimals);
  const below = (num * unit) / den;
  const rest2 = (num * unit - below * den) * 2n;
  const goesUp = {
    up: rest2 > 0n,
    down: false,
    half_up: rest2 >= den,
    half_even: rest2 > den || (rest2 === den && below % 2n === 1n),
  }[mode];
  return (goesUp ? below + 1n : below) * 10n ** BigInt(6 - decimals);
}
