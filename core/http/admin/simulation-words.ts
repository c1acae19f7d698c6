// A simulation in words and figures, as its pages show it.
import { barChart } from "../../../views/shared/bar-chart.ts";
import type { Html } from "../../../views/shared/html.ts";
import { mostBuckets } from "../../read/simulations/buckets.ts";
import type { SimulationRow, SimulationSubscriber, SimulationSum, SimulationTotals, Spread } from "../../read/simulations/query.ts";
import { stateAfter } from "../../simulation/run-states.ts";
import type { FiguresText } from "./figures.ts";

const pills = {
  waiting: { tone: "off", label: "waiting" },
  running: { tone: "info", label: "being worked out" },
  done: { tone: "good", label: "done" },
  failed: { tone: "bad", label: "failed" },
  cancelled: { tone: "off", label: "cancelled" },
} as const;

export function shownSimulation(run: SimulationRow, text: FiguresText) {
  const { runId, planId, planName, version, revision, state, parts, partsDone } = run;
  const last = Temporal.PlainDate.from(run.periodTo).subtract({ days: 1 });
  return {
    runId,
    href: `/simulations/${runId}`,
    plan: { name: planName, href: `/plans/${planId}` },
    tried: version === null ? `Draft of ${planName}, revision ${revision}` : `${planName}, version ${version}`,
    services: run.servicesOf === planId ? "" : run.servicesOfName,
    period: `${text.date(run.periodFrom)} – ${text.date(last)}`,
    provider: run.providerName,
    ofSomeGroups: run.ofSomeGroups,
    currency: run.currency,
    state,
    pill: pills[state],
    working: state === "waiting" || state === "running",
    canCancel: stateAfter("cancel", state) !== undefined,
    percent: parts ? Math.trunc((partsDone * 100) / parts) : null,
    problem: run.problem,
    by: run.requestedBy,
    when: text.dateTime(run.requestedAt),
    finished: run.finishedAt === null ? "" : text.dateTime(run.finishedAt),
  };
}

export function shownTotals(t: SimulationTotals, currency: string, text: FiguresText) {
  const [old, now] = [t.oldMicros + t.oldTaxMicros, t.newMicros + t.newTaxMicros];
  const side = (net: bigint, tax: bigint) => ({
    sum: text.amount(net, currency, { digits: "minor" }),
    tax: tax === 0n ? "" : `and ${text.money(tax, currency, { digits: "minor" })} of tax`,
  });
  return {
    progress: t.accounts === 0 ? "Counting accounts" : `${text.count(t.accountsDone)} of ${text.count(t.accounts)} accounts`,
    old: side(t.oldMicros, t.oldTaxMicros),
    now: side(t.newMicros, t.newTaxMicros),
    difference: text.amount(t.newMicros - t.oldMicros, currency, { digits: "minor", signed: true }),
    percent: text.percent(t.newMicros - t.oldMicros, t.oldMicros, true),
    withTax:
      t.oldTaxMicros === 0n && t.newTaxMicros === 0n
        ? ""
        : `${text.money(now - old, currency, { digits: "minor", signed: true })} with tax`,
    subscribers: text.count(t.subscribers),
    more: text.count(t.paysMore),
    less: text.count(t.paysLess),
    same: text.count(t.paysSame),
    records: text.count(t.records),
    empty: t.subscribers === 0,
    unpriced: t.unpriced === 0 ? "" : text.count(t.unpriced),
    unpricedBefore: t.unpricedBefore === 0 ? "" : text.count(t.unpricedBefore),
  };
}

export const shownSum = (one: SimulationSum, currency: string, text: FiguresText) => ({
  name: one.name,
  kind: one.code.startsWith("fee:") ? "fee" : one.code.startsWith("discount:") ? "discount" : "",
  records: one.records === 0 ? "" : text.count(one.records),
  old: text.amount(one.oldMicros, currency, { digits: "minor" }),
  now: text.amount(one.newMicros, currency, { digits: "minor" }),
  difference: text.amount(one.newMicros - one.oldMicros, currency, { digits: "minor", signed: true }),
});

export const shownSubscriber = (row: SimulationSubscriber, currency: string, text: FiguresText) => ({
  href: `/subscribers/${row.subscriberId}`,
  name: row.name,
  number: row.number,
  records: text.count(row.records),
  unpriced: row.unpriced === 0 ? "" : `${text.count(row.unpriced)} without a price`,
  old: text.amount(row.oldMicros + row.oldTaxMicros, currency),
  now: text.amount(row.newMicros + row.newTaxMicros, currency),
  difference: text.amount(row.differenceMicros, currency, { signed: true }),
  percent: text.percent(row.differenceMicros, row.oldMicros + row.oldTaxMicros, true),
});

/** How many subscribers would pay how much more or less; nothing when all pay the same. */
export function spreadChart(spread: readonly Spread[], widthMicros: bigint, currency: string, text: FiguresText): Html | null {
  const found = new Map(spread.map(({ bucket, subscribers }) => [bucket, subscribers]));
  const [first, last] = [Math.min(0, ...found.keys()), Math.max(0, ...found.keys())];
  if (first === 0 && last === 0) return null;
  const at = (edge: number) => text.amount(widthMicros * BigInt(edge), currency, { digits: "exact", signed: true });
  const label = (bucket: number) => {
    if (bucket === 0) return "the same";
    if (bucket === mostBuckets) return `more than ${at(bucket - 1)}`;
    if (bucket === -mostBuckets) return `less than ${at(bucket + 1)}`;
    return bucket > 0 ? `${at(bucket - 1)} to ${at(bucket)}` : `${at(bucket)} to ${at(bucket + 1)}`;
  };
  const buckets = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return barChart([{ name: "Subscribers", values: buckets.map((bucket) => BigInt(found.get(bucket) ?? 0)), kind: "now" }], {
    title: `Subscribers by what they would pay more or less, ${currency}`,
    categoryName: `Difference, ${currency}`,
    categories: buckets.map((bucket) => ({ label: label(bucket), axis: at(bucket) })),
    format: (count) => text.count(count),
    locale: text.locale,
    scale: 1n,
    labelEvery: 1,
    legend: false,
  });
}
