// What the pages of cards say: states, grants, stock and movements in words.
import type { AlarmRow, BatchRow, MovementRow, SeriesDetail, Stock } from "../../read/cards/query.ts";
import type { FiguresText } from "./figures.ts";

export const serialOf = (code: string, serial: number): string => `${code}-${String(serial).padStart(7, "0")}`;

export const statePills: Readonly<Record<string, { readonly tone: string; readonly label: string }>> = {
  generated: { tone: "off", label: "generated" },
  activated: { tone: "info", label: "activated" },
  sold: { tone: "good", label: "sold" },
  used: { tone: "good", label: "used" },
  blocked: { tone: "warn", label: "blocked" },
  void: { tone: "bad", label: "void" },
  expired: { tone: "bad", label: "expired" },
};

export const STOCK_COLUMNS = [
  ["printed", "Printed"],
  ["stock", "In stock"],
  ["sold", "Sold"],
  ["used", "Used"],
  ["void", "Void"],
  ["expired", "Expired"],
  ["blocked", "Of these blocked"],
] as const;

export const shownStock = (stock: Stock, text: FiguresText) =>
  STOCK_COLUMNS.map(([name, label]) => ({ name, label, count: text.count(stock[name]) }));

/** "P30D" → "30 days". */
export function durationWords(duration: string): string {
  const [, count = "", unit] = /^P(\d+)([DM])$/.exec(duration) ?? [];
  return `${count} ${unit === "M" ? "month" : "day"}${count === "1" ? "" : "s"}`;
}

export function grantWords(series: SeriesDetail): string {
  const forTime = series.grantedFor === null ? "" : ` for ${durationWords(series.grantedFor)}`;
  if (series.grants === "pot") return `its value into the pot “${series.potName}”${forTime}, spent with priority ${series.potPriority}`;
  if (series.grants === "service") return `a service on the plan ${series.planName}${forTime}, and its value in cash`;
  if (series.grants === "subscriber")
    return `a new subscriber in the group ${series.groupName} with its value in cash${series.planName ? `, and a service on the plan ${series.planName}${forTime}` : ""}`;
  return "its value in cash";
}

export const formatWords = { csv: "CSV", xlsx: "XLSX", sheets: "sheets to print" } as const;

export function shownBatch(row: BatchRow, code: string, text: FiguresText) {
  const { state, exportState } = row;
  return {
    id: row.batchId,
    serials: `${serialOf(code, row.firstSerial)} – ${serialOf(code, row.firstSerial + row.cards - 1)}`,
    cards: text.count(row.cards),
    making: state === "making",
    percent: Math.trunc((row.made * 100) / row.cards),
    progress: `${text.count(row.made)} of ${text.count(row.cards)}`,
    pill: {
      making: { tone: "info", label: "being made" },
      made: { tone: "good", label: "made" },
      cancelled: { tone: "off", label: "cancelled" },
      failed: { tone: "bad", label: "failed" },
    }[state],
    problem: row.problem ?? (exportState === "failed" ? row.exportProblem : null),
    by: row.requestedBy,
    when: text.dateTime(row.requestedAt),
    exporting: exportState === "waiting",
    exportProgress: `${text.count(row.exportDone ?? 0)} of ${text.count(row.cards)}`,
    exportPercent: Math.trunc(((row.exportDone ?? 0) * 100) / row.cards),
    exported:
      exportState === "ready" || exportState === "dropped"
        ? `${row.exportFormat ? formatWords[row.exportFormat] : ""}, ${row.exportedBy}, ${text.dateTime(row.exportedAt!)}`
        : null,
    fetched: row.fetchedAt === null ? null : `fetched by ${row.fetchedBy}, ${text.dateTime(row.fetchedAt)}`,
    canExport: state === "made" && (exportState === null || exportState === "failed"),
    canFetch: exportState === "ready",
    canDrop: exportState === "ready" && row.fetchedAt !== null,
    canCancel: state === "making" || state === "failed",
  };
}

export const shownMovement = (row: MovementRow, code: string, text: FiguresText) => ({
  what: row.what,
  cards: text.count(row.cards),
  serials:
    row.firstSerial === row.lastSerial
      ? serialOf(code, row.firstSerial)
      : `${serialOf(code, row.firstSerial)} – ${serialOf(code, row.lastSerial)}`,
  way:
    [row.fromDealer, row.toDealer].some(Boolean) && row.fromDealer !== row.toDealer
      ? `${row.fromDealer ?? "own stock"} → ${row.toDealer ?? "own stock"}`
      : (row.toDealer ?? "own stock"),
  states: row.fromState === null ? row.toState : row.fromState === row.toState ? row.toState : `${row.fromState} → ${row.toState}`,
  by: row.movedBy,
  why: row.why ?? "",
  when: text.dateTime(row.at),
});

export function alarmText({ subject, accountNumber, at }: AlarmRow, text: FiguresText): string {
  const [kind, first, ...rest] = subject.split(":");
  const who =
    kind === "account"
      ? `account ${accountNumber ?? rest.join(":")}`
      : kind === "address"
        ? `the address ${[first, ...rest].join(":")}`
        : kind === "series"
          ? `the series ${rest.join(":")}`
          : "your cards without their serial numbers";
  return `Wrong PINs were tried at ${who} until the limit was reached, ${text.dateTime(at)}.`;
}
