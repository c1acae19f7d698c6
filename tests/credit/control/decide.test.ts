// The rules alone: which state follows from which facts, and that what isn't looked at wouldn't have changed.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { afterCalm, afterHours } from "../../../core/credit/control/calm.ts";
import { decide, type Facts, type Rule, type Standing, sinceWhen, triggerOf } from "../../../core/credit/control/decide.ts";
import { type PolicyInput, policyDocument, suggestedPolicy } from "../../../core/credit/control/policy.ts";
import { type CreditState, creditStates, moneyStates, transitions } from "../../../core/credit/control/states.ts";

const at = (text: string) => Temporal.Instant.from(text);
const now = at("2026-11-24T10:00:00Z"); // a Tuesday, noon in Kyiv
const units = (n: number) => BigInt(Math.round(n * 1_000_000));
const group = "0198a000-0000-7000-8000-000000000001";

const policyOf = (input: PolicyInput) => v.parse(policyDocument, input);
const standing = (state: CreditState = "active", since = "2026-11-01T00:00:00Z", rule: Rule = "left"): Standing => ({
  state,
  since: at(since),
  rule,
});
const facts = (more: Partial<Facts> = {}): Facts => ({
  kind: "prepaid",
  groupId: group,
  zone: "Europe/Kyiv",
  closed: false,
  balanceMicros: units(100),
  creditMicros: 0n,
  owedSince: undefined,
  dailySpendMicros: 0n,
  goodPayer: false,
  promise: undefined,
  promiseBroken: false,
  suspension: undefined,
  override: undefined,
  ...more,
});
const owing = (amount: number, since: string): Partial<Facts> => ({ balanceMicros: units(-amount), owedSince: at(since) });

const prepaid = {
  warned: { when: { by: "left" as const, enter: "20", leave: "30" } },
  limited: { when: { by: "left" as const, enter: "5", leave: "8" } },
  blocked: { when: { by: "left" as const, enter: "0", leave: "1" } },
};
const postpaid = {
  warned: { owedDays: 5 },
  limited: { owedDays: 10 },
  blocked: { when: { by: "credit-used" as const, enter: 100, leave: 90 }, owedDays: 30 },
};
const policy = policyOf({ prepaid, postpaid, terminateAfterDays: 90, goodPayer: { months: 6, payments: 3, extraDays: 7 } });

