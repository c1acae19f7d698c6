// A person takes back what a person posted. What the system charged has its own ways back: re-rating, the end of a service, the payment's page.
import { and, asc, eq } from "drizzle-orm";
import * as v from "valibot";
import { rawOf, type Tx } from "../../db/client.ts";
import { ledgerPostings, ledgerTransactions } from "../../db/schema/ledger.ts";
import { type CommandContext, defineCommand } from "../kernel/command.ts";
import { accept, type Refusal, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountsInScope } from "../subscribers/in-scope.ts";
import { reasonField } from "./amount-fields.ts";
import { readBalance, withdrawableOf } from "./balance.ts";
import { personOf, postByHand, refuseBeyondLimit } from "./by-hand.ts";
import { holdClosedBefore } from "./closed-months.ts";
import { lockBalances } from "./post.ts";
import { type LedgerTransaction, type Posting, reversed, settlementDelta, type TemplateName } from "./templates.ts";

const byHand: ReadonlySet<string> = new Set<TemplateName>([
  "account.adjusted",
  "balance.opened",
  "bonus.granted",
  "debt.written-off",
  "transfer.sent",
  "transfer.received",
]);

/** Whether a person may take back a transaction of this template. */
export const isReversibleByHand = (template: string): boolean => byHand.has(template);

/**
 * What was drawn from pots is given back to them, and both sides of a transfer go back together. It takes effect when the original did, or now if
 * that month is closed.
 */
export const reverse = defineCommand({
  name: "ledger.reverse",
  summary: "Reverse an adjustment, a bonus, a write-off, a transfer or a carried-over balance, once",
  permission: "ledger:adjust",
  level: "subscriber",
  input: v.strictObject({ accountId: idField, transactionId: idField, reason: reasonField }),

  async run(context, { accountId, transactionId, reason }) {
    const { tx, providerId, audit } = context;
    const otherAccountId = await otherSideOf(tx, providerId, accountId, transactionId);
    const accounts = await accountsInScope(context, otherAccountId ? [accountId, otherAccountId] : [accountId]);
    const original = accounts && (await transactionOf(tx, providerId, accountId, transactionId));
    if (!original) return refuse("not_found");
    if (!isReversibleByHand(original.template)) return refuse("not_reversible", { template: original.template });
    const closedBeforeMs = await holdClosedBefore(rawOf(tx), providerId);
    await lockBalances(
      rawOf(tx),
      providerId,
      accounts.map(({ account }) => account.accountId),
    );
    const sides = [original];
    if (otherAccountId) sides.push((await transactionOf(tx, providerId, otherAccountId, otherTransactionOf(original.details)!))!);
    if (await isReversed(tx, providerId, original)) return refuse("already_reversed");
    if (await hasExpired(tx, providerId, original))
      return refuse("not_reversible", {
        template: original.template,
        detail: "What was left of it has expired, so that is taken back already. Correct the rest by an adjustment.",
      });
    const refusal =
      (await refuseBeyondLimit(context, settlementDelta(original.postings), original.currency)) ?? (await refuseUnfunded(context, sides));
    if (refusal) return refusal;
    const transactions = sides.map((side) =>
      reversalOf(side, { closedBeforeMs, now: context.now, details: { reason, by: personOf(context.actor) } }),
    );
    await postByHand(context, transactions);
    const amount = formatMicros(settlementDelta(original.postings));
    audit({
      after: {
        accountId,
        reversed: transactionId,
        template: original.template,
        amount,
        currency: original.currency,
        reason,
        transactionId: transactions[0]!.id,
      },
    });
    return accept({ transactionId: transactions[0]!.id });
  },
});

type Original = Pick<LedgerTransaction, "id" | "accountId" | "currency" | "effectiveAt" | "postings"> & {
  readonly template: string;
  readonly details: unknown;
};

type When = { readonly closedBeforeMs: number; readonly now: Temporal.Instant; readonly details: object };

function reversalOf(
  { id, accountId, currency, template, effectiveAt, postings }: Original,
  { closedBeforeMs, now, details }: When,
): LedgerTransaction {
  const isOpen = Temporal.Instant.from(effectiveAt).epochMilliseconds >= closedBeforeMs;
  return {
    ...{ id: newId(), accountId, currency, sourceKey: `reversed:${id}`, details, reversesId: id },
    template: `${template as TemplateName}.reversed`,
    effectiveAt: isOpen ? effectiveAt : now.toString(),
    postings: reversed(postings),
  };
}

/** Whoever received a transfer must still have the money: it was theirs to spend. */
async function refuseUnfunded({ tx, providerId }: CommandContext, sides: readonly Original[]): Promise<Refusal | undefined> {
  const received = sides.find(({ template }) => template === "transfer.received");
  if (!received) return undefined;
  const most = withdrawableOf((await readBalance(rawOf(tx), providerId, received.accountId))!);
  return settlementDelta(received.postings) <= most
    ? undefined
    : refuse("insufficient_funds", { available: formatMicros(most > 0n ? most : 0n) });
}

async function transactionOf(tx: Tx, providerId: number, accountId: string, id: string): Promise<Original | undefined> {
  const t = ledgerTransactions;
  const [row] = await tx
    .select()
    .from(t)
    .where(and(eq(t.providerId, providerId), eq(t.accountId, accountId), eq(t.id, id)));
  if (!row) return undefined;
  const p = ledgerPostings;
  const lines = await tx
    .select()
    .from(p)
    .where(and(eq(p.providerId, providerId), eq(p.accountId, accountId), eq(p.transactionId, id)))
    .orderBy(asc(p.line));
  const { template, effectiveAt, details } = row;
  const postings = lines.map(({ debit, credit, amountMicros }) => ({ debit, credit, amountMicros }) as Posting);
  return {
    id,
    accountId,
    currency: lines[0]!.currency,
    template,
    effectiveAt: Temporal.Instant.from(effectiveAt).toString(),
    details,
    postings,
  };
}

async function isReversed(tx: Tx, providerId: number, { accountId, id }: Original): Promise<boolean> {
  const t = ledgerTransactions;
  const which = and(eq(t.providerId, providerId), eq(t.accountId, accountId), eq(t.reversesId, id));
  return (await tx.select({ id: t.id }).from(t).where(which)).length > 0;
}

/** Whether something of the pot that it made expired. */
async function hasExpired(tx: Tx, providerId: number, { accountId, id }: Original): Promise<boolean> {
  const rows = await rawOf(tx)`
    select from app.pots p
    join app.pot_draws d on d.provider_id = p.provider_id and d.account_id = p.account_id and d.pot_id = p.id
    join app.ledger_transactions x on x.provider_id = d.provider_id and x.account_id = d.account_id and x.id = d.transaction_id
    where p.provider_id = ${providerId} and p.account_id = ${accountId} and p.transaction_id = ${id} and x.template = 'pot.expired' limit 1`;
  return rows.length > 0;
}

async function otherSideOf(tx: Tx, providerId: number, accountId: string, id: string): Promise<string | undefined> {
  const t = ledgerTransactions;
  const which = and(eq(t.providerId, providerId), eq(t.accountId, accountId), eq(t.id, id));
  const [row] = await tx.select({ details: t.details, template: t.template }).from(t).where(which);
  return row && /^transfer\.(sent|received)$/.test(row.template) ? (row.details as { otherAccountId: string }).otherAccountId : undefined;
}

const otherTransactionOf = (details: unknown) => (details as { otherTransactionId?: string }).otherTransactionId;
