import { afterAll, beforeAll, expect, test } from "bun:test";
import * as xlsx from "xlsx";
import { exportFile } from "../../core/interchange/export-file.ts";
import type { ExportRequest } from "../../core/interchange/export-kinds.ts";
import { makeExport } from "../../core/interchange/make-export.ts";
import { requestExport } from "../../core/interchange/request-export.ts";
import { type Actor, systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { chargeOfLine, nameOfCharge } from "../../core/ledger/charge-of-line.ts";
import type { CallFields } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

let db: TestDatabase;
let provider: SeededProvider;
const otherGroup = crypto.randomUUID();

const call = (fields: Partial<CallFields>): CallFields => ({
  ...{
    kind: "call",
    callId: "c",
    startedAt: "2026-11-02T09:00:00Z",
    answeredAt: "2026-11-02T09:00:00Z",
    endedAt: null,
    durationSec: 85,
    billableSec: 85,
  },
  ...{
    direction: "out",
    accountCode: "",
    source: "380440000000",
    destination: "380671234567",
    disposition: "answered",
    flags: [],
    raw: "",
  },
  ...fields,
});

async function ingest(records: CallFields[]) {
  const agent = { providerId: 1, agentId: provider.agentId };
  const receipt = await receiveBatch(db.core, agent, { firstSequence: "next", records });
  if (!receipt.ok) throw new Error(receipt.code);
  return processBatch(db.core, { ...agent, firstSequence: receipt.acceptedUpTo - records.length + 1 });
}

beforeAll(async () => {
  db = await testDatabase();
  provider = await seedProvider(db.admin, { services: 3 });
  await db.admin`insert into app.subscriber_groups values (1, ${otherGroup}, 'Other', now())`;
  await db.admin`update app.subscribers set group_id = ${otherGroup}, name = '=1+1' where id = ${provider.services[1]!.subscriberId}`;
  // Kyiv is two hours ahead in November: the first begins on 31 October here, the last on 1 December.
  await ingest([
    call({ callId: "before", startedAt: "2026-10-31T21:59:59Z" }),
    call({ callId: "first", startedAt: "2026-10-31T22:00:00Z" }),
    call({ callId: "=HYPERLINK(1)", startedAt: "2026-11-15T12:00:00Z", source: "380440000001", durationSec: 20, billableSec: 20 }),
    call({ callId: "busy", startedAt: "2026-11-16T12:00:00Z", disposition: "busy", answeredAt: null, billableSec: 0 }),
    call({ callId: "last", startedAt: "2026-11-30T21:59:59Z", source: "380440000002" }),
    call({ callId: "after", startedAt: "2026-11-30T22:00:00Z" }),
  ]);
});
afterAll(() => db.close());

const november = { from: "2026-11-01", to: "2026-11-30" };
const everything = systemActor([1], "Accountant");
const ofGroups = (...groupIds: string[]): Actor => ({
  ...everything,
  id: "limited",
  kind: "manager",
  scope: { providerIds: [1], groupIds },
});

async function request(input: ExportRequest, actor = everything): Promise<string> {
  const outcome = await execute(db.core, requestExport, input, { actor, providerId: 1 });
  if (!outcome.ok) throw new Error(outcome.code);
  return outcome.value.exportId;
}

const stateOf = async (id: string) =>
  (await db.admin`select state, rows_done::int as done, rows_total::int as total, totals, problem from app.exports where id = ${id}`)[0]!;

async function sheetsOf(id: string, actor = everything) {
  await makeExport(db.core, { providerId: 1, exportId: id });
  const file = await exportFile(db.core, actor, id);
  if (!file.ok) throw new Error(`${file.code} ${file.detail}`);
  const book = xlsx.read(file.value.body, { cellFormula: true });
  return Object.fromEntries(
    book.SheetNames.map((name) => [name, xlsx.utils.sheet_to_json<unknown[]>(book.Sheets[name]!, { header: 1, raw: true })]),
  );
}

test("asking stores the request and a job in one transaction", async () => {
  const id = await request({ kind: "usage-of-period", ...november });
  const jobs = await db.admin`select data from pgboss.job where name = 'interchange.make-export'`;
  expect(jobs.map((job) => job.data)).toEqual([{ providerId: 1, exportId: id }]);
  expect(await stateOf(id)).toMatchObject({ state: "waiting", done: 0, total: null });
  expect(await exportFile(db.core, everything, id)).toMatchObject({ ok: false, code: "export_not_ready" });
});

test("the usage of a month has each call of its days in the provider's zone, and totals that are the ledger's", async () => {
  const id = await request({ kind: "usage-of-period", ...november });
  const { Usage: rows = [], About: about = [] } = await sheetsOf(id);
  expect(rows[0]!.slice(0, 3)).toEqual(["Started (Europe/Kyiv)", "Subscriber no.", "Subscriber"]);
  expect(rows.slice(1, -1).map((row) => row.at(-1))).toEqual(["first", "=HYPERLINK(1)", "busy", "last"]);
  const [first, second] = rows.slice(1);
  expect(xlsx.SSF.format("yyyy-mm-dd hh:mm:ss", first![0])).toBe("2026-11-01 00:00:00");
  expect(first!.slice(1, 10)).toEqual([
    1001,
    "Subscriber 1",
    "A1",
    "380440000000",
    "out",
    "380440000000",
    "380671234567",
    "Ukraine",
    "answered",
  ]);
  expect([xlsx.SSF.format("[h]:mm:ss", first![10]), xlsx.SSF.format("[h]:mm:ss", first![11]), first![12], first![13]]).toEqual([
    "0:01:25",
    "0:01:25",
    0.6417,
    "UAH",
  ]);
  expect(second!.slice(2, 3)).toEqual(["=1+1"]);
  expect(rows.at(-1)!.slice(0, 3)).toEqual(["Total", 4, "records"]);
  // R3 and R4 of the worked cases: 20 s cost 0.60, 85 s cost 0.6417.
  expect(rows.at(-1)!.slice(12, 14)).toEqual([0.6417 + 0.6 + 0.6417, "UAH"].map((v) => (typeof v === "number" ? 1.8834 : v)));
  expect(about.find(([what]) => what === "Ledger: usage, UAH")).toEqual(["Ledger: usage, UAH", 1.8834]);
  expect(await stateOf(id)).toEqual({
    state: "ready",
    done: 4,
    total: 4,
    totals: [{ currency: "UAH", what: "usage", file: "1.8834", ledger: "1.8834" }],
    problem: null,
  });
});

test("one subscriber's usage is that subscriber's alone", async () => {
  const { Usage: rows = [] } = await sheetsOf(
    await request({ kind: "usage-of-period", ...november, subscriberId: provider.services[2]!.subscriberId }),
  );
  expect(rows.slice(1, -1).map((row) => row.at(-1))).toEqual(["last"]);
});

test("an account's statement leads from the balance before to the balance after, as the ledger has it", async () => {
  const { accountId } = provider.services[0]!;
  const { Statement: rows = [] } = await sheetsOf(
    await request({ kind: "account-statement", from: "2026-11-01", to: "2026-12-31", accountId }),
  );
  const amounts = rows.slice(1).map((row) => [row[2], row[5], row[6], row[7], row[8]]);
  expect(amounts).toEqual([
    ["Balance before", undefined, undefined, 0, "UAH"],
    ["Usage", 1.9251, undefined, -1.9251, "UAH"],
    ["Balance after", 1.9251, 0, -1.9251, "UAH"],
  ]);
  const { Statement: later = [] } = await sheetsOf(
    await request({ kind: "account-statement", from: "2027-01-01", to: "2027-01-31", accountId }),
  );
  expect(later.slice(1).map((row) => [row[2], row[7]])).toEqual([
    ["Balance before", -1.9251],
    ["Balance after", -1.9251],
  ]);
});

test("a line of fees says what was charged or given back, for which days", async () => {
  const charge = { chargeId: crypto.randomUUID(), kind: "fee", name: "Line", from: "2026-11-01", to: "2026-12-01" };
  const of = (template: string, line: number, amountMicros: bigint, isTax = false) => {
    const found = chargeOfLine(template, { charges: [charge, { ...charge, tax: true }, { ...charge, kind: "discount" }] }, line);
    return found && nameOfCharge(found, isTax, amountMicros);
  };
  expect([of("fee.charged", 1, -30n), of("fee.charged", 2, -6n, true), of("fee.charged", 1, 20n), of("fee.charged", 3, 5n)]).toEqual([
    "Line",
    "Tax on Line",
    "Line, given back",
    "Line",
  ]);
  expect(of("usage.charged", 1, -1n)).toBeUndefined();
});

test("whoever sees some groups gets these groups' rows, also when the job runs later, and finds no other's", async () => {
  const limited = ofGroups(otherGroup);
  const id = await request({ kind: "usage-of-period", ...november }, limited);
  const { Usage: rows = [] } = await sheetsOf(id, limited);
  expect(rows.slice(1, -1).map((row) => row.at(-1))).toEqual(["=HYPERLINK(1)"]);
  const { accountId, subscriberId } = provider.services[0]!;
  for (const input of [
    { kind: "account-statement" as const, ...november, accountId },
    { kind: "usage-of-period" as const, ...november, subscriberId },
  ])
    expect(await execute(db.core, requestExport, input, { actor: limited, providerId: 1 })).toMatchObject({ ok: false, code: "not_found" });
  const moved = await request({ kind: "account-statement", ...november, accountId: provider.services[1]!.accountId }, limited);
  await db.admin`update app.subscribers set group_id = ${provider.groupId} where id = ${provider.services[1]!.subscriberId}`;
  await makeExport(db.core, { providerId: 1, exportId: moved });
  expect(await stateOf(moved)).toMatchObject({ state: "failed", problem: expect.stringContaining("no such account") });
  await db.admin`update app.subscribers set group_id = ${otherGroup} where id = ${provider.services[1]!.subscriberId}`;
});

test("a file is for whoever may see all that is in it", async () => {
  const wide = await request({ kind: "usage-of-period", ...november });
  const narrow = await request({ kind: "usage-of-period", ...november }, ofGroups(otherGroup));
  for (const exportId of [wide, narrow]) await makeExport(db.core, { providerId: 1, exportId });
  const code = async (actor: Actor, id: string) => {
    const file = await exportFile(db.core, actor, id);
    return file.ok ? "ok" : file.code;
  };
  expect(await code(ofGroups(otherGroup), wide)).toBe("not_found");
  expect(await code(ofGroups(otherGroup), narrow)).toBe("ok");
  expect(await code(ofGroups(provider.groupId), narrow)).toBe("not_found");
  expect(await code(systemActor([2]), wide)).toBe("not_found");
  expect(await code({ ...everything, permissions: new Set(["ledger:read"]) }, wide)).toBe("not_permitted");
  expect(await code(everything, "no id")).toBe("not_found");
});

test("a job that a dead worker had begun runs again and makes the same file; one that is done does nothing", async () => {
  const id = await request({ kind: "usage-of-period", ...november });
  await db.admin`update app.exports set state = 'running', rows_done = 2 where id = ${id}`;
  const rows = (await sheetsOf(id)).Usage!;
  await makeExport(db.core, { providerId: 1, exportId: id });
  expect((await sheetsOf(id)).Usage).toEqual(rows);
});

test("rows that differ from the ledger make no file, and the export says by how much", async () => {
  const id = await request({ kind: "usage-of-period", ...november });
  const statement = await request({ kind: "account-statement", ...november, accountId: provider.services[0]!.accountId });
  await db.admin`update app.usage_records set amount_micros = amount_micros + 1 where call_id = 'last'`;
  await db.admin`update app.balances set balance_micros = balance_micros - 1 where account_id = ${provider.services[0]!.accountId}`;
  for (const exportId of [id, statement]) await makeExport(db.core, { providerId: 1, exportId });
  expect(await stateOf(id)).toMatchObject({
    state: "failed",
    problem: expect.stringContaining("usage: 1.883401 UAH in the rows, 1.8834 UAH in the ledger"),
  });
  expect(await stateOf(statement)).toMatchObject({ state: "failed", problem: expect.stringContaining("balance kept") });
  expect(await exportFile(db.core, everything, id)).toMatchObject({ code: "export_not_ready", detail: expect.stringContaining("ledger") });
  await db.admin`update app.usage_records set amount_micros = amount_micros - 1 where call_id = 'last'`;
  await db.admin`update app.balances set balance_micros = balance_micros + 1 where account_id = ${provider.services[0]!.accountId}`;
});

test("a call outside the period whose charge was posted with calls inside it changes nothing, even when it is wrong only there", async () => {
  const { Usage: rows = [] } = await sheetsOf(await request({ kind: "usage-of-period", from: "2026-10-31", to: "2026-10-31" }));
  expect(rows.slice(1).map((row) => row.at(-1))).toEqual(["before", "UAH"]);
});

test("days that aren't in the calendar and periods that end before they begin are refused", async () => {
  for (const wrong of [
    { from: "2026-02-30", to: "2026-03-01" },
    { from: "2026-11-30", to: "2026-11-01" },
    { from: "1.11.2026", to: "2026-11-30" },
  ])
    expect(
      await execute(db.core, requestExport, { kind: "usage-of-period", ...wrong }, { actor: everything, providerId: 1 }),
    ).toMatchObject({ code: "invalid_input" });
});

test("a month without usage is a file with no rows", async () => {
  const { Usage: rows = [] } = await sheetsOf(await request({ kind: "usage-of-period", from: "2025-01-01", to: "2025-01-31" }));
  expect(rows).toHaveLength(1);
});
