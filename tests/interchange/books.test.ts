// The books as reports, spreadsheets and a journal: all of them tie to the ledger, and to each other.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as xlsx from "xlsx";
import { buildExport } from "../../core/interchange/build-export.ts";
import type { ExportRequest } from "../../core/interchange/export-kinds.ts";
import { journalAccount } from "../../core/interchange/journal.ts";
import { requestExport } from "../../core/interchange/request-export.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { newId } from "../../core/kernel/id.ts";
import { ask } from "../../core/kernel/query.ts";
import { lockBalances } from "../../core/ledger/balance.ts";
import { tellPosted } from "../../core/ledger/gl-entries.ts";
import { post, postProvider } from "../../core/ledger/post.ts";
import { type LedgerTransaction, providerTemplates, templates } from "../../core/ledger/templates.ts";
import { advance } from "../../core/read/advance.ts";
import { booksBalanceSheet, booksTurnover } from "../../core/read/books/query.ts";
import { booksReceivables } from "../../core/read/books/receivables.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

let db: TestDatabase;
let provider: SeededProvider;
const everything = systemActor([1], "Accountant");
const unit = 1_000_000n;

type Given = Pick<LedgerTransaction, "template" | "postings"> & { n: number; at: string };
async function book(given: readonly Given[]) {
  await inTenant(db.core.db, [1], async (tx) => {
    const t = rawOf(tx);
    const now = Temporal.Instant.from("2026-11-30T00:00:00Z");
    for (const { n, at, template, postings } of given) {
      const accountId = provider.services[n]!.accountId;
      const one = { id: newId(), accountId, currency: "UAH", sourceKey: newId(), effectiveAt: at, details: {}, template, postings };
      await lockBalances(t, 1, [accountId]);
      await post(t, 1, [one], now);
      await tellPosted(t, 1, [one], now);
    }
    const cards = {
      id: newId(),
      currency: "UAH",
      template: "cards.sold-for-cash" as const,
      sourceKey: "cards:1",
      effectiveAt: "2026-11-05T10:00:00Z",
      details: {},
    };
    const all = [{ ...cards, postings: providerTemplates["cards.sold-for-cash"]({ cash: "cash.desk", amountMicros: 30n * unit }) }];
    await postProvider(t, 1, all, now);
    await tellPosted(t, 1, all, now);
  });
  await advance(db.core);
}
const used = (n: number, at: string, amountMicros: bigint, taxMicros = 0n): Given => ({
  ...{ n, at, template: "usage.charged" },
  postings: templates["usage.charged"]({ amountMicros, taxMicros }),
});
const paid = (n: number, at: string, amountMicros: bigint): Given => ({
  ...{ n, at, template: "payment.received" },
  postings: templates["payment.received"]({ cash: "cash.bank", amountMicros }),
});

beforeAll(async () => {
  db = await testDatabase();
  provider = await seedProvider(db.admin, { services: 4 });
  await db.admin`update app.accounts set number = ${'A; 1  "ї"'} where account_id = ${provider.services[0]!.accountId}`;
  for (const { subscriberId } of provider.services)
    await db.admin`insert into app.events (provider_id, type, at, data) values (1, 'subscriber.changed', now(), ${{ subscriberId } as never})`;
  await book([
    // Kyiv is two hours ahead: the last day of October there, and the first of November.
    used(0, "2026-10-31T21:59:59Z", 100n * unit, 20n * unit),
    used(0, "2026-10-31T22:00:00Z", 7n * unit, 1_400_001n),
    paid(0, "2026-11-03T09:00:00Z", 90n * unit),
    used(1, "2026-08-01T09:00:00Z", 40n * unit),
    used(1, "2026-10-05T09:00:00Z", 30n * unit),
    paid(1, "2026-11-01T09:00:00Z", 50n * unit),
    paid(2, "2026-11-01T09:00:00Z", 12_345_678n),
    used(3, "2026-12-01T09:00:00Z", 5n * unit),
  ]);
});
afterAll(() => db.close());

