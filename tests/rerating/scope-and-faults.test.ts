// Who may rate what again, and what happens when the work is interrupted, done twice, or done by two at once.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { execute } from "../../core/kernel/command.ts";
import { ask } from "../../core/kernel/query.ts";
import { advance } from "../../core/read/advance.ts";
import { reratingsDetail, reratingsList } from "../../core/read/reratings/query.ts";
import { begin, partsLeft } from "../../core/rerating/begin.ts";
import { cancelRerating } from "../../core/rerating/cancel-rerating.ts";
import { previewRerating } from "../../core/rerating/preview-rerating.ts";
import { reratePart } from "../../core/rerating/rerate-part.ts";
import { runRerating } from "../../core/rerating/run-rerating.ts";
import { verify } from "../../core/verify.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { call, ingest, manager, type SeededTenant, seedTenant } from "../support/seed.ts";
import { accountsOf, apply, preview, rerate, stateOf, work } from "./rerate.ts";

let db: TestDatabase;
let tenants: SeededTenant[];
let version = 1;

beforeAll(async () => {
  db = await testDatabase();
  tenants = [await seedTenant(db, 1), await seedTenant(db, 2)];
  for (const tenant of tenants) {
    const services = tenant.groups.flatMap((group) => group.services);
    const calls = services.flatMap(({ number }, i) =>
      [0, 1, 2].map((n) => call({ startedAt: `2026-10-0${n + 1}T1${i}:00:00Z`, source: number, durationSec: 60 + n })),
    );
    await ingest(db, tenant, calls);
  }
}, 60_000);
afterAll(() => db.close());

/** Every price of both providers' plans changes. */
beforeEach(async () => {
  version++;
  for (const { providerId, planId } of tenants)
    await db.admin`insert into app.plan_versions select provider_id, plan_id, ${version}, ${`2026-09-01T00:00:${String(version).padStart(2, "0")}Z`},
      jsonb_set(document, '{rates,0,connectFee}', ${JSON.stringify(`0.${version}`)}::text::jsonb), now() from app.plan_versions where provider_id = ${providerId} and plan_id = ${planId} and version = 1`;
});

const versionsOf = async (providerId: number) =>
  Object.fromEntries(
    (await db.admin`select plan_version, count(*)::int as n from app.usage_records where provider_id = ${providerId} group by 1`).map(
      (r) => [r.plan_version, r.n],
    ),
  );
const booksOf = async (providerId: number) =>
  JSON.stringify(
    await db.admin`select account_id, id, template from app.ledger_transactions where provider_id = ${providerId} order by id`,
  );

test("another provider's usage is never touched", async () => {
  const before = { books: await booksOf(2), versions: await versionsOf(2) };
  await rerate(db, 1, { from: "2026-01-01" });
  expect(await versionsOf(1)).toEqual({ [version]: 18 });
  expect({ books: await booksOf(2), versions: await versionsOf(2) }).toEqual(before);
});

test("whoever may see one group rates its subscribers again and no others, and doesn't see what was chosen more widely", async () => {
  const [tenant] = tenants as [SeededTenant];
  const [own, other] = tenant.groups;
  const limited = manager([1], [own.groupId]);
  const wide = await preview(db, 1, { from: "2026-01-01" });
  const run = await preview(db, 1, { from: "2026-01-01" }, limited);
  expect((await accountsOf(db, run)).map((one) => one.account_id).sort()).toEqual(own.services.map((one) => one.accountId).sort());
  await apply(db, run, limited);
  expect(await versionsOf(1)).toEqual({ [version - 1]: 9, [version]: 9 });

  const call = { actor: limited, providerId: 1 };
  const foreign = { subscriberId: other.services[0]!.subscriberId, why: "to see" };
  expect(await execute(db.core, previewRerating, foreign, call)).toMatchObject({ ok: false, code: "not_found" });
  expect(await execute(db.core, runRerating, { runId: wide.runId }, call)).toMatchObject({ ok: false, code: "not_found" });
  expect(await execute(db.core, cancelRerating, { runId: wide.runId }, call)).toMatchObject({ ok: false, code: "not_found" });
  expect(await ask(db.core, reratingsDetail, { runId: wide.runId }, call)).toMatchObject({ ok: false, code: "not_found" });
  const listed = await ask(db.core, reratingsList, {}, call);
  expect(listed.ok && listed.value.runs.map((one) => one.runId)).toEqual([run.runId, own.runId]);
  const without = { ...limited, permissions: new Set(["usage:read", "plans:write"]) };
  expect(await execute(db.core, previewRerating, { from: "2026-01-01", why: "to see" }, { actor: without, providerId: 1 })).toMatchObject({
    code: "not_permitted",
  });
});

