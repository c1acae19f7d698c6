// One transaction of the books: what it moved, where it came from, which pots paid, and the way back.
import { Hono } from "hono";
import { movementText } from "../../../views/shared/ledger-words.ts";
import { usageWords } from "../../../views/shared/usage-words.ts";
import { chargeOfLine, nameOfCharge } from "../../ledger/charge-of-line.ts";
import { isReversibleByHand, reverse } from "../../ledger/reverse.ts";
import { accountsTransaction } from "../../read/account-transaction/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { askFor, done, figuresOf, may, page, param, posted, route, run } from "./frame.ts";
import { refusalText, refuseHidden } from "./settle.ts";

export const transactionPages = new Hono<AdminEnv>();

const detailOf = (c: PageContext) => askFor(c, accountsTransaction, { accountId: param(c, "id"), transactionId: param(c, "transaction") });
type Detail = Awaited<ReturnType<typeof detailOf>>;

transactionPages.get(
  "/accounts/:id{[0-9a-f-]{36}}/transactions/:transaction{[0-9a-f-]{36}}",
  route({ permission: "ledger:read" }, async (c) => {
    const detail = await detailOf(c);
    const { transaction, postings, draws } = detail;
    const { accountId, currency, template, reversesId, reversedById } = transaction;
    const text = figuresOf(c);
    const name = movementText(template, transaction.details);
    const title = reversesId ? `${name}, reversed` : name;
    const deltaMicros = postings.reduce((sum, p) => sum + (p.credit === "settlement" ? p.amountMicros : -p.amountMicros), 0n);
    const hrefOf = (id: string) => `/accounts/${accountId}/transactions/${id}`;
    return page(c, {
      title,
      section: "subscribers",
      view: "admin/accounts/transaction",
      data: {
        title,
        transaction,
        crumbs: [
          { label: "Subscribers", href: "/subscribers" },
          { label: transaction.subscriberName, href: `/subscribers/${transaction.subscriberId}` },
          { label: transaction.accountNumber, href: `/accounts/${accountId}` },
          { label: title },
        ],
        here: hrefOf(transaction.transactionId),
        amount: text.money(deltaMicros, currency, { signed: true }),
        gains: deltaMicros > 0n,
        after: text.money(postings.at(-1)?.balanceAfterMicros ?? 0n, currency),
        pots: draws.map((draw) => ({
          name: draw.name,
          kind: draw.kind,
          amount: text.money(draw.amountMicros < 0n ? -draw.amountMicros : draw.amountMicros, currency),
          verb: draw.amountMicros > 0n ? "paid" : "got back",
        })),
        cash:
          draws.length === 0 ? "" : text.money(abs(deltaMicros) - abs(draws.reduce((sum, draw) => sum + draw.amountMicros, 0n)), currency),
        effective: text.dateTime(transaction.effectiveAt, true),
        posted: text.dateTime(transaction.postedAt, true),
        postings: postings.map((p) => ({
          line: p.line,
          debit: { code: p.debit, name: p.debitName },
          credit: { code: p.credit, name: p.creditName },
          amount: text.amount(p.amountMicros, currency),
          balance: text.amount(p.balanceAfterMicros, currency),
        })),
        source: sourceOf(c, detail, text),
        reverses: reversesId && hrefOf(reversesId),
        reversedBy: reversedById && hrefOf(reversedById),
        canReverse: may(c, "ledger:adjust") && reversedById === null && isReversibleByHand(template),
      },
    });
  }),
);

const abs = (micros: bigint) => (micros < 0n ? -micros : micros);

/** A fact about where the transaction comes from; `href` leads to it. */
type Fact = { readonly label: string; readonly text: string; readonly href?: string };

function sourceOf(
  c: PageContext,
  { transaction, postings, usage, others }: Detail,
  text: FiguresText,
): { facts: Fact[]; usage: object[]; more: number } {
  const { accountId, template, details, currency, records } = transaction;
  const plain = template.replace(/\.reversed$/, "");
  const facts: Fact[] = [];
  const person = (label: string, who: unknown) => {
    const name = (who as { name?: unknown } | undefined)?.name;
    if (typeof name === "string") facts.push({ label, text: name, ...(may(c, "audit:read") ? { href: auditOf(who) } : {}) });
  };
  person("By", details.by);
  person("Approved by", details.approvedBy);
  if (typeof details.reason === "string") facts.push({ label: "Why", text: details.reason });
  for (const posting of postings) {
    const charge = chargeOfLine(template, details, posting.line);
    if (charge && !("tax" in charge))
      facts.push({
        label: "Charge",
        text: nameOfCharge(charge, false, posting.credit === "settlement" ? posting.amountMicros : -posting.amountMicros),
        href: `/accounts/${accountId}/charges/${charge.chargeId}`,
      });
  }
  for (const { accountId: id, number, subscriberName } of others)
    facts.push({ label: otherLabel(plain), text: `${number}, ${subscriberName}`, href: `/accounts/${id}` });
  if (typeof details.otherTransactionId === "string" && typeof details.otherAccountId === "string")
    facts.push({
      label: "Its other side",
      text: "The transaction there",
      href: `/accounts/${details.otherAccountId}/transactions/${details.otherTransactionId}`,
    });
  if (plain === "charge.covered" && typeof details.transactionId === "string")
    facts.push({
      label: "What was charged",
      text: "The charge itself",
      href: `/accounts/${accountId}/transactions/${details.transactionId}`,
    });
  if (typeof details.rerating === "string")
    facts.push({ label: "Re-rating", text: "What was rated again", href: `/reratings/${details.rerating}` });
  if (typeof details.paymentId === "string") facts.push({ label: "Payment", text: "The payment", href: `/payments/${details.paymentId}` });
  if (records > 0) facts.push({ label: "Usage", text: `${text.count(records)} ${records === 1 ? "record" : "records"}` });
  return {
    facts,
    usage: usage.map((one) => ({
      href: `/usage/${accountId}/${encodeURIComponent(one.startedAt)}/${one.key}`,
      when: text.dateTime(one.startedAt),
      what: usageWords({ ...one, destinationName: null, durationSec: 0, facts: null }, text.locale).what,
      amount: text.amount(one.amountMicros, currency),
    })),
    more: records - usage.length,
  };
}

const otherLabel = (template: string): string =>
  ({
    "transfer.sent": "To account",
    "transfer.received": "From account",
    "charge.covered": "Paid by account",
    "charge.paid-for": "For account",
  })[template] ?? "Account";

const auditOf = (who: unknown) => `/audit?actor=${encodeURIComponent(String((who as { id?: unknown }).id))}`;

transactionPages.post(
  "/accounts/:id{[0-9a-f-]{36}}/transactions/:transaction{[0-9a-f-]{36}}/reversal",
  route({ permission: "ledger:adjust" }, async (c) => {
    const ids = { accountId: param(c, "id"), transactionId: param(c, "transaction") };
    const { transaction } = await detailOf(c);
    const outcome = await run(c, reverse, { ...ids, reason: posted(c, "reason") }, { providerId: transaction.providerId });
    const href = (id: string) => `/accounts/${ids.accountId}/transactions/${id}`;
    if (outcome.ok) return done(c, href(outcome.value.transactionId), "It is reversed. This is the reversal.");
    refuseHidden(outcome);
    return done(c, href(ids.transactionId), { tone: "bad", text: refusalText(outcome) });
  }),
);
