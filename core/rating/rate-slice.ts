// A slice of a session or call: the price of all so far less the price of what lies before it, both rounded, so that slices sum to the price of the
// whole however it is cut. Where nothing but the deck and components price it, its place alone decides, whatever came or was lost before. A bundle is
// used up by others too, so there slices follow each other as they arrive.
import { fromExactText, rational, subtract, toExactText } from "../kernel/rational.ts";
import { billingPeriodOf } from "./billing-period.ts";
import type { Take } from "./bundles.ts";
import { usageOf } from "./compile-usage.ts";
import { figureOf, unitsOf } from "./figures.ts";
import { type InForce, inForce } from "./in-force.ts";
import { type PricedUsage, paidOf, priceUsage } from "./price-usage.ts";
import { settle } from "./settle-usage.ts";
import type { TraceLine } from "./trace.ts";
import type { CallFact, SessionFact, UsageFact } from "./usage.ts";
import type { ChargeLine, Drawn, PeriodDelta, ServiceTerms, UsageRating } from "./usage-rating.ts";
import type { SessionSoFar, StateKey, UsageState } from "./usage-state.ts";

export type SliceFact = (CallFact | SessionFact) & { readonly slice: NonNullable<SessionFact["slice"]> };

/** What nobody answered has no parts. */
export const isSlice = (fact: UsageFact): fact is SliceFact =>
  "slice" in fact && fact.slice !== undefined && (fact.kind !== "call" || fact.answered);

/** What the state calls the session. */
export const sessionName = ({ kind, startMs, slice }: SliceFact): string => `${kind} ${startMs} ${slice.session}`;

type Used = { readonly seconds: number; readonly octetsIn: bigint; readonly octetsOut: bigint };

const usedIn = (fact: CallFact | SessionFact): Used =>
  fact.kind === "call" ? { seconds: fact.billableSec, octetsIn: 0n, octetsOut: 0n } : fact;
const sumOf = (a: Used, b: Used): Used => ({
  seconds: a.seconds + b.seconds,
  octetsIn: a.octetsIn + b.octetsIn,
  octetsOut: a.octetsOut + b.octetsOut,
});
const isNothing = ({ seconds, octetsIn, octetsOut }: Used) => seconds === 0 && octetsIn === 0n && octetsOut === 0n;

/** The session as if it had been no longer. */
function wholeOf({ slice: _, ...fact }: SliceFact, { seconds, octetsIn, octetsOut }: Used): UsageFact {
  return fact.kind === "call" ? { ...fact, billableSec: seconds } : { ...fact, seconds, octetsIn, octetsOut };
}

/** As `rateUsage`. A slice with nothing in it costs and changes nothing. */
export function rateSlice(terms: ServiceTerms, fact: SliceFact, state: UsageState, trace?: TraceLine[]): UsageRating {
  const own = usedIn(fact);
  if (isNothing(own)) return nothing(trace);
  const now = inForce(terms, fact);
  const { bundles } = usageOf(now.plan);
  const byArrival = bundles.some(({ matches }) => matches(now.asked));
  const name = sessionName(fact);
  const known = state.session(name);
  const before = byArrival ? usedBefore(known) : fact.slice;
  const givenBack = withTakesGivenBack(state, known);

  const at = (used: Used): InForce => ({ ...inForce(terms, wholeOf(fact, used)), ...(known ? { known } : {}) });
  const soFar = priceUsage(at(sumOf(before, own)), givenBack, trace);
  if (!soFar.ok) return soFar;
  const past = isNothing(before) ? undefined : priceUsage(at(before), givenBack);
  if (past && !past.ok) return past;

  // Nothing is refused from here on.
  const lines = linesBeyond(soFar.lines, past?.lines ?? []);
  trace?.push({ kind: "slice", ...told(before), amount: text(sum(past?.lines ?? [], "amountMicros")) });
  const drawn = takeBeyond(now, soFar.bundled.takes, known, state);
  state.setSession(name, {
    ...told(sumOf(usedBefore(known), own)),
    drawn: soFar.bundled.takes.map(({ grant: { key }, taken }) => ({ ...key, nano: taken.toString() })),
    free: { ...known?.free, ...verdicts(soFar.lines) },
  });
  const settled = soFar.components.flatMap((one) => {
    const figure = (used: Used) => figureOf(wholeOf(fact, used), one.metric) as bigint;
    const figures = (used: Used, { bundled }: PricedUsage) => ({
      whole: figure(used),
      rest: figure(used) - paidOf(bundled, one.metric),
      bundled,
    });
    const all = figures(sumOf(before, own), soFar);
    const begun = past && figures(before, past);
    const beyond = { bundled: soFar.bundled, whole: all.whole - (begun?.whole ?? 0n), rest: all.rest - (begun?.rest ?? 0n) };
    return settle(now, one, begun ? { ...beyond, before: begun } : beyond, state, trace);
  });
  const rising = lines.filter((line) => !falls(line));
  return {
    ok: true,
    amountMicros: sum(rising, "amountMicros"),
    taxMicros: sum(rising, "taxMicros"),
    lines: rising,
    period: [...settled, ...lines.filter(falls).map((line) => asPeriod(now, line))],
    drawn,
    billedSec: soFar.billedSec - (past?.billedSec ?? 0),
    prefix: soFar.prefix,
    destinationName: soFar.destinationName,
    reason: soFar.reason,
    ...(soFar.allowedSec === undefined ? {} : { allowedSec: soFar.allowedSec }),
  };
}

