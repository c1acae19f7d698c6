// What is given back of a fee that was charged beyond the end of a stay, or beyond the beginning of a pause: the rounded net of the unused rest, and the rounded tax on it.
import { dayOf } from "../../kernel/period.ts";
import { toExactText } from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import type { DueCharge, FeeCharge } from "./due.ts";
import { rounding, taxed } from "./fee-price.ts";
import { priceOfPart, shareOf } from "./proration.ts";
import { roundedMicros } from "./rounding.ts";
import { type Day, earlier, firstPausedDay, isBefore, later, type ServiceTimeline, type Stay, type VersionInForce } from "./timeline.ts";

/** `stay` is what the charge was made for; none: it should never have been made, and what is left of it is given back. */
export function creditOf(
  charge: FeeCharge,
  stay: Stay | undefined,
  { stays }: ServiceTimeline,
  now: Temporal.Instant,
): DueCharge | undefined {
  const paused = stay && charge.terms.kind === "recurring" ? firstPausedDay(stay, { from: charge.from, to: charge.liveTo }) : undefined;
  const left = stay ? stay.to : charge.from;
  const end = paused ? earlier(paused, left) : left;
  if (end === undefined || !isBefore(end, charge.liveTo)) return undefined;
  const zone = (stay ?? stays.at(-1))?.plan.zone;
  if (zone !== undefined && isBefore(dayOf(now, zone), end)) return undefined;
  const from = later(end, charge.from);
  const givenBack: TraceLine = {
    ...{ kind: "given_back", from: from.toString(), to: charge.liveTo.toString(), name: charge.name },
    ...(paused?.equals(end) ? { paused: true } : {}),
  };
  const version = stay?.plan.versions.find((one) => one.version === charge.planVersion);
  const rest = from.equals(charge.from)
    ? { amountMicros: -charge.liveMicros, taxMicros: -charge.liveTaxMicros, trace: [givenBack] }
    : version && unusedRest(charge, from, version, givenBack);
  // One that comes to nothing is written too: its days are charged for no longer.
  if (!rest) return undefined;
  const { key, kind, code, name, planId, planVersion, countsOn, liveTo } = charge;
  return {
    ...{ kind, code, name, planId, planVersion, countsOn, from, to: liveTo, ...rest },
    key: `credit:${key}:${from}`,
    quantity: String(-from.until(liveTo, { largestUnit: "day" }).days),
    dueOn: end,
    credits: key,
  };
}

function unusedRest(charge: FeeCharge, from: Day, { document }: VersionInForce, givenBack: TraceLine) {
  if (charge.terms.kind === "once" || charge.terms.basis.proration === "none") return undefined;
  const { basis, exempt } = charge.terms;
  const rest = { from, to: charge.liveTo };
  const { num, den } = shareOf(basis, rest);
  const exact = priceOfPart(basis, rest, document.rounding);
  // The used days cost their rounded price, so the rest is whatever else was charged.
  const used = basis.proration === "rounded_day" ? priceOfPart(basis, { from: charge.from, to: from }, document.rounding) : undefined;
  const net = used ? restBeyond(charge, roundedMicros(used, document.rounding), document) : roundedMicros(exact, document.rounding);
  const every = { every: basis.unit, count: basis.count };
  return taxed(document, charge.code, -net, exempt, [
    givenBack,
    { kind: "fee", name: charge.name, amount: basis.amount, ...every },
    {
      kind: "part_of_period",
      from: rest.from.toString(),
      to: rest.to.toString(),
      days: num,
      of: den,
      exact: toExactText(exact),
      policy: basis.proration,
    },
    rounding(document, -net),
  ]);
}

/** In plan prices: of inclusive taxes with the tax in it. */
function restBeyond(charge: FeeCharge, usedMicros: bigint, { rounding }: VersionInForce["document"]): bigint {
  const { basis } = charge.terms as Extract<FeeCharge["terms"], { kind: "recurring" }>;
  const charged = roundedMicros(priceOfPart(basis, { from: charge.from, to: charge.liveTo }, rounding), rounding);
  return charged > usedMicros ? charged - usedMicros : 0n;
}
