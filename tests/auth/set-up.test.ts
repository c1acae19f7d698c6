import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { actorOfSession } from "../../core/auth/session.ts";
import { runSetUp, setUp } from "../../core/auth/set-up.ts";
import { checkSetupToken, setupLink } from "../../core/auth/setup-link.ts";
import { signIn } from "../../core/auth/sign-in.ts";
import { execute } from "../../core/kernel/command.ts";
import { allPermissions } from "../../core/kernel/permissions.ts";
import { expectNowhere } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith } from "../support/operator.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const password = "marmalade-harbour-44";
const input = (setupToken: string) => ({
  setupToken,
  operator: { name: "Northern Telephone", currency: "UAH", zone: "Europe/Kyiv", locale: "uk-UA" },
  administrator: { name: "Olena Koval", login: "Olena@Operator.Example", password },
});
let token: string;
beforeEach(async () => {
  const link = await setupLink(database.core, "http://localhost:8080/");
  token = link ? new URL(link).searchParams.get("token")! : "";
});

test("the link leads to the set-up page; a newer one ends it", async () => {
  const older = token;
  const link = await setupLink(database.core, "http://localhost:8080/");
  expect(link).toStartWith("http://localhost:8080/setup?token=");
  expect(await checkSetupToken(database.core.db, older)).toBe(false);
  expect(await checkSetupToken(database.core.db, link!.split("=")[1]!)).toBe(true);
  expect(await runSetUp(database.core, input(older))).toEqual({ ok: false, code: "setup_link_invalid" });
});

test("the token itself is not in the database", async () => {
  const rows = await database.admin`select value::text as value from app.installation`;
  expect(rows.some((row) => row.value.includes(token))).toBe(false);
});

const wrong = [
  ["operator.currency", { operator: { ...input("").operator, currency: "ABC" } }],
  ["operator.zone", { operator: { ...input("").operator, zone: "Mars/Olympus" } }],
  ["operator.locale", { operator: { ...input("").operator, locale: "??" } }],
  ["operator.name", { operator: { ...input("").operator, name: "" } }],
  ["administrator.login", { administrator: { ...input("").administrator, login: "olena" } }],
] as const;
for (const [path, change] of wrong) {
  test(`a wrong ${path} is refused with its place`, async () => {
    const outcome = await runSetUp(database.core, { ...input(token), ...change });
    expect(outcome).toMatchObject({ ok: false, code: "invalid_input", issues: [{ path }] });
  });
}

test("a weak password is refused with the reason, and nothing is left", async () => {
  const outcome = await runSetUp(database.core, {
    ...input(token),
    administrator: { ...input("").administrator, password: "olena-koval-1" },
  });
  expect(outcome).toMatchObject({ ok: false, code: "password_too_weak", issues: [{ path: "administrator.password" }] });
  expect(await database.admin`select from app.providers`).toHaveLength(0);
});

test("a dry run leaves nothing", async () => {
  const { systemActor } = await import("../../core/kernel/actor.ts");
  const outcome = await execute(database.core, setUp, input(token), { actor: systemActor([1], "setup"), providerId: 1, dryRun: true });
  expect(outcome).toMatchObject({ ok: true });
  expect(await database.admin`select from app.providers`).toHaveLength(0);
  expect(await checkSetupToken(database.core.db, token)).toBe(true);
});

test("of two visitors with the link at once, one sets the operator up and can sign in; then it is over", async () => {
  const { core, admin } = database;
  const outcomes = await Promise.all([runSetUp(core, input(token)), runSetUp(core, input(token))]);
  expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
  expect(outcomes.find((outcome) => !outcome.ok)).toMatchObject({ code: "already_set_up" });

  const session = await signIn(core, { login: "olena@operator.example", password }, "192.0.2.1");
  expect(session).toMatchObject({ ok: true, value: { kind: "signed-in" } });
  const who = session.ok && session.value.kind === "signed-in" ? await actorOfSession(core, session.value.cookie) : undefined;
  expect([...(who?.actor.permissions ?? [])].sort()).toEqual([...allPermissions].sort());
  expect(who?.manager).toMatchObject({
    name: "Olena Koval",
    roleName: "Administrator",
    currency: "UAH",
    zone: "Europe/Kyiv",
    locale: "uk-UA",
  });

  expect(await setupLink(core, "http://localhost:8080")).toBeNull();
  expect(await checkSetupToken(core.db, token)).toBe(false);
  expect(await runSetUp(core, input(token))).toMatchObject({ ok: false, code: "already_set_up" });
  expect(await execute(core, setUp, input(token), { actor: actorWith(), providerId: 1 })).toMatchObject({
    ok: false,
    code: "already_set_up",
  });
  const [row] = await admin`select * from app.command_log where command = 'providers.set-up'`;
  expect(row).toMatchObject({
    actor_id: "setup",
    after: { operator: { code: "operator", currency: "UAH" }, administrator: { login: "olena@operator.example" } },
  });
  await expectNowhere(database, password);
  await expectNowhere(database, token);
});
