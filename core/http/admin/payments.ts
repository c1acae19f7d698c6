// Payments: the list, receiving one, one with its history, and what can be done with it.
import { Hono } from "hono";
import { requestExport } from "../../interchange/request-export.ts";
import { cancelPayment } from "../../payments/cancel-payment.ts";
import { chargeBackPayment } from "../../payments/charge-back-payment.ts";
import { hindrance, type PaymentTrigger, restOf } from "../../payments/payment-states.ts";
import { receivePayment } from "../../payments/receive-payment.ts";
import { refundPayment } from "../../payments/refund-payment.ts";
import { returnUnmatched } from "../../payments/return-unmatched.ts";
import { reverseChargeBack } from "../../payments/reverse-charge-back.ts";
import { takeOffAccount } from "../../payments/take-off-account.ts";
import { accountsDetail } from "../../read/account-detail/query.ts";
import { paymentsChannels } from "../../read/payments/channels.ts";
import { paymentsDetail } from "../../read/payments/detail.ts";
import { type PaymentState, paymentStates, paymentsList } from "../../read/payments/list.ts";
import { paymentsByChannel } from "../../read/payments-daily/query.ts";
import { accountMeant } from "./account-meant.ts";
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
  sessionOf,
  statusOf,
  tryAsk,
} from "./frame.ts";
import { instantGiven } from "./local-time.ts";
import { pagingOf } from "./paging.ts";
import { becauseText, shownMovement, shownPayment, shownSaid, statePills } from "./payment-words.ts";
import { periodOf } from "./period-filter.ts";
import { currencyOptions } from "./regions.ts";
import { refusalText, refuseHidden, settle } from "./settle.ts";
import { seesAll, seesSeveral, targetOf } from "./target-provider.ts";
import { amountTyped, given, typed, writesCommas } from "./typed-fields.ts";

export const paymentsPages = new Hono<AdminEnv>();

const today = (c: PageContext) => c.get("core").clock().toZonedDateTimeISO(sessionOf(c).manager.zone).toPlainDate();

paymentsPages.get(
  "/payments",
  route({ permission: "payments:read" }, async (c) => {
    const asked = (name: string) => (c.req.query(name) ?? "").trim().slice(0, 100);
    const filters = { q: asked("q"), channel: asked("channel"), state: asked("state"), from: asked("from"), to: asked("to") };
    const text = figuresOf(c);
    const period = periodOf({ from: filters.from, to: filters.to, at: "" }, text.zone);
    const paging = pagingOf(c);
    const state = paymentStates.find((known) => known === filters.state);
    const outcome = await tryAsk(c, paymentsList, {
      ...{ search: filters.q, ...period.instants, limit: paging.limit },
      ...(filters.channel ? { channelId: filters.channel } : {}),
      ...(state ? { state } : {}),
      ...(paging.after ? { after: paging.after } : {}),
    });
    const found = outcome.ok ? outcome.value : { rows: [], next: null };
    const { channels } = await askFor(c, paymentsChannels, {});
    const month = { from: filters.from || today(c).with({ day: 1 }).toString(), to: filters.to || today(c).toString() };
    const several = seesSeveral(c);
    const providers = new Map((await providersOf(c)).map(({ id, name }) => [id, name]));
    const ofProvider = (providerId: number) => (several ? (providers.get(providerId) ?? "") : "");
    const sums = seesAll(c) ? await tryAsk(c, paymentsByChannel, month) : undefined;
    return page(c, {
      title: "Payments",
      section: "payments",
      view: "admin/payments/index",
      data: {
        filters,
        problems: period.problems,
        filtered: Object.values(filters).some(Boolean),
        rows: found.rows.map((row) => ({ ...shownPayment(row, text), provider: ofProvider(row.providerId) })),
        channels: [
          { value: "", label: "Any channel" },
          ...channels.map(({ channelId, name, providerId }) => ({
            value: channelId,
            label: several ? `${name}, ${ofProvider(providerId)}` : name,
          })),
        ],
        states: [
          { value: "", label: "Any state" },
          ...paymentStates.map((value: PaymentState) => ({ value, label: statePills[value].label })),
        ],
        sums: (sums?.ok ? sums.value.channels : []).map((sum) => ({
          name: sum.name,
          provider: ofProvider(sum.providerId),
          payments: text.count(sum.payments),
          amount: text.money(sum.amountMicros, sum.currency),
          back: text.money(sum.refundedMicros, sum.currency),
          net: text.money(sum.amountMicros - sum.refundedMicros, sum.currency),
        })),
        month,
        monthText: `${text.date(month.from)} – ${text.date(month.to)}`,
        pages: {
          label: "Pages of payments",
          text: found.rows.length === 0 ? "" : `Payments ${text.count(paging.first)}–${text.count(paging.first + found.rows.length - 1)}`,
          ...paging.linksOf(found),
        },
        can: {
          write: may(c, "payments:write"),
          unmatched: seesAll(c),
          export: may(c, "exports:create"),
          noChannel: channels.length === 0 && seesAll(c),
        },
      },
    });
  }),
);

