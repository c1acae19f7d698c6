// A card becomes money once, for whoever has its PIN; everybody else gets one and the same answer.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addSeries } from "../../core/cards/add-series.ts";
import { blockCards, unblockCards, voidCards } from "../../core/cards/block-cards.ts";
import { expireCards } from "../../core/cards/expire-cards.ts";
import { MAX_OF } from "../../core/cards/guesses.ts";
import { lookUpCard } from "../../core/cards/look-up-card.ts";
import { openAccountByCard } from "../../core/cards/open-by-card.ts";
import { drawPins } from "../../core/cards/pin.ts";
import { redeemByLogin } from "../../core/cards/redeem-by-login.ts";
import { redeemCard } from "../../core/cards/redeem-card.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { execute } from "../../core/kernel/command.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { openAccount } from "../../core/subscribers/open-account.ts";
import { verify } from "../../core/verify.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { accepted, actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";
import { addTestPlan, registerWithAccount, sell } from "../support/sold.ts";
import { makeSeries, pinsOf, rangeOf, soldSeries } from "./cards.ts";

let db: TestDatabase;
let now = Temporal.Instant.from("2026-11-10T10:00:00Z");
const later = (hours: number) => {
  now = now.add({ hours });
};

beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  await setUpOperator(db.core);
});
afterAll(() => db.close());

const everything = { actor: actorWith(), providerId: 1 };
const redeem = (accountId: string, pin: string, more: { serial?: string; clientAddress?: string } = {}, call = everything) =>
  execute(db.core, redeemCard, { accountId, pin, ...more }, call);
const balanceOf = async (accountId: string) =>
  (await db.admin`select balance_micros::text as b, granted_micros::text as g from app.balances where account_id = ${accountId}`)[0];

describe("a right card", () => {
  test("is credited once, and is used from then on", async () => {
    const { accountId } = await registerWithAccount(db.core);
    const { pins, code } = await soldSeries(db);
    expect(accepted(await redeem(accountId, pins[0]!))).toMatchObject({
      value: "50.00",
      currency: "UAH",
      serial: `${code}-0000001`,
      until: null,
    });
    expect(await redeem(accountId, pins[0]!)).toEqual({ ok: false, code: "card_refused" });
    expect(await balanceOf(accountId)).toMatchObject({ b: "50000000", g: "0" });
    const [card] =
      await db.admin`select state, account_id, transaction_id is not null as posted from app.cards c join app.card_series s on s.id = c.series_id where s.code = ${code} and serial = 1`;
    expect(card).toMatchObject({ state: "used", account_id: accountId, posted: true });
  });

  test("goes by the account's number too, and with its serial number", async () => {
    const { accountId } = await registerWithAccount(db.core);
    const [{ number }] = (await db.admin`select number from app.accounts where account_id = ${accountId}`) as unknown as [
      { number: string },
    ];
    const { pins, code } = await soldSeries(db);
    const outcome = await execute(
      db.core,
      redeemCard,
      { accountNumber: number, pin: pins[1]!, serial: ` ${code.toLowerCase()}-2 ` },
      everything,
    );
    expect(accepted(outcome).accountId).toBe(accountId);
    expect(await redeem(accountId, pins[2]!, { serial: `${code}-2` })).toEqual({ ok: false, code: "card_refused" });
  });

  test("of a series with a pot fills a pot, which ends with the day that the series says", async () => {
    const { accountId } = await registerWithAccount(db.core);
    const { pins } = await soldSeries(db, { grants: "pot", potName: "Summer", potPriority: 5, grantedFor: "P1M" });
    expect(accepted(await redeem(accountId, pins[0]!)).until).toBe("2026-12-10T22:00:00Z");
    expect(await balanceOf(accountId)).toMatchObject({ b: "50000000", g: "50000000" });
    const [pot] = await db.admin`select kind, name, priority, expires_at::text as ends from app.pots where account_id = ${accountId}`;
    expect(pot).toMatchObject({ kind: "card", name: "Summer", priority: 5, ends: "2026-12-10 22:00:00+00" });
  });

  test("of a promotion is an expense and nobody's money: it is given away when activated", async () => {
    const { accountId } = await registerWithAccount(db.core);
    const { pins } = await soldSeries(db, { kind: "promotion" });
    const { transactionId } = accepted(await redeem(accountId, pins[0]!));
    const [posting] = await db.admin`select debit, credit from app.ledger_postings where transaction_id = ${transactionId}`;
    expect(posting).toMatchObject({ debit: "expense.bonuses", credit: "settlement" });
  });

  test("of a series with a service begins it, and it ends when its time is over", async () => {
    const { accountId } = await registerWithAccount(db.core);
    const planId = await addTestPlan(db.core);
    const { pins } = await soldSeries(db, { grants: "service", planId, grantedFor: "P1D" });
    const { serviceId, until } = accepted(await redeem(accountId, pins[0]!));
    const status = async () => (await db.admin`select status, terminated_at::text as at from app.services where id = ${serviceId}`)[0];
    await expireCards(db.core);
    expect(await status()).toMatchObject({ status: "active" });
    later(49);
    await expireCards(db.core);
    expect(await status()).toMatchObject({ status: "terminated" });
    expect(Temporal.Instant.from((await status())!.at.replace(" ", "T")).toString()).toBe(until!);
    await expireCards(db.core);
  });
});

