import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { portalSignIn } from "../../core/auth/portal-sign-in.ts";
import { readPortalToken, signPortalToken } from "../../core/auth/portal-token.ts";
import { MAX_PER_LOGIN } from "../../core/auth/throttle.ts";
import { execute } from "../../core/kernel/command.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { closeSubscriber } from "../../core/subscribers/close-subscriber.ts";
import { registerSubscriber } from "../../core/subscribers/register-subscriber.ts";
import { setPortalLogin } from "../../core/subscribers/set-portal-login.ts";
import { describeRules, expectNowhere } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";

const now = Temporal.Instant.from("2026-11-02T08:00:00Z");
const password = "gooseberry-tram-17";
let database: TestDatabase;
let partner: number;
let south: string;
beforeAll(async () => {
  database = await testDatabase({ clock: () => now });
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
  south = (await done(database.core, addGroup, { name: "South" })).groupId;
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.admin`delete from app.sign_in_failures`;
});

const register = async (providerId = 1) =>
  (await done(database.core, registerSubscriber, { kind: "person", name: "Taras Bondar" }, providerId)).subscriberId;
const give = (subscriberId: string, login: string, providerId = 1) =>
  done(database.core, setPortalLogin, { subscriberId, login, password }, providerId);
const enter = (login: string, more: object = {}) => portalSignIn(database.core, { login, password, ...more }, "192.0.2.1");

let count = 0;
describeRules({
  command: setPortalLogin,
  database: () => database,
  input: async () => {
    const subscriberId = await register();
    await give(subscriberId, `earlier-${++count}`);
    return { subscriberId, login: `Later-${count}`, password };
  },
  wrong: [
    ["login", "a"],
    ["login", "two words"],
    ["subscriberId", "x"],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  before: { login: "earlier-1" },
  after: { login: "later-1" },
});

test("login and password open the portal for one subscriber, for eight hours", async () => {
  const subscriberId = await register();
  await give(subscriberId, "Taras");
  const outcome = await enter("TARAS");
  expect(outcome).toMatchObject({ ok: true, value: { kind: "signed-in", providerId: 1, subscriberId } });
  const token = outcome.ok && outcome.value.kind === "signed-in" ? outcome.value.token : "";
  const secret = database.core.secret("portal");
  expect(await readPortalToken(secret, token, now.add({ hours: 8 }).subtract({ seconds: 1 }))).toEqual({ providerId: 1, subscriberId });
  expect(await readPortalToken(secret, token, now.add({ hours: 8 }))).toBeUndefined();
});

test("a token that was changed, signed with another key or made without one is nobody's", async () => {
  const who = { providerId: 1, subscriberId: "019a0000-0000-7000-8000-000000000001" };
  const token = await signPortalToken("right", who, now);
  const [head, body, signature] = token.split(".");
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
  const other = Buffer.from(JSON.stringify({ ...who, providerId: 2, sub: who.subscriberId, aud: "portal", exp: 9_999_999_999 })).toString(
    "base64url",
  );
  expect(await readPortalToken("right", token, now)).toEqual(who);
  for (const wrong of [
    `${head}.${other}.${signature}`,
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    `${head}.${body}`,
    "",
    "a.b.c",
    `${token}x`,
    `..${signature}`,
  ]) {
    expect(await readPortalToken("right", wrong, now)).toBeUndefined();
  }
  expect(await readPortalToken("wrong", token, now)).toBeUndefined();
});

test("a wrong password, an unknown login and a closed subscriber get one answer; guessing is cut off", async () => {
  const subscriberId = await register();
  await give(subscriberId, "leaver");
  await done(database.core, closeSubscriber, { subscriberId });
  const answers = [await enter("leaver"), await enter("nobody"), await enter("taras", { password: "wrong" })];
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"ok":false,"code":"sign_in_failed"}']));
  for (let i = 1; i < MAX_PER_LOGIN; i++) await enter("taras", { password: "wrong" });
  expect(await enter("taras")).toEqual({ ok: false, code: "too_many_attempts" });
});

test("the same login at two providers is a choice when the password opens both", async () => {
  await give(await register(), "twofold");
  const subscriberId = await register(partner);
  await give(subscriberId, "twofold", partner);
  expect(await enter("twofold")).toMatchObject({
    ok: true,
    value: { kind: "choose", choices: [{ providerId: 1 }, { providerId: partner }] },
  });
  expect(await enter("twofold", { providerId: partner })).toMatchObject({
    ok: true,
    value: { kind: "signed-in", providerId: partner, subscriberId },
  });
});

test("a login is one subscriber's; a weak password is refused with the reason; no password is written down", async () => {
  await give(await register(), "single");
  const subscriberId = await register();
  const call = { actor: actorWith(), providerId: 1 };
  expect(await execute(database.core, setPortalLogin, { subscriberId, login: "Single", password }, call)).toEqual({
    ok: false,
    code: "login_taken",
  });
  expect(await execute(database.core, setPortalLogin, { subscriberId, login: "free", password: "bondar-taras-1" }, call)).toMatchObject({
    code: "password_too_weak",
    issues: [{ path: "password" }],
  });
  await expectNowhere(database, password);
});
