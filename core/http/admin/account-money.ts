// Money moved by hand on an account: each way is a form with a few fields and one command.
import { Hono } from "hono";
import { type Outcome, refuse } from "../../kernel/errors.ts";
import { startOfDay } from "../../kernel/period.ts";
import type { Permission } from "../../kernel/permissions.ts";
import { adjust } from "../../ledger/adjust.ts";
import { grantBonus } from "../../ledger/grant-bonus.ts";
import { transfer } from "../../ledger/transfer.ts";
import { writeOff } from "../../ledger/write-off.ts";
import { accountsDetail } from "../../read/account-detail/query.ts";
import { clearPayer, setPayer } from "../../subscribers/set-payer.ts";
import { accountMeant } from "./account-meant.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  noErrors,
  page,
  param,
  posted,
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { refuseHidden, settle } from "./settle.ts";
import { amountTyped, writesCommas } from "./typed-fields.ts";

export const accountMoneyPages = new Hono<AdminEnv>();

const detailOf = (c: PageContext) => askFor(c, accountsDetail, { accountId: param(c, "id") });
type Detail = Awaited<ReturnType<typeof detailOf>>;
type Values = Readonly<Record<string, string>>;
/** What the piece `field` takes, less its value and error. */
type Field = { readonly name: string; readonly label: string; readonly [option: string]: unknown };

type Form = {
  readonly permission: Permission;
  readonly title: string;
  readonly lead: string;
  readonly button: string;
  readonly danger?: boolean;
  fields(c: PageContext, detail: Detail): readonly Field[];
  /** Fields of the form that the command calls otherwise, and where a refusal is shown. */
  readonly names?: Readonly<Record<string, string>>;
  /** The sentence for the next page, or what the command refused. */
  act(c: PageContext, detail: Detail, values: Values): Promise<Outcome<string>>;
};

const money = (detail: Detail, more: Partial<Field> = {}): Field => ({
  ...{
    name: "amount",
    label: "Amount",
    required: true,
    inputmode: "decimal",
    num: true,
    suffix: detail.account.currency,
    placeholder: "0.00",
    autocomplete: "off",
  },
  ...more,
});
const why: Field = {
  name: "reason",
  label: "Why",
  required: true,
  maxlength: 500,
  rows: 2,
  whole: true,
  hint: "Stands in the books, for colleagues",
};

const said = <T>(outcome: Outcome<T>, text: string | ((value: T) => string)): Outcome<string> =>
  outcome.ok ? { ok: true, value: typeof text === "string" ? text : text(outcome.value) } : outcome;

/** How far the person may go alone, in words. */
function limitText(c: PageContext): string {
  const { actor, manager } = sessionOf(c);
  const { adjustmentLimitMicros: limit = 0n } = actor;
  if (limit === null) return "Posted at once.";
  if (limit === 0n) return "Waits until a second person has approved it.";
  return `Up to ${figuresOf(c).money(limit, manager.currency)} it is posted at once; more waits until a second person has approved it.`;
}

const amountOf = (c: PageContext, text = "") => amountTyped(text, writesCommas(c));
const problem = (path: string, message: string) => refuse("invalid_input", { issues: [{ path, message }] });

