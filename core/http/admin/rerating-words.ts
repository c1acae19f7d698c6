// A re-rating in words and figures, as its pages show it.
import type { RunAccount, RunBelow, RunRow, RunTotals } from "../../read/reratings/query.ts";
import { stateAfter } from "../../rerating/run-states.ts";
import type { FiguresText } from "./figures.ts";
import { reasonText } from "./quarantine.ts";

const pills = {
  previewing: { tone: "info", label: "being worked out" },
  previewed: { tone: "warn", label: "waits for a decision" },
  running: { tone: "info", label: "being rated again" },
  done: { tone: "good", label: "done" },
  failed: { tone: "bad", label: "failed" },
  cancelled: { tone: "off", label: "cancelled" },
} as const;

const isDay = (text: string) => text.length === 10;

/** What was chosen, as a sentence's end: "plan Home, to 380…, from 1 Nov 2026". */
export function selectionText({ selection, planName, subscriberName, subscriberNumber }: RunRow, text: FiguresText): string {
  const { destination, from, to } = selection;
  const at = (moment: string) => (isDay(moment) ? text.date(Temporal.PlainDate.from(moment)) : text.dateTime(moment, true));
  const parts = [
    ...(planName === null ? [] : [`plan ${planName}`]),
    ...(destination === undefined ? [] : [`numbers that begin with ${destination}`]),
    ...(from === undefined ? [] : [`from ${at(from)}`]),
    ...(to === undefined ? [] : [isDay(to) ? `to ${at(to)}` : `before ${at(to)}`]),
    ...(subscriberName === null ? [] : [`${subscriberName} (${subscriberNumber})`]),
    ...(selection.partners ? ["also at partners below"] : []),
  ];
  const all = parts.join(", ");
  return all.charAt(0).toUpperCase() + all.slice(1);
}

export function shownRun(run: RunRow, text: FiguresText) {
  const { runId, providerId, state, parts, partsDone, previewedAt } = run;
  const can = (trigger: "run" | "cancel") => stateAfter(trigger, { state, previewed: previewedAt !== null }) !== undefined;
  return {
    runId,
    providerId,
    providerName: run.providerName,
    path: `/reratings/${runId}`,
    href: `/reratings/${runId}?provider=${providerId}`,
    state,
    pill: pills[state],
    working: state === "previewing" || state === "running",
    what: selectionText(run, text),
    why: run.why,
    problem: run.problem,
    percent: parts ? Math.trunc((partsDone * 100) / parts) : null,
    progress: parts === null ? "Counting what is chosen" : `${text.count(partsDone)} of ${text.count(parts)} parts`,
    by: run.requestedBy,
    when: text.dateTime(run.requestedAt),
    ranBy: run.runBy,
    ranAt: run.runAt && text.dateTime(run.runAt),
    finishedAt: run.finishedAt && text.dateTime(run.finishedAt),
    canRun: can("run"),
    runLabel: state === "failed" ? "Go on" : "Rate again",
    canCancel: can("cancel"),
  };
}

const withTax = (net: bigint, tax: bigint, currency: string, text: FiguresText) => ({
  sum: text.amount(net + tax, currency),
  tax: tax === 0n ? "" : `${text.amount(tax, currency)} of it tax`,
});

const toneOf = (micros: bigint) => (micros > 0n ? "dearer" : micros < 0n ? "cheaper" : "");

export const shownTotals = (t: RunTotals, text: FiguresText) => ({
  currency: t.currency,
  accounts: text.count(t.changedAccounts),
  ofAccounts: text.count(t.accounts),
  records: text.count(t.records),
  changed: text.count(t.changed),
  adjusted: t.adjusted,
  adjustedText: text.count(t.adjusted),
  vanished: t.vanished,
  vanishedText: text.count(t.vanished),
  was: withTax(t.oldMicros, t.oldTaxMicros, t.currency, text),
  is: withTax(t.newMicros, t.newTaxMicros, t.currency, text),
  difference: text.amount(t.differenceMicros, t.currency, { signed: true }),
  follows: followsText(t, text),
  tone: toneOf(t.differenceMicros + t.followsMicros),
});

/** Beside usage: what the ends of billing periods come to. */
const followsText = ({ followsMicros, currency }: Pick<RunTotals, "followsMicros" | "currency">, text: FiguresText): string =>
  followsMicros === 0n ? "" : text.amount(followsMicros, currency, { signed: true });

export const shownBelow = ({ providerId, providerName, state, sums }: RunBelow, runId: string, text: FiguresText) => ({
  name: providerName,
  href: `/reratings/${runId}?provider=${providerId}`,
  pill: pills[state],
  working: state === "previewing" || state === "running",
  sums: sums.map((one) => `${text.amount(one.differenceMicros, one.currency, { signed: true })} ${one.currency}`),
});

export const shownAccount = (a: RunAccount, text: FiguresText) => ({
  name: a.subscriberName,
  href: `/subscribers/${a.subscriberId}`,
  account: a.number,
  currency: a.currency,
  records: text.count(a.changed),
  adjusted: a.adjusted === 0 ? "" : `${text.count(a.adjusted)} in closed months`,
  vanished: a.vanished === 0 ? "" : `${text.count(a.vanished)} without a price`,
  was: withTax(a.oldMicros, a.oldTaxMicros, a.currency, text),
  is: withTax(a.newMicros, a.newTaxMicros, a.currency, text),
  difference: text.amount(a.differenceMicros, a.currency, { signed: true }),
  follows: followsText(a, text),
  tone: toneOf(a.differenceMicros + a.followsMicros),
});

export const shownProblem = (
  p: { accountId: string; key: string; startedAt: string; reason: string; destination: string },
  text: FiguresText,
) => ({
  when: text.dateTime(p.startedAt, true),
  destination: p.destination,
  reason: reasonText(p.reason),
  href: `/usage/${p.accountId}/${encodeURIComponent(p.startedAt)}/${p.key}`,
});

/** In the language of the pages. */
export const monthText = (day: string): string => Temporal.PlainDate.from(day).toLocaleString("en-GB", { month: "long", year: "numeric" });
