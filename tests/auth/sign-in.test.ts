import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { addManager } from "../../core/auth/add-manager.ts";
import { actorOfSession, signOut } from "../../core/auth/session.ts";
import { signIn } from "../../core/auth/sign-in.ts";
import { MAX_PER_ADDRESS, MAX_PER_LOGIN } from "../../core/auth/throttle.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done, administratorLogin as login, partnerOf, administratorPassword as password, setUpOperator } from "../support/operator.ts";

let now = Temporal.Instant.from("2026-11-02T08:00:00Z");
let database: TestDatabase;
let partner: number;
const shared = "both@partner.example";

beforeAll(async () => {
  database = await testDatabase({ clock: () => now });
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
  for (const [providerId, word] of [
    [1, "kettle-monsoon-31"],
    [partner, "kettle-monsoon-31"],
  ] as const) {
    const [role] = await database.admin`select id from app.roles where provider_id = ${providerId} and name = 'Support'`;
    await done(database.core, addManager, { login: shared, name: "Iryna", password: word, roleId: role!.id }, providerId);
  }
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.admin`delete from app.sign_in_failures`;
});

const from = "192.0.2.10";
const enter = async (given = { login, password }) => {
  const outcome = await signIn(database.core, given, from);
  return outcome.ok && outcome.value.kind === "signed-in" ? outcome.value : undefined;
};

test("a wrong password, an unknown login and nonsense get one and the same answer", async () => {
  const answers = await Promise.all([
    signIn(database.core, { login, password: "wrong" }, from),
    signIn(database.core, { login: "nobody@operator.example", password }, from),
    signIn(database.core, { login: "\u0000", password: "" }, from),
    signIn(database.core, { login, password: "x".repeat(100_000) }, from),
  ]);
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"ok":false,"code":"sign_in_failed"}']));
});

test("capitals and spaces around the login don't matter", async () => {
  expect(await enter({ login: ` ${login.toUpperCase()} `, password })).toBeDefined();
});

test("an unknown login takes about as long as a known one", async () => {
  const time = async (who: string) => {
    const times: number[] = [];
    for (let i = 0; i < 7; i++) {
      const start = performance.now();
      await signIn(database.core, { login: who, password: "wrong-word" }, from);
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[1]!;
  };
  await time("warm-up@operator.example");
  await database.admin`delete from app.sign_in_failures`;
  const ratio = (await time("nobody@operator.example")) / (await time(login));
  // Without the verification of nothing it would be below a tenth; the machine that runs this has other things to do too.
  expect(ratio).toBeGreaterThan(0.4);
  expect(ratio).toBeLessThan(2.5);
});

describe("throttling", () => {
  test("guesses at one login, even a hundred at once, are cut off; later it opens again", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, i) => signIn(database.core, { login, password: `guess-${i}` }, `198.51.100.${i}`)),
    );
    expect(outcomes.filter((o) => !o.ok && o.code === "sign_in_failed")).toHaveLength(MAX_PER_LOGIN);
    expect(outcomes.filter((o) => !o.ok && o.code === "too_many_attempts")).toHaveLength(40 - MAX_PER_LOGIN);
    expect(await signIn(database.core, { login, password }, from)).toEqual({ ok: false, code: "too_many_attempts" });
    now = now.add({ minutes: 16 });
    expect(await enter()).toBeDefined();
  });

  test("guesses from one address at many logins are cut off, and a known password in between buys no more", async () => {
    for (let i = 0; i < MAX_PER_ADDRESS; i++) {
      if (i % 10 === 0) expect(await enter()).toBeDefined();
      expect(await signIn(database.core, { login: `guess-${i}@operator.example`, password: "x" }, from)).toMatchObject({
        code: "sign_in_failed",
      });
    }
    expect(await signIn(database.core, { login: "one-more@operator.example", password: "x" }, from)).toMatchObject({
      code: "too_many_attempts",
    });
    expect(await signIn(database.core, { login: "one-more@operator.example", password: "x" }, "192.0.2.99")).toMatchObject({
      code: "sign_in_failed",
    });
  });

  test("a right password forgets the wrong ones before it", async () => {
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < MAX_PER_LOGIN - 1; i++) await signIn(database.core, { login, password: "wrong" }, from);
      expect(await enter()).toBeDefined();
    }
  });
});

test("one login and password at two providers is a choice, and the choice opens the one chosen", async () => {
  const given = { login: shared, password: "kettle-monsoon-31" };
  expect(await signIn(database.core, given, from)).toEqual({
    ok: true,
    value: {
      kind: "choose",
      choices: [
        { providerId: 1, providerName: "Northern Telephone" },
        { providerId: partner, providerName: "Partner west" },
      ],
    },
  });
  const chosen = await enter({ ...given, providerId: partner } as typeof given);
  expect((await actorOfSession(database.core, chosen!.cookie))?.actor).toMatchObject({
    providerId: partner,
    scope: { providerIds: [partner] },
  });
  expect(await signIn(database.core, { ...given, providerId: 99 }, from)).toMatchObject({ code: "sign_in_failed" });
});

describe("a session", () => {
  test("lasts twelve hours from its last use", async () => {
    const session = await enter();
    for (let i = 0; i < 3; i++) {
      now = now.add({ hours: 11 });
      expect(await actorOfSession(database.core, session!.cookie)).toMatchObject({
        csrfToken: session!.csrfToken,
        manager: { login, providerName: "Northern Telephone" },
      });
    }
    now = now.add({ hours: 12 });
    expect(await actorOfSession(database.core, session!.cookie)).toBeUndefined();
  });

  test("ends when its manager signs out", async () => {
    const session = await enter();
    await signOut(database.core, session!.cookie);
    expect(await actorOfSession(database.core, session!.cookie)).toBeUndefined();
  });

  test("is not in the database as the cookie has it, and is no other provider's", async () => {
    const session = await enter();
    const [, token] = session!.cookie.split(".");
    const rows = await database.admin`select t::text as row from app.manager_sessions t`;
    expect(rows.some((row) => row.row.includes(token))).toBe(false);
    expect(await actorOfSession(database.core, `${partner}.${token}`)).toBeUndefined();
  });

  test("is not what a made-up cookie opens", async () => {
    for (const cookie of ["", "1", "1.", `1.${"A".repeat(43)}`, "1.'; drop table app.managers; --", `999999999.${"A".repeat(43)}`, "é.ü"]) {
      expect(await actorOfSession(database.core, cookie)).toBeUndefined();
      await signOut(database.core, cookie);
    }
  });
});