describe("states", () => {
  const postpaidOwing = (since: string, more: Partial<Facts> = {}) =>
    facts({ kind: "postpaid", creditMicros: units(100), ...owing(10, since), ...more });
  const table: [string, Standing, Facts, CreditState, Rule][] = [
    ["enough money", standing(), facts(), "active", "enough"],
    ["at the edge of a warning", standing(), facts({ balanceMicros: units(20) }), "warned", "left"],
    ["a hair above it", standing(), facts({ balanceMicros: units(20) + 1n }), "active", "enough"],
    ["warned, and not enough to leave", standing("warned"), facts({ balanceMicros: units(29.99) }), "warned", "left"],
    ["warned, and enough to leave", standing("warned"), facts({ balanceMicros: units(30) }), "active", "enough"],
    ["almost nothing", standing("warned"), facts({ balanceMicros: units(5) }), "limited", "left"],
    ["nothing", standing(), facts({ balanceMicros: 0n }), "blocked", "left"],
    ["nothing but a credit limit", standing(), facts({ balanceMicros: 0n, creditMicros: units(50) }), "active", "enough"],
    ["blocked, and paid too little", standing("blocked"), facts({ balanceMicros: units(0.99) }), "blocked", "left"],
    ["blocked, and paid just enough", standing("blocked"), facts({ balanceMicros: units(1) }), "limited", "left"],
    ["blocked, and paid well", standing("blocked"), facts({ balanceMicros: units(50) }), "active", "enough"],
    ["owes for four days", standing(), postpaidOwing("2026-11-20T10:00:00Z"), "active", "enough"],
    ["owes for five days", standing(), postpaidOwing("2026-11-19T10:00:00Z"), "warned", "owed"],
    ["owes for ten days", standing("warned"), postpaidOwing("2026-11-14T10:00:00Z"), "limited", "owed"],
    ["a good payer owes for ten days", standing("warned"), postpaidOwing("2026-11-14T10:00:00Z", { goodPayer: true }), "warned", "owed"],
    [
      "the credit limit is used up",
      standing(),
      postpaidOwing("2026-11-24T09:00:00Z", { balanceMicros: units(-100) }),
      "blocked",
      "credit-used",
    ],
    [
      "blocked, and 95 of 100 used",
      standing("blocked"),
      postpaidOwing("2026-11-24T09:00:00Z", { balanceMicros: units(-95) }),
      "blocked",
      "credit-used",
    ],
    [
      "blocked, and 90 of 100 used",
      standing("blocked"),
      postpaidOwing("2026-11-24T09:00:00Z", { balanceMicros: units(-90) }),
      "active",
      "enough",
    ],
    ["a debt that was paid", standing("blocked"), facts({ kind: "postpaid", balanceMicros: 0n }), "active", "enough"],
    ["blocked for 90 days", standing("blocked", "2026-08-20T00:00:00Z"), facts({ balanceMicros: 0n }), "terminated", "unpaid"],
    ["terminated, and paid", standing("terminated"), facts(), "terminated", "unpaid"],
    ["a closed account", standing("warned"), facts({ closed: true, balanceMicros: 0n }), "warned", "closed"],
    [
      "a person says that it works on",
      standing("blocked"),
      facts({ balanceMicros: 0n, override: { state: "active", until: now.add({ hours: 1 }), by: "Olena", why: "a hospital" } }),
      "active",
      "override",
    ],
    [
      "what a person said is over",
      standing("blocked", "2026-11-20T00:00:00Z", "override"),
      facts({ balanceMicros: units(0.5), override: { state: "blocked", until: now, by: "Olena", why: "fraud" } }),
      "limited",
      "left",
    ],
    [
      "a person lets a terminated account back",
      standing("terminated"),
      facts({ override: { state: "active", until: now.add({ hours: 1 }), by: "Olena", why: "paid" } }),
      "active",
      "override",
    ],
    ["paused", standing(), facts({ suspension: { from: now, until: now.add({ hours: 1 }) } }), "suspended", "suspension"],
    [
      "a pause to come",
      standing(),
      facts({ suspension: { from: now.add({ hours: 1 }), until: now.add({ hours: 2 }) } }),
      "active",
      "enough",
    ],
    [
      "the pause is over",
      standing("suspended", "2026-11-01T00:00:00Z", "suspension"),
      facts({ balanceMicros: units(25) }),
      "active",
      "enough",
    ],
    [
      "promised, and the money is above the edge",
      standing("blocked"),
      facts({ balanceMicros: units(0.5), promise: { givenAt: now, dueAt: now.add({ hours: 72 }) } }),
      "limited",
      "left",
    ],
    [
      "promised for a debt of long ago",
      standing("blocked"),
      postpaidOwing("2026-10-01T00:00:00Z", { promise: { givenAt: now, dueAt: now.add({ hours: 72 }) } }),
      "active",
      "enough",
    ],
    [
      "a promise was broken, and something is owed",
      standing(),
      postpaidOwing("2026-11-24T09:00:00Z", { promiseBroken: true }),
      "blocked",
      "promise-broken",
    ],
    [
      "a promise was broken, and nothing is owed",
      standing(),
      facts({ kind: "postpaid", balanceMicros: 0n, promiseBroken: true }),
      "active",
      "enough",
    ],
  ];
  for (const [name, before, known, state, rule] of table)
    test(`${name}: ${state}`, () => {
      const decision = decide(before, known, policy, now);
      expect({ state: decision.state, rule: decision.reason.rule }).toEqual({ state, rule });
    });

  test("without a policy nobody is blocked", () =>
    expect(decide(standing("blocked"), facts({ balanceMicros: units(-1000) }), undefined, now)).toMatchObject({
      state: "active",
      nextCheckAt: undefined,
    }));

  test("a group has rules of its own", () => {
    const own = policyOf({
      prepaid,
      groups: [{ groupId: group, prepaid: { blocked: { when: { by: "left", enter: "50", leave: "60" } } } }],
    });
    expect(decide(standing(), facts({ balanceMicros: units(40) }), own, now).state).toBe("blocked");
    expect(decide(standing(), facts({ balanceMicros: units(40), groupId: "other" }), own, now).state).toBe("active");
  });

  test("days left go by the speed of spending, and are looked at each day", () => {
    const byDays = policyOf({ prepaid: { warned: { when: { by: "days-left", enter: 3, leave: 5 } } } });
    const spending = (balance: number) =>
      decide(standing(), facts({ balanceMicros: units(balance), dailySpendMicros: units(10) }), byDays, now);
    expect(spending(30)).toMatchObject({ state: "warned", reason: { rule: "days-left", payMicros: units(20) } });
    expect(spending(31)).toMatchObject({ state: "active", watchBelow: units(30) + 1n, nextCheckAt: now.add({ hours: 24 }) });
  });

  test("says what must be paid, and when it is looked at again", () => {
    expect(decide(standing(), facts({ balanceMicros: units(-4), owedSince: now }), policy, now).reason.payMicros).toBe(units(5));
    const later = decide(
      standing(),
      facts({ kind: "postpaid", creditMicros: units(100), ...owing(10, "2026-11-23T10:00:00Z") }),
      policy,
      now,
    );
    expect(later.nextCheckAt).toEqual(at("2026-11-28T10:00:00Z"));
  });
});

