// A gateway's list as it was pasted or sent: JSON, or a table with a heading, such as CSV. Fields are named as in `payments.reconcile-gateway`.
import { readTable } from "../../catalog/deck/read-table.ts";

const fields = ["paymentId", "state", "amount", "refunded", "currency", "paidAt", "account", "payerName", "payerPhone", "details"] as const;
const plainly = (heading: string) => heading.toLowerCase().replace(/[^a-z]/g, "");
const known = new Map(fields.map((field) => [plainly(field), field]));

/** The lines, each with what was written; whether they can be is for the command to say. A sentence when it is no list. */
export function readGatewayList(text: string): readonly object[] | string {
  const trimmed = text.trim();
  if (trimmed === "") return "The list is empty.";
  if (/^[[{]/.test(trimmed)) return fromJson(trimmed);
  const table = readTable(new TextEncoder().encode(trimmed));
  if (typeof table === "string") return table;
  const [heading = [], ...lines] = table.rows.map(({ cells }) => cells);
  const columns = heading.map((cell) => known.get(plainly(cell)));
  const missing = ["paymentId", "state", "amount", "currency", "paidAt"].filter((field) => !columns.some((column) => column === field));
  if (missing.length > 0) return `The first line must name the columns; missing: ${missing.join(", ")}.`;
  return lines
    .filter((cells) => cells.some((cell) => cell.trim() !== ""))
    .map((cells) => Object.fromEntries(columns.flatMap((column, i) => (column && cells[i]?.trim() ? [[column, cells[i].trim()]] : []))));
}

function fromJson(text: string): readonly object[] | string {
  try {
    const value: unknown = JSON.parse(text);
    const list = Array.isArray(value) ? value : (value as { payments?: unknown }).payments;
    return Array.isArray(list) ? list : 'Write a list of payments, or {"payments": […]}.';
  } catch {
    return "It begins like JSON, but isn’t.";
  }
}
