// What an account has used up, replaced by what a replay says.
import type { RawTx } from "../../db/client.ts";
import type { Counters } from "../usage/counters.ts";
import type { Window } from "./replay-window.ts";

/** Of totals and samples those of periods that begin inside the window are made anew. The caller holds the balance. */
export async function replaceCounters(
  t: RawTx,
  providerId: number,
  accountId: string,
  counters: Counters,
  { from }: Window,
): Promise<void> {
  const services = JSON.stringify([...from].map(([service_id, { day }]) => ({ service_id, day })));
  await t`delete from app.usage_counters c using jsonb_to_recordset(${services}::text::jsonb) as w(service_id uuid, day date)
    where c.provider_id = ${providerId} and c.account_id = ${accountId} and c.kind = 'total' and c.service_id = w.service_id and c.period_from >= w.day`;
  await t`delete from app.usage_samples s using jsonb_to_recordset(${services}::text::jsonb) as w(service_id uuid, day date)
    where s.provider_id = ${providerId} and s.account_id = ${accountId} and s.service_id = w.service_id and s.period_from >= w.day`;
  await counters.store(t, providerId);
  await t`delete from app.usage_counters where provider_id = ${providerId} and account_id = ${accountId} and used = 0`;
}
