// Whatever sessions, transfers, payments, silence and failures come in whatever order: what is held and what is left is what a model in memory says.
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import type { PlanDocumentInput } from "../../../core/catalog/plan-document.ts";
import { authoriseIn } from "../../../core/credit/authorise/authorise.ts";
import { type AuthorisationInput, authorisationRequest } from "../../../core/credit/authorise/request.ts";
import { expireHolds } from "../../../core/credit/holds/expire-holds.ts";
import { releaseHold } from "../../../core/credit/holds/release-hold.ts";
import { execute } from "../../../core/kernel/command.ts";
import { databaseErrorOf } from "../../../core/kernel/database-error.ts";
import { rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { actorWith } from "../../support/operator.ts";
import { HoldsWorld, MICROS } from "./world.ts";

let now = Temporal.Instant.from("2026-11-10T12:00:00Z");
let db: TestDatabase;
let world: HoldsWorld;
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  world = await HoldsWorld.open(db);
});
afterAll(() => db.close());

/** Internet by the second, 1 each. */
const plan: PlanDocumentInput = {
  schema: "mediabilling/plan@1",
  kind: "internet",
  name: "By the second",
  currency: "UAH",
  usage: [{ code: "time", of: "session", metric: "seconds", price: { shape: "per_unit", steps: [{ price: "1" }] } }],
};

const session = fc.integer({ min: 0, max: 3 });
const seconds = fc.integer({ min: 1, max: 25 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("ask" as const), session, used: fc.nat(25), wanted: seconds, crash: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("use" as const), session, seconds, last: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pay" as const), amount: fc.integer({ min: -20, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("transfer" as const), amount: seconds }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

type ModelHold = { open: boolean; held: number; rated: number; expiresMs: number };

/** Whole units; the price is 1 a second. */
class Model {
  balance = 60;
  readonly holds = new Map<number, ModelHold>();
  get held(): number {
    return [...this.holds.values()].reduce((sum, one) => sum + one.held, 0);
  }
  get open(): number {
    return [...this.holds.values()].filter((one) => one.open).length;
  }

  /** Gives what is granted; undefined: refused. */
  ask(key: number, used: number, wanted: number, atMs: number): number | undefined {
    const before = this.holds.get(key);
    const limit = this.balance - this.held + (before?.held ?? 0);
    const rated = before && !before.open ? Math.max(before.rated, used) : (before?.rated ?? 0);
    const cost = (granted: number) => Math.max(0, used + granted - rated);
    if (limit < 0) return undefined;
    let granted = wanted;
    while (granted > 0 && cost(granted) > limit) granted--;
    if (granted === 0) return undefined;
    this.holds.set(key, { open: true, held: cost(granted), rated, expiresMs: atMs + 60_000 });
    return granted;
  }
  use(key: number, seconds: number, last: boolean): void {
    this.balance -= seconds;
    const hold = this.holds.get(key);
    if (!hold?.open) return;
    hold.rated += seconds;
    hold.held -= Math.min(hold.held, seconds);
    if (last) this.end(hold);
  }
  end(hold: ModelHold): void {
    hold.held = 0;
    hold.open = false;
  }
  /** Whoever asks finds what the others held too long set free. */
  expire(atMs: number, but?: number): void {
    for (const [key, hold] of this.holds) if (key !== but && hold.open && hold.expiresMs <= atMs) this.end(hold);
  }
}

test("a random life of an account is as its model says, and nothing that asks takes what is available below zero", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const [sold] = await world.sell(plan, 60n);
      const model = new Model();
      const began = now.toString({ smallestUnit: "second" });
      const usedBefore = new Map<number, number>();
      const name = crypto.randomUUID();
      const party = { kind: "login", value: sold!.login } as const;
      const keyOf = (one: number) => `${name} ${one}`;
      const requestOf = (one: Extract<Step, { do: "ask" }>): AuthorisationInput => ({
        ...{ kind: "session", requestId: crypto.randomUUID(), sessionKey: keyOf(one.session), party, validForSec: 60 },
        ...{ used: { seconds: one.used }, wanted: { seconds: one.wanted }, slice: { seconds: 100 } },
      });
      for (const one of steps) {
        now = now.add({ seconds: 1 });
        switch (one.do) {
          case "ask": {
            const request = requestOf(one);
            if (one.crash) await crash(request);
            model.expire(now.epochMilliseconds, one.session);
            const granted = model.ask(one.session, one.used, one.wanted, now.epochMilliseconds);
            const [answer] = await world.ask(request);
            expect(answer?.ok ? answer.seconds : undefined).toBe(granted);
            if (granted !== undefined) expect(await world.ask(request)).toEqual([answer!]);
            break;
          }
          case "use": {
            const slice = {
              session: keyOf(one.session),
              seconds: usedBefore.get(one.session) ?? 0,
              octetsIn: 0,
              octetsOut: 0,
              last: one.last,
            };
            const figures = { seconds: one.seconds, octetsIn: 0, octetsOut: 0, endedAt: null, flags: [], raw: "" };
            const record = { kind: "session", party, id: crypto.randomUUID(), startedAt: began, ...figures, slice };
            usedBefore.set(one.session, slice.seconds + one.seconds);
            await world.cases.send([record as never]);
            model.use(one.session, one.seconds, one.last);
            break;
          }
          case "release": {
            const hold = model.holds.get(one.session);
            const outcome = await execute(
              db.core,
              releaseHold,
              { sessionKey: keyOf(one.session) },
              { actor: actorWith(), providerId: world.providerId },
            );
            expect(outcome.ok ? "ended" : outcome.code).toBe(hold === undefined ? "not_found" : hold.open ? "ended" : "hold_ended");
            if (hold) model.end(hold);
            break;
          }
          case "wait":
            now = now.add({ seconds: one.seconds });
            await expireHolds(db.core);
            model.expire(now.epochMilliseconds);
            break;
          case "pay":
            if (one.amount !== 0) await world.give(sold!, BigInt(one.amount) * MICROS);
            model.balance += one.amount;
            break;
          case "transfer": {
            const funded = model.balance - model.held >= one.amount;
            const refused = await world.transferOut(sold!, BigInt(one.amount) * MICROS).then(
              () => undefined,
              (error) => databaseErrorOf(error)?.constraint,
            );
            expect(refused).toBe(funded ? undefined : "ledger_transactions_funded");
            if (funded) model.balance -= one.amount;
          }
        }
        const { balance, held, open, sum } = await world.stateOf(sold!);
        expect({ balance, held, open, sum }).toEqual({
          balance: BigInt(model.balance) * MICROS,
          held: BigInt(model.held) * MICROS,
          open: model.open,
          sum: BigInt(model.held) * MICROS,
        });
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);

/** Everything is decided and written, and then the process dies before the commit. */
async function crash(request: AuthorisationInput): Promise<void> {
  const dying = inTenant(db.core.db, [world.providerId], async (tx) => {
    await authoriseIn(rawOf(tx), world.providerId, [v.parse(authorisationRequest, request)], now);
    throw new Error("died");
  });
  await expect(dying).rejects.toThrow("died");
}

test("the books are right after all of it", async () => expect(await world.findings()).toEqual([]), 60_000);
