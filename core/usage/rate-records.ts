// From records to what will be stored of them: who pays, how much, or why a person has to look. Pure but for the ids of transactions.
import { rateCall } from "../rating/rate-call.ts";
import { type CallFields, type CallRecord, recordKey } from "./normal-form.ts";
import { type Directory, type Holder, type Identifier, type PlanInForce, partiesOf } from "./resolve.ts";

/** Why a record waits. The first group resolves by itself when an identifier is assigned or a plan published; the rest needs a person. */
export const quarantineReasons = {
  unknown_party: { message: "No service holds this number or login at the time of the call", retried: true },
  no_plan: { message: "The service had no published plan at the time of the call", retried: true },
  no_rate: { message: "The plan has no price for this destination", retried: true },
  currency_differs: { message: "The plan's currency isn't the account's", retried: true },
  unreadable: { message: "The row can't be read", retried: false },
  implausible: { message: "The figures of the row contradict each other", retried: false },
} as const;
export type QuarantineReason = keyof typeof quarantineReasons;

export type RatedRecord = {
  readonly state: "rated";
  readonly key: string;
  readonly sequence: number;
  readonly call: CallFields;
  readonly holder: Holder;
  readonly plan: PlanInForce;
  readonly amountMicros: bigint;
  readonly billedSec: number;
  readonly prefix: string | null;
  readonly destinationName: string | null;
  /** Why it costs nothing. */
  readonly reason: string | null;
};

export type QuarantinedRecord = {
  readonly state: "quarantined";
  readonly key: string;
  readonly sequence: number;
  readonly record: CallRecord;
  readonly reason: QuarantineReason;
  readonly party: Identifier | undefined;
};

/** The start of a row that has none; rows that can't be read are kept under it. */
export const NO_START = "1970-01-01T00:00:00Z";
export const startOf = (record: CallRecord): string => (record.kind === "call" ? record.startedAt : NO_START);

/** The parties that all these records may be charged to. */
export function partiesIn(records: Iterable<CallRecord>): Identifier[] {
  const parties: Identifier[] = [];
  for (const record of records) if (record.kind === "call") parties.push(...partiesOf(record));
  return parties;
}

/**
 * Rates one record as of the time of the usage. `accepted` means a person has looked at its contradictions and let it pass.
 */
export function rateRecord(directory: Directory, record: CallRecord, sequence: number, accepted = false): RatedRecord | QuarantinedRecord {
  const key = recordKey(record);
  const wait = (reason: QuarantineReason, party?: Identifier): QuarantinedRecord => ({
    state: "quarantined",
    key,
    sequence,
    record,
    reason,
    party,
  });
  if (record.kind === "unreadable") return wait("unreadable");
  const parties = partiesOf(record);
  if (record.flags.length > 0 && !accepted) return wait("implausible", parties[0]);

  const atMs = Date.parse(record.startedAt);
  let holder: Holder | undefined;
  let party: Identifier | undefined;
  for (party of parties) {
    holder = directory.holderOf(party, atMs);
    if (holder) break;
  }
  if (!holder) return wait("unknown_party", parties[0]);
  const plan = directory.planOf(holder.serviceId, atMs);
  if (!plan) return wait("no_plan", party);
  if (plan.currency !== holder.currency) return wait("currency_differs", party);

  const rated = { state: "rated", key, sequence, call: record, holder, plan } as const;
  // A telephone plan prices calls made; a call received is recorded and costs its receiver nothing.
  if (record.direction === "in")
    return { ...rated, amountMicros: 0n, billedSec: 0, prefix: null, destinationName: null, reason: "incoming" };
  const rating = rateCall(plan.compiled, {
    destination: dialledDigits(record.destination),
    billableSec: record.billableSec,
    answered: record.disposition === "answered",
  });
  if (!rating.ok) {
    // What nobody answered is free wherever it went, also to a short code of the switch that no plan will ever price.
    if (record.disposition !== "answered")
      return { ...rated, amountMicros: 0n, billedSec: 0, prefix: null, destinationName: null, reason: "not_answered" };
    return wait("no_rate", party);
  }
  const { amountMicros, billedSec, prefix, destinationName, reason } = rating;
  // Nobody owes this: the exchange counted wrong, or the price has a few zeros too many. A person has to look.
  if (amountMicros > MOST_MICROS || billedSec > MOST_SEC) return wait("implausible", party);
  return { ...rated, amountMicros, billedSec, prefix, destinationName, reason: reason ?? null };
}

/** A hundred million units for one call. The charges of a batch and an account's balance are sums of many such, and must fit in 64 bits. */
const MOST_MICROS = 10n ** 14n;
const MOST_SEC = 2_147_483_647;

const dialledDigits = (destination: string) => (destination.startsWith("+") ? destination.slice(1) : destination);
