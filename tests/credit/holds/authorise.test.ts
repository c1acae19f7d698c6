// Authorising is holding: what a session is allowed is what its account can pay for, beside everything else that it holds.
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { expireHolds, forgetHolds } from "../../../core/credit/holds/expire-holds.ts";
import { holdProofs } from "../../../core/credit/holds/proofs.ts";
import { releaseHold } from "../../../core/credit/holds/release-hold.ts";
import { execute } from "../../../core/kernel/command.ts";
import { databaseErrorOf } from "../../../core/kernel/database-error.ts";
import { rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { actorWith, done } from "../../support/operator.ts";
import { HoldsWorld, MICROS, perSecond } from "./world.ts";

let now = Temporal.Instant.from("2026-11-10T12:00:00Z");
const later = (seconds: number) => {
  now = now.add({ seconds });
};
let db: TestDatabase;
let world: HoldsWorld;
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  world = await HoldsWorld.open(db);
});
afterAll(() => db.close());
afterEach(async () => {
  const t = await Promise.all(
    holdProofs.map((proof) => inTenant(db.core.db, [world.providerId], (tx) => proof.find(rawOf(tx), world.providerId, 5), "read")),
  );
  expect(t.flat()).toEqual([]);
});

const units = (n: number) => String(BigInt(Math.round(n * 1000)) * 1000n);
const micros = (n: number) => BigInt(units(n));

test("a call is granted what the money pays for, and the money is held", async () => {
  const [sold] = await world.sell(perSecond(), 60n);
  const [answer] = await world.ask(world.callOf(sold!, "first"));
  expect(answer).toMatchObject({ ok: true, seconds: 59, heldMicros: units(60), last: true, expiresAt: "2026-11-10T12:05:59.000Z" });
  expect(await world.stateOf(sold!)).toMatchObject({ balance: micros(60), held: micros(60), open: 1 });
  expect(await world.ask(world.callOf(sold!, "second"))).toMatchObject([{ ok: false, code: "insufficient_funds" }]);
});

test("a slice bounds how much one session holds, so that two share the rest", async () => {
  const [sold] = await world.sell(perSecond("0"), 100n);
  const slice = { slice: { seconds: 60 } };
  const answers = await world.ask(world.callOf(sold!, "a", slice), world.callOf(sold!, "b", slice), world.callOf(sold!, "c", slice));
  expect(answers).toMatchObject([
    { ok: true, seconds: 60, last: false },
    { ok: true, seconds: 40, last: true },
    { ok: false, code: "insufficient_funds" },
  ]);
});

test("less than a slice is granted when less is wanted", async () => {
  const [sold] = await world.sell(perSecond("0"), 100n);
  expect(await world.ask(world.callOf(sold!, "wanted", { wanted: { seconds: 7 } }))).toMatchObject([
    { seconds: 7, heldMicros: units(7), last: false },
  ]);
});

test("a session that goes on extends its hold; the connect fee is held once, and the same question gets the same answer", async () => {
  const [sold] = await world.sell(perSecond(), 100n);
  const [first] = await world.ask(world.callOf(sold!, "long", { slice: { seconds: 30 } }));
  expect(first).toMatchObject({ seconds: 30, heldMicros: units(31) });
  later(30);
  const again = world.callOf(sold!, "long", { used: { seconds: 30 }, slice: { seconds: 50 } });
  const [second] = await world.ask(again);
  expect(second).toMatchObject({ ok: true, seconds: 50, heldMicros: units(81), last: false });
  later(10);
  expect(await world.ask(again)).toEqual([second!]);
  expect(await world.stateOf(sold!)).toMatchObject({ held: micros(81), open: 1 });
  const [third] = await world.ask(world.callOf(sold!, "long", { used: { seconds: 80 }, slice: { seconds: 50 } }));
  expect(third).toMatchObject({ seconds: 19, heldMicros: units(100), last: true });
  expect(await world.ask(world.callOf(sold!, "long", { used: { seconds: 99 }, slice: { seconds: 50 } }))).toMatchObject([
    { ok: false, code: "insufficient_funds" },
  ]);
  expect(await world.stateOf(sold!)).toMatchObject({ held: micros(100) });
});

