// Random calls through three levels: what each level is owed is what that level's plan alone says that they cost.
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { PlanDocumentInput } from "../../../core/catalog/plan-document.ts";
import { parsePlanDocument } from "../../../core/catalog/plan-document.ts";
import { assignIdentifier } from "../../../core/identifiers/assign-identifier.ts";
import { compilePlan } from "../../../core/rating/compile-plan.ts";
import { rateUsage } from "../../../core/rating/rate-usage.ts";
import { memoryState } from "../../../core/rating/usage-state.ts";
import { factOf } from "../../../core/usage/fact.ts";
import type { CallFields } from "../../../core/usage/normal-form.ts";
import { releaseWaitingUsage } from "../../../core/usage/release.ts";
import { verify } from "../../../core/verify.ts";
import { callOf } from "../../support/calls.ts";
import { charge, owed, rateAll, seedLevels, send, wholesalePlan, wholesaleService } from "../../support/chain.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { done } from "../../support/operator.ts";
import type { SeededProvider } from "../../support/provider.ts";

const RUNS = Number(process.env.MB_RUNS ?? 6);

/** Taxed, with free minutes of the month before its price. */
const withBundle: PlanDocumentInput = {
  ...wholesalePlan("0.30", "0.01"),
  name: "Wholesale with minutes",
  bundles: [
    {
      code: "min",
      name: "Minutes",
      of: "call",
      where: { direction: "out" },
      unit: { name: "min", size: "60" },
      quantity: "20",
      validity: { kind: "period", every: "month" },
    },
  ],
  taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] },
};
const plans = [wholesalePlan("0.50", "0.02"), withBundle];

let db: TestDatabase;
let levels: SeededProvider[][];
beforeAll(async () => {
  db = await testDatabase();
  levels = [];
  // All there before the read models are first made; there is one root.
  for (let i = 0; i < RUNS + 1; i++) {
    const ids = [3 * i + 1, 3 * i + 2, 3 * i + 3];
    levels.push(await seedLevels(db, ids, i === 0 ? undefined : 1));
  }
});
afterAll(() => db.close());

const wish = fc.record({
  source: fc.constantFrom("380440000000", "380440000001", "380449990001"),
  sec: fc.oneof(fc.nat(200), fc.constantFrom(0, 1, 59, 60, 61, 3600)),
  answered: fc.boolean(),
  incoming: fc.boolean(),
  hour: fc.nat(24 * 60),
});

function callsOf(wishes: readonly { source: string; sec: number; answered: boolean; incoming: boolean; hour: number }[]): CallFields[] {
  return wishes.map((w, i) => {
    const startedAt = Temporal.Instant.from("2026-09-20T00:00:00Z").add({ hours: w.hour, seconds: i }).toString();
    return callOf({
      callId: `${i}`,
      startedAt,
      answeredAt: w.answered ? startedAt : null,
      endedAt: null,
      durationSec: w.sec,
      billableSec: w.answered ? w.sec : 0,
      disposition: w.answered ? "answered" : "no_answer",
      ...(w.incoming ? { direction: "in" as const, source: "48221234567", destination: w.source } : { source: w.source }),
    });
  });
}

/** The plan alone, over the calls in the order in which they happened. */
function priceOf(document: PlanDocumentInput, calls: readonly CallFields[]): bigint {
  const parsed = parsePlanDocument(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const plan = compilePlan(parsed.plan, { zone: "Europe/Kyiv" });
  const state = memoryState();
  const terms = {
    segments: [{ fromMs: 0, plan }],
    startedOn: Temporal.PlainDate.from("2000-01-01"),
    attributes: {},
    pooledServices: 1,
    taxExempt: false,
  } as const;
  let sum = 0n;
  for (const call of calls.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))) {
    const rated = rateUsage(terms, factOf(call), state);
    if (!rated.ok) throw new Error(rated.code);
    sum += rated.amountMicros + rated.taxMicros;
  }
  return sum;
}

test("the sum at each level is the pure price by that level's plan, however the calls come", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 20 }), async (wishes, size) => {
      const [operator, partner, below] = levels[run++ % levels.length]! as [SeededProvider, SeededProvider, SeededProvider];
      await charge(db.core, partner.providerId, below.providerId, await wholesaleService(db, partner, 1, plans[0]!));
      await charge(db.core, operator.providerId, partner.providerId, await wholesaleService(db, operator, 1, plans[1]!));
      // In the order of time, since what a bundle covers is decided in the order in which it comes.
      const calls = callsOf(wishes).toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
      for (let i = 0; i < calls.length; i += size) {
        await send(db.core, below, calls.slice(i, i + size));
        await send(db.core, below, calls.slice(Math.max(0, i - 3), i + 1));
        await rateAll(db);
      }
      // A number that nobody holds waits below, and isn't charged above.
      const known = calls.filter((call) => !JSON.stringify(call).includes("380449990001"));
      expect([await owed(db, partner, 1), await owed(db, operator, 1)]).toEqual([priceOf(plans[0]!, known), priceOf(plans[1]!, known)]);
      const number = { kind: "telephone", value: "380449990001", from: "2026-01-01T00:00:00Z" } as const;
      await done(db.core, assignIdentifier, { serviceId: below.services[2]!.serviceId, ...number }, below.providerId);
      await releaseWaitingUsage(db.core, below.providerId);
      await rateAll(db);
      expect(await owed(db, partner, 1)).toBe(priceOf(plans[0]!, calls));
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect((await verify(db.core)).findings).toEqual([]);
}, 120_000);
