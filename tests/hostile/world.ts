// An operator with two partners, each with two groups of subscribers and one of everything, so that whatever is somebody's can be tried by somebody else.
import type { Sql } from "postgres";
import { registerAgent } from "../../core/agents/register-agent.ts";
import { addManager } from "../../core/auth/add-manager.ts";
import { createApiKey } from "../../core/auth/create-api-key.ts";
import { defineRole } from "../../core/auth/define-role.ts";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { offerDeck } from "../../core/catalog/deck/offer-deck.ts";
import { previewDraft } from "../../core/catalog/preview-draft.ts";
import { startDraft } from "../../core/catalog/start-draft.ts";
import { chargeWhatIsDue } from "../../core/charges/charge-due.ts";
import { authoriseSessions } from "../../core/credit/authorise/authorise-sessions.ts";
import type { AuthorisationInput } from "../../core/credit/authorise/request.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { requestExport } from "../../core/interchange/request-export.ts";
import type { Actor } from "../../core/kernel/actor.ts";
import { type Command, execute } from "../../core/kernel/command.ts";
import type { Core } from "../../core/kernel/core.ts";
import { newId } from "../../core/kernel/id.ts";
import { allPermissions } from "../../core/kernel/permissions.ts";
import { adjust } from "../../core/ledger/adjust.ts";
import { chargeBackPayment } from "../../core/payments/charge-back-payment.ts";
import { defineChannel } from "../../core/payments/define-channel.ts";
import { defineGateway } from "../../core/payments/gateway/define-gateway.ts";
import { receivePayment } from "../../core/payments/receive-payment.ts";
import { addPartner } from "../../core/providers/add-partner.ts";
import { begin } from "../../core/rerating/begin.ts";
import { previewRerating } from "../../core/rerating/preview-rerating.ts";
import { begin as beginSimulation } from "../../core/simulation/begin.ts";
import { startSimulation } from "../../core/simulation/start-simulation.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { openAccount } from "../../core/subscribers/open-account.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { recordKey } from "../../core/usage/record-key.ts";
import { charges } from "../../db/schema/ledger.ts";
import { inTenant } from "../../db/tenant.ts";
import { bytesOf, upload } from "../catalog/deck/files.ts";
import { callOf } from "../support/calls.ts";
import { accepted, actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";
import { planDocumentInput } from "../support/plan.ts";
import { addTestPlan, sell, soldFrom } from "../support/sold.ts";
import { type Cards, cardInputs, cardsFor, cardsOfNothing } from "./cards.ts";

export type Sold = {
  readonly groupId: string;
  readonly subscriberId: string;
  readonly accountId: string;
  /** A second account of the subscriber, with money on it. */
  readonly otherAccountId: string;
  /** An adjustment of the first account that waits for a second person, and a transaction of it. */
  readonly adjustmentId: string;
  readonly transactionId: string;
  /** Payments on the second account; the other one was charged back. */
  readonly paymentId: string;
  readonly chargedBackPaymentId: string;
  readonly serviceId: string;
  readonly identifierId: string;
  /** A re-rating of the subscriber, previewed. */
  readonly runId: string;
  /** A simulation of the plan on this group's subscribers, begun. */
  readonly simulationId: string;
  /** What was charged for the connection. */
  readonly chargeId: string;
  readonly name: string;
  readonly number: string;
  /** The record of a call that was charged to it. */
  readonly call: { readonly key: string; readonly startedAt: string };
};

export type Tenant = {
  readonly providerId: number;
  /** A partner below it, without anything of its own. */
  readonly partnerId: number;
  readonly planId: string;
  /** A plan with a draft, at its first revision, and another whose draft is frozen, at its second. */
  readonly draftPlanId: string;
  readonly previewPlanId: string;
  /** A price list that was offered for the draft, and how it is read. */
  readonly deckImportId: string;
  readonly deckReading: object;
  /** A cash desk, a gateway's channel without its gateway, and a gateway behind another one. */
  readonly channelId: string;
  readonly freeChannelId: string;
  readonly gatewayId: string;
  /** A payment that waits for its account. */
  readonly unmatchedPaymentId: string;
  readonly roleId: string;
  readonly managerId: string;
  readonly apiKeyId: string;
  readonly agentId: string;
  readonly fileId: string;
  readonly exportId: string;
  readonly cards: Cards;
  /** Of a record in quarantine. */
  readonly waitingKey: string;
  readonly sold: readonly [Sold, Sold];
};

let count = 0;

async function tenantOf(core: Core, providerId: number): Promise<Tenant> {
  const make = <T>(command: unknown, input: unknown) => done(core, command as Command<never, T>, input as never, providerId);
  const document = { ...planDocumentInput(), fees: [{ code: "connection", name: "Connection", amount: "1.00" }] };
  const { planId } = await make<{ planId: string }>(addPlan, { code: `sold-${++count}`, document, validFrom: soldFrom });
  const below = { code: `below-${++count}`, name: `Below ${count}` };
  const { providerId: partnerId } = await make<{ providerId: number }>(addPartner, below);
  const [draftPlanId, previewPlanId] = [await addTestPlan(core, { providerId }), await addTestPlan(core, { providerId })];
  for (const planId of [draftPlanId, previewPlanId]) await make(startDraft, { planId });
  await make(previewDraft, { planId: previewPlanId, revision: 1 });
  const list = bytesOf("Prefix;Destination;Price\n49;Germany;0.02\n");
  const file = { name: "rates.csv", upload: await upload(core, list), sizeBytes: list.length };
  const offer = { planId: draftPlanId, revision: 1, ...file };
  const { importId: deckImportId, reading: deckReading } = await make<{ importId: string; reading: object }>(offerDeck, offer);
  const channelOf = async (kind: string) =>
    (await make<{ channelId: string }>(defineChannel, { code: `channel-${++count}`, name: `Channel ${count}`, kind })).channelId;
  const [channelId, freeChannelId, gatewayChannelId] = [await channelOf("desk"), await channelOf("gateway"), await channelOf("gateway")];
  const { gatewayId } = await make<{ gatewayId: string }>(defineGateway, { channelId: gatewayChannelId });
  const paid = async (to: object) =>
    (await make<{ paymentId: string }>(receivePayment, { channelId, amount: "20", currency: "UAH", ...to })).paymentId;
  const unmatchedPaymentId = await paid({ accountText: "nobody's" });
  const soldTo = async (): Promise<Omit<Sold, "call" | "chargeId">> => {
    const name = `Subscriber ${++count}`;
    const { groupId } = await make<{ groupId: string }>(addGroup, { name: `Group of ${name}` });
    const who = await sell(core, { providerId, groupId, planId, name });
    const number = String(380_500_000_000 + count);
    const input = { serviceId: who.serviceId, kind: "telephone", value: number, from: "2026-01-01T00:00:00Z" };
    const { identifierId } = await make<{ identifierId: string }>(assignIdentifier, input);
    await make(authoriseSessions, { requests: [asking(number, `session ${number}`)] });
    const byGroup = { actor: actorWith({ providerId, groupIds: [groupId] }), providerId };
    const chosen = { subscriberId: who.subscriberId, why: "prices were corrected" };
    const { runId } = accepted(await execute(core, previewRerating, chosen, byGroup));
    await begin(core, { providerId, runId });
    const { runId: simulationId } = accepted(await execute(core, startSimulation, { planId, version: 1 }, byGroup));
    await beginSimulation(core, { providerId, runId: simulationId });
    const { subscriberId, accountId, serviceId } = who;
    const { accountId: otherAccountId } = await make<{ accountId: string }>(openAccount, {
      subscriberId,
      kind: "prepaid",
      currency: "UAH",
    });
    await make(adjust, { accountId: otherAccountId, amount: "10", reason: "a gift" });
    const [paymentId, chargedBackPaymentId] = [await paid({ accountId: otherAccountId }), await paid({ accountId: otherAccountId })];
    await make(chargeBackPayment, { paymentId: chargedBackPaymentId, reason: "stolen card" });
    const { transactionId } = await make<{ transactionId: string }>(adjust, { accountId, amount: "-3", reason: "a mistake" });
    const asker = { actor: actorWith({ providerId, adjustmentLimitMicros: 0n }), providerId };
    const asked = accepted(await execute(core, adjust, { accountId, amount: "5", reason: "a mistake" }, asker));
    const adjustmentId = asked.requestId!;
    return {
      otherAccountId,
      paymentId,
      chargedBackPaymentId,
      transactionId,
      adjustmentId,
      runId,
      simulationId,
      groupId,
      subscriberId,
      accountId,
      serviceId,
      identifierId,
      name,
      number,
    };
  };
  const [a, b] = [await soldTo(), await soldTo()];
  await chargeWhatIsDue(core, [{ providerId, planId }]);
  const fees = await inTenant(core.db, [providerId], (tx) => tx.select({ id: charges.id, accountId: charges.accountId }).from(charges));
  const chargeOf = ({ accountId }: { accountId: string }) => fees.find((fee) => fee.accountId === accountId)!.id;
  const { roleId } = await make<{ roleId: string }>(defineRole, { name: `Role ${++count}`, permissions: allPermissions });
  const manager = { login: `m${count}@example.org`, name: "Somebody", password: "turnip-lantern-viaduct-9", roleId };
  const { managerId } = await make<{ managerId: string }>(addManager, manager);
  const { apiKeyId } = await make<{ apiKeyId: string }>(createApiKey, { name: `Key ${count}`, permissions: ["usage:read"] });
  const { agentId } = await make<{ agentId: string }>(registerAgent, { name: `Agent ${count}` });
  const calls = [a, b].map(({ number }) => callOf({ source: number, callId: `call ${number}` }));
  const waiting = callOf({ source: `9990${count}`, callId: `waiting ${count}` });
  const fileId = newId();
  await receiveBatch(
    core,
    { providerId, agentId },
    { firstSequence: 1, file: { id: fileId, name: "Master.csv" }, records: [...calls, waiting] },
  );
  await processBatch(core, { providerId, agentId, firstSequence: 1 });
  const { exportId } = await make<{ exportId: string }>(requestExport, { kind: "usage-of-period", from: "2026-11-01", to: "2026-11-30" });
  const cards = await cardsFor(core, providerId, a.accountId);
  const callRecord = (i: number) => ({ key: recordKey(calls[i]!), startedAt: calls[i]!.startedAt });
  return {
    providerId,
    partnerId,
    planId,
    draftPlanId,
    previewPlanId,
    deckImportId,
    deckReading,
    channelId,
    freeChannelId,
    gatewayId,
    unmatchedPaymentId,
    roleId,
    managerId,
    apiKeyId,
    agentId,
    fileId,
    exportId,
    cards,
    waitingKey: recordKey(waiting),
    sold: [
      { ...a, chargeId: chargeOf(a), call: callRecord(0) },
      { ...b, chargeId: chargeOf(b), call: callRecord(1) },
    ],
  };
}

export type World = { readonly operator: Tenant; readonly west: Tenant; readonly east: Tenant };

export async function buildWorld(core: Core): Promise<World> {
  await setUpOperator(core);
  const [west, east] = [await partnerOf(core, "west"), await partnerOf(core, "east")];
  return { operator: await tenantOf(core, 1), west: await tenantOf(core, west), east: await tenantOf(core, east) };
}

/** A call that may begin and costs nothing yet. */
const asking = (number: string, sessionKey: string): AuthorisationInput => ({
  ...{ kind: "call", requestId: `first of ${sessionKey}`, sessionKey, party: { kind: "telephone", value: number } },
  ...{ destination: "380671234567", wanted: { seconds: 0 } },
});

/** Input that each command accepts, about this tenant and this one of its subscribers. A command that is missing here fails a test: say how it is run. */
export function inputsOf(tenant: Tenant, which: 0 | 1 = 0): Record<string, Record<string, unknown>> {
  const { subscriberId, accountId, serviceId, identifierId, groupId, runId, simulationId } = tenant.sold[which];
  const { otherAccountId, adjustmentId: requestId, transactionId, paymentId, chargedBackPaymentId } = tenant.sold[which];
  const { channelId, freeChannelId, gatewayId, unmatchedPaymentId } = tenant;
  const reason = "a mistake";
  const document = planDocumentInput();
  const password = "walnut-harbour-sextant-4";
  const fresh = ++count;
  return {
    "providers.add-partner": { code: `p${fresh}`, name: "Partner" },
    "auth.add-manager": { login: `n${fresh}@example.org`, name: "New", password, roleId: tenant.roleId, groupIds: null },
    "auth.change-manager": { managerId: tenant.managerId, name: "Other", roleId: tenant.roleId, groupIds: [groupId] },
    "auth.set-password": { managerId: tenant.managerId, password },
    "auth.define-role": { roleId: tenant.roleId, name: `Role x${fresh}`, permissions: allPermissions },
    "auth.create-api-key": { name: `Key x${fresh}`, permissions: ["usage:read"], groupIds: [groupId], expiresAt: "2099-01-01T00:00:00Z" },
    "auth.revoke-api-key": { apiKeyId: tenant.apiKeyId },
    "catalog.add-plan": { code: `x${fresh}`, name: "Plan", document, validFrom: "2026-11-01T00:00:00Z" },
    "catalog.publish-version": { planId: tenant.planId, document, validFrom: "2100-01-01T00:00:00Z" },
    "catalog.start-draft": { planId: tenant.planId, basedOn: 1 },
    "catalog.save-draft": { planId: tenant.draftPlanId, revision: 1, document, follows: 1 },
    "catalog.preview-draft": { planId: tenant.draftPlanId, revision: 1 },
    "catalog.reopen-draft": { planId: tenant.previewPlanId, revision: 2 },
    "catalog.publish-draft": { planId: tenant.previewPlanId, revision: 2, validFrom: "2100-01-01T00:00:00Z" },
    "catalog.offer-deck": { planId: tenant.draftPlanId, revision: 1, name: "rates.csv", upload: `x${fresh}.upload`, sizeBytes: 10 },
    "catalog.request-deck-import": { importId: tenant.deckImportId, reading: tenant.deckReading },
    "catalog.import-deck": { importId: tenant.deckImportId },
    "catalog.discard-draft": { planId: tenant.draftPlanId, revision: 1 },
    "subscribers.register": {
      kind: "person",
      name: "New",
      groupId,
      email: "a@example.org",
      phone: "380441234567",
      account: { kind: "postpaid" },
    },
    "subscribers.change": { subscriberId, name: "Other", groupId, email: "b@example.org", phone: "380441234568" },
    "subscribers.close": { subscriberId },
    "subscribers.add-group": { name: `Group x${fresh}` },
    "subscribers.open-account": { subscriberId, number: `X${fresh}`, currency: "UAH", kind: "prepaid", creditLimit: "10" },
    "subscribers.change-account": { accountId, creditLimit: "5" },
    "subscribers.set-portal-login": { subscriberId, login: `portal${fresh}`, password },
    "services.activate": { accountId, planId: tenant.planId, label: "Line", from: "2026-02-01T00:00:00Z" },
    "services.change-attributes": { serviceId, attributes: { quality: "gold" } },
    "services.change-plan": { serviceId, planId: tenant.planId, from: "2026-12-01T00:00:00Z" },
    "charges.preview-plan-change": { serviceId, planId: tenant.planId, from: "2026-12-01T00:00:00Z" },
    "services.terminate": { serviceId, at: "2099-01-01T00:00:00Z" },
    "identifiers.assign": { serviceId, kind: "telephone", value: String(380_600_000_000 + fresh), from: "2026-02-01T00:00:00Z" },
    "identifiers.charge-partner": { partnerId: tenant.partnerId, serviceId, from: "2026-02-01T00:00:00Z" },
    "identifiers.end": { identifierId, at: "2099-01-01T00:00:00Z" },
    "ledger.carry-over-balance": { accountId, amount: "12.50" },
    "payments.define-channel": { channelId, code: `x${fresh}`, name: "Desk", kind: "desk" },
    "payments.receive": {
      channelId,
      accountId,
      amount: "5",
      currency: "UAH",
      externalId: `x${fresh}`,
      payerName: "Somebody",
      details: "for internet",
    },
    "payments.match": { paymentId: unmatchedPaymentId, accountId },
    "payments.take-off-account": { paymentId, reason },
    "payments.return-unmatched": { paymentId: unmatchedPaymentId, reason },
    "payments.refund": { paymentId, amount: "1", reason, channelId },
    "payments.charge-back": { paymentId, reason },
    "payments.reverse-charge-back": { paymentId: chargedBackPaymentId, reason },
    "payments.cancel": { paymentId, reason },
    "payments.define-gateway": { channelId: freeChannelId },
    "payments.rotate-gateway-secret": { gatewayId },
    "payments.switch-gateway": { gatewayId, active: false },
    "payments.reconcile-gateway": {
      gatewayId,
      asOf: "2026-11-02T00:00:00Z",
      payments: [{ paymentId: `x${fresh}`, state: "succeeded", amount: "5", currency: "UAH", paidAt: "2026-11-01T00:00:00Z" }],
    },
    "ledger.adjust": { accountId, amount: "5", tax: "1", reason },
    "ledger.approve-adjustment": { accountId, requestId },
    "ledger.reject-adjustment": { accountId, requestId, reason },
    "ledger.transfer": { fromAccountId: otherAccountId, toAccountId: accountId, amount: "1", reason },
    "ledger.grant-bonus": { accountId, name: "Welcome", amount: "5", priority: 10, expiresAt: "2099-01-01T00:00:00Z" },
    "ledger.write-off": { accountId, amount: "1", reason },
    "ledger.reverse": { accountId, transactionId, reason },
    "subscribers.set-payer": { accountId, payerAccountId: otherAccountId, monthlyLimit: "100" },
    "subscribers.clear-payer": { accountId },
    "ledger.close-month": { month: "2026-01" },
    "credit.authorise": { requests: [asking(tenant.sold[which].number, `session x${fresh}`)] },
    "credit.set-policy": { document: { prepaid: { blocked: { when: { by: "left", enter: "0", leave: "1" } } } } },
    "credit.preview-policy": { document: { prepaid: { blocked: { when: { by: "left", enter: "0", leave: "1" } } } } },
    "credit.override": { accountId, state: "blocked", until: "2030-01-01T00:00:00Z", why: "fraud" },
    "credit.promise": { accountId, amount: "1", days: 1 },
    "credit.suspend": { accountId, until: "2030-01-01" },
    "credit.resume": { accountId },
    "credit.release": { sessionKey: `session ${tenant.sold[which].number}` },
    "rerating.preview": { subscriberId, why: "prices were corrected" },
    "rerating.run": { runId },
    "rerating.cancel": { runId },
    "simulation.start": { planId: tenant.planId, version: 1 },
    "simulation.cancel": { runId: simulationId },
    "usage.accept": { keys: [tenant.waitingKey] },
    "usage.discard": { keys: [tenant.waitingKey], why: "not ours" },
    ...cardInputs(tenant.cards, accountId),
    "agents.register": { name: `Agent x${fresh}` },
    "agents.revoke": { agentId: tenant.agentId },
    "usage.import-file": { name: "Master.csv", upload: `x${fresh}.upload`, sizeBytes: 10, zone: "Europe/Kyiv" },
    "exports.request": { kind: "account-statement", accountId, from: "2026-11-01", to: "2026-11-30" },
    "auth.change-own-password": { currentPassword: "turnip-lantern-viaduct-9", password },
    "providers.set-up": {
      setupToken: "x".repeat(43),
      operator: { code: "op", name: "Operator", currency: "UAH", zone: "Europe/Kyiv", locale: "uk-UA" },
      administrator: { name: "A", login: "a@example.org", password },
    },
    "demo.load": {},
  };
}

/** Whose commands do not name a record of the tenant: somebody may well have the right to run them on their own. */
export const aboutNothing = [
  "providers.add-partner",
  "providers.set-up",
  "auth.change-own-password",
  "catalog.add-plan",
  "subscribers.add-group",
  "agents.register",
  ...cardsOfNothing,
  "credit.authorise",
  "credit.set-policy",
  "credit.preview-policy",
  "ledger.close-month",
  "usage.import-file",
  "demo.load",
];

/** Whose commands name something of the provider's that belongs to no group: somebody of another group may run them, on the subscribers that he sees. */
export const aboutNoGroup = ["simulation.start"];

/** What a question may be asked about, of this tenant: the ids by the names of the inputs. */
export function idsFor(question: string, tenant: Tenant): Record<string, unknown> {
  const [sold] = tenant.sold;
  const { planId, agentId, fileId, managerId, partnerId, deckImportId: importId, channelId } = tenant;
  const runId = question.startsWith("simulations.") ? sold.simulationId : sold.runId;
  const { seriesId } = tenant.cards;
  return { ...sold, ...sold.call, seriesId, serial: 1, planId, agentId, fileId, managerId, partnerId, importId, channelId, runId, of: 1 };
}

/** A digest of every row of the facts but guesses, which are counted to outlast a refusal, so that "nothing was changed" is one comparison. */
export async function factsOf(admin: Sql, but: readonly string[] = []): Promise<string> {
  const tables =
    await admin`select tablename as name from pg_tables where schemaname = 'app' and tablename <> 'card_guesses' and tablename <> all(${but as string[]}) order by 1`;
  const digests = tables.map(
    ({ name }) => `select '${name}' as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as rows from app.${name} t`,
  );
  return JSON.stringify(await admin.unsafe(`${digests.join(" union all ")} order by name`));
}

export const run = (core: Core, command: Command, input: unknown, actor: Actor, providerId: number) =>
  execute(core, command, input, { actor, providerId });

export const managerOf = (
  tenant: Tenant,
  providerIds: readonly number[] = [tenant.providerId],
  groupIds: readonly string[] | null = null,
): Actor => ({
  ...actorWith({ providerId: tenant.providerId, providerIds, groupIds }),
  id: tenant.managerId,
});

export { accepted };
