// What a price list makes of a draft's deck: at once, and on later days.
import type { PlanRate } from "../document/rates.ts";
import { applyLines, type DatedLines, type DeckLine } from "./deck-line.ts";
import type { Mistake, ReadLine } from "./read-lines.ts";
import type { DeckReading } from "./reading.ts";

export type Deck = { readonly rates: readonly PlanRate[]; readonly changes: readonly DatedLines[] };
/** Lines that were read, and prefixes that came, changed, stayed or went at once; lines of later days are counted by day. */
export type MergeResult = {
  readonly lines: number;
  readonly rates: number;
  readonly days: readonly { readonly from: string; readonly lines: number }[];
};

/**
 * `replace`: the lines without a date are the whole deck; when every line has one, those of the earliest day are. `merge`: what isn't
 * mentioned stays. An end of what the deck doesn't have then is a mistake. Pure.
 */
export function mergeLines(
  deck: Deck,
  lines: readonly ReadLine[],
  mode: DeckReading["mode"],
): { readonly deck: Deck; readonly result: MergeResult; readonly mistakes: readonly Mistake[] } {
  const byDay = [...Map.groupBy(lines, ({ from }) => from ?? "")].sort(([a], [b]) => (a < b ? -1 : 1));
  const now = byDay[0]?.[0] === "" ? byDay.shift()![1] : [];
  const whole = mode === "replace" && now.length > 0;
  const rates = applyLines(deck.rates, { whole, lines: now.map(({ content }) => content) });
  const dated = byDay.map(
    ([from, of], i): DatedLines => ({
      from,
      whole: mode === "replace" && now.length === 0 && i === 0,
      lines: of.map(({ content }) => content),
    }),
  );
  const changes = mode === "replace" ? dated : joined(deck.changes, dated);
  return {
    deck: { rates, changes },
    result: { lines: lines.length, rates: rates.length, days: changes.map((day) => ({ from: day.from, lines: day.lines.length })) },
    mistakes: endsOfNothing(deck, now, whole, changes, lines),
  };
}

/** A line that is given again for a day takes the place of the one before. */
function joined(before: readonly DatedLines[], more: readonly DatedLines[]): DatedLines[] {
  const days = new Map(before.map((day) => [day.from, day] as const));
  for (const { from, whole, lines } of more) {
    const known = days.get(from);
    const keyOf = ({ prefix, band }: DeckLine) => `${prefix}|${band ?? ""}`;
    const kept = new Map([...(known?.lines ?? []), ...lines].map((line) => [keyOf(line), line] as const));
    days.set(from, { from, whole: whole || (known?.whole ?? false), lines: [...kept.values()] });
  }
  return [...days.values()].sort((a, b) => (a.from < b.from ? -1 : 1));
}

function endsOfNothing(
  { rates }: Deck,
  now: readonly ReadLine[],
  whole: boolean,
  changes: readonly DatedLines[],
  lines: readonly ReadLine[],
): Mistake[] {
  const there = new Set(whole ? [] : rates.map(({ prefix }) => prefix));
  const ends = new Map(
    lines.flatMap(({ line, content, from }) => ("gone" in content ? [[`${content.prefix}|${from ?? ""}`, line] as const] : [])),
  );
  const mistakes: Mistake[] = [];
  const apply = (content: DeckLine, from: string) => {
    if (!("gone" in content)) there.add(content.prefix);
    else {
      const line = ends.get(`${content.prefix}|${from}`);
      if (!there.has(content.prefix) && line !== undefined)
        mistakes.push({
          line,
          column: "Prefix",
          message: `ends ${content.prefix}, which the deck doesn’t have${from ? ` on ${from}` : ""}`,
        });
      if (content.band === undefined) there.delete(content.prefix);
    }
  };
  for (const { content } of now) apply(content, "");
  for (const day of changes) {
    if (day.whole) there.clear();
    for (const content of day.lines) apply(content, day.from);
  }
  return mistakes.sort((a, b) => a.line - b.line);
}
