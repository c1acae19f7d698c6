// Money that waits for its account: the list, and one with the accounts it may be for.
import { Hono } from "hono";
import { matchPayment } from "../../payments/match-payment.ts";
import { restOf } from "../../payments/payment-states.ts";
import { paymentsDetail } from "../../read/payments/detail.ts";
import { paymentsList } from "../../read/payments/list.ts";
import { paymentsSuggestions } from "../../read/payments/suggestions.ts";
import { accountMeant } from "./account-meant.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, done, type FormErrors, figuresOf, formErrors, noErrors, page, param, posted, route, run, statusOf } from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { becauseText, shownPayment } from "./payment-words.ts";
import { refuseHidden } from "./settle.ts";
import { seesAll } from "./target-provider.ts";

export const unmatchedPaymentsPages = new Hono<AdminEnv>();

unmatchedPaymentsPages.get(
  "/payments/unmatched",
  route({ permission: "payments:read" }, async (c) => {
    const paging = pagingOf(c);
    const found = await askFor(c, paymentsList, {
      state: "unmatched",
      limit: paging.limit,
      ...(paging.after ? { after: paging.after } : {}),
    });
    const text = figuresOf(c);
    return page(c, {
      title: "Payments without an account",
      section: "payments",
      view: "admin/payments/unmatched",
      data: {
        rows: found.rows.map((row) => ({ ...shownPayment(row, text), age: text.age(row.receivedAt) })),
        sees: seesAll(c),
        pages: { label: "Pages of payments", text: "", ...paging.linksOf(found) },
      },
    });
  }),
);

const reasons = {
  number: "its number is in the payer’s words",
  phone: "the same telephone paid for it before",
  name: "the same payer paid for it before",
  debt: "owes just so much",
} as const;

async function matchForm(c: PageContext, typed: string, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const { payment } = await askFor(c, paymentsDetail, { paymentId: param(c, "id") });
  const { suggestions } = await askFor(c, paymentsSuggestions, { paymentId: payment.paymentId });
  const text = figuresOf(c);
  return page(c, {
    title: "Whose payment is it?",
    section: "payments",
    view: "admin/payments/match",
    status,
    data: {
      payment,
      here: `/payments/${payment.paymentId}`,
      waits: payment.state === "unmatched",
      amount: text.money(restOf(payment), payment.currency),
      paidAt: text.dateTime(payment.paidAt),
      because: becauseText(payment.unmatchedBecause),
      typed,
      errors,
      suggestions: suggestions.map((one) => ({
        number: one.accountNumber,
        href: `/accounts/${one.accountId}`,
        name: one.subscriberName,
        balance: text.money(one.balanceMicros, payment.currency),
        owes: one.balanceMicros < 0n,
        why: one.reasons.map((reason) => reasons[reason]).join("; "),
      })),
    },
  });
}

unmatchedPaymentsPages.get(
  "/payments/:id{[0-9a-f-]{36}}/match",
  route({ permission: "payments:write" }, (c) => matchForm(c, "")),
);

unmatchedPaymentsPages.post(
  "/payments/:id{[0-9a-f-]{36}}/match",
  route({ permission: "payments:write" }, async (c) => {
    const { payment } = await askFor(c, paymentsDetail, { paymentId: param(c, "id") });
    const typed = posted(c, "account");
    const meant = await accountMeant(c, payment.providerId, typed);
    if ("problem" in meant)
      return matchForm(c, typed, { fields: { account: meant.problem }, list: [{ id: "f-account", text: meant.problem }] }, 422);
    const input = { paymentId: payment.paymentId, accountId: meant.accountId };
    const outcome = await run(c, matchPayment, input, { providerId: payment.providerId });
    if (outcome.ok) return done(c, `/payments/${payment.paymentId}`, `The payment is on account ${meant.number}.`);
    refuseHidden(outcome);
    return matchForm(c, typed, formErrors(outcome, { account_closed: "account", payment_currency: "account" }), statusOf(outcome));
  }),
);
