// Which months are closed: what lies in one is never changed any more, only adjusted in the open one.
import type { RawTx } from "../../db/client.ts";
import { startOfDay } from "../kernel/period.ts";

/** Before all instants. */
export const NEVER_CLOSED = Number.NEGATIVE_INFINITY;

/**
 * The instant before which all is closed, in milliseconds since 1970; -Infinity when no month is. Until the transaction ends no month can be
 * closed: the provider is held against `ledger.close-month`.
 */
export async function holdClosedBefore(t: RawTx, providerId: number): Promise<number> {
  await t`select from app.providers where id = ${providerId} for share`;
  return readClosedBefore(t, providerId);
}

export async function readClosedBefore(t: RawTx, providerId: number): Promise<number> {
  const [last] = await t<{ month: string; zone: string }[]>`
    select m.month::text as month, p.zone from app.closed_months m join app.providers p on p.id = m.provider_id
    where m.provider_id = ${providerId} order by m.month desc limit 1`;
  return last ? startOfDay(Temporal.PlainDate.from(last.month).add({ months: 1 }), last.zone).epochMilliseconds : NEVER_CLOSED;
}
