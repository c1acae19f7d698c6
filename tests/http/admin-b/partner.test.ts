// A partner's page: charged on a service from an instant on, by the provider above it and nobody else.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { advance } from "../../../core/read/advance.ts";
import { chargeEarlierUsage } from "../../../core/usage/chain/charge-earlier-usage.ts";
import { receiveBatch } from "../../../core/usage/receive-batch.ts";
import { callOf } from "../../support/calls.ts";
import { rateAll } from "../../support/chain.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { partnerOf, setUpOperator } from "../../support/operator.ts";
import type { Client } from "../admin-a/client.ts";
import { clientWith, type House, house } from "./people.ts";

let t: TestDatabase;
let [above, east] = [] as unknown as [House, House];
let operator: Client;
let partner: Client;
const now = Temporal.Instant.from("2026-11-23T12:00:00Z");

beforeAll(async () => {
  t = await testDatabase({ clock: () => now });
  await setUpOperator(t.core);
  const eastId = await partnerOf(t.core, "east");
  above = await house(t.core, 1, "Partner east", "380441110001");
  east = await house(t.core, eastId, "Zoryana Eastern", "380441110002");
  await t.admin`insert into app.agents (provider_id, id, kind, name, config, created_at) values (${eastId}, ${t.admin.unsafe(`'${east.groupId}'`)}, 'pbx', 'PBX', '{}', now())`;
  await receiveBatch(
    t.core,
    { providerId: eastId, agentId: east.groupId },
    { firstSequence: 1, records: [callOf({ source: "380441110002" })] },
  );
  await rateAll(t);
  await advance(t.core);
  operator = await clientWith(t.core, 1);
  partner = await clientWith(t.core, eastId);
}, 60_000);
afterAll(() => t.close());

const here = () => `/partners/${east.providerId}`;

test("the page says that the partner isn't charged, and leads to where it is said on what", async () => {
  const { html } = await operator.page(here());
  expect(html).toContain("Not charged");
  const form = await operator.page(`${here()}/charge`);
  // The subscriber of the partner's name is looked for at once.
  expect(form.html).toContain("Line of Partner east");
  expect(form.html).not.toContain("Line of Zoryana");
});

test("a service is chosen; nothing typed is lost when it is refused", async () => {
  const none = await operator.post(`${here()}/charge`, { who: "east", serviceId: "", from: "2026-10-01T00:00" }, `${here()}/charge`);
  expect([none.status, none.html.includes("Choose the service"), none.html.includes('value="2026-10-01T00:00"')]).toEqual([
    422,
    true,
    true,
  ]);
  const early = await operator.post(
    `${here()}/charge`,
    { who: "east", serviceId: above.serviceId, from: "2025-10-01T00:00" },
    `${here()}/charge`,
  );
  expect([early.status, early.html.includes("when the service began")]).toEqual([422, true]);
  const done = await operator.post(
    `${here()}/charge`,
    { who: "east", serviceId: above.serviceId, from: "2026-10-01T00:00" },
    `${here()}/charge`,
  );
  expect(done.location).toBe(here());
});

test("what was used since then is charged too, and the page says what it came to on both sides", async () => {
  await chargeEarlierUsage(t.core, { providerId: 1, partnerId: east.providerId, from: "2026-09-30T21:00:00Z" });
  await rateAll(t);
  await advance(t.core);
  const { html } = await operator.page(here());
  expect(html).toContain("Line of Partner east");
  expect(html).toContain("City");
  // Both are on the plan of 0.40 a minute and 0.10 for the connection: 85 seconds are 0.67.
  expect(html.match(/0[.,]67/g)).toHaveLength(2);
  expect(html).toMatch(/data-label="Its margin" class="num">0[.,]00/);
  const agents = await operator.page("/agents");
  expect(agents.html).toMatch(/Partner east<[\s\S]*<span class="pill off">partner</);
  const service = await operator.page(`/services/${above.serviceId}`);
  expect(service.html).toContain("usage of the partner");
});

test("the partner sees nothing of the provider above it, nor does anybody beside it", async () => {
  const own = await partner.page(here());
  expect([own.status, own.html.includes("Line of Partner east"), own.html.includes("Northern Telephone")]).toEqual([200, false, false]);
  expect((await partner.page(`${here()}/charge`)).status).toBe(404);
  expect((await partner.post(`${here()}/charge`, { serviceId: above.serviceId, from: "" }, "/partners")).status).toBe(404);
  expect((await partner.post(`${here()}/charge/end`, { from: "" }, "/partners")).status).toBe(404);
  const west = await clientWith(t.core, await partnerOf(t.core, "west"));
  expect((await west.page(here())).status).toBe(404);
  const few = await clientWith(t.core, 1, ["subscribers:read", "subscribers:write"]);
  expect((await few.page(here())).status).toBe(403);
});

test("charging is stopped, and its history stays", async () => {
  expect((await operator.post(`${here()}/charge/end`, { from: "" }, here())).location).toBe(here());
  const { html } = await operator.page(here());
  expect(html).toContain("ended");
  expect(html).toContain("isn’t charged to it now");
});