const asked = async <T>(outcome: Promise<{ ok: true; value: T } | { ok: false; code: string }>): Promise<T> => {
  const found = await outcome;
  if (!found.ok) throw new Error(found.code);
  return found.value;
};
const build = (request: ExportRequest) => buildExport(db.core, { providerId: 1, groupIds: null }, request, async () => {});
const cellsOf = (file: Uint8Array, sheet: string) =>
  xlsx.utils.sheet_to_json<(string | number | null)[]>(xlsx.read(file).Sheets[sheet]!, { header: 1, defval: null });

test("turnover: opening, debit, credit and closing of November, by the provider's days, and they sum to nothing", async () => {
  const { accounts, pairs } = await asked(ask(db.core, booksTurnover, { from: "2026-11-01", to: "2026-11-30" }, { actor: everything }));
  const shown = Object.fromEntries(
    accounts.map((a) => [a.account, [a.openingMicros, a.debitMicros, a.creditMicros, a.closingMicros].map((m) => Number(m) / 1e6)]),
  );
  expect(shown).toEqual({
    "cash.bank": [0, 152.345678, 0, 152.345678],
    "cash.desk": [0, 30, 0, 30],
    "cards.outstanding": [0, 0, 30, -30],
    settlement: [190, 8.400001, 152.345678, 46.054323],
    "tax.payable": [-20, 0, 1.400001, -21.400001],
    "revenue.usage": [-170, 0, 7, -177],
  });
  expect(accounts.reduce((sum, a) => sum + a.closingMicros, 0n)).toBe(0n);
  expect(pairs.map((p) => `${p.debit} ${p.credit} ${p.amountMicros}`)).toContain("cash.bank settlement 152345678");
});

test("the balance sheet: debts of subscribers apart from what they have, and both sides equal", async () => {
  const { sheets } = await asked(ask(db.core, booksBalanceSheet, { day: "2026-11-30" }, { actor: everything }));
  const [sheet] = sheets;
  expect(sheet!.assets.map((l) => [l.account, Number(l.amountMicros) / 1e6])).toEqual([
    ["settlement", 58.400001],
    ["cash.bank", 152.345678],
    ["cash.desk", 30],
  ]);
  expect(sheet!.liabilities.map((l) => [l.account, Number(l.amountMicros) / 1e6])).toEqual([
    ["settlement", 12.345678],
    ["cards.outstanding", 30],
    ["tax.payable", 21.400001],
  ]);
  expect(sheet!.assetsMicros).toBe(sheet!.liabilitiesMicros + sheet!.equityMicros);
});

test("receivables: payments settle the oldest charges first", async () => {
  const { accounts, totals } = await asked(ask(db.core, booksReceivables, { day: "2026-11-30" }, { actor: everything }));
  // 120 + 8.400001 charged, 90 paid: 30 of October's, 30 days old, and November's; then 40 + 30 charged, 50 paid: 20 of 5 October, 56 days old.
  expect(accounts.map((a) => [a.since, a.owedMicros, a.upTo30Micros, a.upTo60Micros, a.upTo90Micros])).toEqual([
    ["2026-10-31", 38_400_001n, 38_400_001n, 0n, 0n],
    ["2026-10-05", 20_000_000n, 0n, 20_000_000n, 0n],
  ]);
  expect(totals.map((t) => [t.accounts, t.owedMicros])).toEqual([[2, 58_400_001n]]);
  const earlier = await asked(ask(db.core, booksReceivables, { day: "2026-10-31" }, { actor: everything }));
  expect(earlier.accounts.map((a) => [a.owedMicros, a.upTo30Micros, a.over90Micros])).toEqual([
    [120_000_000n, 120_000_000n, 0n],
    [70_000_000n, 30_000_000n, 40_000_000n],
  ]);
});

