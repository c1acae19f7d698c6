// Who may open what: by permission, by tenant, by group. Everything else doesn't exist, or is refused, and is never offered.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { allPermissions } from "../../../core/kernel/permissions.ts";
import { advance } from "../../../core/read/advance.ts";
import { addGroup } from "../../../core/subscribers/add-group.ts";
import { registerSubscriber } from "../../../core/subscribers/register-subscriber.ts";
import { CONTENT_SECURITY_POLICY } from "../../../views/content-security-policy.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { done, partnerOf, setUpOperator } from "../../support/operator.ts";
import type { Client } from "../admin-a/client.ts";
import { clientWith, type House, house, lists, pagesOf, postsOf, widePagesOf, widePostsOf } from "./people.ts";

let t: TestDatabase;
let ours: House;
let theirs: House;
let admin: Client;

beforeAll(async () => {
  t = await testDatabase();
  await setUpOperator(t.core);
  const [east, west] = [await partnerOf(t.core, "east"), await partnerOf(t.core, "west")];
  ours = await house(t.core, east, "Zoryana Eastern", "380441110001");
  theirs = await house(t.core, west, "Vasyl Western", "380442220002");
  await advance(t.core);
  admin = await clientWith(t.core, east);
}, 60_000);
afterAll(() => t.close());

describe("whoever may do everything", () => {
  test("opens every page, each under the policy", async () => {
    for (const [path] of [...lists, ...pagesOf(ours), ...widePagesOf(ours), ["/search?q=zor"], ["/my-account"]] as const) {
      const { status, html, headers } = await admin.page(path);
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get("content-security-policy")).toBe(CONTENT_SECURITY_POLICY);
      expect(html).not.toMatch(/undefined|\[object|NaN/);
      expect(html).not.toContain("Western");
    }
  });

  test("posts nothing without the token of the page", async () => {
    for (const [path] of [...postsOf(ours), ...widePostsOf(ours)]) {
      const response = await admin.send(path, { name: "Mallory", _csrf: "wrong" });
      expect([path, response.status]).toEqual([path, 403]);
    }
  });

  test("finds nothing of another tenant, by whatever id, and changes nothing of it", async () => {
    const { _csrf } = await admin.hidden("/subscribers/new");
    for (const [path] of [...pagesOf(theirs), ...widePagesOf(theirs)]) expect([path, (await admin.page(path)).status]).toEqual([path, 404]);
    for (const [path] of [...postsOf(theirs), ...widePostsOf(theirs)]) {
      const response = await admin.send(path, { _csrf: _csrf!, name: "Mallory", from: "2026-11-01", to: "2026-11-02" });
      expect([path, response.status]).toEqual([path, 404]);
    }
    for (const path of ["/subscribers", "/groups", "/managers", "/roles", "/plans", "/new"])
      expect(
        (await admin.send(path === "/new" ? "/api-keys" : path, { _csrf: _csrf!, providerId: String(theirs.providerId), name: "Mallory" }))
          .status,
      ).toBe(404);
    expect((await admin.page("/search?q=380442220002")).html).not.toContain("Vasyl");
  });

  test("can't end a number of one service by the address of another", async () => {
    const { _csrf } = await admin.hidden("/subscribers/new");
    expect((await admin.send(`/services/${ours.serviceId}/identifiers/${theirs.identifierId}/end`, { _csrf: _csrf! })).status).toBe(404);
  });
});

describe("a page or a button needs its permission", () => {
  test("and is refused to whoever has every other", async () => {
    const all = [...lists, ...pagesOf(ours), ...widePagesOf(ours)];
    for (const permission of new Set(all.map(([, each]) => each))) {
      const client = await clientWith(
        t.core,
        ours.providerId,
        allPermissions.filter((each) => each !== permission),
      );
      for (const [path] of all.filter(([, each]) => each === permission))
        expect([path, (await client.page(path)).status]).toEqual([path, 403]);
      const { _csrf } = await client.hidden("/my-account");
      for (const [path] of [...postsOf(ours), ...widePostsOf(ours)].filter(([, each]) => each === permission))
        expect([path, (await client.send(path, { _csrf: _csrf! })).status]).toEqual([path, 403]);
    }
  }, 30_000);

  test("and isn't offered to whoever only reads", async () => {
    const reader = await clientWith(t.core, ours.providerId, ["subscribers:read", "plans:read", "managers:read", "usage:read"]);
    for (const path of [
      `/subscribers/${ours.subscriberId}`,
      `/accounts/${ours.accountId}`,
      `/services/${ours.serviceId}`,
      `/plans/${ours.planId}`,
      "/subscribers",
      "/groups",
      "/plans",
      "/managers",
      "/roles",
      "/api-keys",
    ]) {
      const { status, html } = await reader.page(path);
      expect([path, status]).toEqual([path, 200]);
      const main = html.slice(html.indexOf("<main"), html.indexOf("</main>"));
      expect([path, /<form method="post"|\/new"|\/change"|\/terms"|show-modal/.exec(main)?.[0]]).toEqual([path, undefined]);
    }
    // Balances are the ledger's.
    expect((await reader.page(`/subscribers/${ours.subscriberId}`)).html).not.toContain("Available");
    expect((await reader.page(`/accounts/${ours.accountId}`)).html).toContain("ledger:read");
  });
});

describe("whoever is limited to groups", () => {
  test("sees and changes nobody outside them, and isn't offered what concerns the provider", async () => {
    const { groupId } = await done(t.core, addGroup, { name: "Apart" }, ours.providerId);
    const { subscriberId } = await done(t.core, registerSubscriber, { kind: "person", name: "Stepan Apart", groupId }, ours.providerId);
    await advance(t.core);
    const client = await clientWith(t.core, ours.providerId, allPermissions, [groupId]);
    const list = (await client.page("/subscribers")).html;
    expect(list).toContain("Stepan Apart");
    expect(list).toContain("of 1 subscriber");
    expect(list).not.toContain("Zoryana");
    expect((await client.page(`/subscribers/${subscriberId}`)).status).toBe(200);
    for (const [path] of pagesOf(ours)) expect([path, (await client.page(path)).status]).toEqual([path, 404]);
    const { _csrf } = await client.hidden("/subscribers/new");
    for (const [path] of postsOf(ours))
      expect([path, (await client.send(path, { _csrf: _csrf!, name: "Mallory", from: "2026-11-01", to: "2026-11-02" })).status]).toEqual([
        path,
        404,
      ]);
    expect((await client.page("/search?q=38044")).html).not.toContain("Zoryana");
    expect((await client.page("/groups")).html).not.toContain("Group of");
    expect((await client.page("/subscribers/new")).html).not.toContain("Group of");
    for (const path of ["/managers", "/roles", "/api-keys"]) expect((await client.page(path)).status).toBe(403);
    expect((await client.page("/plans")).html).not.toContain("/plans/new");
    expect((await client.send("/groups", { _csrf: _csrf!, name: "More" })).status).toBe(403);
  });

  test("can't move somebody into a group that they don't see", async () => {
    const client = await clientWith(t.core, ours.providerId, allPermissions, [ours.groupId]);
    const path = `/subscribers/${ours.subscriberId}/change`;
    const other = (await done(t.core, addGroup, { name: "Out of sight" }, ours.providerId)).groupId;
    expect((await client.post(path, { kind: "person", name: "Zoryana", groupId: other, email: "", phone: "" }, path)).status).toBe(404);
  });
});
