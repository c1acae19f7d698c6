// The fault run: an import of generated calls during which every process is killed again and again. Afterwards every call is there
// once, at its price, the books are proven, and the installation still stops as it should.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ask } from "../../core/kernel/query.ts";
import { importsList } from "../../core/read/imports/query.ts";
import { steadyClient } from "../../db/steady-client.ts";
import { processesOf, sweep, temporaryDataDir, until } from "../supervisor/installation.ts";
import { accepted, actorWith } from "../support/operator.ts";
import { openExchange } from "./exchange.ts";
import { type GeneratedRow, generateCalls } from "./generated-calls.ts";
import { type Kill, planKills } from "./kill-plan.ts";
import { besideIt, numbers, setUpOperator } from "./operator.ts";
import { type RealInstallation, realInstallation } from "./real-installation.ts";

export type FaultRun = { readonly seed: number; readonly rows: number; readonly kills: number; readonly rotations: number };
export type Findings = { readonly wrong: readonly string[]; readonly tookMs: number };

/** Nothing may stand still for longer: the longest wait in it is a role's 15 s, and a sender's 30 s. */
const stillnessMs = 90_000;

/** @returns what is wrong; throws when it doesn't come to an end */
export async function faultRun({ seed, rows, kills, rotations }: FaultRun, say: (line: string) => void): Promise<Findings> {
  const began = performance.now();
  const dataDir = temporaryDataDir();
  const callFile = join(dirname(dataDir), "exchange", "Master.csv");
  mkdirSync(dirname(callFile));
  // Whole seconds: an exchange writes no fractions. Ten days ago, so that the calls are past wherever this runs.
  const since = Temporal.Now.instant().subtract({ hours: 240 }).round({ smallestUnit: "second", roundingMode: "floor" });
  const generated = [...generateCalls(seed, rows, numbers, since)];
  const installation = await realInstallation(dataDir);
  try {
    const { setupLink } = await installation.start();
    if (setupLink === null) throw new Error("A new installation has no setup link");
    const accounts = await setUpOperator(dataDir, setupLink, callFile, since);
    const exchange = openExchange(callFile, generated, seed, rotations);
    // What is rotated away before an agent's first look is not its to read.
    await until(() => installation.said.some(({ msg }) => msg === "Reading a call file"));
    const progress = await watchProgress(dataDir);
    try {
      await carryOut(installation, planKills(seed, kills, rows), exchange, progress.rated, rows, say);
    } finally {
      await progress.close();
    }
    say(`All ${rows} rows are worked off after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const wrong = [
      ...(await prove(installation)),
      ...(await compare(dataDir, generated, accounts)),
      ...(await stop(installation)),
      ...defects(installation),
    ];
    return { wrong, tookMs: performance.now() - began };
  } catch (error) {
    for (const line of installation.said.slice(-40)) say(JSON.stringify(line));
    throw error;
  } finally {
    await sweep();
  }
}

/** How many rows have been worked off; the last known number while the database is away. */
async function watchProgress(dataDir: string): Promise<{ rated(): Promise<number>; close(): Promise<void> }> {
  const url = await besideIt(dataDir, async (_core, adminUrl) => adminUrl);
  const sql = steadyClient(url, { max: 1, connect_timeout: 2, onnotice() {} });
  let last = 0;
  return {
    async rated() {
      const asked = sql`select coalesce(sum(rows), 0)::int as n from app.usage_inbox where processed_at is not null`;
      last = await Promise.race([asked.then(([row]) => Number(row!.n)), Bun.sleep(3_000).then(() => last)]).catch(() => last);
      return last;
    },
    close: () => sql.end({ timeout: 1 }),
  };
}

async function carryOut(
  installation: RealInstallation,
  plan: readonly Kill[],
  exchange: ReturnType<typeof openExchange>,
  rated: () => Promise<number>,
  rows: number,
  say: (line: string) => void,
): Promise<void> {
  // The exchange is not far ahead, so that there is something of every stage at every moment: rows to read, to send, to rate.
  const ahead = Math.max(1_500, Math.floor(rows / 20));
  let done = 0;
  let over = false;
  const write = async () => {
    for (let n = 0; !over && exchange.written < rows; n++, await Bun.sleep(10))
      if (exchange.written - done < ahead) exchange.write(20 + ((n * 137) % 300));
  };
  const writing = write();
  try {
    const waiting = [...plan];
    for (let moved = performance.now(); done < rows; await Bun.sleep(20)) {
      const before = done;
      done = await rated();
      if (done > before) moved = performance.now();
      const end = await installation.ended();
      if (end) throw new Error(end);
      if (performance.now() - moved > stillnessMs)
        throw new Error(`It stands still: ${done} of ${rows} rows worked off, ${exchange.written} written`);
      while (waiting[0] && done >= waiting[0].atRows) {
        const kill = waiting.shift()!;
        await strike(installation, kill);
        say(`kill ${plan.length - waiting.length} of ${plan.length}: ${kill.victim} with ${done} rows worked off`);
        moved = performance.now();
      }
    }
  } finally {
    over = true;
    await writing;
  }
}

async function strike(installation: RealInstallation, { victim, delayMs }: Kill): Promise<void> {
  await Bun.sleep(delayMs);
  const random = () => (delayMs % 97) / 97;
  let pid: number | null = null;
  // It may be down from the kill before, which only its return can end.
  await until(() => {
    pid = installation.pidOf(victim, random);
    return pid !== null;
  }, 45_000).catch(() => {
    throw new Error(`${victim} did not come back`);
  });
  process.kill(pid!, "SIGKILL");
  if (victim === "supervisor") await installation.start();
}

/** What is stored against what was generated. */
async function compare(dataDir: string, generated: readonly GeneratedRow[], accounts: ReadonlyMap<string, string>): Promise<string[]> {
  return besideIt(dataDir, async (core, adminUrl) => {
    const sql = steadyClient(adminUrl, { max: 1, onnotice() {} });
    const wrong: string[] = [];
    const same = (what: string, is: unknown, expected: unknown) => {
      if (!Bun.deepEquals(is, expected)) wrong.push(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(expected)}`);
    };
    try {
      const fates = generated.map((row) => row.expected);
      const rated = fates.filter((one) => one.fate === "rated");
      const quarantined = fates.filter((one) => one.fate === "quarantined");
      const stored = await sql<{ call_id: string; amount: string; account_id: string }[]>`
        select call_id, amount_micros::text as amount, account_id from app.usage_records`;
      const byCall = new Map(stored.map((row) => [row.call_id, row]));
      same("rated records", stored.length, rated.length);
      const differing = rated.filter(({ callId, amountMicros, number }) => {
        const row = byCall.get(callId);
        return row?.amount !== String(amountMicros) || row.account_id !== accounts.get(number);
      });
      same("calls that are missing or charged wrongly", differing.map(({ callId }) => callId).slice(0, 10), []);

      const waiting = await sql<{ id: string }[]>`
        select coalesce(nullif(record ->> 'callId', ''), substring(record ->> 'raw' from '"(\\d+\\.\\d+)"')) as id from app.usage_quarantine`;
      same("rows in quarantine", waiting.map(({ id }) => id).sort(), quarantined.map(({ callId }) => callId).sort());

      const balances = await sql<
        { account_id: string; micros: string }[]
      >`select account_id, balance_micros::text as micros from app.balances`;
      const owed = new Map([...accounts.values()].map((account) => [account, 0n]));
      for (const { number, amountMicros } of rated) owed.set(accounts.get(number)!, owed.get(accounts.get(number)!)! - amountMicros);
      const stated = new Map(balances.map((row) => [row.account_id, row.micros]));
      const unequal = [...owed].filter(([account, micros]) => stated.get(account) !== String(micros));
      same(
        "accounts with another balance than their calls",
        unequal.map(([account]) => account),
        [],
      );

      const page = accepted(await ask(core, importsList, {}, { actor: actorWith() }));
      const sum = (key: "rowsIn" | "rated" | "duplicates" | "quarantined" | "pending") => page.rows.reduce((n, file) => n + file[key], 0);
      const duplicates = fates.length - rated.length - quarantined.length;
      same(
        "counts of the imports page",
        [sum("rowsIn"), sum("rated"), sum("duplicates"), sum("quarantined"), sum("pending")],
        [fates.length, rated.length, duplicates, quarantined.length, 0],
      );
    } finally {
      await sql.end();
    }
    return wrong;
  });
}

/** `mb verify`, which also brings the read models up to date. */
async function prove(installation: RealInstallation): Promise<string[]> {
  const { exitCode, out, err } = await installation.mb("verify", "--json");
  return exitCode === 0 ? [] : [`mb verify: ${out}${err}`];
}

/** Whoever is not killed lives on without the others, and waits for them. */
const defects = ({ said }: RealInstallation): string[] =>
  said.filter(({ level }) => level === "fatal").map((line) => `ended by a defect: ${JSON.stringify(line)}`);

async function stop(installation: RealInstallation): Promise<string[]> {
  const code = await installation.stop();
  const left = processesOf(installation.dataDir).length;
  return [...(code === 0 ? [] : [`it stopped with code ${code}`]), ...(left === 0 ? [] : [`${left} processes were left behind`])];
}
