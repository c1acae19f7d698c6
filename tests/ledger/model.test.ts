// Random lives of accounts against a model in memory: after each step balances, pots and the general ledger must be what the model says.
// `MB_MODEL_SEQUENCES=10000 npm test -- tests/ledger/model.test.ts` runs as many; `MB_SEED` repeats a run. Step k of many sequences is posted in one call.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { newId } from "../../core/kernel/id.ts";
import { expirePots } from "../../core/ledger/expire-pots.ts";
import { lockBalances, post } from "../../core/ledger/post.ts";
import { ledgerProofs } from "../../core/ledger/proofs.ts";
import { type LedgerTransaction, type Posting, reversed, templates } from "../../core/ledger/templates.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";
import {
  type AccountModel,
  apply,
  availableOf,
  GeneralLedger,
  gainOf,
  grantedOf,
  type Movement,
  most,
  type PotModel,
  withdrawableOf,
} from "./model.ts";

const sequences = Number(process.env.MB_MODEL_SEQUENCES ?? 200);
const atOnce = 250;
const longest = 50;
const seed = Number(process.env.MB_SEED ?? Math.trunc(Math.random() * 2 ** 31));

let db: TestDatabase;
let provider: SeededProvider;
let now = Temporal.Instant.from("2026-11-01T10:00:00Z");
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  provider = await seedProvider(db.admin);
});
afterAll(() => db.close());