test("whatever is wrong with a card, the answer is the same", async () => {
  const partner = await partnerOf(db.core, `p${Date.now()}`);
  const { subscriberId } = await registerWithAccount(db.core);
  const fresh = async () => (await done(db.core, openAccount, { subscriberId, kind: "prepaid" })).accountId;
  const sold = await soldSeries(db);
  const blocked = await soldSeries(db);
  await done(db.core, blockCards, rangeOf(blocked));
  const unsold = await makeSeries(db.core);
  const voided = await makeSeries(db.core);
  await done(db.core, voidCards, rangeOf(voided));
  const foreign = await soldSeries(db, {}, 1, partner);
  const other = await soldSeries(db, { currency: "EUR" }, 1);
  const opens = await soldSeries(db, { grants: "subscriber" }, 1);
  const short = await soldSeries(db, { usableFor: "P1D" }, 1);
  accepted(await redeem(await fresh(), sold.pins[0]!));
  later(72);
  const answers = [
    await redeem(await fresh(), drawPins("base32", 16, 1)[0]!),
    await redeem(await fresh(), sold.pins[0]!),
    await redeem(await fresh(), sold.pins[1]!, { serial: `${sold.code}-3` }),
    await redeem(await fresh(), blocked.pins[0]!),
    await redeem(await fresh(), (await pinsOf(db, unsold))[0]!),
    await redeem(await fresh(), (await pinsOf(db, voided))[0]!),
    await redeem(await fresh(), foreign.pins[0]!),
    await redeem(await fresh(), other.pins[0]!),
    await redeem(await fresh(), opens.pins[0]!),
    await redeem(await fresh(), short.pins[0]!),
  ];
  for (const answer of answers) expect(answer).toEqual({ ok: false, code: "card_refused" });
  await done(db.core, unblockCards, rangeOf(blocked));
  accepted(await redeem(await fresh(), blocked.pins[0]!));
  accepted(
    await execute(
      db.core,
      redeemCard,
      { accountId: (await registerWithAccount(db.core, { providerId: partner })).accountId, pin: foreign.pins[0]! },
      { actor: actorWith({ providerId: partner }), providerId: partner },
    ),
  );
});

test("only whoever may see the account can redeem on it", async () => {
  const { groupId } = await done(db.core, addGroup, { name: "Others" });
  const { accountId } = await registerWithAccount(db.core);
  const { pins } = await soldSeries(db);
  const byGroup = { actor: actorWith({ groupIds: [groupId] }), providerId: 1 };
  expect(await redeem(accountId, pins[0]!, {}, byGroup)).toEqual({ ok: false, code: "not_found" });
  accepted(await redeem(accountId, pins[0]!));
});

