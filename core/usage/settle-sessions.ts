// Usage of a session for which money is held: what it is charged comes out of the hold, in the transaction that charges.
import type { RawTx } from "../../db/client.ts";
import { type HoldUse, settleHolds } from "../ledger/holds.ts";
import type { UsageRecord } from "./normal-form.ts";
import type { RatedRecord } from "./rate-records.ts";

/** `withHolds`: accounts that hold something, whose balances are held by the caller. For all others this costs nothing. */
export async function settleSessions(
  t: RawTx,
  providerId: number,
  records: readonly RatedRecord[],
  withHolds: ReadonlySet<string>,
  now: Temporal.Instant,
): Promise<void> {
  if (withHolds.size === 0) return;
  await settleHolds(
    t,
    providerId,
    records.flatMap((one) => (withHolds.has(one.holder.accountId) ? useOf(one) : [])),
    now,
  );
}

function useOf({ record, holder, amountMicros, taxMicros, details }: RatedRecord): HoldUse[] {
  const slice = "slice" in record ? record.slice : undefined;
  const sessionKey = slice?.session ?? (record.kind === "call" ? record.callId : record.id);
  if (sessionKey === "") return [];
  const grossMicros = (details?.period ?? []).reduce((sum, one) => sum + one.amountMicros + one.taxMicros, amountMicros + taxMicros);
  return [
    { accountId: holder.accountId, sessionKey, grossMicros, ...quantityOf(record), ends: slice === undefined || slice.last === true },
  ];
}

function quantityOf(record: UsageRecord): Pick<HoldUse, "seconds" | "octetsIn" | "octetsOut"> {
  if (record.kind === "call") return { seconds: record.billableSec, octetsIn: 0n, octetsOut: 0n };
  if (record.kind !== "session") return { seconds: 0, octetsIn: 0n, octetsOut: 0n };
  return { seconds: record.seconds, octetsIn: BigInt(record.octetsIn), octetsOut: BigInt(record.octetsOut) };
}
