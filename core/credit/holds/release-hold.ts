import * as v from "valibot";
import { rawOf } from "../../../db/client.ts";
import { defineCommand } from "../../kernel/command.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { lineField } from "../../kernel/input-fields.ts";
import { lockBalances } from "../../ledger/balance.ts";
import { endHolds } from "../../ledger/holds.ts";
import { accountInScope } from "../../subscribers/in-scope.ts";

/** For a session that ended without a word, or never began. Usage that comes after all is charged as always. */
export const releaseHold = defineCommand({
  name: "credit.release",
  summary: "Set free what is held for a session",
  permission: "credit:write",
  level: "subscriber",
  input: v.strictObject({ sessionKey: lineField(255) }),
  async run(context, { sessionKey }) {
    const { tx, providerId, now, emit, audit } = context;
    const t = rawOf(tx);
    const [session] = await t<{ account_id: string }[]>`
      select account_id from app.hold_sessions where provider_id = ${providerId} and session_key = ${sessionKey}`;
    const found = session && (await accountInScope(context, session.account_id));
    if (!found) return refuse("not_found");
    const { accountId } = found.account;
    await lockBalances(t, providerId, [accountId]);
    const [ended] = await endHolds(t, providerId, [[accountId, sessionKey]], "released", now);
    if (!ended) return refuse("hold_ended");
    await emit("account.changed", { accountId, subscriberId: found.subscriber.id });
    audit({ before: { accountId, sessionKey, heldMicros: ended.freedMicros } });
    return accept({ accountId, freedMicros: ended.freedMicros });
  },
});