paymentsPages.post(
  "/payments/export",
  route({ permission: "exports:create" }, async (c) => {
    const period = { from: posted(c, "from"), to: posted(c, "to") };
    const outcome = await run(c, requestExport, { kind: "payments-of-period", ...period });
    if (outcome.ok) return done(c, "/exports", "The spreadsheet is being made; it appears here when it is ready.");
    refuseHidden(outcome);
    return done(c, "/payments", { tone: "bad", text: refusalText(outcome) });
  }),
);

const fields = ["account", "channel", "amount", "currency", "paidAt", "externalId", "payerName", "payerPhone", "details", "found"] as const;
type Values = Readonly<Record<(typeof fields)[number], string>>;
const labels = {
  account: "Account",
  channel: "Channel",
  amount: "Amount",
  currency: "Currency",
  paidAt: "Paid",
  externalId: "Number",
  payerName: "Payer",
  payerPhone: "Telephone",
  details: "Details",
};

async function receiveForm(c: PageContext, values: Values, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const { provider, choices } = await targetOf(c);
  const { channels } = await askFor(c, paymentsChannels, { providerId: provider.id });
  const usable = channels.filter(({ active, gatewayId }) => active && gatewayId === null);
  return page(c, {
    title: "Receive a payment",
    section: "payments",
    view: "admin/payments/new",
    status,
    data: {
      values,
      errors,
      channels: usable.map(({ channelId, name }) => ({ value: channelId, label: name })),
      currencies: currencyOptions,
      provider: provider.id,
      providers: choices,
      canDefine: seesAll(c),
      canFind: may(c, "subscribers:read"),
    },
  });
}

paymentsPages.get(
  "/payments/new",
  route({ permission: "payments:write" }, async (c) => {
    const asked = (name: string) => (c.req.query(name) ?? "").trim().slice(0, 100);
    const { provider } = await targetOf(c);
    const { channels } = await askFor(c, paymentsChannels, { providerId: provider.id });
    const desk = channels.find(({ kind, active, gatewayId }) => kind === "desk" && active && gatewayId === null);
    return receiveForm(c, {
      ...(Object.fromEntries(fields.map((name) => [name, ""])) as Values),
      ...{
        account: asked("account"),
        amount: asked("amount"),
        currency: asked("currency") || provider.currency,
        channel: desk?.channelId ?? "",
      },
    });
  }),
);

