// A company's account pays for what others are charged, each up to a limit of the month. Charges so far stay with whom they were charged to.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { balances, payerMonths } from "../../db/schema/ledger.ts";
import { type CommandContext, defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { amountField, idField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountInScope, accountsInScope } from "./in-scope.ts";

type Side = { readonly currency: string; readonly status: "active" | "closed" };

/** Nobody is paid for by somebody who is paid for: a charge moves once. Pure. */
export function decide(account: Side & { readonly paysForOthers: boolean }, payer: Side & { readonly isPaidFor: boolean }): Outcome<null> {
  if (account.status === "closed" || payer.status === "closed") return refuse("account_closed");
  if (account.currency !== payer.currency) return refuse("currencies_differ", { from: payer.currency, to: account.currency });
  if (account.paysForOthers || payer.isPaidFor) return refuse("payer_chain");
  return accept(null);
}

/** `monthlyLimit` null: all that the account is charged. */
export const setPayer = defineCommand({
  name: "subscribers.set-payer",
  summary: "Let one account pay for what another is charged, up to a limit per month",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.pipe(
    v.strictObject({ accountId: idField, payerAccountId: idField, monthlyLimit: v.optional(v.nullable(amountField), null) }),
    v.forward(
      v.check(({ accountId, payerAccountId }) => accountId.toLowerCase() !== payerAccountId.toLowerCase(), "must be another account"),
      ["payerAccountId"],
    ),
  ),

  async run(context, { accountId, payerAccountId, monthlyLimit }) {
    const found = await accountsInScope(context, [accountId, payerAccountId]);
    if (!found) return refuse("not_found");
    const [account, payer] = [found[0]!.account, found[1]!.account];
    const state = await balanceOf(context, account.accountId);
    const isPaidFor = (await balanceOf(context, payer.accountId)).payerAccountId !== null;
    const decision = decide({ ...account, paysForOthers: await paysForOthers(context, account.accountId) }, { ...payer, isPaidFor });
    if (!decision.ok) return decision;
    await changePayer(context, found[0]!, payer.accountId, monthlyLimit);
    context.audit({
      before: shown(state.payerAccountId, state.payerLimitMicros),
      after: { accountId: account.accountId, ...shown(payer.accountId, monthlyLimit) },
    });
    return accept({ accountId: account.accountId });
  },
});

export const clearPayer = defineCommand({
  name: "subscribers.clear-payer",
  summary: "Let an account pay for itself again",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({ accountId: idField }),

  async run(context, { accountId }) {
    const found = await accountInScope(context, accountId);
    if (!found) return refuse("not_found");
    const state = await balanceOf(context, found.account.accountId);
    await changePayer(context, found, null, null);
    context.audit({
      before: shown(state.payerAccountId, state.payerLimitMicros),
      after: { accountId: found.account.accountId, ...shown(null, null) },
    });
    return accept({ accountId: found.account.accountId });
  },
});

type Found = NonNullable<Awaited<ReturnType<typeof accountInScope>>>;

/** What another payer paid counts for nobody else: not for the limit, nor as something to give back. Credit control looks again: what may be spent has changed. */
async function changePayer(
  context: CommandContext,
  { account, subscriber }: Found,
  payerAccountId: string | null,
  payerLimitMicros: bigint | null,
) {
  const { tx, providerId, now, emit } = context;
  const before = await balanceOf(context, account.accountId);
  await tx
    .update(balances)
    .set({ payerAccountId, payerLimitMicros, checkCreditAt: now.toString() })
    .where(ofAccount(context, account.accountId));
  if (before.payerAccountId !== payerAccountId)
    await tx.delete(payerMonths).where(and(eq(payerMonths.providerId, providerId), eq(payerMonths.accountId, account.accountId)));
  await emit("account.changed", { accountId: account.accountId, subscriberId: subscriber.id });
}

async function balanceOf(context: CommandContext, accountId: string) {
  const [row] = await context.tx
    .select({ payerAccountId: balances.payerAccountId, payerLimitMicros: balances.payerLimitMicros })
    .from(balances)
    .where(ofAccount(context, accountId));
  return row!;
}

/** Both accounts are held: nobody makes one of them a payer meanwhile. */
async function paysForOthers({ tx, providerId }: CommandContext, accountId: string): Promise<boolean> {
  const which = and(eq(balances.providerId, providerId), eq(balances.payerAccountId, accountId));
  return (await tx.select({ accountId: balances.accountId }).from(balances).where(which).limit(1)).length > 0;
}

const ofAccount = ({ providerId }: Pick<CommandContext, "providerId">, accountId: string) =>
  and(eq(balances.providerId, providerId), eq(balances.accountId, accountId));

const shown = (payerAccountId: string | null, limit: bigint | null) => ({
  payerAccountId,
  monthlyLimit: limit === null ? null : formatMicros(limit),
});
