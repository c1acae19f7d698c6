// What credit control says about accounts: whether whatever asks before it spends is let through.
import type { RawTx } from "../../../db/client.ts";
import { type CreditState, states } from "../control/states.ts";

export type Standing = "allowed" | "limited" | "refused";

/** Of these accounts and of those that pay for them. Who isn't in the answer is allowed. */
export async function readStandings(t: RawTx, providerId: number, accountIds: readonly string[]): Promise<ReadonlyMap<string, Standing>> {
  const rows = await t<{ account_id: string; state: CreditState }[]>`
    select account_id, state from app.credit_states where provider_id = ${providerId} and state <> 'active' and account_id = any(${accountIds as string[]}::uuid[] || array(
      select payer_account_id from app.balances where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) and payer_account_id is not null))`;
  return new Map(rows.map(({ account_id, state }) => [account_id, standingOf(state)]));
}

const standingOf = (state: CreditState): Standing => {
  const { maySpend, enforces } = states[state];
  return !maySpend ? "refused" : enforces === "limit" ? "limited" : "allowed";
};
