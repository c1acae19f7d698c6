// How values leave through the API: money as exact decimal text under its plain name, never as a count of micro-units or a float.
import { formatMicros } from "../../kernel/money.ts";

/**
 * `{ amountMicros: 12n }` → `{ amount: "0.000012" }`, in any depth; null stays null, a list becomes a list of texts.
 * Another bigint is a number when a double holds it exactly, else text.
 */
export function toAnswer(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (Array.isArray(value)) return value.map(toAnswer);
  if (value === null || typeof value !== "object") return value;
  if ("toJSON" in value && typeof value.toJSON === "function") return value.toJSON();
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      /.Micros$/.test(key) ? [key.slice(0, -"Micros".length), money(item)] : [key, toAnswer(item)],
    ),
  );
}

function money(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(money);
  if (typeof value === "bigint" || typeof value === "number" || typeof value === "string") return formatMicros(BigInt(value));
  throw new TypeError("an amount that is neither a count of micro-units nor null");
}
