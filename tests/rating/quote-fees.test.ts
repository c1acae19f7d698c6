// The worked cases of fees through `mb quote`: the statements of all billing periods up to a day.
import { afterAll, describe, expect, test } from "bun:test";
import { formatMicros, parseMicros } from "../../core/kernel/money.ts";
import { quoteOnFiles } from "../support/mb-quote.ts";
import { perUnit, priced, used } from "./cases.ts";
import { before, type FeeCase, feeCases, inShort } from "./fee-cases.ts";

const { file, mb, quoted, plansOf, remove } = quoteOnFiles();
afterAll(remove);
const micros = (text: string) => parseMicros(text)!;

/** The service as a quote takes it. */
const serviceOf = ({ on: [[startedOn], ...moves], endedOn, billingDay, taxExempt }: FeeCase) => ({
  startedOn,
  ...(moves.length > 0 ? { changes: moves.map(([on, { plan }]) => ({ on, plan })) } : {}),
  ...(endedOn ? { endedOn } : {}),
  ...(billingDay ? { billingDay } : {}),
  ...(taxExempt ? { taxExempt } : {}),
});

describe("worked cases of fees as a quote", () => {
  for (const one of feeCases)
    test(`${one.id}: ${one.says}`, async () => {
      const [[from, first]] = one.on;
      const answer = await quoted(plansOf(first), { service: serviceOf(one), period: { from, to: one.until }, usage: one.usage ?? [] });
      const lines = answer.statements.flatMap(({ charges }) =>
        charges.map(({ amount, tax, ...charge }) => inShort({ ...charge, amountMicros: micros(amount), taxMicros: micros(tax) })),
      );
      expect(lines.toSorted()).toEqual(before(one.until, one.lines).toSorted());

      // The sums: without what is due on the last day for the days after it.
      const next = one.lines.filter((line) => !lines.includes(line)).flatMap((line) => line.split(" ")[3]!.split("+"));
      const owed = next.reduce((sum, amount) => sum - micros(amount), micros(one.owed) + micros(one.credit ?? "0"));
      expect(formatMicros(micros(answer.gross))).toBe(formatMicros(owed));
      const usage = answer.statements.flatMap((statement) => statement.usage);
      expect(
        formatMicros(
          usage.reduce((sum, { amount, tax }) => sum + micros(amount) + micros(tax), 0n),
          0,
        ),
      ).toBe(one.usageCosts ?? "0");
      for (const { charges, net, tax, gross } of answer.statements) {
        expect(micros(gross)).toBe(micros(net) + micros(tax));
        for (const { explanation } of charges) expect(explanation.length).toBeGreaterThan(0);
      }
    });
});

describe("a quoted service that changes its plan", () => {
  const plan = (price: string, more: object = {}) => ({
    schema: "mediabilling/plan@1",
    kind: "universal",
    name: `At ${price}`,
    currency: "EUR",
    usage: [priced(perUnit(price))],
    ...more,
  });
  const service = (...changes: object[]) => ({ startedOn: "2026-06-01", changes });

  test("pays for usage by the plan that it is on, and takes from that plan's bundles", async () => {
    const bundles = [{ code: "units", of: "event", metric: "quantity", quantity: "5", validity: { kind: "period" } }];
    const answer = await quoted([file(plan("1", { bundles }))], {
      service: service({ on: "2026-06-11", plan: plan("2", { bundles }) }),
      period: { from: "2026-06-01", to: "2026-07-01" },
      usage: [used("7", "2026-06-10"), used("7", "2026-06-11")],
    });
    expect(answer.usage.map((line) => line.ok && line.amount)).toEqual(["2.000000", "4.000000"]);
    expect(answer.statements).toMatchObject([{ from: "2026-06-01", to: "2026-07-01", gross: "6.000000" }]);
  });

  test("a call that lasts into the change has both prices", async () => {
    const calls = (price: string) => ({
      ...plan("1", { usage: [] }),
      rates: [{ prefix: "", destination: "Everywhere", steps: [{ fromSec: 0, price, perSec: 1, incrementSec: 1 }] }],
    });
    const usage = [{ kind: "call", destination: "380441234567", seconds: 20, startedAt: "2026-06-10T23:59:50Z" }];
    const { gross } = await quoted([file(calls("1"))], { service: service({ on: "2026-06-11", plan: calls("2") }), usage });
    expect(gross).toBe("30.000000");
  });

  test("is in the schema, with the plan", async () => {
    const { out } = await mb("schema", "usage");
    expect(out).toContain("Plans that it moves to, in order.");
    expect(out).toContain("mediabilling/plan@1");
  });

  const bad: [what: string, service: object, says: RegExp][] = [
    ["without its first day", { changes: [{ on: "2026-06-11", plan: plan("1") }] }, /changes` of plan in order/],
    ["on its first day", service({ on: "2026-06-01", plan: plan("1") }), /changes` of plan in order/],
    ["after its end", { ...service({ on: "2026-06-11", plan: plan("1") }), endedOn: "2026-06-10" }, /before `endedOn`/],
    [
      "to a plan with a mistake",
      service({ on: "2026-06-11", plan: plan("-1") }),
      /service\.changes\[0\]\.plan\.usage\[0\].*decimal string/,
    ],
    ["to another currency", service({ on: "2026-06-11", plan: plan("1", { currency: "USD" }) }), /different currencies, EUR and USD/],
  ];
  for (const [what, service, says] of bad)
    test(`${what}: refused, and says why`, async () => {
      const { err, exitCode } = await mb("quote", "--plan-file", file(plan("1")), "--usage", file({ service, usage: [used("1")] }));
      expect(err).toMatch(says);
      expect(exitCode).toBe(2);
    });
});