function nothing(trace?: TraceLine[]): UsageRating {
  trace?.push({ kind: "free", reason: "zero_duration" });
  const free = { amountMicros: 0n, taxMicros: 0n, lines: [], period: [], drawn: [], billedSec: 0 };
  return { ok: true, ...free, prefix: null, destinationName: null, reason: "zero_duration" };
}

const NONE: Used = { seconds: 0, octetsIn: 0n, octetsOut: 0n };

const usedBefore = (known: SessionSoFar | undefined): Used =>
  known ? { seconds: known.seconds, octetsIn: BigInt(known.octetsIn), octetsOut: BigInt(known.octetsOut) } : NONE;
const told = ({ seconds, octetsIn, octetsOut }: Used) => ({ seconds, octetsIn: octetsIn.toString(), octetsOut: octetsOut.toString() });

const isKey = (one: StateKey, { code, pooled, from }: StateKey) => one.code === code && one.pooled === pooled && one.from === from;
const drawnOf = (known: SessionSoFar | undefined, key: StateKey): bigint => BigInt(known?.drawn.find((one) => isKey(one, key))?.nano ?? 0n);

/** The session is priced as a whole, so it finds the bundles as they are without what it took. */
const withTakesGivenBack = (state: UsageState, known: SessionSoFar | undefined): UsageState => ({
  ...state,
  bundleUsed: (key) => state.bundleUsed(key) - drawnOf(known, key),
});

/** Takes out of bundles what the session hasn't taken yet. */
function takeBeyond(now: InForce, takes: readonly Take[], known: SessionSoFar | undefined, state: UsageState): Drawn[] {
  const dropped = (known?.drawn ?? []).filter((one) => !takes.some(({ grant }) => isKey(grant.key, one)));
  const all = [...takes.map(({ grant: { key }, taken }) => ({ key, taken })), ...dropped.map((key) => ({ key, taken: 0n }))];
  return all.flatMap(({ key, taken }) => {
    const nano = taken - drawnOf(known, key);
    const bundle = now.plan.document.bundles.find(({ code }) => code === key.code.replace(/\+$/, ""));
    if (nano === 0n || !bundle) return [];
    const { pooled, from } = key;
    state.useBundle({ code: key.code, pooled, from }, nano);
    const carried = key.code === bundle.code ? {} : { carried: true as const };
    return [{ code: bundle.code, pooled, from, quantity: toExactText(unitsOf(nano, bundle)), ...carried }];
  });
}

/** Each line less the line of the same code, and place among its equals, that was charged before. */
function linesBeyond(lines: readonly ChargeLine[], past: readonly ChargeLine[]): ChargeLine[] {
  const left = [...past];
  const beyond = lines.map((line) => {
    const index = left.findIndex(({ code }) => code === line.code);
    if (index < 0) return line;
    const [before] = left.splice(index, 1) as [ChargeLine];
    const { billed } = line;
    const quantity = billed && toExactText(subtract(fromExactText(billed.quantity), fromExactText(before.billed?.quantity ?? "0")));
    return {
      ...line,
      amountMicros: line.amountMicros - before.amountMicros,
      taxMicros: line.taxMicros - before.taxMicros,
      ...(billed && quantity !== undefined ? { billed: { ...billed, quantity } } : {}),
    };
  });
  return [...beyond, ...left.map((line) => ({ ...line, amountMicros: -line.amountMicros, taxMicros: -line.taxMicros }))];
}

const falls = ({ amountMicros, taxMicros }: ChargeLine) => amountMicros < 0n || taxMicros < 0n;

/** A price that falls as the session goes on (all units of a volume price get cheaper) gives back, as the price of a period does. */
function asPeriod({ plan, terms, fact }: InForce, { code, amountMicros, taxMicros }: ChargeLine): PeriodDelta {
  const { from, to } = billingPeriodOf(plan, terms, fact.startMs);
  return { code, from: from.toString(), to: to.toString(), amountMicros, taxMicros };
}

/** Whether the session is one of the first events that cost nothing is decided once: such a line bills no quantity. */
const verdicts = (lines: readonly ChargeLine[]) => Object.fromEntries(lines.map(({ code, billed }) => [code, billed === undefined]));

const text = (micros: bigint) => toExactText(rational(micros, 1_000_000n));
const sum = (lines: readonly ChargeLine[], of: "amountMicros" | "taxMicros") => lines.reduce((all, line) => all + line[of], 0n);
