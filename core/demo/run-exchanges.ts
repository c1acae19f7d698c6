// The process that plays the demo's exchanges: first the month that was, then each second as it comes, appended to the files that the PBX agents follow.
import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pause } from "../agents/uplink.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Core } from "../kernel/core.ts";
import { callsEnding, type Exchange } from "./make-calls.ts";

export const demoDir = (dataDir: string) => join(dataDir, "demo");
export const exchangesFile = (dataDir: string) => join(demoDir(dataDir), "exchanges.json");

/** How far each exchange has been played, as epoch seconds; kept beside the files. */
type Played = { upTo: number };
const HISTORY_DAYS = 30;

const readJson = async <T>(path: string): Promise<T | undefined> =>
  readFile(path, "utf8").then(
    (text) => JSON.parse(text) as T,
    () => undefined,
  );

async function writeJson(path: string, value: unknown) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(value));
  await rename(`${path}.new`, path);
}

export const saveExchanges = (dataDir: string, exchanges: readonly Exchange[]) => writeJson(exchangesFile(dataDir), exchanges);

/** The role: plays until it is closed. */
export async function startExchanges(core: Pick<Core, "dataDir" | "clock">): Promise<{ close(): Promise<void> }> {
  const ending = new AbortController();
  const running = runExchanges(core.dataDir, core.clock, ending.signal);
  return {
    async close() {
      ending.abort();
      await running;
    },
  };
}

/** Plays until the signal: one round a second. Killed and started again, it goes on where it was. */
export async function runExchanges(dataDir: string, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const exchange of (await readJson<Exchange[]>(exchangesFile(dataDir))) ?? []) await play(exchange, clock, signal);
    await pause(1000, signal);
  }
}

/** Appends what has ended since the last round; at the first, since 30 days ago, hour by hour. */
export async function play(exchange: Exchange, clock: Clock, signal?: AbortSignal): Promise<void> {
  const progress = `${exchange.file}.played`;
  const now = Math.floor(clock().epochMilliseconds / 1000) - 1;
  let { upTo } = (await readJson<Played>(progress)) ?? { upTo: now - HISTORY_DAYS * 86_400 };
  while (upTo < now && !signal?.aborted) {
    const next = Math.min(now, upTo + 3600);
    let rows = "";
    for (let second = upTo + 1; second <= next; second++) rows += callsEnding(exchange, second).join("");
    if (rows) await appendFile(exchange.file, rows);
    upTo = next;
    await writeJson(progress, { upTo } satisfies Played);
  }
}
