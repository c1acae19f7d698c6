// Builds the demo's world through the same commands that people use. Each carries an idempotency key, so a load that was cut off goes on where it was.
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { registerAgent } from "../agents/register-agent.ts";
import { addPlan } from "../catalog/add-plan.ts";
import { assignIdentifier } from "../identifiers/assign-identifier.ts";
import { type Actor, systemActor } from "../kernel/actor.ts";
import { type Command, defineCommand, execute } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { defineJob } from "../kernel/job.ts";
import { carryOverBalance } from "../ledger/carry-over-balance.ts";
import { addPartner } from "../providers/add-partner.ts";
import { allProviderIds, providerById, ROOT_PROVIDER_ID } from "../providers/tenants.ts";
import { activateService } from "../services/activate-service.ts";
import { addGroup } from "../subscribers/add-group.ts";
import { registerSubscriber } from "../subscribers/register-subscriber.ts";
import { setPortalLogin } from "../subscribers/set-portal-login.ts";
import { controlCredit } from "./control-credit.ts";
import type { Exchange } from "./make-calls.ts";
import { demoDir, saveExchanges } from "./run-exchanges.ts";
import { sellCardsOf } from "./sell-cards.ts";
import { type Step, sellWholesale } from "./sell-wholesale.ts";
import { takePayments } from "./take-payments.ts";
import { type DemoProvider, demoPlan, demoWorld, type PlanCode } from "./world.ts";

export const loadDemoJob = defineJob({
  name: "demo.load",
  data: v.object({ password: v.string() }),
  policy: "stately",
  expireInSeconds: 600,
});

/** What the pages tell of the demo: `state` for everybody, the portal's made-up subscriber for whoever loaded it. */
export type DemoNote = {
  readonly state: "loading" | "loaded";
  readonly done: number;
  readonly total: number;
  readonly portalLogin: string;
  readonly portalPassword: string;
};

const portalLogin = "demo@subscriber.example";
const callsPerDay = [3000, 900, 500];

export const loadDemo = defineCommand({
  name: "demo.load",
  summary: "Load a made-up operator's partners, subscribers and calls into this installation",
  permission: "providers:write",
  level: "provider",
  input: v.strictObject({}),
  async run({ tx, providerId, enqueue, audit }) {
    if (providerId !== ROOT_PROVIDER_ID) return refuse("not_permitted");
    const password = randomBytes(9).toString("base64url");
    const note: DemoNote = { state: "loading", done: 0, total: subscribersIn(demoWorld()), portalLogin, portalPassword: password };
    const inserted = await rawOf(
      tx,
    )`insert into app.installation (key, value) values ('demo', ${JSON.stringify(note)}::text::jsonb) on conflict do nothing returning key`;
    if (inserted.length === 0) return refuse("demo_loaded");
    await enqueue(loadDemoJob, { password }, { key: "demo" });
    audit({ after: { demo: "loading" } });
    return accept({ portalLogin });
  },
});

const subscribersIn = (world: readonly DemoProvider[]) => world.reduce((sum, { subscribers }) => sum + subscribers.length, 0);

export async function demoNote(core: Pick<Core, "sql">): Promise<DemoNote | undefined> {
  const [row] = await core.sql`select value from app.installation where key = 'demo'`;
  return row?.value as DemoNote | undefined;
}

/** The job: some thousand commands, half a minute. The exchanges begin to play when all is there. */
export async function buildDemo(core: Core, { password }: { password: string }): Promise<void> {
  const world = demoWorld();
  const total = subscribersIn(world);
  let done = 0;
  const note = (state: DemoNote["state"]) =>
    core.sql`update app.installation set value = value || ${JSON.stringify({ state, done, total })}::text::jsonb where key = 'demo'`;
  const exchanges: Exchange[] = [];
  for (const [i, provider] of world.entries()) {
    const providerId = provider.code === null ? ROOT_PROVIDER_ID : await partnerOf(core, provider.code, provider.name);
    exchanges.push(
      await buildProvider(core, providerId, i, provider, password, async () => {
        done++;
        if (done % 10 === 0) await note("loading");
      }),
    );
    if (i > 0) await sellTo(core, providerId, provider);
  }
  await saveExchanges(core.dataDir, exchanges);
  await writeLocalAgent(core, { name: "demo", kind: "demo" });
  await note("loaded");
}

