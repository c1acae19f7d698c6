// The one function that writes the books: who may, what it refuses, which pot pays, who takes over.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { newId } from "../../core/kernel/id.ts";
import { lockBalances } from "../../core/ledger/balance.ts";
import { post, postProvider } from "../../core/ledger/post.ts";
import { ledgerProofs } from "../../core/ledger/proofs.ts";
import { type LedgerTransaction, providerTemplates, reversed, templates } from "../../core/ledger/templates.ts";
import { type RawTx, rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

let db: TestDatabase;
let provider: SeededProvider;
beforeAll(async () => {
  db = await testDatabase();
  provider = await seedProvider(db.admin);
});
afterAll(() => db.close());

const now = Temporal.Instant.from("2026-11-20T10:00:00Z");
const million = 1_000_000n;
const within = <T>(work: (t: RawTx) => Promise<T>) => inTenant(db.core.db, [1], (tx) => work(rawOf(tx)));

const transaction = (
  accountId: string,
  given: Pick<LedgerTransaction, "template" | "postings"> & Partial<LedgerTransaction>,
): LedgerTransaction => ({
  ...{ id: newId(), accountId, currency: "UAH", sourceKey: newId(), effectiveAt: now.toString(), details: {} },
  ...given,
});
const paid = (accountId: string, units: bigint) =>
  transaction(accountId, {
    template: "payment.received",
    postings: templates["payment.received"]({ cash: "cash.desk", amountMicros: units * million }),
  });
const used = (accountId: string, units: bigint) =>
  transaction(accountId, { template: "usage.charged", postings: templates["usage.charged"]({ amountMicros: units * million }) });
const bonus = (accountId: string, units: bigint, priority: number, expiresAt: string | null = null) =>
  transaction(accountId, {
    template: "bonus.granted",
    postings: templates["bonus.granted"]({ amountMicros: units * million }),
    pot: { kind: "bonus", name: `Bonus ${priority}`, priority, expiresAt },
  });

const postAll = (...transactions: LedgerTransaction[]) =>
  within(async (t) => {
    await lockBalances(
      t,
      1,
      transactions.map(({ accountId }) => accountId),
    );
    for (const one of transactions) await post(t, 1, [one], now);
  });
const stateOf = async (accountId: string) => {
  const [row] =
    await db.admin`select balance_micros / 1000000 as balance, granted_micros / 1000000 as granted from app.balances where account_id = ${accountId}`;
  const pots =
    await db.admin`select name, remaining_micros / 1000000 as remaining from app.pots where account_id = ${accountId} order by priority desc, expires_at nulls last, granted_at, id`;
  return { balance: Number(row!.balance), granted: Number(row!.granted), pots: pots.map((p) => Number(p.remaining)) };
};
const broken = async () => (await Promise.all(ledgerProofs.map((proof) => within((t) => proof.find(t, 1, 10))))).flat();
const accountOf = (n: number) => provider.services[n]!.accountId;

test("entries that the posting function didn't write are refused by the database, whoever writes them", async () => {
  for (const insert of [
    (
      t: RawTx,
    ) => t`insert into app.ledger_transactions (provider_id, account_id, id, template, source_key, effective_at, posted_at, details)
      values (1, ${accountOf(0)}, ${newId()}, 'payment.received', 'mine', now(), now(), '{}')`,
    (t: RawTx) => t`insert into app.provider_transactions (provider_id, id, template, source_key, effective_at, posted_at, details)
      values (1, ${newId()}, 'cards.expired', 'mine', now(), now(), '{}')`,
    async (t: RawTx) => {
      const given = paid(accountOf(0), 1n);
      await lockBalances(t, 1, [accountOf(0)]);
      await post(t, 1, [given], now);
      // After it has posted, the word is taken back.
      await t`insert into app.ledger_postings (provider_id, account_id, transaction_id, line, debit, credit, amount_micros, currency)
        values (1, ${accountOf(0)}, ${given.id}, 2, 'cash.desk', 'settlement', 1, 'UAH')`;
    },
  ])
    await expect(within(async (t) => void (await insert(t)))).rejects.toMatchObject({ code: "42501" });
});

test("what asks first can't take what is available below zero; what has happened may", async () => {
  const [account, other] = [accountOf(1), accountOf(2)];
  await postAll(paid(account, 10n));
  const sent = (units: bigint) =>
    transaction(account, { template: "transfer.sent", postings: templates["transfer.sent"]({ amountMicros: units * million }) });
  await expect(postAll(sent(11n))).rejects.toMatchObject({ code: "23514", constraint_name: "ledger_transactions_funded" });
  await db.admin`update app.balances set held_micros = 5000000 where account_id = ${account}`;
  await expect(postAll(sent(6n))).rejects.toMatchObject({ code: "23514" });
  await db.admin`update app.balances set credit_limit_micros = 1000000 where account_id = ${account}`;
  await postAll(
    sent(6n),
    transaction(other, { template: "transfer.received", postings: templates["transfer.received"]({ amountMicros: 6n * million }) }),
  );
  expect((await stateOf(account)).balance).toBe(4);
  await postAll(used(account, 9n));
  expect((await stateOf(account)).balance).toBe(-5);
});

test("pots pay in their order, cash in its place, and a reversal gives each its own back", async () => {
  const account = accountOf(3);
  await postAll(
    paid(account, 10n),
    bonus(account, 3n, -1),
    bonus(account, 5n, 20, "2027-01-01T00:00:00Z"),
    bonus(account, 5n, 20, "2026-12-01T00:00:00Z"),
  );
  expect(await stateOf(account)).toEqual({ balance: 23, granted: 13, pots: [5, 5, 3] });
  const call = used(account, 7n);
  await postAll(call);
  expect(await stateOf(account)).toEqual({ balance: 16, granted: 6, pots: [0, 3, 3] });
  await postAll(used(account, 14n));
  // 3 of the pot that came before cash, 10 of cash, 1 of the one behind it.
  expect(await stateOf(account)).toEqual({ balance: 2, granted: 2, pots: [0, 0, 2] });
  await postAll(transaction(account, { template: "usage.charged.reversed", postings: reversed(call.postings), reversesId: call.id }));
  expect(await stateOf(account)).toEqual({ balance: 9, granted: 9, pots: [5, 2, 2] });
  expect(await broken()).toEqual([]);
});

test("a grant that is taken back empties its own pot first, and cash pays what was spent of it", async () => {
  const account = accountOf(4);
  const [first, second] = [bonus(account, 5n, 20), bonus(account, 5n, 10)];
  await postAll(first, second, used(account, 2n));
  await postAll(transaction(account, { template: "bonus.granted.reversed", postings: reversed(second.postings), reversesId: second.id }));
  expect(await stateOf(account)).toEqual({ balance: 3, granted: 3, pots: [3, 0] });
  await postAll(transaction(account, { template: "bonus.granted.reversed", postings: reversed(first.postings), reversesId: first.id }));
  expect(await stateOf(account)).toEqual({ balance: -2, granted: 0, pots: [0, 0] });
});

test("a payer takes over what is charged up to his limit, gets back what is credited, and nobody's pot pays for it", async () => {
  const [company, worker, other] = [accountOf(5), accountOf(6), accountOf(7)];
  await db.admin`update app.balances set payer_account_id = ${company}, payer_limit_micros = 10000000 where account_id = ${worker}`;
  await db.admin`update app.balances set payer_account_id = ${company} where account_id = ${other}`;
  await postAll(paid(company, 99n), bonus(company, 1n, 20), bonus(worker, 5n, 20));
  const call = used(worker, 4n);
  await within(async (t) => {
    await lockBalances(t, 1, [worker, other, company]);
    const posted = await post(t, 1, [call, used(other, 2n), used(company, 1n)], now);
    expect(posted.map(({ balanceMicros }) => balanceMicros / million).sort()).toEqual([0n, 5n, 93n]);
  });
  expect([await stateOf(company), await stateOf(worker), await stateOf(other)].map((s) => s.balance)).toEqual([93, 5, 0]);
  const draws =
    await db.admin`select amount_micros / 1000000 as amount, template from app.pot_draws join app.ledger_transactions on id = transaction_id where pot_draws.account_id = ${company}`;
  expect(draws.map((d) => [Number(d.amount), d.template])).toEqual([[1, "usage.charged"]]);
  await postAll(used(worker, 9n));
  // 6 were left of the month; of the other 3 the worker's bonus pays.
  expect((await stateOf(company)).balance).toBe(87);
  expect(await stateOf(worker)).toEqual({ balance: 2, granted: 2, pots: [2] });
  await postAll(transaction(worker, { template: "usage.charged.reversed", postings: reversed(call.postings), reversesId: call.id }));
  expect([(await stateOf(company)).balance, (await stateOf(worker)).balance]).toEqual([91, 2]);
  const [clearing] =
    await db.admin`select sum(case when credit = 'clearing.transfers' then amount_micros else -amount_micros end)::text as sum from app.ledger_postings
    where 'clearing.transfers' in (debit, credit) and account_id = any(${[company, worker, other]}::uuid[])`;
  expect(clearing!.sum).toBe("0");
  const events = await db.admin`select data from app.events where type = 'ledger.posted'`;
  expect(events.length).toBe(3);
  expect(await broken()).toEqual([]);
});

test("credit control is told when the balance leaves its band, and since when something is owed", async () => {
  const account = accountOf(8);
  await db.admin`update app.balances set watch_below_micros = -2000000, watch_above_micros = 5000000, check_credit_at = '2027-01-01' where account_id = ${account}`;
  const at = async () =>
    (await db.admin`select check_credit_at::text as at, owed_since::text as since from app.balances where account_id = ${account}`)[0]!;
  await postAll(used(account, 2n));
  expect(await at()).toEqual({ at: "2027-01-01 00:00:00+00", since: "2026-11-20 10:00:00+00" });
  await postAll(used(account, 1n));
  expect((await at()).at).toBe("2026-11-20 10:00:00+00");
  await postAll(paid(account, 8n));
  expect((await at()).since).toBeNull();
});

test("the provider's own books take a source once, and only what is theirs", async () => {
  const given = {
    ...{
      id: newId(),
      currency: "UAH",
      template: "payment.unmatched" as const,
      sourceKey: "payment:1",
      effectiveAt: now.toString(),
      details: {},
    },
    postings: providerTemplates["payment.unmatched"]({ cash: "cash.bank", amountMicros: 5n * million }),
  };
  expect(await within((t) => postProvider(t, 1, [given], now))).toEqual([given.id]);
  expect(await within((t) => postProvider(t, 1, [{ ...given, id: newId() }], now))).toEqual([]);
  const wrong = {
    ...given,
    id: newId(),
    sourceKey: "payment:2",
    postings: templates["payment.received"]({ cash: "cash.bank", amountMicros: 1n }),
  };
  await expect(within((t) => postProvider(t, 1, [wrong], now))).rejects.toMatchObject({ code: "23514" });
});
