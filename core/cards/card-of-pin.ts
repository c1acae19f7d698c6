// The card that a PIN belongs to, and whether it may be redeemed. Whatever is wrong, the answer is the same, and took the same statements.
import type { RawTx } from "../../db/client.ts";
import type { CardGrant, CardKind, CardState } from "../../db/schema/cards.ts";
import type { Core } from "../kernel/core.ts";
import { cardAfter } from "./card-states.ts";
import { pinHasher } from "./pin-hash.ts";

export type Card = {
  readonly seriesId: string;
  readonly serial: number;
  readonly state: CardState;
  readonly blocked: boolean;
  readonly dealerId: string | null;
  readonly usableUntil: string | null;
  readonly accountId: string | null;
  readonly serviceId: string | null;
  readonly code: string;
  readonly name: string;
  readonly kind: CardKind;
  readonly valueMicros: bigint;
  readonly currency: string;
  readonly grants: CardGrant;
  readonly grantedFor: string | null;
  readonly potName: string | null;
  readonly potPriority: number | null;
  readonly planId: string | null;
  readonly groupId: string | null;
};

/** Of this provider; undefined when it has no such card. */
export async function cardOfPin(core: Pick<Core, "secret">, t: RawTx, providerId: number, pin: string): Promise<Card | undefined> {
  const [row] = await t<(Omit<Card, "valueMicros" | "serial"> & { value: string; serial: string })[]>`
    select c.series_id as "seriesId", c.serial::text as serial, c.state, c.blocked, c.dealer_id as "dealerId", c.usable_until as "usableUntil", c.account_id as "accountId",
      c.service_id as "serviceId", s.code, s.name, s.kind, s.value_micros::text as value, s.currency, s.grants, s.granted_for as "grantedFor", s.pot_name as "potName",
      s.pot_priority as "potPriority", s.plan_id as "planId", s.group_id as "groupId"
    from app.cards c join app.card_series s on s.provider_id = c.provider_id and s.id = c.series_id
    where c.provider_id = ${providerId} and c.pin_hash = ${pinHasher(core, providerId)(pin)}`;
  return row && { ...row, serial: Number(row.serial), valueMicros: BigInt(row.value) };
}

export type Serial = { readonly code: string; readonly number: number };

/** "SUMMER-0000123" → series and number; undefined when it isn't one. */
export function readSerial(typed: string): Serial | undefined {
  const [, code, number] = /^([A-Z0-9]{1,20})\s*-\s*(\d{1,12})$/.exec(typed.trim().toUpperCase()) ?? [];
  return code && number ? { code, number: Number(number) } : undefined;
}

export const serialText = (code: string, serial: number): string => `${code}-${String(serial).padStart(7, "0")}`;

/** Pure. */
export function isRedeemable(
  card: Card | undefined,
  asked: { readonly currency?: string; readonly serial?: Serial | undefined; readonly opens: boolean },
  now: Temporal.Instant,
): card is Card {
  if (!card) return false;
  const { serial } = asked;
  if (serial && (serial.code !== card.code || serial.number !== card.serial)) return false;
  if (asked.currency !== undefined && asked.currency !== card.currency) return false;
  if ((card.grants === "subscriber") !== asked.opens) return false;
  if (card.usableUntil !== null && Temporal.Instant.compare(now, Temporal.Instant.from(card.usableUntil.replace(" ", "T"))) >= 0)
    return false;
  return cardAfter("redeem", card.kind, card) !== undefined;
}
