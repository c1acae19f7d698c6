// Octets as people write them: "1.5" GB. Decimal units, as traffic is sold.
import { amountTyped } from "../typed-fields.ts";

const powers: Readonly<Record<string, number>> = { B: 0, kB: 3, MB: 6, GB: 9, TB: 12 };
export const octetUnits = Object.keys(powers).map((value) => ({ value, label: value }));

/** Whole octets as decimal text; what is no such amount is said beside the field. */
export function octetsOf(typed: string, unit: string, commas: boolean, field: string, errors: Record<string, string>): string {
  const power = powers[unit] ?? 0;
  const match = /^(\d{1,15})(?:\.(\d{1,12}?)0*)?$/.exec(amountTyped(typed || "0", commas));
  const fraction = match?.[2] ?? "";
  const digits = fraction === "0" ? "" : fraction;
  if (!match) errors[field] = `Write an amount of ${unit}, such as 1.5.`;
  else if (digits.length > power) errors[field] = "This is less than one octet exact.";
  else return String(BigInt(match[1]! + digits.padEnd(power, "0")));
  return "0";
}
