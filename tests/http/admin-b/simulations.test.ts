// A simulation from the draft's page to its result: begun, worked out, searched, sorted, stopped; and what a manager of groups sees of it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { read as readXlsx, utils as xlsxUtils } from "xlsx";
import { addManager } from "../../../core/auth/add-manager.ts";
import { saveDraft } from "../../../core/catalog/save-draft.ts";
import { startDraft } from "../../../core/catalog/start-draft.ts";
import { makeExport } from "../../../core/interchange/make-export.ts";
import { activateService } from "../../../core/services/activate-service.ts";
import { begin } from "../../../core/simulation/begin.ts";
import { simulatePart } from "../../../core/simulation/simulate-part.ts";
import { addGroup } from "../../../core/subscribers/add-group.ts";
import { registerSubscriber } from "../../../core/subscribers/register-subscriber.ts";
import { leftOf } from "../../simulation/simulate.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { administratorPassword, done, setUpOperator } from "../../support/operator.ts";
import { planDocumentInput } from "../../support/plan.ts";
import { type Client, signedIn } from "../admin-a/client.ts";
import { house } from "./people.ts";

let t: TestDatabase;
let client: Client;
let limited: Client;
let planId: string;
let runId: string;

beforeAll(async () => {
  t = await testDatabase();
  const { managerId } = await setUpOperator(t.core);
  client = await signedIn(t.core, 1, managerId);
  const first = await house(t.core, 1, "Iryna Bondar", "380445550001");
  planId = first.planId;
  const { groupId } = await done(t.core, addGroup, { name: "Others" });
  const { accountId } = await done(t.core, registerSubscriber, {
    kind: "person",
    name: "Oleh Marchenko",
    groupId,
    account: { kind: "prepaid", currency: "UAH" },
  });
  await done(t.core, activateService, { accountId: accountId!, planId, label: "Second", from: "2026-01-01T00:00:00Z" });
  const added = await done(t.core, addManager, {
    name: "Limited",
    login: "limited@example.net",
    password: administratorPassword,
    roleId: first.roleId,
    groupIds: [groupId],
  });
  limited = await signedIn(t.core, 1, added.managerId);
  const { revision } = await done(t.core, startDraft, { planId });
  const document = { ...planDocumentInput(), fees: [{ code: "line", name: "Line", amount: "25", every: "month", charge: "advance" }] };
  await done(t.core, saveDraft, { planId, revision, document: document as never });
}, 60_000);
afterAll(() => t.close());

async function work(): Promise<void> {
  const run = { providerId: 1, runId };
  await begin(t.core, run);
  for (const part of await leftOf(t.core, run)) await simulatePart(t.core, { ...run, part });
}

test("the draft's page leads to the form, which has the last month that is over", async () => {
  const form = `/plans/${planId}/simulations/new`;
  expect((await client.page(`/plans/${planId}/review`)).html).toContain(`href="${form}"`);
  const { html } = await client.page(form);
  const month = Temporal.Now.zonedDateTimeISO("Europe/Kyiv").toPlainDate().with({ day: 1 });
  expect(html).toContain(`value="${month.subtract({ months: 1 })}"`);
  expect(html).toContain(`value="${month.subtract({ days: 1 })}"`);
  const wrong = await client.post(`/plans/${planId}/simulations`, { tried: "draft 2", from: "2026-10-02", to: "2026-10-01" }, form);
  expect(wrong.status).toBe(422);
  expect(wrong.html).toContain('id="f-to-error"');
  const outdated = await client.post(`/plans/${planId}/simulations`, { tried: "draft 1" }, form);
  expect([outdated.status, outdated.html.includes('id="f-tried-error"')]).toEqual([409, true]);
  const begun = await client.post(
    `/plans/${planId}/simulations`,
    { tried: "draft 2", servicesOf: planId, from: "2026-10-01", to: "2026-10-31" },
    form,
  );
  expect(begun.status).toBe(303);
  runId = begun.location!.split("/").at(-1)!;
});

test("while it works the page asks for its progress, and shows the result when it is there", async () => {
  expect((await client.page(`/simulations/${runId}`)).html).toContain(`hx-get="/simulations/${runId}/progress"`);
  await work();
  const { html } = await client.page(`/simulations/${runId}`);
  expect(html).not.toContain("/progress");
  expect(html.replaceAll("\u00a0", " ")).toContain("<b>+50,00 <i>UAH</i></b>");
  expect(html).toContain("2 pay more, 0 less, 0 the same");
  expect(html).toContain("Iryna Bondar");
  expect(html).toContain('Line <span class="tag">fee</span>');
  expect((await client.page("/simulations")).html).toContain(`href="/simulations/${runId}"`);
});

test("subscribers are searched by name and number, and sorted either way", async () => {
  const found = await client.page(`/simulations/${runId}?q=marchenko&order=cheaper`);
  expect([found.html.includes("Oleh Marchenko"), found.html.includes("Iryna Bondar")]).toEqual([true, false]);
  expect(found.html).toContain('aria-sort="ascending"');
  const rows = await client.request(`/simulations/${runId}?q=nobody`, { headers: { "hx-request": "true" } });
  expect(await rows.text()).toContain("No subscriber matches");
});

test("a manager of groups sees of it their own subscribers alone, and what they begin is about those", async () => {
  const { html } = await limited.page(`/simulations/${runId}`);
  expect([html.includes("Oleh Marchenko"), html.includes("Iryna Bondar")]).toEqual([true, false]);
  expect(html.replaceAll("\u00a0", " ")).toContain("<b>+25,00 <i>UAH</i></b>");
  expect((await limited.post(`/simulations/${runId}/cancel`, {}, `/plans/${planId}/simulations/new`)).status).toBe(404);
});

test("one that works can be stopped", async () => {
  const form = `/plans/${planId}/simulations/new`;
  const begun = await limited.post(`/plans/${planId}/simulations`, { tried: "1", from: "2026-10-01", to: "2026-10-31" }, form);
  runId = begun.location!.split("/").at(-1)!;
  const stopped = await limited.post(`/simulations/${runId}/cancel`, {}, form);
  expect([stopped.status, stopped.location]).toEqual([303, `/simulations/${runId}`]);
  expect((await client.page(`/simulations/${runId}`)).html).toContain("Stopped before all accounts were worked out");
});

test("the result is a spreadsheet, of the subscribers that whoever asked may see", async () => {
  const [finished] = await t.admin`select id from app.simulations where state = 'done' order by id limit 1`;
  const result = `/simulations/${finished!.id}`;
  for (const [who, numbers] of [
    [client, 2],
    [limited, 1],
  ] as const) {
    expect((await who.post(`${result}/exports`, {}, result)).location).toBe("/exports");
    const [row] = await t.admin`select id from app.exports order by id desc limit 1`;
    await makeExport(t.core, { providerId: 1, exportId: row!.id });
    const file = await who.request(`/exports/${row!.id}/file`);
    expect(file.headers.get("content-disposition")).toContain("simulation_2026-10-01_2026-10-31.xlsx");
    const sheet = readXlsx(new Uint8Array(await file.arrayBuffer())).Sheets.Subscribers!;
    const rows = xlsxUtils.sheet_to_json<unknown[]>(sheet, { header: 1 });
    expect(rows).toHaveLength(numbers + 2);
    expect(rows.at(-1)!.at(-1)).toBe(numbers * 25);
  }
});
