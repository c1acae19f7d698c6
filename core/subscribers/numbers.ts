// Numbers that people read out over the telephone: in a row per provider, allotted in the transaction that uses them.
import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { numberSeries } from "../../db/schema/kernel.ts";
import { accountNumbers } from "../../db/schema/subscribers.ts";

const firstNumbers = { subscriber: 1001, account: 100_001, receipt: 1 } as const;

/** The next number of a series. Whoever else wants one waits for this transaction, so none is lost and none is given twice. */
export async function nextNumber(tx: Tx, providerId: number, series: keyof typeof firstNumbers): Promise<number> {
  const [row] = await tx
    .insert(numberSeries)
    .values({ providerId, series, lastNumber: firstNumbers[series] })
    .onConflictDoUpdate({
      target: [numberSeries.providerId, numberSeries.series],
      set: { lastNumber: sql`${numberSeries.lastNumber} + 1` },
    })
    .returning({ lastNumber: numberSeries.lastNumber });
  return row!.lastNumber;
}

/** The next account number that nobody has chosen by hand already. */
export async function nextAccountNumber(tx: Tx, providerId: number): Promise<string> {
  for (;;) {
    const number = String(await nextNumber(tx, providerId, "account"));
    const [taken] = await tx
      .select()
      .from(accountNumbers)
      .where(and(eq(accountNumbers.providerId, providerId), eq(accountNumbers.number, number)));
    if (!taken) return number;
  }
}
