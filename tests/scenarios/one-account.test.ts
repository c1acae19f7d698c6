// Everybody at one account at once, while its usage comes in: nobody fails, nothing is lost, and the end is one that some order explains.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { registerAgent } from "../../core/agents/register-agent.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { endIdentifier } from "../../core/identifiers/end-identifier.ts";
import type { Command } from "../../core/kernel/command.ts";
import { execute } from "../../core/kernel/command.ts";
import { carryOverBalance } from "../../core/ledger/carry-over-balance.ts";
import { changePlan } from "../../core/services/change-plan.ts";
import { terminateService } from "../../core/services/terminate-service.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { changeSubscriber } from "../../core/subscribers/change-subscriber.ts";
import { closeSubscriber } from "../../core/subscribers/close-subscriber.ts";
import { openAccount } from "../../core/subscribers/open-account.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { releaseWaitingUsage } from "../../core/usage/release.ts";
import { verify } from "../../core/verify.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, setUpOperator } from "../support/operator.ts";
import { addTestPlan, sell } from "../support/sold.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ clock: () => Temporal.Instant.from("2026-11-20T12:00:00Z") });
  await setUpOperator(db.core);
});
afterAll(() => db.close());

test("twenty rounds of commands and calls on one account end with clean books, and every call is somewhere", async () => {
  const { agentId } = await done(db.core, registerAgent, { name: "PBX" });
  const other = await addTestPlan(db.core, {});
  let sent = 0;
  for (let round = 0; round < 20; round++) {
    const { subscriberId, accountId, serviceId } = await sell(db.core);
    const second = await sell(db.core);
    const number = String(380_700_000_000 + round);
    const { identifierId } = await done(db.core, assignIdentifier, {
      serviceId,
      kind: "telephone",
      value: number,
      from: "2026-01-01T00:00:00Z",
    });
    const run = async (command: unknown, input: object) => {
      const outcome = await execute(db.core, command as Command, input, { actor: actorWith(), providerId: 1 });
      return outcome.ok ? "accepted" : outcome.code;
    };
    const calls = Array.from({ length: 12 }, (_, i) =>
      callOf({ callId: `${round}.${i}`, source: number, startedAt: `2026-11-${String(i + 1).padStart(2, "0")}T10:00:00Z` }),
    );
    const usage = async () => {
      for (let i = 0; i < calls.length; i += 3) {
        const firstSequence = sent + 1;
        sent += 3;
        await receiveBatch(db.core, { providerId: 1, agentId }, { firstSequence, records: calls.slice(i, i + 3) });
        await processBatch(db.core, { providerId: 1, agentId, firstSequence });
      }
    };
    const [, , carried, again, ...codes] = await Promise.all([
      usage(),
      releaseWaitingUsage(db.core, 1),
      run(carryOverBalance, { accountId, amount: "100" }),
      run(carryOverBalance, { accountId, amount: "100" }),
      run(changePlan, { serviceId, planId: other, from: "2026-11-05T00:00:00Z" }),
      run(terminateService, { serviceId, at: "2026-11-08T00:00:00Z" }),
      run(terminateService, { serviceId, at: "2026-11-07T00:00:00Z" }),
      run(endIdentifier, { identifierId, at: "2026-11-06T00:00:00Z" }),
      run(assignIdentifier, { serviceId: second.serviceId, kind: "telephone", value: number, from: "2026-11-09T00:00:00Z" }),
      run(changeAccount, { accountId, status: "closed" }),
      run(changeSubscriber, { subscriberId, name: "Other" }),
      run(openAccount, { subscriberId, kind: "postpaid" }),
      run(closeSubscriber, { subscriberId }),
    ]);
    expect([carried, again].filter((code) => code === "accepted").length).toBeLessThanOrEqual(1);
    expect([carried, again].every((code) => ["accepted", "balance_already_opened", "account_closed"].includes(code))).toBe(true);
    const expected = [
      "accepted",
      "service_terminated",
      "account_has_services",
      "subscriber_has_services",
      "account_closed",
      "subscriber_closed",
      "identifier_taken",
      "plan_change_too_early",
      "invalid_input",
      "not_found",
    ];
    for (const code of codes) expect(expected).toContain(code as string);
    // One number has one holder at each instant, whatever the order.
    const holders =
      await db.admin`select count(*)::int as n from app.identifiers a join app.identifiers b on a.value = b.value and a.id < b.id and a.valid && b.valid`;
    expect(holders[0]!.n).toBe(0);
  }
  await releaseWaitingUsage(db.core, 1);
  const [where] =
    await db.admin`select (select count(*)::int from app.usage_records) + (select count(*)::int from app.usage_quarantine where resolved_at is null) as n`;
  expect(where!.n).toBe(240);
  expect((await verify(db.core)).findings).toEqual([]);
}, 120_000);