describe("calm hours", () => {
  const calm = policyOf({
    ...{ prepaid },
    calm: { night: { from: "20:00", to: "09:00" }, weekends: true, holidays: { country: "UA", also: ["2026-11-30"] } },
  });
  test("nobody is blocked at night, and is in the morning", () => {
    const night = at("2026-11-24T22:00:00Z");
    const decision = decide(standing("warned"), facts({ balanceMicros: 0n }), calm, night);
    expect(decision).toMatchObject({ state: "warned", nextCheckAt: at("2026-11-25T07:00:00Z") });
    expect(decide(standing("warned"), facts({ balanceMicros: 0n }), calm, at("2026-11-25T07:00:00Z")).state).toBe("blocked");
  });
  test("a weekend and the holiday after it are waited for together", () =>
    expect(afterCalm(calm.calm, "Europe/Kyiv", at("2026-11-27T19:00:00Z"))).toEqual(at("2026-12-01T07:00:00Z")));
  test("who is blocked stays so, and is unblocked at any hour", () => {
    const night = at("2026-11-24T22:00:00Z");
    expect(decide(standing("blocked"), facts({ balanceMicros: 0n }), calm, night).state).toBe("blocked");
    expect(decide(standing("blocked"), facts(), calm, night).state).toBe("active");
  });
  test("a broken promise waits for no morning", () =>
    expect(decide(standing("warned"), facts({ balanceMicros: 0n, promiseBroken: true }), calm, at("2026-11-24T22:00:00Z")).state).toBe(
      "blocked",
    ));
  test("hours may lie within a day, and a day may have 25", () => {
    expect(afterHours({ from: "13:00", to: "14:00" }, "Europe/Kyiv", at("2026-11-24T11:30:00Z"))).toEqual(at("2026-11-24T12:00:00Z"));
    expect(afterHours({ from: "22:00", to: "06:00" }, "Europe/Kyiv", at("2026-10-24T22:00:00Z"))).toEqual(at("2026-10-25T04:00:00Z"));
  });
});

describe("policies", () => {
  test("what would make a state flicker is refused", () => {
    const issues = v.safeParse(policyDocument, { prepaid: { blocked: { when: { by: "left", enter: "5", leave: "5" } } } }).issues;
    expect(issues?.map((one) => `${v.getDotPath(one)}: ${one.message}`)).toEqual([
      "prepaid.blocked.when.leave: must be more than the amount at which it begins",
    ]);
  });
  test("a rule says when", () => expect(v.safeParse(policyDocument, { prepaid: { blocked: {} } }).success).toBe(false));
  test("what is suggested can be set", () => expect(v.safeParse(policyDocument, suggestedPolicy).success).toBe(true));
});

const seed = Number(process.env.MB_TEST_SEED ?? Math.trunc(Math.random() * 2 ** 31));
const runs = { seed, numRuns: 3000 };
const amount = fc.integer({ min: -120, max: 150 }).map((n) => units(n / 2));
const days = fc.integer({ min: 0, max: 60 });
const someRules = fc.record({
  warned: fc.option(fc.record({ when: fc.constantFrom(null, ...["left", "days-left", "credit-used"].map(threshold)), owedDays: days })),
  limited: fc.option(fc.record({ when: fc.constantFrom(null, threshold("left", 3)), owedDays: fc.option(days) }).filter(says)),
  blocked: fc.option(
    fc.record({ when: fc.constantFrom(null, threshold("left", 0), threshold("credit-used", 100)), owedDays: fc.option(days) }).filter(says),
  ),
});
function says(rule: { when: object | null; owedDays: number | null }) {
  return rule.when !== null || rule.owedDays !== null;
}
function threshold(by: string, enter: number) {
  if (by === "left") return { by, enter: String(enter), leave: String(enter + 6) };
  if (by === "credit-used") return { by, enter: Math.max(enter, 50), leave: Math.max(enter, 50) - 20 };
  return { by, enter, leave: enter + 3 };
}
const somePolicy = fc
  .record({
    prepaid: someRules,
    calm: fc.constantFrom({}, { weekends: true, night: { from: "20:00", to: "08:00" } }),
    terminateAfterDays: fc.option(fc.integer({ min: 1, max: 40 })),
    goodPayer: fc.constantFrom(null, { months: 1, payments: 0, extraDays: 9 }),
  })
  .map((input) => policyOf(input as PolicyInput));