test("a repeated question within one batch is answered once and held once", async () => {
  const [sold] = await world.sell(perSecond(), 100n);
  const request = world.callOf(sold!, "twice", { slice: { seconds: 10 } });
  const answers = await world.ask(request, request);
  expect(answers[1]).toEqual(answers[0]!);
  expect(await world.stateOf(sold!)).toMatchObject({ held: micros(11), open: 1 });
});

test("R23: a call of 180 s out of a balance of 1.00 leaves 0.70, charged once whichever way it ends", async () => {
  const plan = perSecond("0", {
    rates: [
      { prefix: "380", destination: "Ukraine", connectFee: "0", steps: [{ fromSec: 0, price: "0.10", perSec: 60, incrementSec: 1 }] },
    ],
  });
  const [sold] = await world.sell(plan, 1n);
  expect(await world.ask(world.callOf(sold!, "r23"))).toMatchObject([{ seconds: 600, heldMicros: units(1) }]);
  const record = world.usageOf(sold!, "r23", 180);
  await world.cases.send([record]);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: micros(0.7), held: 0n, open: 0 });
  await world.cases.send([record]);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: micros(0.7), held: 0n, open: 0 });
});

test("R24: a cap that makes the rest free allows all of the 30 minutes and holds the cap; one that disconnects ends the call there", async () => {
  const capped = (strategy: "free" | "disconnect") =>
    perSecond("0", {
      rates: [
        {
          prefix: "380",
          destination: "Ukraine",
          connectFee: "0",
          steps: [{ fromSec: 0, price: "1", perSec: 1, incrementSec: 1 }],
          maxCost: { amount: "10", strategy },
        },
      ],
    });
  const ask = { slice: { seconds: 1800 } };
  const [free] = await world.sell(capped("free"), 10n);
  expect(await world.ask(world.callOf(free!, "r24", ask))).toMatchObject([{ seconds: 1800, heldMicros: units(10), last: false }]);
  await world.cases.send([world.usageOf(free!, "r24", 1800)]);
  expect(await world.stateOf(free!)).toMatchObject({ balance: 0n, held: 0n });
  const [ends] = await world.sell(capped("disconnect"), 100n);
  expect(await world.ask(world.callOf(ends!, "r24-disconnect", ask))).toMatchObject([{ seconds: 10, heldMicros: units(10), last: true }]);
});

test("R32: a destination without a price is refused, never free", async () => {
  const [sold] = await world.sell(perSecond(), 100n);
  expect(await world.ask(world.callOf(sold!, "abroad", { destination: "99912345" }))).toMatchObject([{ ok: false, code: "no_rate" }]);
  expect(await world.stateOf(sold!)).toMatchObject({ held: 0n, open: 0 });
});

test("whoever isn't known, isn't served any more, or has another's session key is told so", async () => {
  const [sold] = await world.sell(perSecond(), 100n);
  const [other] = await world.sell(perSecond(), 100n);
  await world.ask(world.callOf(sold!, "mine"));
  const answers = await world.ask(world.callOf({ login: "nobody-at-all" }, "x1"), world.callOf(other!, "mine"), {
    ...world.callOf(sold!, "x2"),
    party: undefined,
    serviceId: crypto.randomUUID(),
  } as never);
  expect(answers.map((one) => (one.ok ? "ok" : one.code))).toEqual(["not_found", "session_key_taken", "not_found"]);
  await db.admin`update app.services set status = 'terminated', terminated_at = ${now.toString()} where id = ${other!.serviceId}`;
  expect(await world.ask(world.callOf(other!, "x3"))).toMatchObject([{ ok: false, code: "service_terminated" }]);
});

test("a service with a bound on its sessions gets no more at once", async () => {
  const [sold] = await world.sell(perSecond("0"), 1000n, 1, { simultaneous_sessions: "2" });
  const slice = { slice: { seconds: 10 } };
  const keys = ["s1", "s2", "s3"];
  const answers = await world.ask(...keys.map((key) => world.callOf(sold!, key, slice)));
  expect(answers.map((one) => (one.ok ? "ok" : one.code))).toEqual(["ok", "ok", "too_many_sessions"]);
  await world.cases.send([world.usageOf(sold!, "s1", 5)]);
  expect(await world.ask(world.callOf(sold!, "s3", slice))).toMatchObject([{ ok: true }]);
});

