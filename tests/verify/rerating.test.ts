// Changes behind the application's back to what was rated again are found: each is made, looked for, and taken back.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { closeMonth } from "../../core/ledger/close-month.ts";
import { proofs, verify } from "../../core/verify.ts";
import type { RawTx } from "../../db/client.ts";
import { planWith } from "../rating/cases.ts";
import { rerate } from "../rerating/rerate.ts";
import { CaseWorld, recordOf } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;

const plan = (price: string) =>
  planWith({
    rates: [{ prefix: "", destination: "Everywhere", connectFee: "0", steps: [{ fromSec: 0, price, perSec: 60, incrementSec: 60 }] }],
    usage: [{ code: "litres", of: "event", metric: "litres", per: "period", price: { shape: "volume", tiers: [{ price }] } }],
    taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] },
  });

/** A call and some water in a closed month and in an open one, of which every price was corrected. */
beforeAll(async () => {
  db = await testDatabase({ clock: () => Temporal.Instant.from("2026-11-20T12:00:00Z") });
  const world = await CaseWorld.open(db);
  const [service] = await world.sell({ plan: plan("0.6") });
  const { planId } = service!;
  const usage = ["2026-08", "2026-09"].flatMap((month) => [
    recordOf(service!, { kind: "call", destination: "380441234567", seconds: 120, startedAt: `${month}-10T10:00:00Z` }, `call ${month}`),
    recordOf(service!, { kind: "event", type: "water", startedAt: `${month}-11T10:00:00Z`, metrics: { litres: "5" } }, `water ${month}`),
  ]);
  await world.send(usage);
  expect(await execute(db.core, closeMonth, { month: "2026-08" }, { actor: systemActor([1]), providerId: 1 })).toMatchObject({ ok: true });
  await db.admin`insert into app.plan_versions values (1, ${planId}, 2, '2026-01-01', ${JSON.stringify(plan("0.9"))}::text::jsonb, now())`;
  expect((await rerate(db, 1, { planId })).accounts).toMatchObject([{ changed: 4, adjusted: 2 }]);
}, 60_000);
afterAll(() => db.close());

test("what the commands wrote is right", async () => {
  expect((await verify(db.core)).findings).toEqual([]);
});

const posted = "rerating.adjustments-are-posted";
const ofRecords = "rerating.adjustments-are-of-records";
const net = "usage.one-net-charge";
const adjustment = "update app.charges set amount_micros = amount_micros + 1 where kind = 'adjustment'";
const postingOf = (template: string) =>
  `from app.ledger_transactions x where x.account_id = p.account_id and x.id = p.transaction_id and x.template = '${template}'`;
const tampering: [what: string, statement: string, ...proofs: string[]][] = [
  ["an adjustment made larger", adjustment, posted, ofRecords],
  ["the tax of an adjustment", adjustment.replaceAll("amount_micros", "tax_micros"), posted, ofRecords],
  ["an adjustment deleted", "delete from app.charges where kind = 'adjustment'", posted, ofRecords],
  [
    "the posting of an adjustment",
    `update app.ledger_postings p set amount_micros = p.amount_micros + 1 ${postingOf("usage.adjusted")}`,
    posted,
  ],
  ["what an adjusted record cost", "update app.rerated_records set amount_micros = amount_micros - 1 where adjusted", ofRecords],
  ["what an adjusted record costs", "update app.rerated_records set new_tax_micros = new_tax_micros + 1 where adjusted", ofRecords],
  ["what an adjusted record costs its period", "update app.rerated_records set new_details = null where adjusted", ofRecords],
  ["the history of a closed month deleted", "delete from app.rerated_records where adjusted", ofRecords],
  ["the history of an open month deleted", "delete from app.rerated_records where not adjusted", net],
  ["what a corrected record cost", "update app.rerated_records set tax_micros = tax_micros - 1 where correction_id is not null", net],
  [
    "a corrected record charged as before",
    "update app.usage_records r set amount_micros = h.amount_micros from app.rerated_records h where h.key = r.key and not h.adjusted",
    net,
  ],
  [
    "a reversal made larger",
    `update app.ledger_postings p set amount_micros = p.amount_micros + 1 ${postingOf("usage.charged.reversed")}`,
    net,
  ],
  [
    "a record of a closed month charged as in the open one",
    "update app.usage_records set amount_micros = amount_micros + 1 where started_at < '2026-09-01' and kind = 'call'",
    net,
  ],
  [
    "a correction moved into the closed month",
    "update app.ledger_transactions set effective_at = '2026-08-10', posted_at = posted_at + interval '1 hour' where template = 'usage.adjusted'",
    "ledger.closed-months-stand",
  ],
];
test.each(tampering)("%s is found", async (_, statement, ...expected) => {
  const undo = new Error("taken back");
  const found: string[] = [];
  const changing = db.admin.begin(async (t) => {
    expect((await t.unsafe(statement)).count).toBeGreaterThan(0);
    for (const proof of proofs) if ((await proof.find(t as unknown as RawTx, 1, 20)).length > 0) found.push(proof.name);
    throw undo;
  });
  expect(await changing.catch((error: unknown) => error)).toBe(undo);
  expect(found).toEqual(expect.arrayContaining(expected));
});

test("all of it was taken back", async () => {
  expect((await verify(db.core)).findings).toEqual([]);
});