const hoursAgo = (most: number) => fc.integer({ min: 0, max: most }).map((hours) => now.subtract({ hours }));
const hoursOn = fc.integer({ min: 1, max: 100 }).map((hours) => now.add({ hours }));
const seldom = <T>(some: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some });
const someFacts = fc
  .record({
    balanceMicros: amount,
    creditMicros: fc.constantFrom(0n, units(40)),
    owed: hoursAgo(1500),
    dailySpendMicros: fc.constantFrom(0n, units(4), units(0.7)),
    goodPayer: fc.boolean(),
    promise: seldom(fc.record({ givenAt: hoursAgo(50), dueAt: hoursOn })),
    promiseBroken: fc.boolean(),
    suspension: seldom(fc.record({ from: hoursAgo(50), until: hoursOn })),
    override: seldom(fc.record({ state: fc.constantFrom(...moneyStates), until: hoursOn, by: fc.constant("x"), why: fc.constant("y") })),
  })
  .map(({ owed, ...rest }) => facts({ ...rest, owedSince: rest.balanceMicros < 0n ? owed : undefined }));
const someStanding = fc.record({ state: fc.constantFrom(...creditStates), since: hoursAgo(2000), by: fc.boolean() }).map(
  ({ state, since, by }): Standing => ({
    state,
    since,
    rule: state === "suspended" ? "suspension" : by && state !== "terminated" ? "override" : "left",
  }),
);

describe(`for any facts (seed ${seed})`, () => {
  test("what is decided is a way that the table of states knows", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(someStanding, someFacts, somePolicy, (before, known, rules) => {
        const decision = decide(before, known, rules, now);
        if (decision.state === before.state) return;
        const trigger = triggerOf(before, decision);
        seen.add(`${before.state} ${decision.state}`);
        expect(transitions[before.state][decision.state] ?? []).toContain(trigger);
      }),
      runs,
    );
    const known = Object.entries(transitions).flatMap(([from, to]) => Object.keys(to).map((state) => `${from} ${state}`));
    expect(known.filter((way) => !seen.has(way))).toEqual([]);
  });

  test("within the band that is watched nothing changes, until the day that is waited for", () => {
    fc.assert(
      fc.property(someStanding, someFacts, somePolicy, amount, fc.integer({ min: 0, max: 200 }), (before, known, rules, other, hours) => {
        const first = decide(before, known, rules, now);
        if (first.watchBelow !== undefined && other < first.watchBelow) return;
        if (first.watchAbove !== undefined && other >= first.watchAbove) return;
        if (known.suspension || known.override || first.state === "terminated") return;
        const then = now.add({ hours });
        if (first.nextCheckAt && Temporal.Instant.compare(then, first.nextCheckAt) >= 0) return;
        const after: Standing = {
          state: first.state,
          since: sinceWhen(before, { state: first.state, rule: first.reason.rule }, now),
          rule: first.reason.rule,
        };
        const moved = { ...known, balanceMicros: other, owedSince: other < 0n ? (known.owedSince ?? then) : undefined };
        expect(decide(after, moved, rules, then).state).toBe(first.state);
      }),
      runs,
    );
  });

  test("deciding twice decides the same", () => {
    fc.assert(
      fc.property(someStanding, someFacts, somePolicy, (before, known, rules) => {
        const first = decide(before, known, rules, now);
        const again = decide(
          { state: first.state, since: sinceWhen(before, { state: first.state, rule: first.reason.rule }, now), rule: first.reason.rule },
          known,
          rules,
          now,
        );
        expect(again.state).toBe(first.state);
      }),
      runs,
    );
  });
});