paymentsPages.post(
  "/payments",
  route({ permission: "payments:write" }, async (c) => {
    const values = typed(c, ...fields);
    const { provider } = await targetOf(c);
    const problem = (name: string, message: string) =>
      receiveForm(c, values, { fields: { [name]: message }, list: [{ id: `f-${name}`, text: message }] }, 422);
    const meant = values.account === "" ? undefined : await accountMeant(c, provider.id, values.account);
    if (meant && "problem" in meant) return problem("account", `${meant.problem} Leave it empty to look for the account later.`);
    if (!meant && !seesAll(c)) return problem("account", "Write the account’s number.");
    const input = {
      ...{ channelId: values.channel, amount: amountTyped(values.amount, writesCommas(c)), currency: values.currency },
      ...(meant ? { accountId: meant.accountId } : {}),
      ...given(values, "externalId", "payerName", "payerPhone", "details"),
      ...instantGiven("paidAt", values.paidAt, figuresOf(c).zone),
    };
    const outcome = await run(c, receivePayment, input, { providerId: provider.id });
    const names = {
      channelId: "channel",
      accountId: "account",
      account_closed: "account",
      payment_currency: "currency",
      payment_known: "externalId",
    };
    if (!outcome.ok) {
      refuseHidden(outcome);
      return receiveForm(
        c,
        values,
        formErrors(outcome, { ...names, channel_of_gateway: "channel", channel_inactive: "channel" }, labels),
        statusOf(outcome),
      );
    }
    const { paymentId, receiptNumber, repeated } = outcome.value;
    return done(
      c,
      `/payments/${paymentId}`,
      repeated ? `This payment was received before: receipt ${receiptNumber}.` : `Received: receipt ${receiptNumber}.`,
    );
  }),
);

const detailOf = (c: PageContext) => askFor(c, paymentsDetail, { paymentId: param(c, "id") });

paymentsPages.get(
  "/payments/:id{[0-9a-f-]{36}}",
  route({ permission: "payments:read" }, async (c) => {
    const { payment, movements, entries, said } = await detailOf(c);
    const text = figuresOf(c);
    const { currency } = payment;
    const can = (trigger: PaymentTrigger, permission: "payments:write" | "payments:refund", wide = false) =>
      may(c, permission) && (!wide || seesAll(c)) && hindrance(payment, trigger) === undefined;
    return page(c, {
      title: `Receipt ${payment.receiptNumber}`,
      section: "payments",
      view: "admin/payments/show",
      data: {
        payment,
        here: `/payments/${payment.paymentId}`,
        pill: statePills[payment.state],
        because: becauseText(payment.unmatchedBecause),
        amount: text.amount(payment.amountMicros, currency),
        back: text.amount(payment.amountMicros - restOf(payment), currency),
        left: text.amount(restOf(payment), currency),
        paidAt: text.dateTime(payment.paidAt),
        receivedAt: text.dateTime(payment.receivedAt, true),
        history: movements.map((row) => shownMovement(row, entries, payment, text)),
        said: said.map((row) => shownSaid(row, text)),
        can: {
          match: can("match", "payments:write", true),
          takeOff: can("take-off", "payments:write", true),
          return: can("return", "payments:refund", true),
          refund: can("refund", "payments:refund"),
          chargeBack: can("charge-back", "payments:refund"),
          reverseChargeBack: can("reverse-charge-back", "payments:refund"),
          cancel: can("cancel", "payments:refund"),
          account: may(c, "subscribers:read"),
        },
      },
    });
  }),
);

paymentsPages.get(
  "/payments/:id{[0-9a-f-]{36}}/receipt",
  route({ permission: "payments:read" }, async (c) => {
    const { payment } = await detailOf(c);
    const text = figuresOf(c);
    const { currency } = payment;
    return page(c, {
      title: `Receipt ${payment.receiptNumber}`,
      section: "payments",
      view: "admin/payments/receipt",
      data: {
        payment,
        here: `/payments/${payment.paymentId}`,
        size: c.req.query("size") === "a4" ? "a4" : "a6",
        amount: text.money(payment.amountMicros, currency),
        back: restOf(payment) < payment.amountMicros ? text.money(payment.amountMicros - restOf(payment), currency) : "",
        // Paper outlives the year.
        paidAt: `${text.date(payment.paidAt)} ${text.time(payment.paidAt)}`,
        receivedAt: `${text.date(payment.receivedAt)} ${text.time(payment.receivedAt)}`,
        isVoid: payment.state === "cancelled",
      },
    });
  }),
);