test("what is chosen, and why, must be said", async () => {
  const call = { actor: manager([1]), providerId: 1 };
  const refused = async (input: object) => {
    const outcome = await execute(db.core, previewRerating, input, call);
    return outcome.ok ? [] : ((outcome.issues as { path: string }[] | undefined) ?? [{ path: outcome.code }]).map((issue) => issue.path);
  };
  expect(await refused({ why: "because" })).toEqual(["planId"]);
  expect(await refused({ from: "2026-10-01" })).toEqual(["why"]);
  expect(await refused({ from: "2026-10-02", to: "2026-10-01", why: "because" })).toEqual(["to"]);
  expect(await refused({ from: "2026-10-32", why: "because" })).toEqual(["from"]);
  expect(await refused({ destination: "abc", why: "because" })).toEqual(["destination"]);
  expect(await refused({ planId: crypto.randomUUID(), why: "because" })).toEqual(["not_found"]);
});

test("by destination, by days, and by both: only what is meant changes", async () => {
  const { accounts } = await rerate(db, 1, { from: "2026-10-02", to: "2026-10-02", destination: "380" });
  expect(accounts.map((one) => one.changed)).toEqual([1, 1, 1, 1, 1, 1]);
  expect((await rerate(db, 1, { destination: "49" })).accounts).toEqual([]);
  expect(
    (await rerate(db, 1, { from: "2026-10-03T00:00:00Z", to: "2026-10-03T12:30:00Z" })).accounts.reduce((n, one) => n + one.changed, 0),
  ).toBe(3);
});

test("a run goes through its states, and does nothing out of turn", async () => {
  const call = { actor: manager([1]), providerId: 1 };
  const asked = await execute(db.core, previewRerating, { from: "2026-01-01", why: "in turn" }, call);
  const run = { providerId: 1, runId: (asked as { value: { runId: string } }).value.runId };
  expect(await execute(db.core, runRerating, { runId: run.runId }, call)).toMatchObject({
    ok: false,
    code: "rerating_state",
    state: "previewing",
  });
  await work(db.core, run, false);
  expect(await stateOf(db, run)).toBe("previewed");
  // A part that is told to change things before it is time leaves them alone.
  await reratePart(db.core, { ...run, part: 0, apply: true });
  expect(await versionsOf(1)).not.toHaveProperty(String(version));
  expect(await execute(db.core, cancelRerating, { runId: run.runId }, call)).toMatchObject({ ok: true });
  expect(await execute(db.core, runRerating, { runId: run.runId }, call)).toMatchObject({ ok: false, code: "rerating_state" });
  await begin(db.core, run);
  expect(await versionsOf(1)).not.toHaveProperty(String(version));
});

/** Each part has one account, so that there is something between the parts. */
const divide = (runId: string) =>
  db.admin`with numbered as (select account_id, row_number() over (order by account_id)::int - 1 as n from app.rerating_accounts where run_id = ${runId}),
    divided as (update app.rerating_accounts a set part = n from numbered where a.run_id = ${runId} and a.account_id = numbered.account_id returning part)
    update app.reratings set parts = (select count(*) from divided) where id = ${runId}`;

