// What forms do: from a name to a number that is recognised, refusals that lose nothing, and double clicks that act once.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { allPermissions } from "../../../core/kernel/permissions.ts";
import { advance } from "../../../core/read/advance.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { administratorPassword, partnerOf, setUpOperator } from "../../support/operator.ts";
import { type Client, hiddenIn, signedIn } from "../admin-a/client.ts";
import { clientWith, type House, house } from "./people.ts";

let t: TestDatabase;
let h: House;
let admin: Client;
const now = Temporal.Instant.from("2026-11-23T12:00:00Z");

beforeAll(async () => {
  t = await testDatabase({ clock: () => now });
  await setUpOperator(t.core);
  h = await house(t.core, await partnerOf(t.core, "east"), "Zoryana Eastern", "380441110001");
  await advance(t.core);
  admin = await clientWith(t.core, h.providerId);
}, 60_000);
afterAll(() => t.close());

/** What a field shows: the value of an input, or the chosen option of a select. */
function shown(html: string, name: string): string | undefined {
  const escaped = name.replaceAll(".", "\\.");
  const input = new RegExp(`<input [^>]*value="([^"]*)"[^>]* name="${escaped}"`).exec(html)?.[1];
  const select = new RegExp(`<select [^>]*name="${escaped}"[\\s\\S]*?<option value="([^"]*)" selected`).exec(html)?.[1];
  return input ?? select;
}
const errorBeside = (html: string, name: string) =>
  new RegExp(`id="f-${name.replaceAll(".", "\\.")}-error">[\\s\\S]*?<span>([^<]*)</span>`).exec(html)?.[1];
const count = async (table: string) => Number((await t.admin.unsafe(`select count(*) as n from app.${table}`))[0]!.n);

const newcomer = {
  kind: "company",
  name: "Mill & Sons",
  groupId: "",
  email: "",
  phone: "",
  withAccount: "on",
  accountKind: "postpaid",
  creditLimit: "250",
  currency: "UAH",
  accountNumber: "",
};

