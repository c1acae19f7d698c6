// The calls of the demo's people, second by second, as their exchange would write them. The same second always has the same calls,
// so that a generator that was killed goes on without a gap and what it writes twice is known by its key.
import { randomFrom } from "./random.ts";
import { destinations } from "./world.ts";

export type Exchange = {
  readonly file: string;
  readonly zone: string;
  readonly seed: number;
  readonly callsPerDay: number;
  /** Epoch seconds: from then on every hour is as busy as the busiest, so that who looks at night sees it live too. */
  readonly liveFrom?: number;
  readonly numbers: readonly { readonly number: string; readonly business: boolean }[];
};

// Shares of a day's calls by the hour of the exchange's zone: quiet nights, two busy peaks.
const byHour = [3, 2, 1, 1, 1, 3, 9, 24, 52, 74, 82, 78, 66, 64, 72, 76, 70, 62, 54, 46, 38, 26, 14, 7];
const allHours = byHour.reduce((a, b) => a + b);
const busiest = Math.max(...byHour);
const weekend = 0.45;

const disposition = [
  ["ANSWERED", 78],
  ["NO ANSWER", 13],
  ["BUSY", 7],
  ["FAILED", 2],
] as const;

/** Rows of `Master.csv` of the calls that end in this second (epoch seconds). */
export function callsEnding(exchange: Exchange, second: number): string[] {
  const local = Temporal.Instant.fromEpochMilliseconds(second * 1000).toZonedDateTimeISO(exchange.zone);
  const live = second >= (exchange.liveFrom ?? Number.POSITIVE_INFINITY);
  const share = live ? busiest : byHour[local.hour]! * (local.dayOfWeek > 5 ? weekend : 1);
  const perSecond = (exchange.callsPerDay * share) / allHours / 3600;
  const random = randomFrom(exchange.seed * 2_654_435_761 + second);
  const calls = Math.floor(perSecond) + (random.next() < perSecond % 1 ? 1 : 0);
  return Array.from({ length: calls }, (_, n) => row(exchange, local, second, n, random));
}

function row(exchange: Exchange, end: Temporal.ZonedDateTime, second: number, n: number, random: ReturnType<typeof randomFrom>): string {
  const outcome = random.weighted(disposition);
  const caller = random.weighted(exchange.numbers.slice(0, 400).map((x) => [x, x.business ? 3 : 1] as const));
  // One call in 600 comes from a line that nobody has written down: it will wait in quarantine.
  const source = random.next() < 1 / 600 ? `${caller.number.slice(0, -2)}99` : caller.number;
  const to = random.weighted(destinations.map((d) => [d, d.weight] as const));
  let destination = to.prefix;
  while (destination.length < to.digits) destination += random.between(destination.length === to.prefix.length ? 2 : 0, 9);
  const answered = outcome === "ANSWERED";
  const talkSec = answered ? Math.max(1, Math.round(-Math.log(1 - random.next()) * (caller.business ? 150 : 110))) : 0;
  const ringSec = random.between(2, answered ? 18 : 40);
  const at = (ago: number) => {
    const t = end.subtract({ seconds: ago });
    return `${t.toPlainDate()} ${t.toPlainTime().toString({ smallestUnit: "second" })}`;
  };
  const start = at(talkSec + ringSec);
  const uniqueId = `${second - talkSec - ringSec}.${(n * 7919 + exchange.seed) % 100_000}`;
  const channel = `SIP/${source}-${(second * 16 + n).toString(16).slice(-8)}`;
  const clid = `""${source}"" <${source}>`;
  // One in 4,000 is written wrongly by the exchange: it bills longer than the call lasted.
  const billed = answered && random.next() < 1 / 4000 ? talkSec + ringSec + 120 : talkSec;
  return `"","${source}","${destination}","from-internal","${clid}","${channel}","SIP/carrier-${n}","Dial","SIP/carrier/${destination}","${start}",${answered ? `"${at(talkSec)}"` : '""'},"${at(0)}",${talkSec + ringSec},${billed},"${outcome}","DOCUMENTATION","${uniqueId}",""\n`;
}
