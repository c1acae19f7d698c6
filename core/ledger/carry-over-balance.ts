import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { formatMicros, parseMicros } from "../kernel/money.ts";
import { accountInScope } from "../subscribers/in-scope.ts";
import { postedData } from "./gl-entries.ts";
import { lockBalances, post } from "./post.ts";
import { templates } from "./templates.ts";

export const carryOverBalance = defineCommand({
  name: "ledger.carry-over-balance",
  summary: "Enter the balance that an account brings along from an earlier system, once",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({
    accountId: v.pipe(v.string(), v.uuid()),
    /** Decimal text; negative for a debt. */
    amount: v.pipe(
      v.string(),
      v.check((text) => (parseMicros(text) ?? 0n) !== 0n, 'An amount such as "125.50" or "-10", not zero'),
    ),
  }),
  async run(context, { accountId, amount }) {
    const { tx, providerId, now, emit, audit } = context;
    const found = await accountInScope(context, accountId);
    if (!found) return refuse("not_found");
    if (found.account.status === "closed") return refuse("account_closed");
    const amountMicros = parseMicros(amount)!;
    await lockBalances(rawOf(tx), providerId, [accountId]);
    const postings = templates["balance.opened"]({ amountMicros });
    const transaction = {
      id: newId(),
      accountId,
      currency: found.account.currency,
      template: "balance.opened" as const,
      sourceKey: "balance.opened",
      effectiveAt: now.toString(),
      details: {},
      postings,
    };
    const posted = await post(rawOf(tx), providerId, [transaction], now);
    if (posted.length === 0) return refuse("balance_already_opened");
    await emit("ledger.posted", postedData([transaction]));
    audit({ after: { accountId, amount: formatMicros(amountMicros) } });
    return accept({ transactionId: transaction.id });
  },
});