test("included minutes are held too: two calls don't get the same ones", async () => {
  const bundle = { code: "included", of: "call", quantity: "100", validity: { kind: "period" } } as const;
  const [sold] = await world.sell(perSecond("0", { bundles: [bundle] }), 10n);
  const slice = { slice: { seconds: 80 } };
  const [first] = await world.ask(world.callOf(sold!, "b1", slice));
  expect(first).toMatchObject({ ok: true, seconds: 80, heldMicros: "0" });
  // 20 are left for nothing, and 10 for money.
  const [second] = await world.ask(world.callOf(sold!, "b2", slice));
  expect(second).toMatchObject({ ok: true, seconds: 30, heldMicros: units(10), last: true });
  // The first used fewer, though it held no money: the rest is there for others.
  await world.cases.send([world.usageOf(sold!, "b1", 20)]);
  expect(await world.stateOf(sold!)).toMatchObject({ open: 1 });
  const [third] = await world.ask(world.callOf(sold!, "b3", slice));
  expect(third).toMatchObject({ ok: true, seconds: 50, heldMicros: "0", last: true });
});

test("a bundle that blocks what goes beyond it bounds the call, and then refuses it", async () => {
  const bundle = { code: "prepaid", of: "call", quantity: "60", validity: { kind: "period" }, whenEmpty: { use: "block" } } as const;
  const [sold] = await world.sell(perSecond("0", { bundles: [bundle] }), 1000n);
  expect(await world.ask(world.callOf(sold!, "block1"))).toMatchObject([{ ok: true, seconds: 60, heldMicros: "0", last: true }]);
  expect(await world.ask(world.callOf(sold!, "block2"))).toMatchObject([{ ok: false, code: "bundle_used_up" }]);
});

test("what is held is gross: the subscriber pays the tax too", async () => {
  const [sold] = await world.sell(
    perSecond("0", { taxes: { mode: "exclusive", rates: [{ code: "VAT", name: "VAT", percent: "20" }] } } as never),
    12n,
  );
  expect(await world.ask(world.callOf(sold!, "taxed"))).toMatchObject([{ seconds: 10, heldMicros: units(12), last: true }]);
  await world.cases.send([world.usageOf(sold!, "taxed", 10)]);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: 0n, held: 0n });
});

test("an internet session is held by its octets, the dearer direction; the slices that are rated come out of the hold", async () => {
  const usage = [
    {
      code: "traffic",
      of: "session",
      metric: "octetsOut",
      unit: { name: "MB", size: "1000000" },
      price: { shape: "per_unit", steps: [{ price: "1" }] },
    },
  ];
  const plan = { schema: "mediabilling/plan@1", kind: "internet", name: "By the megabyte", currency: "UAH", usage } as never;
  const [sold] = await world.sell(plan, 10n);
  const began = now.toString({ smallestUnit: "second" });
  const request = (octets: number, used = 0) =>
    ({
      ...{ kind: "session", requestId: crypto.randomUUID(), sessionKey: "net", party: { kind: "login", value: sold!.login } },
      ...{ used: { octets: used }, wanted: { octets }, slice: { octets: 4_000_000 } },
    }) as never;
  expect(await world.ask(request(9_000_000))).toMatchObject([{ ok: true, octets: "4000000", heldMicros: units(4), last: false }]);
  const part = (megabytes: number, before: number, last: boolean) =>
    ({
      ...{
        kind: "session",
        party: { kind: "login", value: sold!.login },
        id: `net ${before}`,
        startedAt: began,
        endedAt: null,
        flags: [],
        raw: "",
      },
      ...{ octetsIn: 0, octetsOut: megabytes * 1_000_000, seconds: 60 },
      slice: { session: "net", seconds: before * 60, octetsIn: 0, octetsOut: before * 1_000_000, last },
    }) as never;
  later(60);
  await world.cases.send([part(3, 0, false)]);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: micros(7), held: micros(1), open: 1 });
  expect(await world.ask(request(9_000_000, 3_500_000))).toMatchObject([{ ok: true, octets: "4000000", heldMicros: units(4.5) }]);
  later(180);
  await world.cases.send([part(1, 3, true)]);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: micros(6), held: 0n, open: 0 });
});