/** Runs a command of the world's making; the same one after a crash gives the same answer. Throws when it is refused. */
async function must<T>(
  core: Core,
  providerId: number,
  key: string,
  command: Command<v.GenericSchema, T>,
  input: unknown,
  as: Partial<Actor> = {},
): Promise<T> {
  const actor = { ...systemActor(await allProviderIds(core.db), "demo"), ...as };
  const outcome = await execute(core, command, input, { actor, providerId, idempotencyKey: `demo:${key}` });
  if (!outcome.ok) throw new Error(`demo: ${command.name} ${key}: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

async function partnerOf(core: Core, code: string, name: string): Promise<number> {
  return (await must(core, ROOT_PROVIDER_ID, code, addPartner as Command<v.GenericSchema, { providerId: number }>, { code, name }))
    .providerId;
}

async function sellTo(core: Core, partnerId: number, partner: DemoProvider): Promise<void> {
  const { currency, zone } = (await providerById(core.db, ROOT_PROVIDER_ID))!;
  const step: Step = (key, command, input) => must(core, ROOT_PROVIDER_ID, key, command as Command<v.GenericSchema, never>, input);
  await sellWholesale(step, { partnerId, partner, currency, zone, since: demoSince(core) });
}

/** Calls of 40 days back are somebody's. */
const demoSince = (core: Core): string =>
  core
    .clock()
    .subtract({ hours: 24 * 40 })
    .round("hour")
    .toString();

async function buildProvider(
  core: Core,
  providerId: number,
  index: number,
  provider: DemoProvider,
  password: string,
  onSubscriber: () => Promise<void>,
): Promise<Exchange> {
  const { currency, zone } = (await providerById(core.db, providerId))!;
  const since = demoSince(core);
  const step = <T>(key: string, command: unknown, input: unknown) =>
    must<T>(core, providerId, key, command as Command<v.GenericSchema, T>, input);

  const plans = new Map<PlanCode, string>();
  for (const code of ["home", "business", "trunk"] as const)
    plans.set(
      code,
      (
        await step<{ planId: string }>(`plan:${code}`, addPlan, {
          code: `demo-${code}`,
          document: demoPlan(code, currency, zone),
          validFrom: since,
        })
      ).planId,
    );
  const groups = new Map<string, string>();
  for (const name of ["Residential", "Business"])
    groups.set(name, (await step<{ groupId: string }>(`group:${name}`, addGroup, { name })).groupId);

  const accountIds: string[] = [];
  const build = async ([i, s]: [number, (typeof provider.subscribers)[number]]) => {
    const { subscriberId, accountId } = await step<{ subscriberId: string; accountId: string }>(`subscriber:${i}`, registerSubscriber, {
      kind: s.kind,
      name: s.name,
      groupId: groups.get(s.group),
      email: s.email,
      account: { currency, kind: s.prepaid ? "prepaid" : "postpaid", creditLimit: s.creditLimit },
    });
    accountIds[i] = accountId;
    await step(`balance:${i}`, carryOverBalance, { accountId, amount: s.openingBalance });
    const { serviceId } = await step<{ serviceId: string }>(`service:${i}`, activateService, {
      accountId,
      planId: plans.get(s.plan),
      label: s.numbers.length > 1 ? `${s.numbers.length} lines` : "Telephone",
      from: since,
    });
    for (const number of s.numbers)
      await step(`number:${number}`, assignIdentifier, { serviceId, kind: "telephone", value: number, from: since });
    if (index === 0 && i === 0) await step("portal", setPortalLogin, { subscriberId, login: portalLogin, password });
    await onSubscriber();
  };
  // The first by itself: the portal's subscriber then has the first number. A command waits more than it works, so four at a time.
  const [first, ...others] = provider.subscribers.entries();
  await build(first!);
  const waiting = others.values();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const one of waiting) await build(one);
    }),
  );

  await takePayments(step, { currency, accountIds, since });
  if (index === 0) await moveMoney(core, step, provider, accountIds);

  const file = join(demoDir(core.dataDir), `${provider.code ?? "operator"}.csv`);
  await mkdir(demoDir(core.dataDir), { recursive: true });
  await connectExchange(core, providerId, provider, file, zone);
  return {
    file,
    zone,
    seed: 17 + index,
    callsPerDay: callsPerDay[index]!,
    liveFrom: Math.floor(core.clock().epochMilliseconds / 1000),
    numbers: provider.subscribers.flatMap((s) => s.numbers.map((number) => ({ number, business: s.kind === "company" }))),
  };
}

/** At the operator: cards, credit control, bonuses and a correction that waits. */
async function moveMoney(core: Core, step: Step, { subscribers }: DemoProvider, accountIds: readonly string[]): Promise<void> {
  const people = subscribers.flatMap((one, i) => (one.kind === "person" ? [{ ...one, accountId: accountIds[i]! }] : []));
  const prepaid = people.filter((one) => one.prepaid);
  const [disputed, ...postpaid] = people.filter((one) => !one.prepaid).map(({ accountId }) => accountId);
  const dealer = { name: subscribers[5]!.name, accountId: accountIds[5]! };
  await sellCardsOf(core, step, { providerId: ROOT_PROVIDER_ID, dealer, users: prepaid.slice(6).map(({ accountId }) => accountId) });
  const clerk: Step = (key, command, input) =>
    must(core, ROOT_PROVIDER_ID, key, command as Command<v.GenericSchema, never>, input, { adjustmentLimitMicros: 0n });
  const debtors = prepaid
    .slice(0, 5)
    .map(({ accountId, openingBalance }) => ({ accountId, owes: String(Number.parseInt(openingBalance, 10) + 150) }));
  const rewarded = [accountIds[0]!, ...postpaid.slice(0, 4)];
  await controlCredit(core, step, clerk, { debtors, rewarded, disputed: disputed! });
}

/** Registers the exchange's agent and lets the supervisor run it, unless that was done before the load was cut off. */
async function connectExchange(core: Core, providerId: number, provider: DemoProvider, file: string, zone: string): Promise<void> {
  const name = `demo-${provider.code ?? "operator"}`;
  const known = await inTenant(
    core.db,
    [providerId],
    (tx) => rawOf(tx)`select from app.agents where provider_id = ${providerId} and name = ${provider.exchange}`,
    "read",
  );
  if (known.length > 0 && (await Bun.file(localAgentFile(core, name)).exists())) return;
  const suffix = known.length > 0 ? ` ${known.length + 1}` : "";
  const outcome = await execute(
    core,
    registerAgent,
    { kind: "pbx", name: provider.exchange + suffix },
    { actor: systemActor([providerId], "demo"), providerId },
  );
  if (!outcome.ok) throw new Error(`demo: ${JSON.stringify(outcome)}`);
  await writeLocalAgent(core, { name, kind: "pbx", file, zone, token: outcome.value.token });
}

const localAgentFile = (core: Core, name: string) => join(core.dataDir, "local-agents", `${name}.json`);

async function writeLocalAgent(core: Core, agent: { readonly name: string; readonly [setting: string]: string }): Promise<void> {
  await mkdir(join(core.dataDir, "local-agents"), { recursive: true, mode: 0o700 });
  await writeFile(localAgentFile(core, agent.name), JSON.stringify(agent), { mode: 0o600 });
}
