// A dealer, and what a sale to him comes to.
import { and, eq } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { cardDealers } from "../../db/schema/cards.ts";

export type Dealer = typeof cardDealers.$inferSelect;

export async function dealerOf(tx: Tx, providerId: number, id: string): Promise<Dealer | undefined> {
  const [row] = await tx
    .select()
    .from(cardDealers)
    .where(and(eq(cardDealers.providerId, providerId), eq(cardDealers.id, id)));
  return row;
}

const MILLION = 1_000_000n;

/** A dealer's share of one card, rounded half up once: what is sold together and returned one by one comes to the same. */
export const commissionOf = (valueMicros: bigint, ppm: number): bigint => (valueMicros * BigInt(ppm) + MILLION / 2n) / MILLION;