test("interrupted at any statement it goes on, and comes to the same", async () => {
  const run = await preview(db, 1, { from: "2026-01-01" });
  const previewed = await accountsOf(db, run);
  await divide(run.runId);
  const begun = await execute(db.core, runRerating, { runId: run.runId }, { actor: manager([1]), providerId: 1 });
  expect(begun.ok).toBe(true);
  const parts = await inTenant(db.core.db, [1], (tx) => partsLeft(tx, run, true));
  expect(parts.length).toBe(6);
  // The server ends the session in the middle: while the part waits for a lock that is held against it, at one table after the other.
  for (const [i, table] of ["balances", "ledger_postings", "rerated_records", "usage_records", "events", "rerating_accounts"].entries()) {
    const part = { ...run, part: parts[i]!, apply: true };
    const held = await db.admin.reserve();
    await held.unsafe(
      `begin; lock table app.${table} in ${["balances", "usage_records"].includes(table) ? "access exclusive" : "exclusive"} mode`,
    );
    const interrupted = reratePart(db.core, part).then(
      () => "done",
      () => "interrupted",
    );
    for (;;) {
      const [waiting] =
        await db.admin`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and usename = 'mb_app'`;
      if (waiting) {
        await db.admin`select pg_terminate_backend(${waiting.pid})`;
        break;
      }
      await Bun.sleep(5);
    }
    expect(await interrupted).toBe("interrupted");
    await held.unsafe("rollback");
    held.release();
    expect(await stateOf(db, run)).toBe("running");
    // Two workers take it up again, then a third.
    await Promise.all([reratePart(db.core, part), reratePart(db.core, part)]);
    await reratePart(db.core, part);
  }
  expect(await stateOf(db, run)).toBe("done");
  expect(await accountsOf(db, run)).toEqual(previewed);
  expect(await versionsOf(1)).toEqual({ [version]: 18 });
  expect((await rerate(db, 1, { from: "2026-01-01" })).accounts.every((one) => one.changed === 0)).toBe(true);
}, 60_000);

test("what can't go on ends as failed with the reason, and goes on where it ended once that is put right", async () => {
  const run = await preview(db, 1, { from: "2026-01-01" });
  await divide(run.runId);
  await execute(db.core, runRerating, { runId: run.runId }, { actor: manager([1]), providerId: 1 });
  await reratePart(db.core, { ...run, part: 0, apply: true });
  await db.admin`alter table app.rerated_records add constraint broken check (false) not valid`;
  await reratePart(db.core, { ...run, part: 1, apply: true });
  expect(await stateOf(db, run)).toBe("failed");
  await db.admin`alter table app.rerated_records drop constraint broken`;
  await apply(db, run, manager([1]));
  expect(await stateOf(db, run)).toBe("done");
  expect(await versionsOf(1)).toEqual({ [version]: 18 });
});

test("usage that arrives meanwhile is charged once, and nothing blocks", async () => {
  const [tenant] = tenants as [SeededTenant];
  const run = await preview(db, 1, { from: "2026-01-01" });
  await divide(run.runId);
  await execute(db.core, runRerating, { runId: run.runId }, { actor: manager([1]), providerId: 1 });
  const services = tenant.groups.flatMap((group) => group.services);
  const arriving = async () => {
    for (let n = 0; n < 6; n++)
      await ingest(
        db,
        tenant,
        services.map(({ number }, i) => call({ startedAt: `2026-10-1${n}T1${i}:00:00Z`, source: number, durationSec: 60 })),
      );
  };
  await Promise.all([arriving(), work(db.core, run, true), work(db.core, run, true)]);
  expect(await stateOf(db, run)).toBe("done");
  await rerate(db, 1, { from: "2026-01-01" });
  expect(await versionsOf(1)).toEqual({ [version]: 54 });
}, 60_000);

test("a price that vanished leaves the charge, and is named", async () => {
  const [{ planId, groups }] = tenants as [SeededTenant];
  await db.admin`update app.plan_versions set document = jsonb_set(document, '{rates,0,prefix}', '"999"') where provider_id = 1 and plan_id = ${planId} and version = ${version}`;
  const [first] = groups[0].services;
  const before = await db.admin`select * from app.usage_records where account_id = ${first!.accountId} order by started_at`;
  const { run, accounts } = await rerate(db, 1, { subscriberId: first!.subscriberId });
  expect(accounts).toMatchObject([{ changed: 0, vanished: before.length, difference: "0" }]);
  expect(await db.admin`select * from app.usage_records where account_id = ${first!.accountId} order by started_at`).toEqual(before);
  const found = await ask(db.core, reratingsDetail, { runId: run.runId }, { actor: manager([1]) });
  expect(found.ok && found.value.problems[0]).toMatchObject({ reason: "no_rate", destination: "380671234567" });
});

test("after all of that the books are right, and the read models are what a rebuild makes", async () => {
  expect(await advance(db.core)).toBe(true);
  expect((await verify(db.core)).findings).toEqual([]);
});
