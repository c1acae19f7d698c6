// What is granted is all that the money pays for, and nothing that it doesn't: against the price function, second by second.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type PlanDocumentInput, parsePlanDocument } from "../../../core/catalog/plan-document.ts";
import { grant } from "../../../core/credit/authorise/grant.ts";
import { factOfHeld, NONE, NOTHING_RATED } from "../../../core/credit/authorise/held-usage.ts";
import { compilePlan } from "../../../core/rating/compile-plan.ts";
import { rateUsage } from "../../../core/rating/rate-usage.ts";
import { memoryState } from "../../../core/rating/usage-state.ts";
import { Counters } from "../../../core/usage/counters.ts";
import type { Terms } from "../../../core/usage/plans-in-force.ts";
import { perSecond } from "./world.ts";

const startedMs = Date.parse("2026-11-10T12:00:00Z");

function termsOf(document: PlanDocumentInput): Terms {
  const parsed = parsePlanDocument(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const plan = compilePlan(parsed.plan, { zone: "UTC" });
  const segment = { fromMs: 0, plan, planId: "p", version: 1, currency: "UAH", assignedMs: 0 };
  const startedOn = Temporal.PlainDate.from("2026-01-01");
  return { segments: [segment], startedOn, attributes: {}, pooledServices: 1, taxExempt: false };
}

const whole = (most: number) => fc.integer({ min: 0, max: most });
const plans = fc.record({
  connect: whole(3),
  steps: fc.array(fc.record({ price: whole(4), incrementSec: fc.constantFrom(1, 6, 10, 60) }), { minLength: 1, maxLength: 2 }),
  cap: fc.option(
    fc.record({ amount: fc.integer({ min: 1, max: 60 }), strategy: fc.constantFrom("free" as const, "disconnect" as const) }),
    {
      nil: undefined,
    },
  ),
  included: fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined }),
  blocks: fc.boolean(),
  vat: fc.constantFrom("0", "20"),
});

test("the grant is the longest that the limit pays for", () => {
  fc.assert(
    fc.property(plans, whole(150), fc.integer({ min: 1, max: 200 }), whole(40), (shape, limit, wanted, used) => {
      const bundle = { code: "included", of: "call", quantity: String(shape.included), validity: { kind: "period" } } as const;
      const terms = termsOf(
        perSecond("0", {
          taxes: { mode: "exclusive", rates: [{ code: "VAT", name: "VAT", percent: shape.vat }] },
          rates: [
            {
              ...{ prefix: "380", destination: "Ukraine", connectFee: String(shape.connect) },
              steps: shape.steps.map(({ price, incrementSec }, i) => ({ fromSec: i * 30, price: String(price), perSec: 10, incrementSec })),
              ...(shape.cap ? { maxCost: { ...shape.cap, amount: String(shape.cap.amount) } } : {}),
            },
          ],
          ...(shape.included === undefined
            ? {}
            : { bundles: [{ ...bundle, ...(shape.blocks ? { whenEmpty: { use: "block" as const } } : {}) }] }),
        }),
      );
      const usage = { kind: "call", destination: "380671234567", direction: "out" } as const;
      const session = { sessionKey: "s", usage, startedMs, rated: NOTHING_RATED };
      const gross = (seconds: number): bigint | undefined => {
        const rating = rateUsage(terms, factOfHeld({ ...session, until: { seconds: used + seconds, octets: 0n } }), memoryState());
        if (!rating.ok || (rating.allowedSec !== undefined && rating.allowedSec < used + seconds)) return undefined;
        return rating.amountMicros + rating.taxMicros;
      };
      const limitMicros = BigInt(limit) * 1_000_000n;
      const owner = { accountId: "a", serviceId: "s" };
      const ask = {
        terms,
        owner,
        counters: new Counters(),
        session,
        used: { ...NONE, seconds: used },
        wanted: { ...NONE, seconds: wanted },
      };
      const given = grant(ask, limitMicros);
      const affords = (seconds: number) => {
        const price = gross(seconds);
        return price !== undefined && price <= limitMicros;
      };
      if (!given.ok) return expect(affords(1)).toBe(false);
      const { seconds } = given.granted;
      if (seconds > 0) expect(affords(seconds)).toBe(true);
      if (seconds > 0) expect(given.grossMicros).toBe(gross(seconds)!);
      expect(given.last).toBe(seconds < wanted);
      if (seconds < wanted) expect(affords(seconds + 1)).toBe(false);
    }),
    { numRuns: 500 },
  );
});
