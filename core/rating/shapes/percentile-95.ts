// The 95th percentile of the 5-minute averages of a period, in bits per second, with its evidence (nearest rank, as burstable lines are billed).
import { type Rational, rational, toExactText } from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import type { Sample } from "../usage-state.ts";

export const SAMPLE_MS = 300_000;
const SHOWN = 5;

export type Direction = "in" | "out";
/** From the first millisecond to the one after the last. */
export type Span = { readonly fromMs: number; readonly toMs: number };

/**
 * Of all five minutes of the span, those without traffic counted as zero: in ascending order the one of rank ⌈0.95 n⌉. Of both directions the
 * larger, unless one alone is asked for. `samples` are by the instant at which the five minutes began.
 */
export function percentile95(
  samples: ReadonlyMap<number, Sample>,
  span: Span,
  directions: readonly Direction[] = ["in", "out"],
  trace?: TraceLine[],
): Rational {
  const total = Math.ceil((span.toMs - span.fromMs) / SAMPLE_MS);
  const rank = Math.ceil((total * 95) / 100);
  const [first, second] = directions.map((direction) => {
    const ascending = octetsInOrder(samples, span, direction);
    // Zeros aren't in it, and are the smallest.
    return { direction, octets: ascending[ascending.length - 1 - (total - rank)] ?? 0n, used: ascending.length };
  });
  const larger = second && second.octets > (first as Decided).octets ? second : (first as Decided);
  trace?.push(
    evidence(
      [...samples].filter(([at]) => isInside(span, at)),
      larger,
      total,
      rank,
    ),
  );
  return bitsPerSecond(larger.octets);
}

const isInside = ({ fromMs, toMs }: Span, at: number) => at >= fromMs && at < toMs;

/** Those above zero. One pass and a typed array: this runs for every record of a line. */
function octetsInOrder(samples: ReadonlyMap<number, Sample>, span: Span, direction: Direction): BigUint64Array {
  const octets = new BigUint64Array(samples.size);
  let used = 0;
  for (const [at, sample] of samples) {
    const one = octetsOf(sample, direction);
    if (one > 0n && isInside(span, at)) octets[used++] = one;
  }
  return octets.subarray(0, used).sort();
}

type Decided = { readonly direction: Direction; readonly octets: bigint; readonly used: number };

const octetsOf = ({ octetsIn, octetsOut }: Sample, direction: Direction) => (direction === "in" ? octetsIn : octetsOut);
const bitsPerSecond = (octets: bigint) => rational(octets * 8n, BigInt(SAMPLE_MS / 1000));
const instant = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();

function evidence(inside: readonly [number, Sample][], { direction, octets, used }: Decided, samples: number, rank: number): TraceLine {
  const of = (one: readonly [number, Sample]) => octetsOf(one[1], direction);
  const descending = inside.toSorted((a, b) => (of(a) < of(b) ? 1 : of(a) > of(b) ? -1 : a[0] - b[0]));
  const discarded = samples - rank;
  const decides = octets > 0n ? descending[discarded] : undefined;
  return {
    kind: "percentile",
    direction,
    samples,
    used,
    rank,
    discarded,
    bitsPerSecond: toExactText(bitsPerSecond(octets)),
    at: decides ? instant(decides[0]) : null,
    top: descending
      .slice(0, Math.min(discarded, SHOWN))
      .map((one) => ({ at: instant(one[0]), bitsPerSecond: toExactText(bitsPerSecond(of(one))) })),
  };
}

/** Octets of a record over the five minutes that it lasted through, evenly and without losing one; those after the span are not in it. */
export function* spreadOver(
  { fromMs, toMs }: Span,
  fact: { readonly startMs: number; readonly seconds: number; readonly octetsIn: bigint; readonly octetsOut: bigint },
): Generator<{ atMs: number; sample: Sample }> {
  const lengthMs = BigInt(fact.seconds) * 1000n;
  const endMs = fact.startMs + fact.seconds * 1000;
  const share = (octets: bigint, untilMs: number) =>
    lengthMs === 0n || untilMs >= endMs ? octets : (octets * BigInt(untilMs - fact.startMs)) / lengthMs;
  let [before, beforeOut] = [0n, 0n];
  for (let atMs = fromMs + Math.floor((fact.startMs - fromMs) / SAMPLE_MS) * SAMPLE_MS; atMs < toMs; atMs += SAMPLE_MS) {
    const [octetsIn, octetsOut] = [share(fact.octetsIn, atMs + SAMPLE_MS), share(fact.octetsOut, atMs + SAMPLE_MS)];
    yield { atMs, sample: { octetsIn: octetsIn - before, octetsOut: octetsOut - beforeOut } };
    [before, beforeOut] = [octetsIn, octetsOut];
    if (atMs + SAMPLE_MS >= endMs) return;
  }
}
