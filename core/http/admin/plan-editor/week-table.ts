// The painted week as a table: half hours in rows of days, neighbours of the same band told as one stretch for those who hear the page.
import { bandName } from "../../../catalog/words/calendar.ts";
import { bandsOf, readWindow } from "./actions.ts";
import { itemsAt, type RawDocument } from "./raw-document.ts";
import { CELLS, gridOf, isWeekly, ROWS } from "./week-grid.ts";

const NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Public holidays"];
/** Colours and patterns repeat after so many bands; letters don't. */
const LOOKS = 8;

const time = (cell: number) => `${String(Math.floor(cell / 2)).padStart(2, "0")}:${cell % 2 ? "30" : "00"}`;
const letter = (index: number) => (index < 26 ? String.fromCodePoint(65 + index) : String(index + 1));

export const lookOf = (index: number) => ({ letter: letter(index), look: index % LOOKS });

/** `rows` is undefined when the week can't be painted: on public holidays it depends on the weekday. */
export function weekOf(document: RawDocument) {
  const bands = bandsOf(document);
  const grid = gridOf(bands);
  return {
    bands: bands.map((band, i) => ({
      ...lookOf(i),
      code: band.code,
      name: bandName(band),
      // Windows that the week can't show, by their place in the document.
      others: itemsAt(document, `bands.${i}.windows`).flatMap((raw, at) => {
        const window = readWindow(raw);
        return grid && window && isWeekly(window) ? [] : [`bands.${i}.windows.${at}`];
      }),
    })),
    ownHolidays: grid?.ownHolidays ?? false,
    hours: Array.from({ length: 24 }, (_, hour) => String(hour)),
    rows: grid?.cells.map((cells, row) => ({
      day: ROWS[row]!,
      name: NAMES[row]!,
      asWeekdays: row === 7 && !grid.ownHolidays,
      told: stretches(cells)
        .filter(({ band }) => band >= 0)
        .map(({ band, from, to }) => `${bandName(bands[band]!)} ${time(from)}–${time(to)}`)
        .join(", "),
      cells: cells.map((band, cell) => ({
        cell,
        band,
        ...(band < 0 ? { letter: "", look: -1 } : lookOf(band)),
        // The letter stands once, where a stretch begins.
        begins: band >= 0 && cells[cell - 1] !== band,
        hour: cell % 2 === 0,
      })),
    })),
  };
}

function stretches(cells: readonly number[]) {
  const found: { band: number; from: number; to: number }[] = [];
  for (let cell = 0; cell < CELLS; cell++) {
    const last = found.at(-1);
    if (last && last.band === cells[cell]) last.to = cell + 1;
    else found.push({ band: cells[cell]!, from: cell, to: cell + 1 });
  }
  return found;
}
