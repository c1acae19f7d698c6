// Made-up rows of Master.csv for the tests of the collecting side.
const pad = (n: number, width = 2) => String(n).padStart(width, "0");

/** Row `n` of a made-up day, with its line end; every row differs. */
export function row(n: number, { source = `7495${pad(n, 7)}`, seconds = 30 }: { source?: string; seconds?: number } = {}): string {
  const at = `2026-03-10 ${pad(Math.floor(n / 3600) % 24)}:${pad(Math.floor(n / 60) % 60)}`;
  const start = `${at}:00`;
  const end = `${at}:${pad(seconds)}`;
  return `"acc","${source}","79161234567","out","""N ${n}"" <${source}>","SIP/a-${n}","SIP/b-${n}","Dial","SIP/b,60","${start}","${start}","${end}",${seconds},${seconds},"ANSWERED","DOCUMENTATION","1773100800.${n}",""\n`;
}

export const rows = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => row(from + i)).join("");

/** The number in a row's unique id, by which a test tells rows apart. */
export const numberOf = (record: { raw: string }): number => Number(/"1773100800\.(\d+)"/.exec(record.raw)?.[1] ?? -1);
