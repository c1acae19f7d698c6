// At the desk: a card is redeemed for a subscriber, or looked up because it doesn't work; and the dealers who have cards.
import { Hono } from "hono";
import { defineDealer } from "../../cards/define-dealer.ts";
import { lookUpCard } from "../../cards/look-up-card.ts";
import { redeemCard } from "../../cards/redeem-card.ts";
import { refuse } from "../../kernel/errors.ts";
import { accountsList } from "../../read/account-list/query.ts";
import { cardsCard, cardsDealers } from "../../read/cards/query.ts";
import { RequestRefused } from "../errors.ts";
import { STOCK_COLUMNS, serialOf, shownMovement, shownStock, statePills } from "./card-words.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, done, type FormErrors, figuresOf, formErrors, may, noErrors, page, param, posted, route, run, statusOf } from "./frame.ts";
import { refuseHidden } from "./settle.ts";
import { targetOf } from "./target-provider.ts";
import { given, typed } from "./typed-fields.ts";

export const cardRedeemPages = new Hono<AdminEnv>();

const addressOf = (c: PageContext) => {
  const address = c.env?.address;
  return address && /^[0-9a-fA-F.:]{2,45}$/.test(address) ? { clientAddress: address } : {};
};

const redeemForm = (c: PageContext, values: { account: string; serial: string }, errors: FormErrors = noErrors, status = 200) =>
  page(c, {
    title: "Redeem a card",
    section: "cards",
    view: "admin/cards/redeem",
    status,
    data: { values, errors, seesCards: may(c, "cards:read") },
  });

cardRedeemPages.get(
  "/cards/redeem",
  route({ permission: "cards:redeem" }, (c) => redeemForm(c, { account: (c.req.query("account") ?? "").slice(0, 36), serial: "" })),
);

/** The account's own page may be of a partner: the number finds whose it is. */
async function accountTyped(c: PageContext, number: string) {
  if (!may(c, "subscribers:read")) return undefined;
  const { accounts } = await askFor(c, accountsList, { search: number, limit: 5 });
  return accounts.find((one) => one.number.toLowerCase() === number.toLowerCase());
}

cardRedeemPages.post(
  "/cards/redeem",
  route({ permission: "cards:redeem" }, async (c) => {
    const values = typed(c, "account", "serial");
    const found = values.account === "" ? undefined : await accountTyped(c, values.account);
    const target = found ? { accountId: found.accountId } : { accountNumber: values.account };
    const input = { ...target, pin: posted(c, "pin"), ...given(values, "serial"), ...addressOf(c) };
    const outcome =
      values.account === ""
        ? ({ ok: false, code: "invalid_input", issues: [{ path: "account", message: "Write the account's number" }] } as const)
        : await run(c, redeemCard, input, found ? { providerId: found.providerId } : {});
    if (outcome.ok) {
      const { value, currency, serial, accountId } = outcome.value;
      return done(
        c,
        may(c, "subscribers:read") ? `/accounts/${accountId}` : "/cards/redeem",
        `Card ${serial} is redeemed: ${value} ${currency}.`,
      );
    }
    if (outcome.code !== "not_found") refuseHidden(outcome);
    const names = { card_refused: "pin", card_mistyped: "pin", not_found: "account", account_closed: "account" };
    return redeemForm(
      c,
      values,
      formErrors(outcome, names, { account: "Account", pin: "PIN", serial: "Serial number" }),
      statusOf(outcome),
    );
  }),
);

const lookUpForm = (c: PageContext, values: { serial: string }, errors: FormErrors = noErrors, status = 200) =>
  page(c, {
    title: "Look a card up",
    section: "cards",
    view: "admin/cards/lookup",
    status,
    data: { values, errors, mayByPin: may(c, "cards:redeem") },
  });

cardRedeemPages.get(
  "/cards/lookup",
  route({ permission: "cards:read" }, (c) => lookUpForm(c, { serial: (c.req.query("serial") ?? "").slice(0, 40) })),
);

const wrong = (name: string, text: string): FormErrors => ({ fields: { [name]: text }, list: [{ id: `f-${name}`, text }] });

cardRedeemPages.post(
  "/cards/lookup",
  route({ permission: "cards:read" }, async (c) => {
    const { serial: typedSerial } = typed(c, "serial");
    const [, code, number] = /^([A-Za-z0-9]{1,20})\s*-\s*0*(\d{1,12})$/.exec(typedSerial) ?? [];
    if (typedSerial !== "" && !code)
      return lookUpForm(c, { serial: typedSerial }, wrong("serial", "Write it as it is printed, such as SUMMER-0000123."), 422);
    if (code) {
      const { card } = await askFor(c, cardsCard, { code, serial: number! }).catch(() => ({ card: undefined }));
      if (!card) return lookUpForm(c, { serial: typedSerial }, wrong("serial", "There is no such card."), 404);
      return done(c, `/cards/${card.seriesId}/serials/${card.serial}`);
    }
    const { provider } = await targetOf(c);
    const outcome = await run(c, lookUpCard, { pin: posted(c, "pin"), ...addressOf(c) }, { providerId: provider.id });
    if (outcome.ok) return done(c, `/cards/${outcome.value.seriesId}/serials/${outcome.value.serial}`);
    refuseHidden(outcome);
    return lookUpForm(
      c,
      { serial: "" },
      formErrors(outcome, { card_refused: "pin", card_mistyped: "pin" }, { pin: "PIN" }),
      statusOf(outcome),
    );
  }),
);

