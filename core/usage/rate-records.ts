// From records to what will be stored of them: who pays, how much, or why a person has to look. Pure.
import { rateCall } from "../rating/rate-call.ts";
import type { CallFact, UsageFact } from "../rating/usage.ts";
import type { ChargeLine, Drawn, PeriodDelta } from "../rating/usage-rating.ts";
import { factOf } from "./fact.ts";
import type { SourceRecord, UsageRecord } from "./normal-form.ts";
import type { PlanInForce, Terms } from "./plans-in-force.ts";
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

/** How a price came about that isn't the deck's alone; amounts are micros as text, since it is stored as JSON. */
export type RatedDetails = {
  readonly lines: readonly ChargeLine[];
  readonly period: readonly PeriodDelta[];
  readonly drawn: readonly Drawn[];
  /** Plan versions that priced a part of it, the first left out: it is pinned in the record. */
  readonly segments: readonly { readonly from: string; readonly planId: string; readonly version: number }[];
};

type Known = { readonly key: string; readonly sequence: number };

export type RatedRecord = Known & {
  readonly state: "rated";
  readonly record: UsageRecord;
  readonly holder: Holder;
  readonly plan: PlanInForce;
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
  readonly billedSec: number;
  readonly prefix: string | null;
  readonly destinationName: string | null;
  /** Why it costs nothing. */
  readonly reason: string | null;
  /** Null for a call that one version of a deck priced. */
  readonly details: RatedDetails | null;
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

/** A hundred million units for one record. The charges of a batch and an account's balance are sums of many such, and must fit in 64 bits. */
export const MOST_MICROS = 10n ** 14n;
export const MOST_SEC = 2_147_483_647;

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
  const segments = directory.segmentsAt(holder.serviceId, fact.startMs);
  if (!segments) return wait("no_plan", party);
  const [plan, next] = segments;
  const { currency } = holder;
  if (plan.currency !== currency) return wait("currency_differs", party);

  if (fact.kind !== "call" || !plan.plan.plain || (next && next.fromMs < fact.startMs + fact.billableSec * 1000)) {
    if (next && segments.some((one) => one.currency !== currency && one.fromMs <= endOf(fact))) return wait("currency_differs", party);
    return { state: "pending", key, sequence, record, fact, holder, party, terms: directory.termsOf(holder, segments, fact.startMs) };
  }
  const rating = ofDeck(plan, fact);
  // Nobody owes this: the exchange counted wrong, or the price has a few zeros too many. A person has to look.
  if (rating && (rating.amountMicros > MOST_MICROS || rating.billedSec > MOST_SEC)) return wait("implausible", party);
  return rating ? { state: "rated", key, sequence, record, holder, plan, ...rating, taxMicros: 0n, details: null } : wait("no_rate", party);
}

type DeckRating = Pick<RatedRecord, "amountMicros" | "billedSec" | "prefix" | "destinationName" | "reason">;
const free = { amountMicros: 0n, billedSec: 0, prefix: null, destinationName: null };

/** What the deck says about a call; nothing when it has no price. */
function ofDeck({ plan }: PlanInForce, fact: CallFact): DeckRating | undefined {
  // A deck prices calls made; a call received is recorded and costs its receiver nothing.
  if (fact.direction === "in") return { ...free, reason: "incoming" };
  const rating = rateCall(plan, fact);
  if (rating.ok) {
    const { amountMicros, billedSec, prefix, destinationName, reason = null } = rating;
    return { amountMicros, billedSec, prefix, destinationName, reason };
  }
  // What nobody answered is free wherever it went, also to a short code of the switch that no plan will ever price.
  return fact.answered ? undefined : { ...free, reason: "not_answered" };
}

/** When the usage ended, for what has a length that is priced by its parts. */
export const endOf = (fact: UsageFact): number => (fact.kind === "call" ? fact.startMs + fact.billableSec * 1000 : fact.startMs);