const refundFields = ["amount", "channel", "reason", "adjust", "tax"] as const;
type RefundValues = Readonly<Record<(typeof refundFields)[number], string>>;

async function refundForm(
  c: PageContext,
  values: RefundValues | undefined,
  errors: FormErrors = noErrors,
  status = 200,
): Promise<Response> {
  const { payment } = await detailOf(c);
  const { channels } = await askFor(c, paymentsChannels, { providerId: payment.providerId });
  const text = figuresOf(c);
  return page(c, {
    title: "Give a payment back",
    section: "payments",
    view: "admin/payments/refund",
    status,
    data: {
      payment,
      here: `/payments/${payment.paymentId}`,
      left: text.money(restOf(payment), payment.currency),
      values: values ?? { amount: "", channel: payment.channelId, reason: "", adjust: "", tax: "" },
      channels: channels.filter(({ active }) => active).map(({ channelId, name }) => ({ value: channelId, label: name })),
      canAdjust: may(c, "ledger:adjust"),
      errors,
    },
  });
}

paymentsPages.get(
  "/payments/:id{[0-9a-f-]{36}}/refunds/new",
  route({ permission: "payments:refund" }, (c) => refundForm(c, undefined)),
);

paymentsPages.post(
  "/payments/:id{[0-9a-f-]{36}}/refunds",
  route({ permission: "payments:refund" }, async (c) => {
    const { payment } = await detailOf(c);
    const values = typed(c, ...refundFields);
    const amount = (of: string) => amountTyped(of, writesCommas(c));
    const outcome = await run(
      c,
      refundPayment,
      {
        ...{ paymentId: payment.paymentId, amount: amount(values.amount), reason: values.reason, adjust: values.adjust === "yes" },
        ...(values.channel ? { channelId: values.channel } : {}),
        ...(values.tax ? { tax: amount(values.tax) } : {}),
      },
      { providerId: payment.providerId },
    );
    if (outcome.ok) return done(c, `/payments/${payment.paymentId}`, "The money is given back.");
    refuseHidden(outcome);
    const names = { channelId: "channel", insufficient_funds: "amount", refund_too_large: "amount", beyond_limit: "adjust" };
    return refundForm(
      c,
      values,
      formErrors(outcome, names, { amount: "Amount", reason: "Why", tax: "Tax", channel: "Channel" }),
      statusOf(outcome),
    );
  }),
);

for (const [verb, permission, command, text] of [
  ["taking-off", "payments:write", takeOffAccount, "The payment waits for the right account."],
  ["return", "payments:refund", returnUnmatched, "The payment is sent back."],
  ["charge-back", "payments:refund", chargeBackPayment, "The charge-back is entered."],
  ["charge-back-reversal", "payments:refund", reverseChargeBack, "The charge-back is reversed."],
  ["cancellation", "payments:refund", cancelPayment, "The payment is cancelled."],
] as const)
  paymentsPages.post(
    `/payments/:id{[0-9a-f-]{36}}/${verb}`,
    route({ permission }, async (c) => {
      const { payment } = await detailOf(c);
      const input = { paymentId: payment.paymentId, reason: posted(c, "reason") };
      const outcome = await run(c, command, input, { providerId: payment.providerId });
      return settle(c, outcome, `/payments/${payment.paymentId}`, text);
    }),
  );

/** From the account's page: the form with the number filled in. */
paymentsPages.get(
  "/accounts/:id{[0-9a-f-]{36}}/payments/new",
  route({ permission: "payments:write" }, async (c) => {
    const { account } = await askFor(c, accountsDetail, { accountId: param(c, "id") });
    const query = new URLSearchParams({ account: account.number, currency: account.currency, provider: String(account.providerId) });
    return c.redirect(`/payments/new?${query}`, 303);
  }),
);