const forms: Readonly<Record<string, Form>> = {
  adjustments: {
    permission: "ledger:adjust",
    title: "Adjust the balance",
    lead: "Corrects what is owed, against revenue. For money that came in there are payments.",
    button: "Adjust",
    fields: (c, detail) => [
      {
        ...{ name: "direction", label: "The account", autofocus: true },
        options: [
          { value: "gains", label: "Gains: we give something back" },
          { value: "loses", label: "Loses: we charge something more" },
        ],
      },
      money(detail, { hint: limitText(c) }),
      { ...money(detail), name: "tax", label: "Tax", required: false, optional: true, hint: "Beside the amount, the same way" },
      why,
    ],
    async act(c, { account }, { direction, amount, tax, reason }) {
      const sign = (text: string) => (direction === "loses" && text !== "" ? `-${text}` : text);
      const typed = { amount: amountOf(c, amount), tax: amountOf(c, tax) };
      if (/^[-−]/.test(typed.amount)) return problem("amount", "must be written without a sign: say above which way it goes");
      const input = { accountId: account.accountId, amount: sign(typed.amount), tax: sign(typed.tax) || "0", reason: reason! };
      const outcome = await run(c, adjust, input, { providerId: account.providerId });
      return said(outcome, (made) =>
        made.transactionId ? "The balance is adjusted." : "The adjustment waits until somebody else has approved it.",
      );
    },
  },
  transfers: {
    permission: "ledger:transfer",
    title: "Transfer money",
    lead: "From this account to another one of the same currency. Only cash that isn’t held can go; bonuses and credit stay.",
    button: "Transfer",
    names: { toAccountId: "to", insufficient_funds: "amount", currencies_differ: "to", account_closed: "to" },
    fields: (_, detail) => [
      { name: "to", label: "To account", required: true, maxlength: 32, autofocus: true, autocomplete: "off", hint: "Its number" },
      money(detail),
      why,
    ],
    async act(c, { account }, { to, amount, reason }) {
      const meant = await accountMeant(c, account.providerId, to!);
      if ("problem" in meant) return problem("to", meant.problem);
      const input = { fromAccountId: account.accountId, toAccountId: meant.accountId, amount: amountOf(c, amount), reason: reason! };
      return said(await run(c, transfer, input, { providerId: account.providerId }), `The money went to account ${meant.number}.`);
    },
  },
  bonuses: {
    permission: "ledger:adjust",
    title: "Give a bonus",
    lead: "Money that can be spent, but not paid out or transferred. What isn’t spent in time expires.",
    button: "Give it",
    names: { expiresAt: "lastDay", beyond_limit: "amount" },
    fields: (_, detail) => [
      {
        name: "name",
        label: "Name",
        required: true,
        maxlength: 100,
        autofocus: true,
        autocomplete: "off",
        placeholder: "Welcome",
        hint: "The subscriber reads it",
      },
      money(detail),
      { name: "lastDay", label: "Can be spent until", type: "date", optional: true, hint: "This day too. Left blank: it never expires" },
      {
        ...{ name: "priority", label: "Is spent" },
        options: [
          { value: "10", label: "Before cash" },
          { value: "50", label: "Before cash and other bonuses" },
          { value: "-10", label: "After cash" },
        ],
      },
    ],
    async act(c, { account }, { name, amount, lastDay, priority }) {
      const expiresAt = lastDay === "" ? null : dayAfter(lastDay!, account.zone);
      const input = { accountId: account.accountId, name: name!, amount: amountOf(c, amount), priority: Number(priority), expiresAt };
      return said(await run(c, grantBonus, input, { providerId: account.providerId }), "The bonus is on the account.");
    },
  },
  "write-off": {
    permission: "ledger:write-off",
    title: "Write a debt off",
    lead: "What nobody will pay any more becomes a loss in the books.",
    button: "Write off",
    danger: true,
    names: { beyond_limit: "amount", nothing_owed: "amount" },
    fields: (c, detail) => [
      money(detail, { required: false, optional: true, autofocus: true, hint: `Left blank: all that is owed, ${owed(c, detail)}` }),
      why,
    ],
    async act(c, { account }, { amount, reason }) {
      const input = { accountId: account.accountId, ...(amount === "" ? {} : { amount: amountOf(c, amount) }), reason: reason! };
      return said(await run(c, writeOff, input, { providerId: account.providerId }), "The debt is written off.");
    },
  },
  payer: {
    permission: "subscribers:write",
    title: "Let another account pay",
    lead: "What this account is charged from now on is paid by the other one: a company for its staff, parents for a child.",
    button: "Save",
    names: { payerAccountId: "payer", currencies_differ: "payer", payer_chain: "payer", account_closed: "payer" },
    fields: (_, detail) => [
      {
        name: "payer",
        label: "Account that pays",
        required: true,
        maxlength: 32,
        autofocus: true,
        autocomplete: "off",
        hint: "Its number",
      },
      money(detail, {
        name: "monthlyLimit",
        label: "At most per month",
        required: false,
        optional: true,
        hint: "Left blank: everything. What is beyond it this account pays itself",
      }),
    ],
    async act(c, { account }, { payer, monthlyLimit }) {
      const meant = await accountMeant(c, account.providerId, payer!);
      if ("problem" in meant) return problem("payer", meant.problem);
      const limit = monthlyLimit === "" ? null : amountOf(c, monthlyLimit);
      const input = { accountId: account.accountId, payerAccountId: meant.accountId, monthlyLimit: limit };
      return said(await run(c, setPayer, input, { providerId: account.providerId }), `Account ${meant.number} pays from now on.`);
    },
  },
};

const owed = (c: PageContext, { account: { balanceMicros, currency } }: Detail) =>
  figuresOf(c).money((balanceMicros ?? 0n) < 0n ? -balanceMicros! : 0n, currency);

/** The instant in which the day ends. What is no day stays as it is: the command says what is wrong with it. */
function dayAfter(day: string, zone: string): string {
  try {
    return startOfDay(Temporal.PlainDate.from(day).add({ days: 1 }), zone).toString();
  } catch {
    return day;
  }
}

function show(c: PageContext, path: string, detail: Detail, values: Values, errors: FormErrors = noErrors, status = 200) {
  const { title, lead, button, danger = false, fields } = forms[path]!;
  const { account } = detail;
  return page(c, {
    title,
    section: "subscribers",
    view: "admin/accounts/money",
    status,
    data: {
      ...{
        account,
        title,
        lead,
        button,
        danger,
        errors,
        action: `/accounts/${account.accountId}/${path}`,
        here: `/accounts/${account.accountId}`,
      },
      fields: fields(c, detail).map((field) => ({ ...field, value: values[field.name] ?? "", error: errors.fields[field.name] })),
    },
  });
}

for (const [path, form] of Object.entries(forms)) {
  accountMoneyPages.get(
    `/accounts/:id{[0-9a-f-]{36}}/${path}/new`,
    route({ permission: form.permission }, async (c) => {
      const asked = Object.fromEntries(["to", "payer", "amount"].map((name) => [name, (c.req.query(name) ?? "").slice(0, 40)]));
      return show(c, path, await detailOf(c), asked);
    }),
  );
  accountMoneyPages.post(
    `/accounts/:id{[0-9a-f-]{36}}/${path}`,
    route({ permission: form.permission }, async (c) => {
      const detail = await detailOf(c);
      const fields = form.fields(c, detail);
      const values = Object.fromEntries(fields.map(({ name }) => [name, posted(c, name)]));
      const outcome = await form.act(c, detail, values);
      if (outcome.ok) return done(c, `/accounts/${detail.account.accountId}`, outcome.value);
      refuseHidden(outcome);
      const labels = Object.fromEntries(fields.map(({ name, label }) => [name, label]));
      return show(c, path, detail, values, formErrors(outcome, form.names, labels), statusOf(outcome));
    }),
  );
}

accountMoneyPages.post(
  "/accounts/:id{[0-9a-f-]{36}}/payer/removal",
  route({ permission: "subscribers:write" }, async (c) => {
    const { accountId, providerId } = (await detailOf(c)).account;
    return settle(
      c,
      await run(c, clearPayer, { accountId }, { providerId }),
      `/accounts/${accountId}`,
      "The account pays for itself again.",
    );
  }),
);
