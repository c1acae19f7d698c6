// The worked cases of fees through the whole path: commands, the clock and the job into charges, books and balance, to the last digit. Each case twice:
// charged as it happens, and written down when all of it is past.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { publishVersion } from "../../core/catalog/publish-version.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { formatMicros, parseMicros } from "../../core/kernel/money.ts";
import { startOfDay } from "../../core/kernel/period.ts";
import { adjust } from "../../core/ledger/adjust.ts";
import { carryOverBalance } from "../../core/ledger/carry-over-balance.ts";
import { changePlan } from "../../core/services/change-plan.ts";
import { terminateService } from "../../core/services/terminate-service.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { verify } from "../../core/verify.ts";
import { perUnit, priced, used } from "../rating/cases.ts";
import { type CasePlan, type FeeCase, feeCases, inShort } from "../rating/fee-cases.ts";
import { recordOf } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { charge, deliver, planWith, sellOn } from "./world.ts";

let now = Temporal.Instant.from("2010-01-01T00:00:00Z");
let db: TestDatabase;
let plans = 0;
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  await setUpOperator(db.core);
}, 60_000);
afterAll(() => db.close());

const zoneOf = ({ on }: FeeCase) => on[0][1].plan.zone!;
const instant = (one: FeeCase, day: string) => startOfDay(Temporal.PlainDate.from(day), zoneOf(one));
/** Something that somebody does or sends at an instant. */
type Act = { readonly at: Temporal.Instant; readonly run: () => Promise<unknown> };
type Sold = { readonly accountId: string; readonly serviceId: string };

async function plansOf({ on }: FeeCase): Promise<Map<CasePlan, string>> {
  const ids = new Map<CasePlan, string>();
  for (const [, one] of on)
    if (!ids.has(one)) {
      const document = one.plan as never;
      ids.set(one, (await done(db.core, addPlan, { code: `case-${++plans}`, document, validFrom: "2000-01-01T00:00:00Z" })).planId);
    }
  return ids;
}

/** Activated, with its account's terms; `later` is what happens afterwards, in order. */
async function begin(one: FeeCase): Promise<Sold & { later: Act[] }> {
  const ids = await plansOf(one);
  const [[from, first], ...moves] = one.on;
  const { accountId, serviceId } = await sellOn(db.core, ids.get(first)!, instant(one, from).toString());
  const { billingDay, taxExempt, credit, endedOn, usage = [] } = one;
  await done(db.core, changeAccount, {
    accountId,
    ...(billingDay ? { billingDay } : {}),
    ...(taxExempt ? { taxExempt, taxExemptFrom: "2000-01-01T00:00:00Z" } : {}),
  });
  if (credit) await done(db.core, carryOverBalance, { accountId, amount: credit });
  const login = `login-${serviceId}`;
  if (usage.length > 0)
    await done(db.core, assignIdentifier, { serviceId, kind: "login", value: login, from: instant(one, from).toString() });
  const later: Act[] = [
    ...[...ids].flatMap(([{ later = [] }, planId]) =>
      later.map(({ from: validFrom, plan }) => ({
        at: Temporal.Instant.from(validFrom),
        run: () => done(db.core, publishVersion, { planId, document: plan as never, validFrom }),
      })),
    ),
    ...moves.map(([day, plan]) => {
      const at = instant(one, day);
      return { at, run: () => done(db.core, changePlan, { serviceId, planId: ids.get(plan)!, from: at.toString() }) };
    }),
    ...usage.map((fact, i) => ({
      at: Temporal.Instant.from(fact.startedAt),
      run: () => deliver(db, [recordOf({ login }, fact, `${serviceId}-${i}`)]),
    })),
    ...(endedOn
      ? [{ at: instant(one, endedOn), run: () => done(db.core, terminateService, { serviceId, at: instant(one, endedOn).toString() }) }]
      : []),
  ];
  return { accountId, serviceId, later: later.sort((a, b) => Temporal.Instant.compare(a.at, b.at)) };
}

/** Each act at its time, and the job whenever something is due. */
async function asItHappens(one: FeeCase): Promise<Sold> {
  now = instant(one, one.on[0][0]);
  const { later, ...sold } = await begin(one);
  const end = instant(one, one.until);
  for (const act of [...later, { at: end, run: async () => {} }]) {
    for (let next = await nextDue(sold); next && Temporal.Instant.compare(next, act.at) < 0; next = await nextDue(sold)) {
      if (Temporal.Instant.compare(next, now) > 0) now = next;
      await charge(db);
    }
    now = act.at;
    await act.run();
    await charge(db);
  }
  return sold;
}

/** Everything is written down on the last day. */
async function afterwards(one: FeeCase): Promise<Sold> {
  now = instant(one, one.until);
  const { later, ...sold } = await begin(one);
  for (const act of later) await act.run();
  await Promise.all([charge(db), charge(db)]);
  return sold;
}

async function nextDue({ serviceId }: Sold): Promise<Temporal.Instant | undefined> {
  const [row] = await db.admin`select next_due::text as at from app.charge_schedules where service_id = ${serviceId}`;
  return row?.at ? Temporal.Instant.from(row.at.replace(" ", "T")) : undefined;
}

