// The strictest form of "sees only that": whatever happens elsewhere, what somebody sees stays letter for letter the same: rows, counts, sums, order, places in lists.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { registerAgent } from "../../core/agents/register-agent.ts";
import { adminApp } from "../../core/http/admin/app.ts";
import { needsOfHandler } from "../../core/http/admin/frame.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { requestExport } from "../../core/interchange/request-export.ts";
import type { Actor } from "../../core/kernel/actor.ts";
import { canonical } from "../../core/kernel/json.ts";
import { ask } from "../../core/kernel/query.ts";
import { advance } from "../../core/read/advance.ts";
import { queries } from "../../core/registry.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { type Client, signedIn } from "../http/admin-a/client.ts";
import { clientWith } from "../http/admin-b/people.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done } from "../support/operator.ts";
import { sell } from "../support/sold.ts";
import { buildWorld, managerOf, type Tenant, type World } from "./world.ts";

let db: TestDatabase;
let world: World;
let now = Temporal.Instant.from("2026-11-01T18:00:00Z");
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  world = await buildWorld(db.core);
  now = now.add({ seconds: 1 });
  await advance(db.core);
}, 60_000);
afterAll(() => db.close());

const bare = (text: string) =>
  text
    .replace(/name="(_csrf|_key)" value="[^"]*"/g, "")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=" id="f-key|"\s*\/?>\s*<\/form)/g, "")
    .replace(/"?freshnessSec"?:[^,}]*/g, "")
    .replace(/Figures [^<]* old|Not counted yet|datetime="[^"]*"/g, "");

const pages = adminApp({} as never, { publicUrl: "http://test" }).routes.flatMap(({ method, path, handler }) =>
  method === "GET" && !path.includes(":") && !["open", undefined].includes(needsOfHandler(handler)?.permission) ? [path] : [],
);

async function seenBy(actor: Actor, client: Client): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  for (const query of queries)
    for (const input of [{}, { limit: 1 }, { limit: 200 }, { search: "s" }, { from: "2026-10-01T00:00:00Z", to: "2027-01-01T00:00:00Z" }])
      seen.set(`${query.name} ${JSON.stringify(input)}`, bare(canonical(await ask(db.core, query, input as never, { actor }))));
  for (const path of pages) seen.set(path, bare((await client.page(path)).html));
  return seen;
}

/** One more of everything in this tenant's first group: subscribers, numbers, calls known and unknown, files, agents, spreadsheets. */
async function happenAt(tenant: Tenant): Promise<void> {
  const { providerId } = tenant;
  const [sold] = tenant.sold;
  for (let i = 0; i < 3; i++) {
    const who = await sell(db.core, { providerId, groupId: sold.groupId, planId: tenant.planId, name: `Stranger ${i}` });
    await done(
      db.core,
      assignIdentifier,
      { serviceId: who.serviceId, kind: "telephone", value: `38091${providerId}00${i}`, from: "2026-01-01T00:00:00Z" },
      providerId,
    );
  }
  const { agentId } = await done(db.core, registerAgent, { name: "Another" }, providerId);
  await done(
    db.core,
    requestExport,
    { kind: "account-statement", accountId: sold.accountId, from: "2026-11-01", to: "2026-11-02" },
    providerId,
  );
  const records = Array.from({ length: 30 }, (_, i) =>
    callOf({ callId: `more ${i}`, source: i < 25 ? sold.number : `77700${i}`, startedAt: `2026-11-01T${10 + (i % 7)}:00:00Z` }),
  );
  await receiveBatch(db.core, { providerId, agentId }, { firstSequence: 1, file: { id: crypto.randomUUID(), name: "More.csv" }, records });
  await processBatch(db.core, { providerId, agentId, firstSequence: 1 });
  await advance(db.core);
}

test("what a sibling, a partner and a manager of another group see does not change with what happens elsewhere", async () => {
  const { operator, west, east } = world;
  const group = west.sold[1].groupId;
  const watchers = [
    { who: "a sibling", actor: managerOf(east), client: await signedIn(db.core, east.providerId, east.managerId) },
    {
      who: "a manager of another group",
      actor: managerOf(west, [west.providerId], [group]),
      client: await clientWith(db.core, west.providerId, undefined, [group]),
    },
  ];
  const before: Map<string, string>[] = [];
  for (const { actor, client } of watchers) before.push(await seenBy(actor, client));
  await happenAt(west);
  await happenAt(operator);
  for (const [i, { who, actor, client }] of watchers.entries()) {
    const after = await seenBy(actor, client);
    const changed = [...after]
      .filter(([what, text]) => text !== before[i]!.get(what))
      .map(([what, text]) => [what, firstDifference(before[i]!.get(what)!, text)]);
    expect({ who, changed }).toEqual({ who, changed: [] });
  }
}, 120_000);

test("and the one above all of them does see it: the test can see what it looks for", async () => {
  const { operator, west, east } = world;
  const actor = managerOf(operator, [1, west.providerId, east.providerId]);
  const client = await signedIn(db.core, 1, operator.managerId);
  const before = await seenBy(actor, client);
  await happenAt(east);
  const after = await seenBy(actor, client);
  const changed = [...after].filter(([what, text]) => text !== before.get(what)).map(([what]) => what.split(" ")[0]);
  for (const what of [
    "dashboard.today",
    "subscribers.list",
    "usage.list",
    "quarantine.list",
    "imports.list",
    "agents.list",
    "exports.list",
    "/",
    "/subscribers",
    "/usage",
    "/quarantine",
  ])
    expect(changed).toContain(what);
}, 120_000);

function firstDifference(a: string, b: string): string {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return `${a.slice(Math.max(0, i - 60), i + 60)} => ${b.slice(Math.max(0, i - 60), i + 60)}`;
}