test("a call that is charged slice by slice goes on from where it is rated, and its connect fee is charged and held once", async () => {
  const [sold] = await world.sell(
    perSecond("1", { taxes: { mode: "exclusive", rates: [{ code: "VAT", name: "VAT", percent: "0" }] } }),
    100n,
  );
  const began = now.toString({ smallestUnit: "second" });
  await world.ask(world.callOf(sold!, "sliced", { slice: { seconds: 40 } }));
  expect(await world.stateOf(sold!)).toMatchObject({ held: micros(41) });
  later(30);
  const part = (billableSec: number, before: number, last: boolean) =>
    ({
      ...(world.usageOf(sold!, `sliced ${before}`, billableSec) as object),
      ...{ startedAt: began, answeredAt: began, slice: { session: "sliced", seconds: before, last } },
    }) as never;
  await world.cases.send([part(30, 0, false)]);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: micros(69), held: micros(10), open: 1 });
  expect(await world.ask(world.callOf(sold!, "sliced", { used: { seconds: 40 }, slice: { seconds: 40 } }))).toMatchObject([
    { seconds: 40, heldMicros: units(50) },
  ]);
  later(50);
  await world.cases.send([part(45, 30, true)]);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: micros(24), held: 0n, open: 0 });
});

test("a stuck call doesn't drain a live customer: its hold expires, and usage that comes after all is charged", async () => {
  const [sold] = await world.sell(perSecond("0"), 100n);
  await expireHolds(db.core);
  await world.ask(world.callOf(sold!, "stuck", { slice: { seconds: 100 } }));
  expect(await world.ask(world.callOf(sold!, "live"))).toMatchObject([{ ok: false }]);
  later(399);
  await expireHolds(db.core);
  expect(await world.stateOf(sold!)).toMatchObject({ open: 1 });
  later(1);
  expect(await expireHolds(db.core)).toBe(1);
  expect(await expireHolds(db.core)).toBe(0);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: micros(100), held: 0n, open: 0 });
  await world.cases.send([world.usageOf(sold!, "stuck", 40)]);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: micros(60), held: 0n });
});

test("a session that speaks again after its hold has expired is held anew", async () => {
  const [sold] = await world.sell(perSecond("0"), 100n);
  await world.ask(world.callOf(sold!, "silent", { slice: { seconds: 10 } }));
  later(3600);
  await expireHolds(db.core);
  expect(await world.ask(world.callOf(sold!, "silent", { used: { seconds: 50 }, slice: { seconds: 10 } }))).toMatchObject([
    { ok: true, seconds: 10, heldMicros: units(60) },
  ]);
});

test("a person sets a hold free, once; another provider and another group don't see it", async () => {
  const [sold] = await world.sell(perSecond("0"), 100n);
  await world.ask(world.callOf(sold!, "to-free", { slice: { seconds: 30 } }));
  const input = { sessionKey: "to-free" };
  const elsewhere = { actor: actorWith({ groupIds: [crypto.randomUUID()] }), providerId: world.providerId };
  expect(await execute(db.core, releaseHold, input, elsewhere)).toMatchObject({ ok: false, code: "not_found" });
  expect(await done(db.core, releaseHold, input, world.providerId)).toMatchObject({ freedMicros: micros(30) });
  expect(await execute(db.core, releaseHold, input, { actor: actorWith(), providerId: world.providerId })).toMatchObject({
    code: "hold_ended",
  });
  expect(await world.stateOf(sold!)).toMatchObject({ held: 0n, open: 0 });
});

test("what ended days ago is forgotten, what is open stays", async () => {
  const [sold] = await world.sell(perSecond("0"), 100n);
  await world.ask(
    world.callOf(sold!, "old", { slice: { seconds: 10 } }),
    world.callOf(sold!, "lasting", { slice: { seconds: 10 }, validForSec: 604_800 }),
  );
  await world.cases.send([world.usageOf(sold!, "old", 1)]);
  later(4 * 86_400);
  await forgetHolds(db.core);
  const rows =
    await db.admin`select h.session_key, s.account_id from app.holds h join app.hold_sessions s using (provider_id, session_key) where h.account_id = ${sold!.accountId}`;
  expect(rows.map((row) => row.session_key)).toEqual(["lasting"]);
  expect((await db.admin`select from app.hold_sessions where session_key = 'old'`).length).toBe(0);
});

