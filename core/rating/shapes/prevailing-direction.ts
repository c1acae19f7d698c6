// The larger of what came in and what went out over the period.
import type { TraceLine } from "../trace.ts";

export function prevailingDirection(
  { octetsIn, octetsOut }: { readonly octetsIn: bigint; readonly octetsOut: bigint },
  trace?: TraceLine[],
): bigint {
  const larger = octetsOut > octetsIn ? "out" : "in";
  trace?.push({ kind: "directions", octetsIn: octetsIn.toString(), octetsOut: octetsOut.toString(), larger });
  return larger === "out" ? octetsOut : octetsIn;
}