cardRedeemPages.get(
  "/cards/:id{[0-9a-f-]{36}}/serials/:serial{[0-9]{1,12}}",
  route({ permission: "cards:read" }, async (c) => {
    const { card, movements } = await askFor(c, cardsCard, { seriesId: param(c, "id"), serial: param(c, "serial") });
    const text = figuresOf(c);
    const serial = serialOf(card.code, card.serial);
    return page(c, {
      title: `Card ${serial}`,
      section: "cards",
      view: "admin/cards/card",
      data: {
        ...{ card, serial, value: text.money(card.valueMicros, card.currency), pill: statePills[card.blocked ? "blocked" : card.state] },
        usableUntil: card.usableUntil === null ? null : text.dateTime(card.usableUntil),
        usedAt: card.usedAt === null ? null : text.dateTime(card.usedAt),
        movements: movements.map((row) => shownMovement(row, card.code, text)),
        sees: { accounts: may(c, "subscribers:read") },
      },
    });
  }),
);

cardRedeemPages.get(
  "/card-dealers",
  route({ permission: "cards:read" }, async (c) => {
    const { dealers } = await askFor(c, cardsDealers, {});
    const text = figuresOf(c);
    return page(c, {
      title: "Dealers of cards",
      section: "cards",
      view: "admin/cards/dealers",
      data: {
        columns: STOCK_COLUMNS.slice(1, 4).map(([, label]) => label),
        dealers: dealers.map((row) => ({
          ...{
            name: row.name,
            account: row.accountNumber,
            accountHref: `/accounts/${row.accountId}`,
            href: `/card-dealers/${row.dealerId}`,
          },
          balance: may(c, "ledger:read") ? text.money(row.balanceMicros, row.currency) : "–",
          commission: `${percentOf(row.commissionPpm)} %`,
          stock: shownStock(row, text).slice(1, 4),
        })),
        can: { write: may(c, "cards:write"), accounts: may(c, "subscribers:read") },
      },
    });
  }),
);

/** Millionths as percent: 75000 → "7.5". */
const percentOf = (ppm: number) => String(ppm / 10_000);

type DealerValues = { readonly name: string; readonly account: string; readonly commission: string };

async function dealerForm(c: PageContext, values: DealerValues, dealerId: string | null, errors: FormErrors = noErrors, status = 200) {
  const { provider, choices } = await targetOf(c);
  return page(c, {
    title: dealerId ? values.name : "New dealer",
    section: "cards",
    view: "admin/cards/dealer",
    status,
    data: { values, errors, dealerId, provider, choices: dealerId ? [] : choices, here: "/card-dealers/new" },
  });
}

cardRedeemPages.get(
  "/card-dealers/new",
  route({ permission: "cards:write" }, (c) => dealerForm(c, { name: "", account: "", commission: "0" }, null)),
);
cardRedeemPages.get(
  "/card-dealers/:id{[0-9a-f-]{36}}",
  route({ permission: "cards:write" }, async (c) => {
    const found = await dealerAt(c);
    return dealerForm(c, { name: found.name, account: found.accountNumber, commission: percentOf(found.commissionPpm) }, found.dealerId);
  }),
);

async function dealerAt(c: PageContext) {
  const { dealers } = await askFor(c, cardsDealers, {});
  const found = dealers.find(({ dealerId }) => dealerId === param(c, "id"));
  if (!found) throw new RequestRefused(refuse("not_found"));
  return found;
}

const dealerNames = {
  accountId: "account",
  commissionPercent: "commission",
  name_taken: "name",
  not_found: "account",
  account_closed: "account",
};
const dealerLabels = { name: "Name", account: "Account", commission: "Commission" };

cardRedeemPages.post(
  "/card-dealers",
  route({ permission: "cards:write" }, async (c) => {
    const values = typed(c, "name", "account", "commission");
    const { provider } = await targetOf(c);
    const account = values.account === "" ? undefined : await accountTyped(c, values.account);
    if (!account) return dealerForm(c, values, null, wrong("account", "Write the number of the account that pays for what it buys."), 422);
    const input = {
      name: values.name,
      accountId: account.accountId,
      ...given({ commissionPercent: values.commission.replace(",", ".") }, "commissionPercent"),
    };
    const outcome = await run(c, defineDealer, input, { providerId: provider.id });
    if (outcome.ok) return done(c, "/card-dealers", "The dealer is added.");
    if (outcome.code !== "not_found") refuseHidden(outcome);
    return dealerForm(c, values, null, formErrors(outcome, dealerNames, dealerLabels), statusOf(outcome));
  }),
);
cardRedeemPages.post(
  "/card-dealers/:id{[0-9a-f-]{36}}",
  route({ permission: "cards:write" }, async (c) => {
    const found = await dealerAt(c);
    const values = { ...typed(c, "name", "commission"), account: found.accountNumber };
    const input = {
      dealerId: found.dealerId,
      name: values.name,
      ...given({ commissionPercent: values.commission.replace(",", ".") }, "commissionPercent"),
    };
    const outcome = await run(c, defineDealer, input, { providerId: found.providerId });
    if (outcome.ok) return done(c, "/card-dealers", "The dealer is changed.");
    refuseHidden(outcome);
    return dealerForm(c, values, found.dealerId, formErrors(outcome, dealerNames, dealerLabels), statusOf(outcome));
  }),
);