describe("guesses", () => {
  const wrong = (count: number) => drawPins("base32", 16, count);
  const guessesOf = async (like: string) =>
    (await db.admin`select count(*)::int as n from app.card_guesses where subject like ${like}`)[0]!.n;

  test("that are typos cost nothing", async () => {
    const { accountId } = await registerWithAccount(db.core);
    const { pins } = await soldSeries(db);
    const [a, b] = [pins[0]![0], pins[0]![1]];
    const typo = a === b ? `${a === "2" ? "3" : "2"}${pins[0]!.slice(1)}` : `${b}${a}${pins[0]!.slice(2)}`;
    for (let i = 0; i < MAX_OF.account + 5; i++) expect(await redeem(accountId, typo)).toEqual({ ok: false, code: "card_mistyped" });
    expect(await guessesOf(`account:1:${accountId}`)).toBe(0);
    accepted(await redeem(accountId, pins[0]!));
  });

  test("at one account are stopped, for the right card too, until a while has passed; a person is told once", async () => {
    const { accountId } = await registerWithAccount(db.core);
    const { pins } = await soldSeries(db);
    for (const pin of wrong(MAX_OF.account)) expect((await redeem(accountId, pin)) as object).toMatchObject({ code: "card_refused" });
    for (let i = 0; i < 3; i++) expect(await redeem(accountId, pins[0]!)).toEqual({ ok: false, code: "too_many_attempts" });
    expect(await db.admin`select subject from app.card_alarms where subject = ${`account:1:${accountId}`}`).toHaveLength(1);
    later(1);
    accepted(await redeem(accountId, pins[0]!));
    expect(await guessesOf(`account:1:${accountId}`)).toBe(0);
  });

  test("from one address are stopped whatever the account; a right card gives back one of them", async () => {
    const { subscriberId, accountId: first } = await registerWithAccount(db.core);
    const { pins } = await soldSeries(db);
    const clientAddress = "2001:db8:1:2::1";
    for (let i = 0; i < MAX_OF.address / MAX_OF.account; i++) {
      const { accountId } = await done(db.core, openAccount, { subscriberId, kind: "prepaid" });
      for (const pin of wrong(MAX_OF.account - (i === 0 ? 1 : 0))) await redeem(accountId, pin, { clientAddress });
    }
    accepted(await redeem(first, pins[0]!, { clientAddress }));
    expect(await guessesOf("address:2001:db8:1:2::/64")).toBe(MAX_OF.address - 1);
    expect(await redeem(first, wrong(1)[0]!, { clientAddress: "2001:db8:1:2:ffff::9" })).toEqual({ ok: false, code: "card_refused" });
    expect(await redeem(first, pins[1]!, { clientAddress })).toEqual({ ok: false, code: "too_many_attempts" });
    accepted(await redeem(first, pins[1]!, { clientAddress: "2001:db8:1:3::1" }));
    later(1);
  });

  test("at one series by its serial numbers are stopped, others aren't", async () => {
    const [{ subscriberId, accountId }, mine, others] = [await registerWithAccount(db.core), await soldSeries(db), await soldSeries(db)];
    for (let i = 0; i < MAX_OF.series / MAX_OF.account; i++) {
      const { accountId: one } = await done(db.core, openAccount, { subscriberId, kind: "prepaid" });
      await Promise.all(wrong(MAX_OF.account).map((pin, n) => redeem(one, pin, { serial: `${mine.code}-${n + 1}` })));
    }
    expect(await redeem(accountId, mine.pins[0]!, { serial: `${mine.code}-1` })).toEqual({ ok: false, code: "too_many_attempts" });
    accepted(await redeem(accountId, others.pins[0]!, { serial: `${others.code}-1` }));
    later(1);
  });

  test("the same card a hundred times at once is one guess: one success, and equal answers to the others", async () => {
    const { accountId } = await registerWithAccount(db.core);
    const { pins } = await soldSeries(db);
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(accountId, pins[0]!)));
    expect(answers.filter((a) => a.ok)).toHaveLength(1);
    expect(new Set(answers.filter((a) => !a.ok).map((a) => JSON.stringify(a)))).toEqual(
      new Set([JSON.stringify({ ok: false, code: "card_refused" })]),
    );
  });

  test("a hundred at once don't slip under the limit, and a trial run is one too", async () => {
    const { accountId } = await registerWithAccount(db.core);
    const answers = await Promise.all(wrong(40).map((pin) => redeem(accountId, pin)));
    expect(answers.filter((a) => !a.ok && a.code === "card_refused")).toHaveLength(MAX_OF.account);
    later(1);
    const { pins } = await soldSeries(db);
    for (const pin of wrong(MAX_OF.account)) await execute(db.core, redeemCard, { accountId, pin }, { ...everything, dryRun: true });
    expect(await redeem(accountId, pins[0]!)).toEqual({ ok: false, code: "too_many_attempts" });
    later(1);
  });

  test("at the desk's look-up count as well", async () => {
    const { pins, seriesId } = await soldSeries(db);
    const call = (pin: string) => execute(db.core, lookUpCard, { pin, clientAddress: "192.0.2.9" }, everything);
    expect(accepted(await call(pins[3]!))).toEqual({ seriesId, serial: 4 });
    for (const pin of wrong(MAX_OF.address)) expect(await call(pin)).toEqual({ ok: false, code: "card_refused" });
    expect(await call(pins[3]!)).toEqual({ ok: false, code: "too_many_attempts" });
    later(1);
  });
});

