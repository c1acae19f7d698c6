import { afterAll, beforeAll, expect, test } from "bun:test";
import { chargePartner, decide, type Link } from "../../core/identifiers/charge-partner.ts";
import { execute } from "../../core/kernel/command.ts";
import { terminateService } from "../../core/services/terminate-service.ts";
import { describeRules } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";
import { sell } from "../support/sold.ts";

const instant = (text: string) => Temporal.Instant.from(text);
const now = instant("2026-11-02T08:00:00Z");
let database: TestDatabase;
let other: number;
let sold: Awaited<ReturnType<typeof sell>>;
beforeAll(async () => {
  database = await testDatabase({ clock: () => now });
  await setUpOperator(database.core);
  other = await partnerOf(database.core, "other");
  sold = await sell(database.core, { name: "A partner" });
});
afterAll(() => database.close());

let count = 0;
const newPartner = () => partnerOf(database.core, `partner-${++count}`);

describeRules({
  command: chargePartner,
  database: () => database,
  input: async () => ({ partnerId: await newPartner(), serviceId: sold.serviceId }),
  wrong: [
    ["partnerId", 0],
    ["partnerId", "2"],
    ["serviceId", "x"],
    ["serviceId", null],
    ["from", "2025-01-01T00:00:00Z"],
    ["from", "yesterday"],
  ],
  otherProviderId: () => other,
  after: { from: "2026-11-02T08:00:00Z" },
});

const link = (from: string, until?: string, serviceId = "a"): Link => ({
  id: from,
  serviceId,
  from: instant(from),
  until: until === undefined ? undefined : instant(until),
});

test("changes come in order of time: each ends what runs when it begins, and none reaches back behind the last", () => {
  const open = [link("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"), link("2026-03-01T00:00:00Z")];
  expect(decide([], "a", now)).toEqual({ ok: true, value: { ends: undefined } });
  expect(decide(open, "b", now)).toEqual({ ok: true, value: { ends: open[1] } });
  expect(decide(open, null, now)).toEqual({ ok: true, value: { ends: open[1] } });
  expect(decide(open.slice(0, 1), "a", now)).toEqual({ ok: true, value: { ends: undefined } });
  const refused = [
    decide([], null, now),
    decide(open, "a", now),
    decide(open, "b", instant("2026-03-01T00:00:00Z")),
    decide(open, "b", instant("2026-02-15T00:00:00Z")),
    decide(open.slice(0, 1), null, now),
  ];
  for (const outcome of refused) expect(outcome).toMatchObject({ ok: false, code: "invalid_input" });
});

test("a service that ends lets its partner go, and one that has ended takes none", async () => {
  const { serviceId } = await sell(database.core, { name: "Another" });
  const partnerId = await newPartner();
  await done(database.core, chargePartner, { partnerId, serviceId, from: "2026-10-01T00:00:00Z" });
  await done(database.core, terminateService, { serviceId, at: "2026-11-01T00:00:00Z" });
  const [held] =
    await database.admin`select upper(valid)::text as until from app.identifiers where kind = 'partner' and value = ${String(partnerId)}`;
  expect(held!.until).toBe("2026-11-01 00:00:00+00");
  expect(await execute(database.core, chargePartner, { partnerId, serviceId }, { actor: actorWith(), providerId: 1 })).toMatchObject({
    code: "service_terminated",
  });
  expect(await done(database.core, chargePartner, { partnerId, serviceId: sold.serviceId })).toMatchObject({ from: now.toString() });
});