/** The charges, each with the instant in the books; of ends of periods what they sum to: usage may have come after them. */
async function charged({ serviceId }: Sold) {
  const rows = await db.admin`
    select c.kind, c.code, c.period_from::text as from, c.period_to::text as to, sum(c.amount_micros)::text as amount, sum(c.tax_micros)::text as tax, max(t.effective_at)::text as at
    from app.charges c left join app.ledger_transactions t on t.account_id = c.account_id and t.id = c.transaction_id
    where c.service_id = ${serviceId} and c.details ? 'countsOn'
    group by c.kind, c.code, c.period_from, c.period_to, case when c.kind = 'fee' then c.id end having sum(c.amount_micros) <> 0`;
  return rows.map(({ kind, code, from, to, amount, tax, at }) => ({
    line: inShort({ kind, code, from, to, amountMicros: BigInt(amount), taxMicros: BigInt(tax) }),
    at: Temporal.Instant.from(at.replace(" ", "T")),
  }));
}

async function owed({ accountId }: Sold): Promise<string> {
  const [row] = await db.admin`
    select (-balance_micros)::text as balance, (select sum(case when debit = 'settlement' then amount_micros else -amount_micros end)::text from app.ledger_postings p where p.account_id = b.account_id) as posted
    from app.balances b where account_id = ${accountId}`;
  expect(row!.posted ?? "0").toBe(row!.balance);
  return formatMicros(BigInt(row!.balance), 0);
}

/** What a line was due at: fees in advance and days at their beginning, the rest when it was over; a credit when the service left. */
const whenDue = (line: string, feesAtEnd: ReadonlySet<string>) => {
  const [kind, code, days] = line.split(" ") as [string, string, string];
  return days.split("/")[kind === "fee" && !feesAtEnd.has(code) ? 0 : 1]!;
};

const inOrder = feeCases.toSorted((a, b) => (a.on[0][0] < b.on[0][0] ? -1 : 1));
for (const [name, live] of Object.entries({ "as it happens": asItHappens, "written down afterwards": afterwards }))
  describe(`worked cases of fees, ${name}`, () => {
    for (const one of inOrder)
      test(`${one.id}: ${one.says}`, async () => {
        const sold = await live(one);
        const made = await charged(sold);
        expect(made.map(({ line }) => line).toSorted()).toEqual(one.lines.toSorted());
        expect(await owed(sold)).toBe(one.owed);

        const fees = one.on.flatMap(([, { plan }]) => plan.fees ?? []);
        const feesAtEnd = new Set(fees.filter(({ charge, at }) => charge === "arrears" || at === "end").map(({ code }) => code));
        for (const { line, at } of made) expect(`${line} ${at}`).toBe(`${line} ${instant(one, whenDue(line, feesAtEnd))}`);

        const before = await charged(sold);
        await charge(db);
        expect(await charged(sold)).toEqual(before);
        // Out of the way of the next.
        if (!one.endedOn) await done(db.core, terminateService, { serviceId: sold.serviceId });
        await charge(db);
      });
  });

test("P17: a deposit of 20 is used up after exactly 15 days", async () => {
  const one = feeCases.find(({ id }) => id === "P17")!;
  const [[from]] = one.on;
  now = instant(one, from);
  const { accountId } = await begin(one);
  const balances: bigint[] = [];
  for (let day = 0; day < 16; day++, now = now.add({ hours: 24 })) {
    await charge(db);
    balances.push(-parseMicros(await owed({ accountId, serviceId: "" }))!);
  }
  expect(balances.slice(0, 14).every((balance) => balance > 0n)).toBe(true);
  expect(balances.slice(14)).toEqual([0n, -1_330_000n]); // the sixteenth day: 21.33 of 40
});

test("D1: seven at 400, three of 500 taken back and a charge of the whole come to 1325, with VAT of 331.25 to 1656.25", async () => {
  now = Temporal.Instant.from("2026-09-20T00:00:00Z");
  const taxes = { mode: "exclusive" as const, rates: [{ code: "vat", name: "VAT", percent: "25" }] };
  const fees = [{ code: "paper", name: "Document charge", amount: "25.00", at: "start" as const }];
  const planId = await planWith(db.core, { kind: "universal", usage: [priced(perUnit("400"))], fees, taxes });
  const { accountId, serviceId } = await sellOn(db.core, planId, "2026-09-01T00:00:00Z");
  await done(db.core, assignIdentifier, { serviceId, kind: "login", value: "d1", from: "2026-09-01T00:00:00Z" });
  await deliver(db, [recordOf({ login: "d1" }, used("7", "2026-09-10"), "d1")]);
  await charge(db);
  await done(db.core, adjust, { accountId, amount: "1500", tax: "375", reason: "three at 500 taken back" });
  const sums = await db.admin`
    select case when debit = 'settlement' then credit else debit end as account, sum(case when debit = 'settlement' then amount_micros else -amount_micros end)::text as sum
    from app.ledger_postings where account_id = ${accountId} group by 1 order by 1`;
  expect(Object.fromEntries(sums.map(({ account, sum }) => [account, formatMicros(BigInt(sum))]))).toEqual({
    "revenue.adjustments": "-1500.00",
    "revenue.fees": "25.00",
    "revenue.usage": "2800.00",
    "tax.payable": "331.25",
  });
  expect(await owed({ accountId, serviceId })).toBe("1656.25");
  await done(db.core, terminateService, { serviceId });
  await charge(db);
});

test("after all of them the books are right, and the read models are what a rebuild makes", async () => {
  expect((await verify(db.core)).findings).toEqual([]);
}, 60_000);