describe("the way from a name to a number", () => {
  test("goes over subscriber, account, service and identifier, page by page", async () => {
    const registered = await admin.post("/subscribers", newcomer, "/subscribers/new");
    expect(registered.status).toBe(303);
    const subscriber = (await admin.page(registered.location!)).html;
    expect(subscriber).toContain("Mill &amp; Sons");
    const accountId = /\/accounts\/([0-9a-f-]{36})\/services\/new/.exec(subscriber)![1]!;

    const form = `/accounts/${accountId}/services/new`;
    const activated = await admin.post(
      `/accounts/${accountId}/services`,
      { label: "Office", planId: h.planId, from: "2026-11-01T00:00", number: "" },
      form,
    );
    expect(activated.status).toBe(303);
    const service = activated.location!;
    const assigned = await admin.post(
      `${service}/identifiers`,
      { kind: "telephone", value: "+380 (44) 333-00-01", from: "2026-11-01T00:00", until: "" },
      `${service}/identifiers/new`,
    );
    expect(assigned.location).toBe(service);
    const html = (await admin.page(service)).html;
    expect(html).toContain("380443330001");
    expect(html).toContain("in use");
    // Midnight in Kyiv is ten in the evening in Greenwich.
    const [held] = await t.admin`select lower(valid)::text as since from app.identifiers where value = '380443330001'`;
    expect(Temporal.Instant.from(held!.since).toString()).toBe("2026-10-31T22:00:00Z");

    await advance(t.core);
    expect((await admin.page("/search?q=%2B380%2044%20333%2000%2001")).html).toContain("Mill &amp; Sons");
  });

  test("takes the first number with the service, and asks again for the number alone when it is taken", async () => {
    const before = await count("services");
    const form = `/accounts/${h.accountId}/services/new`;
    const fields = { label: "Second line", planId: h.planId, from: "2026-11-02T09:00", number: "380443330001" };
    const refused = await admin.post(`/accounts/${h.accountId}/services`, fields, form);
    expect(refused.status).toBe(409);
    expect(refused.html).toContain("Mill &amp; Sons");
    expect(shown(refused.html, "value")).toBe("380443330001");
    expect(await count("services")).toBe(before + 1);
    const retry = /action="(\/services\/[^"]*\/identifiers)"/.exec(refused.html)![1]!;
    const second = await admin.send(retry, {
      _csrf: hiddenIn(refused.html, "_csrf"),
      _key: hiddenIn(refused.html, "_key"),
      kind: "telephone",
      value: "380443330002",
      from: "2026-11-02T09:00",
      until: "",
    });
    expect(second.status).toBe(303);
    expect(await count("services")).toBe(before + 1);
  });

  test("ends a number, changes a plan and terminates a service from an instant on", async () => {
    const service = `/services/${h.serviceId}`;
    const changed = await admin.post(`${service}/plan`, { planId: h.planId, from: "2026-11-10T00:00" }, `${service}/plan`);
    expect(changed.location).toBe(service);
    const early = await admin.post(`${service}/plan`, { planId: h.planId, from: "2026-11-09T00:00" }, `${service}/plan`);
    expect(early.status).toBe(409);
    expect(shown(early.html, "from")).toBe("2026-11-09T00:00");
    const ended = await admin.post(`${service}/identifiers/${h.identifierId}/end`, { at: "2026-11-20T00:00" }, service);
    expect(ended.location).toBe(service);
    expect((await admin.page(service)).html).toContain("ended");
    expect((await admin.post(`${service}/termination`, { at: "2027-01-01T00:00" }, service)).location).toBe(service);
    expect((await admin.page(service)).html).toContain("in the future");
    await admin.post(`${service}/termination`, { at: "" }, service);
    expect((await admin.page(service)).html).toContain("terminated");
  });
});

describe("a refused form", () => {
  test("says what is wrong beside the field, and keeps what was typed", async () => {
    const { status, html } = await admin.post(
      "/subscribers",
      { ...newcomer, email: "not-an-address", creditLimit: "-5", accountNumber: "A-77" },
      "/subscribers/new",
    );
    expect(status).toBe(422);
    expect(errorBeside(html, "email")).toBe("Must be an e-mail address.");
    expect(errorBeside(html, "creditLimit")).toContain("zero or more");
    expect([
      shown(html, "name"),
      shown(html, "email"),
      shown(html, "creditLimit"),
      shown(html, "accountNumber"),
      shown(html, "kind"),
      shown(html, "accountKind"),
    ]).toEqual(["Mill &amp; Sons", "not-an-address", "-5", "A-77", "company", "postpaid"]);
  });

  test("of an account says that the number is taken", async () => {
    const path = `/subscribers/${h.subscriberId}/accounts`;
    const fields = { kind: "postpaid", creditLimit: "", currency: "EUR", number: "B-1" };
    expect((await admin.post(path, fields, `${path}/new`)).status).toBe(303);
    const { status, html } = await admin.post(path, { ...fields, currency: "UAH" }, `${path}/new`);
    expect([status, errorBeside(html, "number"), shown(html, "number")]).toEqual([409, "This number is already in use.", "B-1"]);
  });

  test("never shows a password again", async () => {
    const path = `/subscribers/${h.subscriberId}/portal-login`;
    const { status, html } = await admin.post(path, { login: "zoryana", password: "password12" }, path);
    expect(status).toBe(422);
    expect(shown(html, "login")).toBe("zoryana");
    expect(html).not.toContain("password12");
  });
});

