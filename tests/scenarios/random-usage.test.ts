// The whole path of money, tried at random: whatever the split, the order, the repetitions and what people do meanwhile, an account owes
// what a few lines of arithmetic say that its calls cost.
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { acceptUsage } from "../../core/usage/accept-usage.ts";
import { discardUsage } from "../../core/usage/discard-usage.ts";
import type { CallFields } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { recordKey } from "../../core/usage/record-key.ts";
import { releaseWaitingUsage } from "../../core/usage/release.ts";
import { verify } from "../../core/verify.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";

const RUNS = Number(process.env.MB_RUNS ?? 8);

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

const held = ["380440000000", "380440000001", "380440000002"] as const;
/** Assigned to the first service in the course of things, from this instant on. */
const assignedLate = "380990000001";
const assignedFrom = "2026-11-10T00:00:00Z";
const sources = [...held, assignedLate, "380990000009"] as const;
const destinations = ["380671234567", "12015550100", "99912345"] as const;

type Wish = { source: number; destination: number; sec: number; answered: boolean; hour: number; mad: boolean };
const wish: fc.Arbitrary<Wish> = fc.record({
  source: fc.nat(sources.length - 1),
  destination: fc.nat(destinations.length - 1),
  sec: fc.oneof(fc.nat(200), fc.constantFrom(0, 1, 59, 60, 61, 3600)),
  answered: fc.boolean(),
  hour: fc.nat(24 * 28),
  mad: fc.boolean(),
});

function callOf(w: Wish, index: number): CallFields {
  const startedAt = Temporal.Instant.from("2026-11-01T00:00:00Z").add({ hours: w.hour }).toString();
  return {
    kind: "call",
    callId: `${index}`,
    startedAt,
    answeredAt: w.answered ? startedAt : null,
    endedAt: null,
    durationSec: w.sec,
    billableSec: w.answered ? w.sec : 0,
    direction: "out",
    accountCode: "",
    source: sources[w.source]!,
    destination: destinations[w.destination]!,
    disposition: w.answered ? "answered" : "busy",
    flags: w.mad ? ["billable_exceeds_duration"] : [],
    raw: index % 3 === 0 ? `row ${index}` : "",
  };
}

/** What people decide about records that contradict themselves: every other one is let pass, the rest is discarded. */
const isLetPass = (index: number) => index % 2 === 0;

/** Written without a look at the code that it checks. Price in ten-thousandths of a unit, which is what the plan rounds to. */
function price({ destination, billableSec: s, disposition }: CallFields): bigint {
  if (disposition !== "answered" || s === 0) return 0n;
  if (destination.startsWith("1201")) return BigInt(Math.ceil(s / 6)) * 33n;
  const beyond = BigInt(Math.max(0, s - 60));
  return 4000n + 2000n + (beyond * 1000n * 2n + 60n) / 120n;
}

function owedBy(service: number, calls: readonly CallFields[]): bigint {
  let sum = 0n;
  for (const [index, call] of calls.entries()) {
    const isOurs = call.source === held[service] || (service === 0 && call.source === assignedLate && call.startedAt >= assignedFrom);
    const isPriced = !call.destination.startsWith("999");
    if (isOurs && isPriced && (call.flags.length === 0 || isLetPass(index))) sum += price(call);
  }
  return sum * 100n;
}

type Happening = {
  readonly kind: "send" | "again" | "assign" | "accept" | "discard" | "release";
  readonly size: number;
  readonly at: number;
};
const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom("send", "send", "send", "again", "assign", "accept", "discard", "release"),
  size: fc.integer({ min: 1, max: 12 }),
  at: fc.nat(1000),
});

let providerId = 0;