/** mulberry32: the same seed, the same numbers. */
function numbers(start: number): (below: number) => number {
  let a = start >>> 0;
  return (below) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Two accounts, and one that pays for the first in half of the sequences. */
type Life = { readonly accounts: readonly [AccountModel, AccountModel, AccountModel]; readonly steps: number; readonly past: Movement[] };

async function livesOf(count: number, random: (below: number) => number): Promise<Life[]> {
  const { subscriberId } = provider.services[0]!;
  const lives = Array.from({ length: count }, (): Life => {
    const account = (payerLimit: bigint | null = null): AccountModel => ({
      ...{ id: newId(), balance: 0n, held: 0n, credit: BigInt(random(3)) * 20_000_000n, pots: [], payer: undefined, payerLimit, paid: 0n },
    });
    const payer = account();
    const first = account(random(3) === 0 ? null : BigInt(random(60)) * 1_000_001n);
    if (random(2) === 0) first.payer = payer;
    return { accounts: [first, account(), payer], steps: 1 + random(longest), past: [] };
  });
  const all = lives.flatMap(({ accounts }) => accounts);
  const ids = all.map(({ id }) => id);
  await db.admin`insert into app.accounts (provider_id, account_id, subscriber_id, number, currency, kind, status, created_at)
    select ${provider.providerId}::int, id, ${subscriberId}::uuid, id::text, 'UAH', 'prepaid', 'active', now() from unnest(${ids}::uuid[]) as g(id)`;
  await db.admin`insert into app.balances (provider_id, account_id, currency, balance_micros, credit_limit_micros, payer_account_id, payer_limit_micros)
    select ${provider.providerId}::int, id, 'UAH', 0, credit, payer, case when payer is not null then limit_micros end
    from unnest(${ids}::uuid[], ${all.map((one) => one.credit.toString())}::bigint[], ${all.map((one) => one.payer?.id ?? null)}::uuid[], ${all.map((one) => one.payerLimit?.toString() ?? null)}::bigint[])
      as g(id, credit, payer, limit_micros)`;
  return lives;
}

type Step = { readonly transactions: LedgerTransaction[]; readonly held?: AccountModel };

/** Chooses what happens next, tells the model, and gives what is to be posted. */
function next(life: Life, random: (below: number) => number, gl: GeneralLedger): Step {
  const account = life.accounts[random(3)]!;
  const micros = BigInt(1 + random(40_000_000));
  const tax = random(2) === 0 ? micros / 5n : 0n;
  const at = now.epochMilliseconds;
  const move = (
    template: string,
    postings: readonly Posting[],
    more: { pot?: PotModel; of?: AccountModel; id?: string } = {},
  ): LedgerTransaction => {
    const id = more.id ?? newId();
    const of = more.of ?? account;
    const lines = postings.map((p) =>
      p.credit === "settlement" ? { gl: p.debit, gain: p.amountMicros } : { gl: p.credit, gain: -p.amountMicros },
    );
    life.past.push(apply(gl, { id, account: of, template, lines, ...(more.pot ? { pot: more.pot } : {}) }));
    return {
      id,
      accountId: of.id,
      currency: "UAH",
      template: template as "usage.charged",
      sourceKey: id,
      effectiveAt: now.toString(),
      details: {},
      postings,
    };
  };
  const withPot = (template: string, kind: "bonus" | "card", postings: readonly Posting[]): LedgerTransaction => {
    const id = newId();
    const expiresAt = random(2) === 0 ? null : at + (1 + random(20)) * 60_000;
    const pot: PotModel = { key: id, kind, priority: [-10, 0, 10, 10, 50][random(5)]!, expiresAt, grantedAt: at, left: micros };
    const expires = expiresAt === null ? null : Temporal.Instant.fromEpochMilliseconds(expiresAt).toString();
    return { ...move(template, postings, { pot, id }), pot: { kind, name: template, priority: pot.priority, expiresAt: expires } };
  };
  const one = (transaction: LedgerTransaction): Step => ({ transactions: [transaction] });
  const cash = "cash.desk" as const;
  const none: Step = { transactions: [] };
  switch (random(15)) {
    case 0:
    case 1:
      return one(move("payment.received", templates["payment.received"]({ cash, amountMicros: micros })));
    case 2:
    case 3:
      return one(move("usage.charged", templates["usage.charged"]({ amountMicros: micros, taxMicros: tax })));
    case 4:
      return one(move("fee.charged", templates["fee.charged"]({ amountMicros: micros, taxMicros: tax })));
    case 5:
      return one(move("usage.charged.reversed", reversed(templates["usage.charged"]({ amountMicros: micros / 4n + 1n }))));
    case 6: {
      const sign = random(2) === 0 ? 1n : -1n;
      return one(move("account.adjusted", templates["account.adjusted"]({ amountMicros: sign * micros, taxMicros: sign * tax })));
    }
    case 7: {
      const other = life.accounts[(life.accounts.indexOf(account) + 1 + random(2)) % 3]!;
      const amountMicros = micros < withdrawableOf(account) ? micros : withdrawableOf(account);
      if (amountMicros <= 0n) return none;
      const transactions = [
        move("transfer.sent", templates["transfer.sent"]({ amountMicros })),
        move("transfer.received", templates["transfer.received"]({ amountMicros }), { of: other }),
      ];
      const [sent, received] = life.past.slice(-2) as [Movement, Movement];
      sent.other = received;
      received.other = sent;
      return { transactions };
    }
    case 8:
      return one(withPot("bonus.granted", "bonus", templates["bonus.granted"]({ amountMicros: micros })));
    case 9:
      return one(withPot("card.redeemed", "card", templates["card.redeemed"]({ amountMicros: micros, promotion: random(2) === 0 })));
    case 10: {
      const amountMicros = micros < withdrawableOf(account) ? micros : withdrawableOf(account);
      return amountMicros <= 0n ? none : one(move("payment.refunded", templates["payment.refunded"]({ cash, amountMicros })));
    }
    case 11:
      return account.balance >= 0n
        ? none
        : one(move("debt.written-off", templates["debt.written-off"]({ amountMicros: -account.balance })));
    case 12:
      account.held = BigInt(random(3)) * 7_000_000n;
      return { transactions: [], held: account };
    case 13: {
      const priced = micros + tax <= availableOf(account);
      return priced ? one(move("fee.debited", templates["fee.debited"]({ amountMicros: micros, taxMicros: tax }))) : none;
    }
    default: {
      const byHand = /^(payment\.received|account\.adjusted|bonus\.granted|debt\.written-off|transfer\.)/;
      const candidates = life.past.filter((one) => !one.reversed && byHand.test(one.template) && !one.template.endsWith(".reversed"));
      const chosen = candidates[random(Math.max(1, candidates.length))];
      if (!chosen) return none;
      const sides = chosen.other ? [chosen, chosen.other] : [chosen];
      const receiver = sides.find(({ template }) => template === "transfer.received");
      if (receiver && gainOf(receiver.lines) > withdrawableOf(receiver.account)) return none;
      return {
        transactions: sides.map((side): LedgerTransaction => {
          const id = newId();
          const lines = side.lines.map((line) => ({ gl: line.gl, gain: -line.gain }));
          const template = `${side.template}.reversed`;
          life.past.push(apply(gl, { id, account: side.account, template, lines }, side));
          const postings = lines.map((line) =>
            line.gain > 0n
              ? { debit: line.gl, credit: "settlement", amountMicros: line.gain }
              : { debit: "settlement", credit: line.gl, amountMicros: -line.gain },
          ) as Posting[];
          const frame = { id, accountId: side.account.id, currency: "UAH", sourceKey: id, effectiveAt: now.toString(), details: {} };
          return { ...frame, template: template as "account.adjusted", postings, reversesId: side.id };
        }),
      };
    }
  }
}

/** All pots whose time has come, as the job takes them. */
function expireInModel(lives: readonly Life[], gl: GeneralLedger): void {
  for (const { accounts } of lives)
    for (const account of accounts)
      for (const pot of account.pots)
        if (pot.left > 0n && pot.expiresAt !== null && pot.expiresAt <= now.epochMilliseconds) {
          gl.add([{ gl: pot.kind === "card" ? "revenue.expired" : "expense.bonuses", gain: -pot.left }]);
          account.balance -= pot.left;
          pot.left = 0n;
        }
}

type State = { id: string; balance: string; granted: string; held: string; pots: string };

async function compare(lives: readonly Life[], gl: GeneralLedger, place: string): Promise<void> {
  const accounts = lives.flatMap((life) => life.accounts);
  const ids = accounts.map(({ id }) => id);
  const states = await db.admin<State[]>`
    select b.account_id as id, b.balance_micros::text as balance, b.granted_micros::text as granted, b.held_micros::text as held,
      coalesce((select string_agg(p.transaction_id || '=' || p.remaining_micros, ' ' order by p.transaction_id::text) from app.pots p
        where p.provider_id = b.provider_id and p.account_id = b.account_id), '') as pots
    from app.balances b where b.account_id = any(${ids}::uuid[])`;
  const found = new Map(states.map((state) => [state.id, state]));
  const wrong = accounts.flatMap((account) => {
    const pots = account.pots.map((pot) => `${pot.key}=${pot.left}`).sort();
    const model = {
      id: account.id,
      balance: `${account.balance}`,
      granted: `${grantedOf(account)}`,
      held: `${account.held}`,
      pots: pots.join(" "),
    };
    return Bun.deepEquals(found.get(account.id), model) ? [] : [{ model, found: found.get(account.id) }];
  });
  const sums = await db.admin<{ gl: string; sum: string }[]>`
    select gl, sum(amount)::text as sum from (
      select debit as gl, amount_micros as amount from app.ledger_postings where account_id = any(${ids}::uuid[])
      union all select credit, -amount_micros from app.ledger_postings where account_id = any(${ids}::uuid[])) e group by 1`;
  const trial = Object.fromEntries(sums.filter(({ sum }) => sum !== "0").map(({ gl, sum }) => [gl, sum]));
  const expected = Object.fromEntries([...gl.sums].filter(([, sum]) => sum !== 0n).map(([code, sum]) => [code, `${sum}`]));
  expect({ place, seed, wrong: wrong.slice(0, 2), trial }).toEqual({ place, seed, wrong: [], trial: expected });
  expect(sums.reduce((total, { sum }) => total + BigInt(sum), 0n)).toBe(0n);
}

test(`${sequences} random sequences of up to ${longest} steps come to what the model says, after each step`, async () => {
  console.log(`seed ${seed}`);
  let posted = 0;
  for (let done = 0; done < sequences; done += atOnce) {
    const random = numbers(seed + done);
    const lives = await livesOf(Math.min(atOnce, sequences - done), random);
    const gl = new GeneralLedger();
    for (let step = 1; step <= longest; step++) {
      now = now.add({ minutes: 1 });
      const steps = lives.filter((life) => step <= life.steps).map((life) => next(life, random, gl));
      const transactions = steps.flatMap((one) => one.transactions);
      const held = steps.flatMap((one) => one.held ?? []);
      posted += transactions.length;
      await inTenant(db.core.db, [provider.providerId], async (tx) => {
        const t = rawOf(tx);
        await lockBalances(t, provider.providerId, [...transactions.map((one) => one.accountId), ...held.map(({ id }) => id)]);
        await t`update app.balances b set held_micros = g.held from unnest(${held.map(({ id }) => id)}::uuid[], ${held.map((one) => one.held.toString())}::bigint[]) as g(id, held)
          where b.provider_id = ${provider.providerId} and b.account_id = g.id`;
        expect(await post(t, provider.providerId, transactions, now)).toHaveLength(transactions.length);
      });
      if (step % 10 === 0) {
        await expirePots(db.core);
        expireInModel(lives, gl);
      }
      await compare(lives, gl, `sequences from ${done}, step ${step}`);
    }
    await tryToOverspend(lives.slice(0, 5));
  }
  console.log(`${posted} transactions`);
  expect(await findings()).toEqual([]);
}, 1_800_000);

/** One micro above what is available is refused by the database itself; nothing of it stays. */
async function tryToOverspend(lives: readonly Life[]): Promise<void> {
  for (const { accounts } of lives)
    for (const account of accounts) {
      const id = newId();
      const amountMicros = most(0n, availableOf(account)) + 1n;
      const frame = {
        id,
        accountId: account.id,
        currency: "UAH",
        template: "fee.debited" as const,
        sourceKey: id,
        effectiveAt: now.toString(),
        details: {},
      };
      const attempt = inTenant(db.core.db, [provider.providerId], async (tx) => {
        await lockBalances(rawOf(tx), provider.providerId, [account.id]);
        await post(rawOf(tx), provider.providerId, [{ ...frame, postings: templates["fee.debited"]({ amountMicros }) }], now);
      });
      await expect(attempt).rejects.toThrow("ledger_transactions_funded");
    }
}

const findings = async () => {
  const found: string[] = [];
  for (const proof of ledgerProofs)
    found.push(...(await inTenant(db.core.db, [provider.providerId], (tx) => proof.find(rawOf(tx), provider.providerId, 5), "read")));
  return found;
};
