// A line of the ledger in words, alike on every page that shows one.
import type { StatementLine } from "../../read/account-statement/query.ts";
import type { FiguresText } from "./figures.ts";

export function statementLine(line: StatementLine, text: FiguresText) {
  return {
    when: text.dateTime(line.effectiveAt),
    what: whatOf(line),
    detail: detailOf(line, text),
    amount: text.amount(line.amountMicros, line.currency, { signed: true }),
    gain: line.amountMicros > 0n,
    balance: text.amount(line.balanceAfterMicros, line.currency),
    owes: line.balanceAfterMicros < 0n,
    postedAt: text.dateTime(line.postedAt, true),
  };
}

function whatOf({ template, reversesId }: StatementLine): string {
  const plain = template.replace(/\.reversed$/, "");
  const name = { "usage.charged": "Calls", "balance.opened": "Balance carried over" }[plain] ?? plain;
  return reversesId === null ? name : `${name}, reversed`;
}

function detailOf({ details, template }: StatementLine, text: FiguresText): string {
  if (template !== "usage.charged") return "";
  const { calls, billedSec, first, last } = details;
  if (typeof calls !== "number") return "";
  const time = typeof billedSec === "number" ? `, ${text.duration(billedSec)} billed` : "";
  const span = typeof first === "string" && typeof last === "string" && calls > 1 ? `, ${spanText(first, last, text)}` : "";
  return `${text.count(calls)} ${calls === 1 ? "call" : "calls"}${time}${span}`;
}

/** "16:06–20:47"; the line says the day of the last call, so the first one's is said only when it differs. */
const spanText = (first: string, last: string, text: FiguresText): string =>
  `${text.date(first) === text.date(last) ? text.time(first) : text.dateTime(first)}–${text.time(last)}`;
