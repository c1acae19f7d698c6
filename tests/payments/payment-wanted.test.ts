// Whatever is lost, repeated or late: what the books should say depends on what was said, not on how it arrived.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseMicros } from "../../core/kernel/money.ts";
import { type GatewayEvent, kindOf } from "../../core/payments/gateway/gateway-event.ts";
import { type Booked, stepsTo, wantedOf } from "../../core/payments/gateway/payment-wanted.ts";
import { callbacksOf, type GatewayPayment, gatewayPayment, leftOf, truthOf } from "./gateway-world.ts";

const from = Temporal.Instant.from("2026-11-01T00:00:00Z");
const eventsOf = (payment: GatewayPayment): GatewayEvent[] =>
  callbacksOf(payment, "p", "1", from).map(({ id, body }) => ({
    ...{ eventId: id, kind: kindOf(body.type)!, atMs: Temporal.Instant.from(body.timestamp).epochMilliseconds },
    ...{ amountMicros: parseMicros(body.data.amount!)!, currency: "UAH" },
  }));

const stated = (payment: GatewayPayment, minute: number): GatewayEvent => {
  const soFar = truthOf({ ...payment, happened: payment.happened.slice(0, minute) });
  const state = !soFar.isPaid ? "failed" : soFar.isChargedBack ? "charged_back" : "succeeded";
  const at = from.add({ minutes: minute }).subtract({ seconds: 1 }).epochMilliseconds;
  return {
    ...{ eventId: `stated-${minute}`, kind: "stated", atMs: at, amountMicros: payment.amountMicros, currency: "UAH" },
    stated: { state, refundedMicros: soFar.refundedMicros },
  };
};

/** Does what the steps say, holding each to what the books allow. */
function walk(events: readonly GatewayEvent[], before: Booked | undefined): Booked | undefined {
  let booked = before;
  const wanted = wantedOf(events);
  for (const step of stepsTo(wanted, before)) {
    if (step.do === "enter") {
      expect(booked).toBeUndefined();
      booked = { amountMicros: wanted.paidBy!.amountMicros, refunds: [], isChargedBack: false, isCancelled: false };
      continue;
    }
    const { refunds, ...rest } = booked!;
    const refunded = refunds.reduce((sum, one) => sum + one.amountMicros, 0n);
    if (step.do === "refund") {
      expect(rest.isChargedBack).toBe(false);
      expect(refunded + step.amountMicros <= rest.amountMicros).toBe(true);
      booked = { ...rest, refunds: [{ id: `r${Math.random()}`, amountMicros: step.amountMicros }, ...refunds] };
    } else if (step.do === "reverse-refund") booked = { ...rest, refunds: refunds.filter(({ id }) => id !== step.id) };
    else if (step.do === "cancel") booked = { ...rest, refunds, isCancelled: true };
    else {
      expect(rest.isChargedBack).toBe(step.do === "reverse-charge-back");
      booked = { ...rest, refunds, isChargedBack: !rest.isChargedBack };
    }
  }
  expect(stepsTo(wanted, booked)).toEqual([]);
  return booked;
}

const left = (booked: Booked | undefined) =>
  !booked || booked.isCancelled || booked.isChargedBack
    ? 0n
    : booked.refunds.reduce((rest, one) => rest - one.amountMicros, booked.amountMicros);

test("in any order, the books end where the gateway stands", () => {
  fc.assert(
    fc.property(
      gatewayPayment.chain((payment) =>
        fc.tuple(fc.constant(payment), fc.shuffledSubarray(eventsOf(payment), { minLength: payment.happened.length })),
      ),
      ([payment, order]) => {
        let booked: Booked | undefined;
        for (const n of order.keys()) booked = walk(order.slice(0, n + 1), booked);
        expect(left(booked)).toBe(leftOf(payment));
      },
    ),
    { numRuns: 300 },
  );
});

test("what was lost comes with the gateway's list, whenever it was made and whatever arrives after it", () => {
  fc.assert(
    fc.property(
      gatewayPayment.chain((payment) =>
        fc.tuple(
          fc.constant(payment),
          fc.integer({ min: 0, max: payment.happened.length }),
          fc.shuffledSubarray(eventsOf(payment)),
          fc.double({ min: 0, max: 1, noNaN: true }),
        ),
      ),
      ([payment, minute, heard, when]) => {
        const all = eventsOf(payment);
        // All that happened after the list arrives at last; of what happened before it, only some.
        const missing = all.slice(minute).filter(({ eventId }) => !heard.some((event) => event.eventId === eventId));
        const order = [...heard, ...missing];
        order.splice(Math.floor(when * (order.length + 1)), 0, stated(payment, minute));
        let booked: Booked | undefined;
        for (const n of order.keys()) booked = walk(order.slice(0, n + 1), booked);
        // The list said that it failed, so it was cancelled; a receipt that is void stays void.
        if (!booked?.isCancelled) expect(left(booked)).toBe(leftOf(payment));
      },
    ),
    { numRuns: 500 },
  );
});

test("a failure after the success, or a refund before it, changes nothing by itself", () => {
  const at = (minute: number, kind: GatewayEvent["kind"], amountMicros = 100n): GatewayEvent => ({
    ...{ eventId: `${kind}-${minute}`, kind, atMs: minute * 60_000, amountMicros, currency: "UAH" },
  });
  expect(wantedOf([at(1, "succeeded"), at(2, "failed")]).paidBy?.kind).toBe("succeeded");
  expect(wantedOf([at(2, "refunded", 30n), at(1, "failed")])).toEqual({ paidBy: undefined, refundedMicros: 0n, isChargedBack: false });
  expect(wantedOf([at(2, "refunded", 30n), at(3, "refunded", 90n), at(1, "succeeded")]).refundedMicros).toBe(100n);
});
