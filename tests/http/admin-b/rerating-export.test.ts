// The difference that rating again would make, as a spreadsheet: of the accounts that whoever asked may see, before and after it is done.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { read as readXlsx, utils as xlsxUtils } from "xlsx";
import { assignIdentifier } from "../../../core/identifiers/assign-identifier.ts";
import { makeExport } from "../../../core/interchange/make-export.ts";
import { requestExport } from "../../../core/interchange/request-export.ts";
import { type Actor, systemActor } from "../../../core/kernel/actor.ts";
import { execute } from "../../../core/kernel/command.ts";
import { allPermissions } from "../../../core/kernel/permissions.ts";
import { previewRerating } from "../../../core/rerating/preview-rerating.ts";
import { activateService } from "../../../core/services/activate-service.ts";
import { addGroup } from "../../../core/subscribers/add-group.ts";
import { registerSubscriber } from "../../../core/subscribers/register-subscriber.ts";
import { deliver } from "../../charges/world.ts";
import { apply, preview, type RunOf } from "../../rerating/rerate.ts";
import { callOf } from "../../support/calls.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { done, setUpOperator } from "../../support/operator.ts";
import { type Client, signedIn } from "../admin-a/client.ts";
import { clientWith, house } from "./people.ts";

let t: TestDatabase;
let client: Client;
let limited: Client;
let planId: string;
let wide: RunOf;
let narrow: RunOf;

beforeAll(async () => {
  t = await testDatabase();
  const { managerId } = await setUpOperator(t.core);
  client = await signedIn(t.core, 1, managerId);
  const first = await house(t.core, 1, "Iryna Bondar", "380445550001");
  planId = first.planId;
  const { groupId } = await done(t.core, addGroup, { name: "Others" });
  const account = { kind: "prepaid" as const, currency: "UAH" };
  const { accountId } = await done(t.core, registerSubscriber, { kind: "person", name: "Oleh Marchenko", groupId, account });
  const second = { accountId: accountId!, planId, label: "Second", from: "2026-01-01T00:00:00Z" };
  const { serviceId } = await done(t.core, activateService, second);
  await done(t.core, assignIdentifier, { serviceId, kind: "telephone", value: "380445550002", from: "2026-01-01T00:00:00Z" });
  limited = await clientWith(t.core, 1, allPermissions, [groupId]);
  const calls = ["380445550001", "380445550002"].map((source) => callOf({ source, startedAt: "2026-10-10T10:00:00Z" }));
  await deliver(t, calls);
  await t.admin`insert into app.plan_versions select provider_id, plan_id, 2, '2026-02-01', regexp_replace(document::text, '"connectFee": "[^"]*"', '"connectFee": "7"', 'g')::jsonb, now()
    from app.plan_versions where plan_id = ${planId}`;
  const everything = systemActor([1]);
  const ofGroup: Actor = { ...everything, scope: { ...everything.scope, groupIds: [groupId] } };
  wide = await preview(t, 1, { planId });
  narrow = await preview(t, 1, { planId }, ofGroup);
}, 60_000);
afterAll(() => t.close());

/** The rows of the file: what it is about is on another sheet. */
async function fileOf(who: Client, { runId }: RunOf): Promise<unknown[][]> {
  const href = `/reratings/${runId}`;
  expect((await who.page(href)).html).toContain(`action="${href}/exports?provider=1"`);
  expect((await who.post(`${href}/exports`, {}, href)).location).toBe("/exports");
  const [row] = await t.admin`select id from app.exports order by id desc limit 1`;
  await makeExport(t.core, { providerId: 1, exportId: row!.id });
  const file = await who.request(`/exports/${row!.id}/file`);
  expect(file.headers.get("content-disposition")).toMatch(/rerating_\d{4}-\d\d-\d\d\.xlsx/);
  return xlsxUtils.sheet_to_json<unknown[]>(readXlsx(new Uint8Array(await file.arrayBuffer())).Sheets.Accounts!, { header: 1 });
}

test("a preview has a row for each account and their sum, which the page shows", async () => {
  const rows = await fileOf(client, wide);
  const [sum] = await t.admin`select sum(difference_micros)::text as micros from app.rerating_accounts where run_id = ${wide.runId}`;
  expect(rows).toHaveLength(4);
  expect(rows[0]).toContain("Would be, net");
  expect(rows.slice(1, 3).map((row) => row[1])).toEqual(["Iryna Bondar", "Oleh Marchenko"]);
  expect(rows[3]!.slice(-3)).toEqual([Number(sum!.micros) / 1e6, 0, "UAH"]);
  expect(Number(sum!.micros)).toBeGreaterThan(0);
});

test("whoever may see a group has its accounts alone, and no file of a run that was made with a wider scope", async () => {
  expect((await fileOf(limited, narrow)).map((row) => row[1])).toEqual(["Subscriber", "Oleh Marchenko", undefined]);
  expect((await limited.post(`/reratings/${wide.runId}/exports`, {}, `/reratings/${narrow.runId}`)).status).toBe(404);
  const [group] = await t.admin`select group_ids from app.reratings where id = ${narrow.runId}`;
  const actor: Actor = { ...systemActor([1]), scope: { ...systemActor([1]).scope, groupIds: group!.group_ids } };
  const ask = (runId: string) => execute(t.core, requestExport, { kind: "rerating", runId }, { actor, providerId: 1 });
  expect(await ask(wide.runId)).toMatchObject({ ok: false, code: "not_found" });
  expect(await ask(narrow.runId)).toMatchObject({ ok: true });
  expect(
    await execute(
      t.core,
      requestExport,
      { kind: "rerating", runId: wide.runId },
      { actor: { ...systemActor([1]), permissions: new Set(["exports:create", "usage:read"]) }, providerId: 1 },
    ),
  ).toMatchObject({ ok: false, code: "not_permitted", permission: "usage:rerate" });
});

test("none while it is being worked out; when it is done, what has changed", async () => {
  const call = { actor: systemActor([1]), providerId: 1 };
  const { runId } = await done(t.core, previewRerating, { planId, why: "not yet" });
  expect(await execute(t.core, requestExport, { kind: "rerating", runId }, call)).toMatchObject({ ok: false, code: "export_not_ready" });
  expect((await client.page(`/reratings/${runId}`)).html).not.toContain("Export XLSX");
  await apply(t, wide);
  expect((await fileOf(client, wide))[0]).toContain("After, net");
});
