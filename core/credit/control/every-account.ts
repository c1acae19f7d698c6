// Every account of a provider that is in use, some at a time.
import type { RawTx } from "../../../db/client.ts";

const lot = 1000;

/** Ids, ascending; read a lot at a time, so that no list of all of them is held. */
export async function* everyAccount(t: RawTx, providerId: number): AsyncGenerator<string[]> {
  for (let after = "00000000-0000-0000-0000-000000000000"; ; ) {
    const rows = await t<{ account_id: string }[]>`
      select account_id from app.accounts where provider_id = ${providerId} and account_id > ${after}::uuid and status = 'active' order by account_id limit ${lot}`;
    if (rows.length === 0) return;
    yield rows.map((row) => row.account_id);
    after = rows.at(-1)!.account_id;
  }
}
