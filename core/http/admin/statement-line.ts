// A line of the ledger in words, alike on every page that shows one.
import { movementText } from "../../../views/shared/ledger-words.ts";
import { chargeOfLine, nameOfCharge } from "../../ledger/charge-of-line.ts";
import type { StatementLine } from "../../read/account-statement/query.ts";
import { daysText } from "./charges.ts";
import type { FiguresText } from "./figures.ts";
import { monthText } from "./rerating-words.ts";

export function statementLine(line: StatementLine, text: FiguresText) {
  const fee = feeOf(line);
  return {
    transaction: `/accounts/${line.accountId}/transactions/${line.transactionId}`,
    href: fee ? `/accounts/${line.accountId}/charges/${fee.chargeId}` : "",
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

const feeOf = ({ template, details, line }: StatementLine) => chargeOfLine(template, details, line);

function whatOf(line: StatementLine): string {
  const { template, details, reversesId, isTax } = line;
  const fee = feeOf(line);
  if (fee) return nameOfCharge(fee, isTax, line.amountMicros);
  if (isTax) return "Tax";
  const plain = template.replace(/\.reversed$/, "");
  const name = plain === "usage.charged" ? usageName(details) : movementText(template, details);
  if (reversesId !== null) return `${name}, reversed`;
  if (details.rerating !== undefined && plain === "usage.charged")
    return template === plain ? "Usage, rated again" : "Usage, taken back to be rated again";
  // A period's price that has fallen: in the next tier, every unit is cheaper.
  return template === "usage.charged.reversed" ? `${name}, credited` : name;
}

function detailOf(line: StatementLine, text: FiguresText): string {
  const { details, template, isTax } = line;
  const fee = feeOf(line);
  const pots = potsText(line, text);
  if (fee) return [daysText(fee.from, fee.to, text), ...pots].join(" · ");
  if (!template.startsWith("usage.charged") || isTax) return [...(isTax ? [] : reasonOf(details)), ...pots].join(" · ");
  const { calls, billedSec, first, last, records = calls } = details;
  if (typeof calls !== "number" || typeof records !== "number") return pots.join(" · ");
  const time = typeof billedSec === "number" && billedSec > 0 ? `, ${text.duration(billedSec)} billed` : "";
  const others = records - calls;
  const counts = [
    ...(calls > 0 ? [`${text.count(calls)} ${calls === 1 ? "call" : "calls"}${time}`] : []),
    ...(others > 0 ? [`${text.count(others)} other ${others === 1 ? "record" : "records"}`] : []),
  ];
  const closed = closedText(details);
  // A line of today doesn't say by itself when usage of a closed month was.
  const shown = typeof first === "string" && typeof last === "string" && (first !== last || closed.length > 0);
  const span = shown ? [spanText(first, last, text, closed.length > 0)] : [];
  return [[...counts, ...(counts.length > 0 ? periodNames(details) : []), ...span, ...closed].join(", "), ...pots]
    .filter(Boolean)
    .join(" · ");
}

const reasonOf = ({ reason }: StatementLine["details"]): string[] => (typeof reason === "string" ? [reason] : []);

/** Which pots paid: "Welcome paid 5.00". */
const potsText = ({ draws, currency }: StatementLine, text: FiguresText): string[] =>
  draws.map(({ name, amountMicros }) => {
    const micros = BigInt(amountMicros);
    return micros > 0n ? `${name} paid ${text.amount(micros, currency)}` : `${text.amount(-micros, currency)} back to ${name}`;
  });

/** Names of the periods whose price changed: "Internet traffic". */
const periodNames = ({ periods }: StatementLine["details"]): string[] =>
  Array.isArray(periods) ? periods.filter((name) => typeof name === "string") : [];

/** Calls alone are called so; a line of nothing but a period's price has its name. */
function usageName(details: StatementLine["details"]): string {
  const { calls, records = calls } = details;
  const periods = periodNames(details);
  if (records === 0 && periods.length > 0) return periods.join(", ");
  return records === calls && periods.length === 0 ? "Calls" : "Usage";
}

/** Why usage that came late is charged today: "October 2026 is closed". */
const closedText = ({ closedMonths }: StatementLine["details"]): string[] =>
  Array.isArray(closedMonths)
    ? [`${closedMonths.map((month) => monthText(`${month}-01`)).join(" and ")} ${closedMonths.length === 1 ? "is" : "are"} closed`]
    : [];

/** "16:06–20:47"; the line says the day of the last call, so the first one's is said only when it differs, unless both are to be said (`days`). */
function spanText(first: string, last: string, text: FiguresText, days: boolean): string {
  if (first === last) return text.dateTime(first);
  const sameDay = text.date(first) === text.date(last);
  return `${sameDay && !days ? text.time(first) : text.dateTime(first)}–${sameDay || !days ? text.time(last) : text.dateTime(last)}`;
}