test("the spreadsheets say the same and carry their control totals", async () => {
  const turnover = await build({ kind: "turnover", from: "2026-11-01", to: "2026-11-30" });
  const settlement = cellsOf(turnover.file, "Turnover").find(([account]) => account === "settlement");
  expect(settlement!.slice(3, 9)).toEqual([190, null, 8.400001, 152.345678, 46.054323, null]);
  expect(turnover.control.every((c) => c.fileMicros === c.ledgerMicros) && turnover.control.length).toBe(3);
  const sheet = cellsOf((await build({ kind: "balance-sheet", day: "2026-11-30" })).file, "Balance sheet");
  expect(sheet.at(-2)!.slice(3)).toEqual([240.745679, "UAH"]);
  expect(sheet.at(-1)!.slice(3)).toEqual([240.745679, "UAH"]);
  const debts = cellsOf((await build({ kind: "receivables", day: "2026-11-30" })).file, "Receivables");
  expect(debts.at(-1)![8]).toBe(58.400001);
});

test("whoever sees only some groups gets receivables of those, and no books of the provider", async () => {
  const limited = { ...everything, scope: { providerIds: [1], groupIds: [crypto.randomUUID()] } };
  for (const kind of ["turnover", "journal"] as const) {
    const outcome = await execute(
      db.core,
      requestExport,
      { kind, from: "2026-11-01", to: "2026-11-30" },
      { actor: limited, providerId: 1 },
    );
    expect(outcome).toMatchObject({ ok: false, code: "not_permitted" });
  }
  expect((await asked(ask(db.core, booksReceivables, { day: "2026-11-30" }, { actor: limited }))).accounts).toEqual([]);
  expect(
    (
      await buildExport(
        db.core,
        { providerId: 1, groupIds: limited.scope.groupIds },
        { kind: "receivables", day: "2026-11-30" },
        async () => {},
      )
    ).rows,
  ).toBe(0);
});

test("accounts of a journal keep apart what their numbers keep apart", () => {
  expect(journalAccount("settlement", "liability", "A; 1")).toBe("liabilities:settlement:A%3B%201");
  expect(journalAccount("settlement", "liability", "A(1)")).toBe("liabilities:settlement:A%281%29");
  expect(journalAccount("revenue.usage", "income", null)).toBe("income:usage");
  expect(journalAccount("cash.desk", "asset", null)).toBe("assets:cash:desk");
});

const hledger = Bun.which("hledger");
test.skipIf(!hledger)("hledger accepts the journal, and its balances equal ours", async () => {
  const { file, rows } = await build({ kind: "journal", from: "2026-11-01", to: "2026-11-30" });
  expect(rows).toBe(5);
  const folder = mkdtempSync(join(tmpdir(), "journal-"));
  try {
    const path = join(folder, "books.journal");
    writeFileSync(path, file);
    const told = (...args: string[]) => {
      const { stdout, stderr, exitCode } = Bun.spawnSync([hledger!, "-f", path, ...args], {
        env: { ...process.env, LANG: "C.UTF-8", LC_ALL: "C.UTF-8" },
      });
      expect(stderr.toString()).toBe("");
      expect(exitCode).toBe(0);
      return stdout.toString();
    };
    told("check", "--strict", "ordereddates");
    const balances = told("balance", "--flat", "-O", "csv", "--layout=bare").trim().split("\n").slice(1, -1);
    const theirs = Object.fromEntries(
      balances.map((line) => line.split(",").map((cell) => cell.replaceAll('"', ""))).map(([name, , amount]) => [name!, Number(amount)]),
    );
    const { accounts } = await asked(ask(db.core, booksTurnover, { from: "2026-11-01", to: "2026-11-30" }, { actor: everything }));
    const settled = Object.entries(theirs).filter(([name]) => name.startsWith("liabilities:settlement"));
    for (const { account, kind, closingMicros } of accounts) {
      const sum =
        account === "settlement" ? settled.reduce((total, [, amount]) => total + amount, 0) : theirs[journalAccount(account, kind, null)];
      expect([account, sum!.toFixed(6)]).toEqual([account, (Number(closingMicros) / 1e6).toFixed(6)]);
    }
    // A journal in which an entry is missing is refused by its own assertions.
    const cut = new TextDecoder().decode(file).replace(/\n\d{4}-\d\d-\d\d \* \([\s\S]*?\n\n/, "\n");
    writeFileSync(path, cut);
    expect(Bun.spawnSync([hledger!, "-f", path, "check"]).exitCode).not.toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
