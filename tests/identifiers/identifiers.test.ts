import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { assignIdentifier, decide } from "../../core/identifiers/assign-identifier.ts";
import { decide as decideEnd, endIdentifier } from "../../core/identifiers/end-identifier.ts";
import { normalValue } from "../../core/identifiers/normal-value.ts";
import { execute } from "../../core/kernel/command.ts";
import { terminateService } from "../../core/services/terminate-service.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { describeRules } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";
import { addTestPlan, sell } from "../support/sold.ts";

const instant = (text: string) => Temporal.Instant.from(text);
const now = instant("2026-11-02T08:00:00Z");
let database: TestDatabase;
let partner: number;
let north: string;
let south: string;
let planId: string;
let one: Awaited<ReturnType<typeof sell>>;
let two: Awaited<ReturnType<typeof sell>>;
beforeAll(async () => {
  database = await testDatabase({ clock: () => now });
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
  north = (await done(database.core, addGroup, { name: "North" })).groupId;
  south = (await done(database.core, addGroup, { name: "South" })).groupId;
  planId = await addTestPlan(database.core);
  one = await sell(database.core, { planId, groupId: north, name: "Holder of the North" });
  two = await sell(database.core, { planId, groupId: south });
});
afterAll(() => database.close());
const call = { actor: actorWith(), providerId: 1 };

let last = 380_440_000_000;
const telephone = () => String(++last);
const assign = (value: string, more: object = {}) =>
  done(database.core, assignIdentifier, { serviceId: one.serviceId, kind: "telephone" as const, value, ...more });

describeRules({
  command: assignIdentifier,
  database: () => database,
  input: async () => ({ serviceId: one.serviceId, kind: "telephone" as const, value: `+${telephone()}` }),
  wrong: [
    ["serviceId", "x"],
    ["kind", "mac"],
    ["value", ""],
    ["from", "2025-01-01T00:00:00Z"],
    ["until", "2026-11-02T08:00:00Z"],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  after: { kind: "telephone", from: "2026-11-02T08:00:00Z", until: null },
});
describeRules({
  command: endIdentifier,
  database: () => database,
  input: async () => ({ identifierId: (await assign(telephone(), { from: "2026-10-01T00:00:00Z" })).identifierId }),
  wrong: [
    ["identifierId", "x"],
    ["at", "2026-10-01T00:00:00Z"],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  before: { until: null },
  after: { until: "2026-11-02T08:00:00Z" },
});

describe("one spelling:", () => {
  for (const [kind, text, value] of [
    ["telephone", "+380 (44) 123-45-67", "380441234567"],
    ["telephone", "380441234567", "380441234567"],
    ["telephone", " 101 ", "101"],
    ["telephone", "٣٨٠٤٤", undefined],
    ["telephone", "1", undefined],
    ["telephone", "1234567890123456789", undefined],
    ["telephone", "38044abc", undefined],
    ["telephone", "++38044", undefined],
    ["login", " Taras@Isp ", "taras@isp"],
    ["login", "desk-7", "desk-7"],
    ["login", "380441234567", undefined],
    ["login", "+101", undefined],
    ["login", "two words", undefined],
    ["login", "x".repeat(81), undefined],
  ] as const) {
    test(`${kind} ${JSON.stringify(text.slice(0, 30))} is ${value ?? "refused"}`, () => expect(normalValue(kind, text)).toBe(value));
  }
  test("what is none is refused by the command, with its place", async () => {
    expect(
      await execute(database.core, assignIdentifier, { serviceId: one.serviceId, kind: "telephone", value: "hello" }, call),
    ).toMatchObject({
      code: "identifier_invalid",
      issues: [{ path: "value" }],
    });
  });
});

describe("a period", () => {
  const state = { status: "active", activatedAt: instant("2026-01-01T00:00:00Z") } as const;
  test("begins now unless told", () => expect(decide(state, {}, now)).toEqual({ ok: true, value: { from: now, until: undefined } }));
  test("begins with a service that is still to begin", () => {
    const activatedAt = instant("2027-01-01T00:00:00Z");
    expect(decide({ ...state, activatedAt }, {}, now)).toMatchObject({ ok: true, value: { from: activatedAt } });
  });
  test("may be past", () => expect(decide(state, { from: instant("2026-02-01T00:00:00Z") }, now)).toMatchObject({ ok: true }));
  test("isn't a terminated service's", () =>
    expect(decide({ ...state, status: "terminated" }, {}, now)).toMatchObject({ code: "service_terminated" }));
  test("ends inside itself", () => {
    const held = { from: instant("2026-02-01T00:00:00Z"), until: instant("2026-03-01T00:00:00Z") };
    expect(decideEnd(held, instant("2026-02-15T00:00:00Z"))).toMatchObject({ ok: true });
    for (const at of [held.from, held.until]) expect(decideEnd(held, at)).toMatchObject({ code: "invalid_input" });
  });
});

describe("one holder at one instant:", () => {
  test("a number that is held is refused, with the holder's name for whoever may see them", async () => {
    const value = telephone();
    await assign(value);
    const input = { serviceId: two.serviceId, kind: "telephone" as const, value };
    expect(await execute(database.core, assignIdentifier, input, call)).toMatchObject({
      ok: false,
      code: "identifier_taken",
      holder: { subscriberId: one.subscriberId, number: one.number, name: "Holder of the North" },
    });
    const limited = { actor: actorWith({ groupIds: [south] }), providerId: 1 };
    expect(await execute(database.core, assignIdentifier, input, limited)).toEqual({ ok: false, code: "identifier_taken" });
  });

  test("half-open: the next holder begins at the very instant at which the last one ended", async () => {
    const value = telephone();
    const { identifierId } = await assign(value, { from: "2026-02-01T00:00:00Z" });
    await done(database.core, endIdentifier, { identifierId, at: "2026-03-01T00:00:00Z" });
    await done(database.core, assignIdentifier, { serviceId: two.serviceId, kind: "telephone", value, from: "2026-03-01T00:00:00Z" });
    expect(
      await execute(
        database.core,
        assignIdentifier,
        { serviceId: one.serviceId, kind: "telephone", value, from: "2026-02-28T00:00:00Z", until: "2026-03-01T00:00:00.000001Z" },
        call,
      ),
    ).toMatchObject({ code: "identifier_taken" });
  });

  test("of ten who want one number at once, one gets it", async () => {
    const value = telephone();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        execute(
          database.core,
          assignIdentifier,
          { serviceId: i % 2 ? one.serviceId : two.serviceId, kind: "telephone" as const, value },
          call,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code)))).toEqual(new Set(["ok", "identifier_taken"]));
  });

  test("another provider may hold the same number, and neither is told", async () => {
    const value = telephone();
    await assign(value);
    const foreign = await sell(database.core, { providerId: partner });
    await done(database.core, assignIdentifier, { serviceId: foreign.serviceId, kind: "telephone", value }, partner);
  });
});

test("a terminated service gets no number", async () => {
  const { serviceId } = await sell(database.core, { planId });
  await done(database.core, terminateService, { serviceId });
  expect(await execute(database.core, assignIdentifier, { serviceId, kind: "login", value: "late" }, call)).toEqual({
    ok: false,
    code: "service_terminated",
  });
});
