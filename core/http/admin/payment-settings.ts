// How money comes: channels, the gateways behind them, and the list by which a gateway is compared with us.
import { Hono } from "hono";
import { refuse } from "../../kernel/errors.ts";
import { defineChannel } from "../../payments/define-channel.ts";
import { defineGateway, rotateGatewaySecret, switchGateway } from "../../payments/gateway/define-gateway.ts";
import { addressOf } from "../../payments/gateway/gateways.ts";
import { readGatewayList } from "../../payments/gateway/read-list.ts";
import { type Difference, reconcileGateway } from "../../payments/gateway/reconcile-gateway.ts";
import { paymentsChannels, paymentsGateways } from "../../read/payments/channels.ts";
import { RequestRefused } from "../errors.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  may,
  noErrors,
  page,
  param,
  posted,
  providersOf,
  route,
  run,
  statusOf,
} from "./frame.ts";
import { instantOf, localValue } from "./local-time.ts";
import { kindWords } from "./payment-words.ts";
import { refuseHidden, settle } from "./settle.ts";
import { seesAll, seesSeveral, targetOf } from "./target-provider.ts";
import { typed } from "./typed-fields.ts";

export const paymentSettingsPages = new Hono<AdminEnv>();

const channelFields = ["code", "name", "kind", "active"] as const;
type ChannelValues = Readonly<Record<(typeof channelFields)[number], string>>;
const channelLabels = { code: "Code", name: "Name", kind: "Kind" };

paymentSettingsPages.get(
  "/payments/channels",
  route({ permission: "payments:read" }, async (c) => {
    const { channels } = await askFor(c, paymentsChannels, {});
    const providers = new Map((await providersOf(c)).map(({ id, name }) => [id, name]));
    return page(c, {
      title: "Payment channels",
      section: "payments",
      view: "admin/payments/channels",
      data: {
        channels: channels.map((row) => ({
          ...row,
          kindText: kindWords[row.kind],
          href: `/payments/channels/${row.channelId}`,
          provider: seesSeveral(c) ? providers.get(row.providerId) : undefined,
        })),
        canWrite: may(c, "payments:write") && seesAll(c),
        several: seesSeveral(c),
      },
    });
  }),
);

async function channelForm(c: PageContext, values: ChannelValues, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const channelId = param(c, "channel");
  const { provider, choices } = await targetOf(c);
  return page(c, {
    title: channelId ? "Change a payment channel" : "New payment channel",
    section: "payments",
    view: "admin/payments/channel",
    status,
    data: {
      values,
      errors,
      action: channelId ? `/payments/channels/${channelId}` : "/payments/channels",
      provider: provider.id,
      providers: channelId ? [] : choices,
    },
  });
}

paymentSettingsPages.get(
  "/payments/channels/new",
  route({ permission: "payments:write" }, (c) => channelForm(c, { code: "", name: "", kind: "desk", active: "yes" })),
);

paymentSettingsPages.post(
  "/payments/channels",
  route({ permission: "payments:write" }, async (c) => {
    const values = typed(c, ...channelFields);
    const { provider } = await targetOf(c);
    const outcome = await run(c, defineChannel, inputOf(values), { providerId: provider.id });
    if (outcome.ok) return done(c, "/payments/channels", "The channel is there.");
    refuseHidden(outcome);
    return channelForm(c, values, formErrors(outcome, { code_taken: "code" }, channelLabels), statusOf(outcome));
  }),
);

const inputOf = ({ code, name, kind, active }: ChannelValues) => ({ code, name, kind: kind as "desk", active: active !== "no" });

async function channelOf(c: PageContext) {
  // How money comes is the provider's affair as a whole.
  const { channels } = seesAll(c) ? await askFor(c, paymentsChannels, {}) : { channels: [] };
  const found = channels.find(({ channelId }) => channelId === param(c, "channel").toLowerCase());
  if (!found) throw new RequestRefused(refuse("not_found"));
  return found;
}

paymentSettingsPages.get(
  "/payments/channels/:channel{[0-9a-f-]{36}}",
  route({ permission: "payments:write" }, async (c) => {
    const { code, name, kind, active } = await channelOf(c);
    return channelForm(c, { code, name, kind, active: active ? "yes" : "no" });
  }),
);

paymentSettingsPages.post(
  "/payments/channels/:channel{[0-9a-f-]{36}}",
  route({ permission: "payments:write" }, async (c) => {
    const { channelId, providerId } = await channelOf(c);
    const values = typed(c, ...channelFields);
    const outcome = await run(c, defineChannel, { channelId, ...inputOf(values) }, { providerId });
    if (outcome.ok) return done(c, "/payments/channels", "The channel is changed.");
    refuseHidden(outcome);
    return channelForm(c, values, formErrors(outcome, { code_taken: "code", channel_in_use: "kind" }, channelLabels), statusOf(outcome));
  }),
);

const shownSecret = (c: PageContext, title: string, gateway: { gatewayId: string; secret: string; address: string }) =>
  page(c, {
    title,
    section: "payments",
    view: "admin/payments/secret",
    data: { href: `/payments/gateways/${gateway.gatewayId}`, secret: gateway.secret, address: `${c.get("publicUrl")}${gateway.address}` },
  });