test("the database refuses a hold for which there is no money, whoever writes it", async () => {
  const [sold] = await world.sell(perSecond("0"), 10n);
  await world.ask(world.callOf(sold!, "funded", { slice: { seconds: 5 } }));
  const writing = inTenant(
    db.core.db,
    [world.providerId],
    (tx) => rawOf(tx)`update app.holds set available_after_micros = -1 where account_id = ${sold!.accountId}`,
  );
  expect(databaseErrorOf(await writing.catch((error) => error))).toMatchObject({ constraint: "holds_funded" });
});

test("moving the balance away in mid-call is refused: what asks before it spends respects holds", async () => {
  const [sold] = await world.sell(perSecond("0"), 100n);
  await world.ask(world.callOf(sold!, "mid-call", { slice: { seconds: 80 } }));
  expect(await world.transferOut(sold!, micros(20.001)).catch((error) => databaseErrorOf(error)?.constraint)).toBe(
    "ledger_transactions_funded",
  );
  await world.transferOut(sold!, micros(20));
  await world.cases.send([world.usageOf(sold!, "mid-call", 80)]);
  expect(await world.stateOf(sold!)).toMatchObject({ balance: 0n, held: 0n });
});

test("the part that a company pays is held on its account, within the month's limit, and comes out of both", async () => {
  const [member] = await world.sell(perSecond("0"), 5n);
  const [company] = await world.sell(perSecond("0"), 1000n);
  await db.admin`update app.balances set payer_account_id = ${company!.accountId}, payer_limit_micros = ${units(20)} where account_id = ${member!.accountId}`;
  const slice = { slice: { seconds: 15 } };
  expect(await world.ask(world.callOf(member!, "p1", slice))).toMatchObject([{ seconds: 15, heldMicros: units(15) }]);
  expect(await world.stateOf(company!)).toMatchObject({ held: micros(15), open: 1 });
  expect(await world.stateOf(member!)).toMatchObject({ held: 0n, open: 1 });
  expect(await world.ask(world.callOf(member!, "p2", slice))).toMatchObject([{ seconds: 10, heldMicros: units(10), last: true }]);
  expect(await world.stateOf(company!)).toMatchObject({ held: micros(20), open: 2 });
  expect(await world.stateOf(member!)).toMatchObject({ held: micros(5), open: 2 });
  await world.cases.send([world.usageOf(member!, "p1", 12), world.usageOf(member!, "p2", 10)]);
  expect(await world.stateOf(company!)).toMatchObject({ balance: micros(980), held: 0n, open: 0 });
  expect(await world.stateOf(member!)).toMatchObject({ balance: micros(3), held: 0n, open: 0 });
});

test("an account in debt beyond its limit is granted nothing, not even what is free", async () => {
  const [sold] = await world.sell(
    perSecond("0", { bundles: [{ code: "free", of: "call", quantity: "100", validity: { kind: "period" } }] }),
    1n,
  );
  await world.give(sold!, -2n * MICROS);
  expect(await world.ask(world.callOf(sold!, "debt"))).toMatchObject([{ ok: false, code: "insufficient_funds" }]);
});

test("credit control is asked: who is blocked gets nothing, who is limited is told so, and a company that is blocked pays for nobody", async () => {
  const [sold] = await world.sell(perSecond("0"), 100n);
  const [company] = await world.sell(perSecond("0"), 100n);
  const stateOf = (accountId: string, state: string) => db.admin`
    insert into app.credit_states (provider_id, account_id, state, since, rule, reason, decided_at) values (${world.providerId}, ${accountId}, ${state}, now(), 'test', '{}', now())
    on conflict (provider_id, account_id) do update set state = excluded.state`;
  const ask = (key: string) => world.ask(world.callOf(sold!, key, { slice: { seconds: 5 } }));
  expect(await ask("c1")).toMatchObject([{ ok: true, limited: false }]);
  await stateOf(sold!.accountId, "limited");
  expect(await ask("c2")).toMatchObject([{ ok: true, limited: true }]);
  await stateOf(sold!.accountId, "blocked");
  expect(await ask("c3")).toMatchObject([{ ok: false, code: "service_blocked" }]);
  await stateOf(sold!.accountId, "active");
  await stateOf(company!.accountId, "blocked");
  await db.admin`update app.balances set payer_account_id = ${company!.accountId} where account_id = ${sold!.accountId}`;
  expect(await ask("c4")).toMatchObject([{ ok: false, code: "service_blocked" }]);
});