describe("a card that makes a subscriber", () => {
  test("registers whoever has it, with a login, an account and a service", async () => {
    const planId = await addTestPlan(db.core);
    const { groupId } = await done(db.core, addGroup, { name: "By card" });
    const { pins } = await soldSeries(db, { grants: "subscriber", groupId, planId });
    const input = { pin: pins[0]!, name: "Nadia", login: "nadia", password: "walnut-harbour-sextant-4" };
    const opened = accepted(await execute(db.core, openAccountByCard, input, everything));
    expect(opened).toMatchObject({ value: "50.00", serviceId: expect.any(String) });
    const [who] =
      await db.admin`select s.name, s.group_id, l.login from app.subscribers s join app.portal_logins l on l.subscriber_id = s.id where s.id = ${opened.subscriberId}`;
    expect(who).toMatchObject({ name: "Nadia", group_id: groupId, login: "nadia" });
    expect(await execute(db.core, openAccountByCard, { ...input, login: "nadia2" }, everything)).toEqual({
      ok: false,
      code: "card_refused",
    });
    expect(await execute(db.core, openAccountByCard, { ...input, pin: pins[1]! }, everything)).toMatchObject({ code: "login_taken" });
    expect(
      await execute(db.core, openAccountByCard, { ...input, pin: pins[1]!, login: "nadia3", password: "password12" }, everything),
    ).toMatchObject({
      code: "password_too_weak",
    });
    expect((await db.admin`select count(*)::int as n from app.subscribers where group_id = ${groupId}`)[0]!.n).toBe(1);
  });

  test("opens the door of the network by its PIN, and is known there afterwards", async () => {
    const planId = await addTestPlan(db.core);
    const { pins } = await soldSeries(db, { grants: "subscriber", planId });
    const created = accepted(await redeemByLogin(db.core, 1, { pin: pins[0]!, address: "192.0.2.1" }));
    expect(created).toMatchObject({ what: "created", serviceId: expect.any(String) });
    expect(accepted(await redeemByLogin(db.core, 1, { pin: pins[0]! }))).toEqual({ ...created, what: "known" });
    expect((await balanceOf(created.accountId))!.b).toBe("50000000");
    expect(await redeemByLogin(db.core, 1, { pin: drawPins("base32", 16, 1)[0]! })).toEqual({ ok: false, code: "card_refused" });
  });

  test("credits the account of a login that is known", async () => {
    const { accountId, serviceId } = await sell(db.core);
    await done(db.core, assignIdentifier, { serviceId, kind: "login", value: "taras", from: "2026-01-01T00:00:00Z" });
    const { pins } = await soldSeries(db);
    expect(accepted(await redeemByLogin(db.core, 1, { pin: pins[0]!, login: "taras" }))).toEqual({
      what: "credited",
      accountId,
      serviceId,
    });
    expect(await redeemByLogin(db.core, 1, { pin: pins[1]!, login: "nobody" })).toEqual({ ok: false, code: "card_refused" });
  });
});

test("a series must make sense", async () => {
  const refused = async (input: object) => execute(db.core, addSeries, { code: "BAD", name: "Bad", value: "10", ...input }, everything);
  for (const [input, path] of [
    [{ value: "0" }, "value"],
    [{ pinLength: 12 }, "pinLength"],
    [{ alphabet: "digits", pinLength: 18 }, "pinLength"],
    [{ grants: "pot" }, "potName"],
    [{ grants: "service" }, "planId"],
    [{ grantedFor: "P3D" }, "grantedFor"],
    [{ grants: "cash", potName: "x" }, "potName"],
    [{ code: "a b" }, "code"],
    [{ sellableUntil: "2026-02-30" }, "sellableUntil"],
    [{ usableFor: "1 month" }, "usableFor"],
  ] as const)
    expect({ input, outcome: await refused(input) }).toMatchObject({ outcome: { code: "invalid_input", issues: [{ path }] } });
});

test("afterwards the books and the stock agree", async () => {
  expect((await verify(db.core)).findings).toEqual([]);
});
