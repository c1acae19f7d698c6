// Who pays for a record: the identifiers a batch mentions, their holders at the time of the usage, and the plan version in force then.
import type { RawTx } from "../../db/client.ts";
import type { UsageRecord } from "./normal-form.ts";
import { type Payer, type PlansOf, readPlans, readTerms, type TermsOf } from "./plans-in-force.ts";

export type Identifier = { readonly kind: "telephone" | "login" | "partner"; readonly value: string };

export type Holder = Payer & {
  readonly fromMs: number;
  readonly toMs: number;
  readonly accountId: string;
  readonly serviceId: string;
  readonly subscriberId: string;
  readonly groupId: string;
  readonly currency: string;
};

const digitsOf = (text: string) => (text.startsWith("+") ? text.slice(1) : text);

/** A number in E.164 digits is a telephone; anything else that names a party is a login, without regard to case. */
export function identifierOf(text: string): Identifier | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const digits = digitsOf(trimmed);
  return /^\d{1,18}$/.test(digits) ? { kind: "telephone", value: digits } : { kind: "login", value: trimmed.toLowerCase() };
}

/**
 * Who may pay, the most particular first: the account code that the switch was told, then the calling party. For a call or message received, the
 * called one. Other usage says whose it is. A partner's usage is the partner's, whichever of its subscribers it was.
 */
export function partiesOf(record: UsageRecord): Identifier[] {
  if (record.fromPartner !== undefined) return [{ kind: "partner", value: String(record.fromPartner) }];
  if (record.kind !== "call" && record.kind !== "message") {
    const { kind, value } = record.party;
    const trimmed = value.trim();
    return [{ kind, value: kind === "telephone" ? digitsOf(trimmed) : trimmed.toLowerCase() }];
  }
  return [record.accountCode, record.direction === "in" ? record.destination : record.source]
    .map(identifierOf)
    .filter((x) => x !== undefined);
}

const keyOf = (identifier: Identifier) => `${identifier.kind}:${identifier.value}`;

/** What the database says about the parties of one batch, read in the transaction that rates it: never older than the batch. */
export type Directory = PlansOf & {
  holderOf(identifier: Identifier, atMs: number): Holder | undefined;
  readonly termsOf: TermsOf;
};

export async function readDirectory(t: RawTx, providerId: number, zone: string, identifiers: Iterable<Identifier>): Promise<Directory> {
  const { holders, holderOf } = await readHolders(t, providerId, identifiers);
  const plans = await readPlans(t, providerId, zone, [...new Set(holders.map((h) => h.serviceId))]);
  const beyondDecks = holders.filter((h) => plans.someBeyondDeck(h.serviceId)).map((h) => h.accountId);
  return {
    holderOf,
    segmentsAt: plans.segmentsAt,
    someBeyondDeck: plans.someBeyondDeck,
    termsOf: await readTerms(t, providerId, zone, [...new Set(beyondDecks)]),
  };
}

/** Who holds these identifiers, and held them. */
export async function readHolders(
  t: RawTx,
  providerId: number,
  identifiers: Iterable<Identifier>,
): Promise<{ readonly holders: readonly Holder[]; readonly holderOf: Directory["holderOf"] }> {
  const values = new Set<string>();
  for (const { value } of identifiers) values.add(value);

  // Look-ups by key, one table at a time: a join here is planned from statistics, which a fresh or fast growing table doesn't have.
  const found = await t<
    { kind: Identifier["kind"]; value: string; from_ms: number; to_ms: number; account_id: string; service_id: string }[]
  >`
    select kind, value, coalesce(ceil(extract(epoch from nullif(lower(valid), '-infinity')) * 1000), '-infinity')::float8 as from_ms,
           coalesce(ceil(extract(epoch from nullif(upper(valid), 'infinity')) * 1000), 'infinity')::float8 as to_ms, account_id, service_id
    from app.identifiers where provider_id = ${providerId} and value = any(${[...values]}::text[])`;
  const payers = await readPayers(t, providerId, [...new Set(found.map((f) => f.account_id))]);
  const byKey = new Map<string, Holder[]>();
  const holders = found.map((f) => {
    const holder = { fromMs: f.from_ms, toMs: f.to_ms, accountId: f.account_id, serviceId: f.service_id, ...payers.get(f.account_id)! };
    const key = keyOf(f);
    byKey.get(key)?.push(holder) ?? byKey.set(key, [holder]);
    return holder;
  });
  return { holders, holderOf: (identifier, atMs) => byKey.get(keyOf(identifier))?.find((h) => h.fromMs <= atMs && atMs < h.toMs) };
}

/** Whose accounts these are, and what their prices depend on. */
export async function readPayers(
  t: RawTx,
  providerId: number,
  accountIds: string[],
): Promise<Map<string, Omit<Holder, "fromMs" | "toMs" | "accountId" | "serviceId">>> {
  const accounts = await t<
    { account_id: string; subscriber_id: string; currency: string; billing_day: number | null; tax_exempt: boolean }[]
  >`select account_id, subscriber_id, currency, billing_day, tax_exempt from app.accounts
    where provider_id = ${providerId} and account_id = any(${accountIds}::uuid[])`;
  const groups = await t<{ id: string; group_id: string }[]>`
    select id, group_id from app.subscribers where provider_id = ${providerId} and id = any(${[...new Set(accounts.map((a) => a.subscriber_id))]}::uuid[])`;
  const groupOf = new Map(groups.map((g) => [g.id, g.group_id]));
  return new Map(
    accounts.map((a) => [
      a.account_id,
      {
        subscriberId: a.subscriber_id,
        groupId: groupOf.get(a.subscriber_id)!,
        currency: a.currency,
        billingDay: a.billing_day,
        taxExempt: a.tax_exempt,
      },
    ]),
  );
}
