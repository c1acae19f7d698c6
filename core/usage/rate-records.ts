// From records to what will be stored of them: who pays, how much, or why a person has to look. Pure.
import type { UsageFact } from "../rating/usage.ts";
import { factOf } from "./fact.ts";
import type { SourceRecord, UsageRecord } from "./normal-form.ts";
import type { Terms } from "./plans-in-force.ts";
import { type Price, priceOrTerms } from "./price-fact.ts";
import { recordKey } from "./record-key.ts";
import { type Directory, type Holder, type Identifier, partiesOf } from "./resolve.ts";

/** Why a record waits. The first group resolves by itself when an identifier is assigned or a plan published; the rest needs a person. */
export const quarantineReasons = {
  unknown_party: { message: "No service holds this number or login at the time of the usage", retried: true },
  no_plan: { message: "The service had no published plan at the time of the usage", retried: true },
  no_rate: { message: "The plan has no price for this destination or usage", retried: true },
  blocked: { message: "A bundle of the plan is used up, and blocks what goes beyond it", retried: true },
  currency_differs: { message: "The plan's currency isn't the account's", retried: true },
  unreadable: { message: "The row can't be read", retried: false },
  implausible: { message: "The figures of the row contradict each other", retried: false },
} as const;
export type QuarantineReason = keyof typeof quarantineReasons;

type Known = { readonly key: string; readonly sequence: number };

export type RatedRecord = Known &
  Price & {
    readonly state: "rated";
    readonly record: UsageRecord;
    readonly holder: Holder;
  };

/** Has a payer and a plan; its price depends on what was used before it, or on more than one plan version. */
export type PendingRecord = Known & {
  readonly state: "pending";
  readonly record: UsageRecord;
  readonly fact: UsageFact;
  readonly holder: Holder;
  readonly party: Identifier | undefined;
  readonly terms: Terms;
};

export type QuarantinedRecord = Known & {
  readonly state: "quarantined";
  readonly record: SourceRecord;
  readonly reason: QuarantineReason;
  readonly party: Identifier | undefined;
};

/** The start of a row that has none; rows that can't be read are kept under it. */
export const NO_START = "1970-01-01T00:00:00Z";
export const startOf = (record: SourceRecord): string => (record.kind === "unreadable" ? NO_START : record.startedAt);

/** The parties that all these records may be charged to. */
export function partiesIn(records: Iterable<SourceRecord>): Identifier[] {
  const parties: Identifier[] = [];
  for (const record of records) if (record.kind !== "unreadable") parties.push(...partiesOf(record));
  return parties;
}

/**
 * Finds who pays, as of the start of the usage, and the plan as of the instant that decides the price. A call that one version of a deck prices is
 * rated at once: that is most of all usage. `accepted` means a person has looked at its contradictions and let it pass.
 */
export function resolveRecord(
  directory: Directory,
  record: SourceRecord,
  sequence: number,
  accepted = false,
): RatedRecord | PendingRecord | QuarantinedRecord {
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

  const startedMs = Date.parse(record.startedAt);
  let holder: Holder | undefined;
  let party: Identifier | undefined;
  for (party of parties) {
    holder = directory.holderOf(party, startedMs);
    if (holder) break;
  }
  if (!holder) return wait("unknown_party", parties[0]);
  const fact = factOf(record);
  const price = priceOrTerms(directory, holder, fact);
  if (typeof price === "string") return wait(price, party);
  if ("segments" in price) return { state: "pending", key, sequence, record, fact, holder, party, terms: price };
  return { state: "rated", key, sequence, record, holder, ...price };
}