describe("a form that is sent twice", () => {
  test("makes one subscriber, one account and one service", async () => {
    const hidden = await admin.hidden("/subscribers/new");
    const [subscribers, accounts] = [await count("subscribers"), await count("accounts")];
    const answers = await Promise.all([1, 2, 3].map(() => admin.send("/subscribers", { ...hidden, ...newcomer, name: "Once Only" })));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.headers.get("location")}`)).size).toBe(1);
    expect([await count("subscribers"), await count("accounts")]).toEqual([subscribers + 1, accounts + 1]);

    const services = await count("services");
    const key = await admin.hidden(`/accounts/${h.accountId}/services/new`);
    const fields = { ...key, label: "Third", planId: h.planId, from: "2026-11-02T09:00", number: "380443330009" };
    for (let i = 0; i < 2; i++) expect((await admin.send(`/accounts/${h.accountId}/services`, fields)).status).toBe(303);
    expect(await count("services")).toBe(services + 1);
  });
});

describe("an account", () => {
  test("carries a balance over once, shows it on the statement, and can be exported", async () => {
    const path = `/accounts/${h.accountId}`;
    expect((await admin.post(`${path}/opening-balance`, { amount: "12 and a half" }, `${path}/opening-balance`)).status).toBe(422);
    expect((await admin.post(`${path}/opening-balance`, { amount: "−12,50" }, `${path}/opening-balance`)).location).toBe(path);
    const { html } = await admin.page(path);
    expect(html).toContain("Balance carried over");
    expect(html).toContain("−12,50");
    expect(html).not.toContain("/opening-balance");
    expect((await admin.page(`${path}?from=2026-11-24`)).html).toContain("Nothing in these days");
    expect((await admin.post(`${path}/export`, { from: "2026-11-01", to: "2026-11-23" }, path)).location).toBe("/exports");
    expect(await count("exports")).toBe(1);
  });

  test("gets other terms, closes when nothing is sold to it, and opens again", async () => {
    const [account] = await t.admin`select account_id from app.accounts where number = 'B-1'`;
    const path = `/accounts/${account!.account_id}`;
    await admin.post(`${path}/terms`, { kind: "prepaid", creditLimit: "99.5" }, `${path}/terms`);
    await admin.post(`${path}/closure`, {}, path);
    expect((await admin.page(path)).html).toContain("The account is closed.");
    await admin.post(`${path}/reopening`, {}, path);
    const [after] =
      await t.admin`select kind, credit_limit_micros::text as credit_limit, status from app.accounts join app.balances using (provider_id, account_id) where number = 'B-1'`;
    expect(after).toMatchObject({ kind: "prepaid", credit_limit: "99500000", status: "active" });
    await admin.post(`/accounts/${h.accountId}/closure`, {}, path);
    expect((await admin.page(`/accounts/${h.accountId}`)).html).toContain("still has active services");
  });
});

describe("rights", () => {
  test("a role, a manager with it in some groups, a new password, a block", async () => {
    const refused = await admin.post("/roles", { name: "Front desk" }, "/roles/new");
    expect([
      refused.status,
      refused.html.includes("must name at least one permission") || refused.html.includes("Must name at least one permission"),
    ]).toEqual([422, true]);
    expect((await admin.post("/roles", { name: "Front desk", permissions: "subscribers:read" }, "/roles/new")).location).toBe("/roles");
    const [role] = await t.admin`select id from app.roles where name = 'Front desk'`;

    const person = { name: "Petro Desk", login: "petro@east.example", roleId: role!.id, scope: "groups", password: administratorPassword };
    const nowhere = await admin.post("/managers", person, "/managers/new");
    expect([nowhere.status, shown(nowhere.html, "login")]).toEqual([422, "petro@east.example"]);
    expect((await admin.post("/managers", { ...person, groupIds: h.groupId }, "/managers/new")).location).toBe("/managers");
    const [made] = await t.admin`select id, group_ids from app.managers where login = 'petro@east.example'`;
    expect(made!.group_ids).toEqual([h.groupId]);

    const petro = await signedIn(t.core, h.providerId, made!.id);
    expect((await petro.page("/subscribers")).html).toContain("Zoryana");
    const path = `/managers/${made!.id}`;
    expect((await admin.post(`${path}/password`, { password: "short" }, `${path}/password`)).status).toBe(422);
    expect((await admin.post(`${path}/password`, { password: "velvet-anchor-thicket-3" }, `${path}/password`)).location).toBe(path);
    expect((await petro.page("/subscribers")).status).toBe(303);
    await admin.post(`${path}/block`, {}, path);
    expect((await admin.page(path)).html).toContain("Unblock");
  });

  test("an API key is shown once, works, and is revoked", async () => {
    const hidden = await admin.hidden("/api-keys/new");
    const body = new URLSearchParams({ ...hidden, name: "Accountancy", scope: "all", expiresAt: "" });
    for (const permission of ["usage:read", "ledger:read"]) body.append("permissions", permission);
    const made = await (await admin.request("/api-keys", { method: "POST", body })).text();
    const token = /mb_\d+_[\w-]+/.exec(made)![0];
    const again = await (await admin.request("/api-keys", { method: "POST", body })).text();
    expect(again).not.toContain(token);
    expect(again).toContain("shown before");
    const { html } = await admin.page("/api-keys");
    expect(html).toContain("usage:read, ledger:read");
    expect(html).not.toContain(token);
    const id = /revoke-([0-9a-f-]{36})/.exec(html)![1]!;
    await admin.post(`/api-keys/${id}/revocation`, {}, "/api-keys");
    expect((await admin.page("/api-keys")).html).toContain("revoked");
  });

  test("one's own password needs the present one, and ends every other session", async () => {
    const [row] = await t.admin`select id from app.managers where login = 'petro@east.example'`;
    await t.admin`update app.managers set blocked_at = null where id = ${row!.id}`;
    const [here, elsewhere] = [await signedIn(t.core, h.providerId, row!.id), await signedIn(t.core, h.providerId, row!.id)];
    const wrong = await here.post("/my-account/password", { currentPassword: "guess", password: "velvet-anchor-thicket-4" }, "/my-account");
    expect([wrong.status, errorBeside(wrong.html, "currentPassword")]).toEqual([422, "Is not your present password."]);
    const right = { currentPassword: "velvet-anchor-thicket-3", password: "velvet-anchor-thicket-4" };
    expect((await here.post("/my-account/password", right, "/my-account")).location).toBe("/my-account");
    expect((await here.page("/my-account")).status).toBe(200);
    expect((await elsewhere.page("/my-account")).status).toBe(303);
    const logged = await t.admin`select input::text as input from app.command_log where command = 'auth.change-own-password'`;
    expect(logged).toHaveLength(1);
    expect(logged[0]!.input).not.toContain("velvet");
  });

  test("a partner of the operator, with a code made of its name", async () => {
    const [boss] = await t.admin`select id from app.managers where provider_id = 1`;
    const operator = await signedIn(t.core, 1, boss!.id);
    const fields = { name: "Far South", code: "", currency: "EUR", zone: "Europe/Paris", locale: "fr-FR" };
    expect((await operator.post("/partners", fields, "/partners/new")).location).toBe("/partners");
    const { html } = await operator.page("/partners");
    expect(html).toContain("far-south");
    // The operator's lists say whose each row is.
    expect((await operator.page("/subscribers?q=zoryana")).html).toContain("Partner east");
  });

  test("somebody with fewer rights can't give more than they have", async () => {
    const few = await clientWith(t.core, h.providerId, ["managers:read", "managers:write", "subscribers:read"]);
    const { status, html } = await few.post("/roles", { name: "Everything", permissions: "providers:write" }, "/roles/new");
    expect([status, html.includes("that you don&#39;t have") || html.includes("rights that you don")]).toEqual([403, true]);
    expect(shown(html, "name")).toBe("Everything");
    expect(allPermissions.length).toBeGreaterThan(3);
  });
});
