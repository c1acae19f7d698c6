// A series as the commands need it, and how its cards are called.

import { and, eq } from "drizzle-orm";
import type { RawTx, Tx } from "../../db/client.ts";
import { cardSeries } from "../../db/schema/cards.ts";

export type Series = typeof cardSeries.$inferSelect;

/** The series, held: serial numbers are given out and ranges are moved one after another. Cards are redeemed meanwhile. */
export async function lockSeries(tx: Tx, providerId: number, seriesId: string): Promise<Series | undefined> {
  const [row] = await tx
    .select()
    .from(cardSeries)
    .where(and(eq(cardSeries.providerId, providerId), eq(cardSeries.id, seriesId)))
    .for("no key update");
  return row;
}

export async function zoneOf(t: RawTx, providerId: number): Promise<string> {
  const [provider] = await t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`;
  return provider!.zone;
}