async function live(
  calls: readonly CallFields[],
  order: readonly number[],
  happenings: readonly Happening[],
  together: number,
): Promise<void> {
  const id = ++providerId;
  const provider = await seedProvider(db.admin, { providerId: id, parentId: id === 1 ? undefined : 1, services: 3 } as never);
  const actor = { actor: systemActor([id]), providerId: id };
  const agents = [provider.agentId, crypto.randomUUID()];
  await db.admin`insert into app.agents (provider_id, id, kind, name, config, created_at) values (${id}, ${agents[1]!}, 'pbx', 'Second', '{}', now())`;
  const last = [0, 0];
  const inTurn: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  const sent: { agent: number; firstSequence: number; records: CallFields[] }[] = [];
  let from = 0;
  const mad = (letPass: boolean) =>
    calls.flatMap((call, index) => (call.flags.length > 0 && isLetPass(index) === letPass ? [recordKey(call)] : []));

  const deliver = async (batch: (typeof sent)[number]) => {
    const agent = { providerId: id, agentId: agents[batch.agent]! };
    // A spool sends in the order of its numbers; what becomes of the batches then is nobody's to order.
    const received = inTurn[batch.agent]!.then(() =>
      receiveBatch(db.core, agent, { firstSequence: batch.firstSequence, records: batch.records }),
    );
    inTurn[batch.agent] = received;
    await received;
    await processBatch(db.core, { ...agent, firstSequence: batch.firstSequence });
  };
  const ways: Record<Happening["kind"], (h: Happening) => Promise<unknown>> = {
    async send({ size, at }) {
      const agent = at % 2;
      // Some of what has been sent goes along again, under new numbers and from whichever agent: the same rows, in another file.
      const old = order
        .slice(0, from)
        .slice(at % (from + 1))
        .slice(0, at % 4);
      const records = [...order.slice(from, from + size), ...old].map((i) => calls[i]!);
      from = Math.min(order.length, from + size);
      if (records.length === 0) return;
      const batch = { agent, firstSequence: last[agent]! + 1, records };
      last[agent]! += records.length;
      sent.push(batch);
      await deliver(batch);
    },
    again: async ({ at }) => sent.length > 0 && (await Promise.all([deliver(sent[at % sent.length]!), deliver(sent[at % sent.length]!)])),
    assign: () =>
      execute(
        db.core,
        assignIdentifier,
        { serviceId: provider.services[0]!.serviceId, kind: "telephone", value: assignedLate, from: assignedFrom },
        actor,
      ),
    accept: async () => mad(true).length > 0 && execute(db.core, acceptUsage, { keys: mad(true) }, actor),
    discard: async () => mad(false).length > 0 && execute(db.core, discardUsage, { keys: mad(false), why: "not true" }, actor),
    release: () => releaseWaitingUsage(db.core, id),
  };
  for (let i = 0; i < happenings.length; i += together) await Promise.all(happenings.slice(i, i + together).map((h) => ways[h.kind](h)));
  // What is left, and the last word of everybody.
  while (from < order.length) await ways.send({ kind: "send", size: 10, at: from });
  for (const kind of ["assign", "accept", "release", "discard"] as const) await ways[kind]({ kind, size: 1, at: 0 });

  const balances = await db.admin`select account_id, balance_micros::text as micros from app.balances where provider_id = ${id}`;
  for (const [index, { accountId }] of provider.services.entries())
    expect([index, BigInt(balances.find((b) => b.account_id === accountId)!.micros)]).toEqual([index, -owedBy(index, calls)]);
  const [counts] = await db.admin`select (select count(*)::int from app.usage_keys where provider_id = ${id}) as keys,
    (select sum(rated + quarantined + discarded)::int from app.usage_inbox where provider_id = ${id}) as once`;
  expect(counts).toEqual({ keys: calls.length, once: calls.length });
}

test(`${RUNS} random months end with the balances that arithmetic gives, and clean books`, async () => {
  const month = fc.record({
    calls: fc.array(wish, { minLength: 1, maxLength: 60 }).map((wishes) => wishes.map(callOf)),
    seed: fc.infiniteStream(fc.nat(1_000_000)),
    happenings: fc.array(happening, { maxLength: 25 }),
    together: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(month, async ({ calls, seed, happenings, together }) => {
      const order = calls
        .map((_, i) => [seed.next().value as number, i] as const)
        .sort((a, b) => a[0] - b[0])
        .map(([, i]) => i);
      await live(calls, order, happenings, together);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect((await verify(db.core)).findings).toEqual([]);
}, 600_000);