paymentSettingsPages.post(
  "/payments/channels/:channel{[0-9a-f-]{36}}/gateway",
  route({ permission: "payments:write" }, async (c) => {
    const { channelId, providerId } = await channelOf(c);
    const secret = posted(c, "secret");
    const outcome = await run(c, defineGateway, { channelId, ...(secret ? { secret } : {}) }, { providerId });
    if (!outcome.ok || !outcome.value.secret.startsWith("whsec_"))
      return outcome.ok ? done(c, `/payments/gateways/${outcome.value.gatewayId}`) : settle(c, outcome, "/payments/channels", "");
    return shownSecret(c, "The gateway’s secret", outcome.value);
  }),
);

async function gatewayOf(c: PageContext) {
  const { gateways } = await askFor(c, paymentsGateways, {});
  const found = gateways.find(({ gatewayId }) => gatewayId === param(c, "gateway").toLowerCase());
  if (!found) throw new RequestRefused(refuse("not_found"));
  return found;
}

type Reconciled = { readonly payments: number; readonly differences: readonly Difference[] };

async function gatewayPage(
  c: PageContext,
  values: { list: string; asOf: string },
  errors: FormErrors = noErrors,
  status = 200,
  reconciled?: Reconciled,
): Promise<Response> {
  const gateway = await gatewayOf(c);
  const text = figuresOf(c);
  return page(c, {
    title: gateway.channelName,
    section: "payments",
    view: "admin/payments/gateway",
    status,
    data: {
      gateway,
      here: `/payments/gateways/${gateway.gatewayId}`,
      address: `${c.get("publicUrl")}/callbacks/payments/${addressOf(gateway.providerId, gateway.gatewayId)}`,
      heard: gateway.lastHeardAt === null ? "never" : text.dateTime(gateway.lastHeardAt),
      previous:
        gateway.previousUntil && Temporal.Instant.compare(gateway.previousUntil, c.get("core").clock()) > 0
          ? text.dateTime(gateway.previousUntil)
          : "",
      canWrite: may(c, "payments:write"),
      values,
      errors,
      reconciled: reconciled && {
        payments: text.count(reconciled.payments),
        differences: reconciled.differences.map((one) => ({
          ...one,
          href: one.id === null ? "" : `/payments/${one.id}`,
          what: differenceText[one.what],
          done: one.done.map((step) => stepText[step] ?? step).join(", "),
        })),
      },
    },
  });
}

const differenceText = {
  entered: "was missing here",
  changed: "had changed there",
  amount: "has another amount",
  currency: "has another currency",
  "cancelled-here": "is cancelled here",
} as const;
const stepText: Readonly<Record<string, string>> = {
  enter: "entered",
  refund: "refund entered",
  "reverse-refund": "refund taken back",
  "charge-back": "charge-back entered",
  "reverse-charge-back": "charge-back reversed",
  cancel: "cancelled",
};

paymentSettingsPages.get(
  "/payments/gateways/:gateway{[0-9a-f-]{36}}",
  route({ permission: "payments:read" }, (c) => gatewayPage(c, { list: "", asOf: localValue(c.get("core").clock(), figuresOf(c).zone) })),
);

paymentSettingsPages.post(
  "/payments/gateways/:gateway{[0-9a-f-]{36}}/secret",
  route({ permission: "payments:write" }, async (c) => {
    const { gatewayId, providerId } = await gatewayOf(c);
    const secret = posted(c, "secret");
    const outcome = await run(c, rotateGatewaySecret, { gatewayId, ...(secret ? { secret } : {}) }, { providerId });
    if (!outcome.ok || !outcome.value.secret.startsWith("whsec_"))
      return settle(c, outcome, `/payments/gateways/${gatewayId}`, "The secret is changed.");
    return shownSecret(c, "The gateway’s new secret", {
      ...outcome.value,
      address: `/callbacks/payments/${addressOf(providerId, gatewayId)}`,
    });
  }),
);

for (const [verb, active, text] of [
  ["stop", false, "Nothing is heard of this gateway any more."],
  ["start", true, "The gateway is heard again."],
] as const)
  paymentSettingsPages.post(
    `/payments/gateways/:gateway{[0-9a-f-]{36}}/${verb}`,
    route({ permission: "payments:write" }, async (c) => {
      const { gatewayId, providerId } = await gatewayOf(c);
      return settle(c, await run(c, switchGateway, { gatewayId, active }, { providerId }), `/payments/gateways/${gatewayId}`, text);
    }),
  );

paymentSettingsPages.post(
  "/payments/gateways/:gateway{[0-9a-f-]{36}}/reconciliation",
  route({ permission: "payments:write" }, async (c) => {
    const { gatewayId, providerId } = await gatewayOf(c);
    const values = typed(c, "list", "asOf");
    const list = readGatewayList(values.list);
    if (typeof list === "string") return gatewayPage(c, values, { fields: { list }, list: [{ id: "f-list", text: list }] }, 422);
    const input = { gatewayId, asOf: instantOf(values.asOf, figuresOf(c).zone), payments: list } as never;
    const outcome = await run(c, reconcileGateway, input, { providerId });
    if (outcome.ok) return gatewayPage(c, { ...values, list: "" }, noErrors, 200, outcome.value);
    refuseHidden(outcome);
    const issues = (outcome.issues ?? []) as readonly { path: string; message: string }[];
    const inLines = issues.map(({ path, message }) => {
      const [, line, field] = /^payments\.(\d+)\.?(.*)$/.exec(path) ?? [];
      return {
        path: line === undefined ? path : "list",
        message: line === undefined ? message : `line ${Number(line) + 1}: ${field} ${message}`,
      };
    });
    return gatewayPage(
      c,
      values,
      formErrors({ ...outcome, issues: inLines.slice(0, 20) }, { payments: "list" }, { list: "List", asOf: "As of" }),
      statusOf(outcome),
    );
  }),
);
