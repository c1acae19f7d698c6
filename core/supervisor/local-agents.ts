// Agents on this machine: the web client leaves a file per agent in the data folder, we run a process for each.
// The folder is looked at, not watched: notifications get lost on some file systems, and it is a handful of names a second.
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { Log } from "../kernel/log.ts";
import type { LocalAgent } from "./roles.ts";

const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, "name: letters, digits, - and _, at most 40"));
const schema = v.variant("kind", [
  v.object({
    kind: v.literal("pbx"),
    name,
    file: v.pipe(v.string(), v.minLength(1)),
    zone: v.string(),
    token: v.pipe(v.string(), v.minLength(1)),
  }),
  v.object({ kind: v.literal("demo"), name }),
]);

type Running = { stop(): Promise<void>; kill(): void };

export const localAgentsDir = (dataDir: string): string => join(dataDir, "local-agents");

export type LocalAgents = { stop(): Promise<void>; kill(): void };

/**
 * Starts a process for each file `<data folder>/local-agents/*.json`, restarts it when the file changes, stops it when the file goes.
 * @param start runs one; called again for the same name only after the earlier one has stopped
 */
export function watchLocalAgents(dataDir: string, log: Log, start: (agent: LocalAgent) => Running, everyMs = 1_000): LocalAgents {
  const dir = localAgentsDir(dataDir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const running = new Map<string, { mark: string; process: Running | null }>();
  let stopped = false;

  const look = async () => {
    const files = readdirSync(dir).filter((file) => file.endsWith(".json"));
    for (const [file, { process }] of running) {
      if (files.includes(file)) continue;
      running.delete(file);
      await process?.stop();
    }
    for (const file of files) {
      const { mtimeMs, size } = statSync(join(dir, file));
      const mark = `${mtimeMs}:${size}`;
      const before = running.get(file);
      if (before?.mark === mark || stopped) continue;
      await before?.process?.stop();
      const agent = read(join(dir, file), log);
      if (stopped) return;
      // A file with mistakes is remembered too: it is complained about once.
      running.set(file, { mark, process: agent && start(agent) });
    }
  };

  let looking: Promise<void> = Promise.resolve();
  const round = () => {
    looking = look()
      .catch((error) => log.warn(`The folder ${dir} could not be read: ${error instanceof Error ? error.message : String(error)}`))
      .then(() => {
        if (!stopped) timer = setTimeout(round, everyMs);
      });
  };
  let timer: Timer | null = null;
  round();
  const end = () => {
    stopped = true;
    if (timer) clearTimeout(timer);
  };
  return {
    async stop() {
      end();
      await looking;
      await Promise.all([...running.values()].map(({ process }) => process?.stop()));
    },
    kill() {
      end();
      for (const { process } of running.values()) process?.kill();
    },
  };
}

function read(path: string, log: Log): LocalAgent | null {
  try {
    const parsed = v.safeParse(schema, JSON.parse(readFileSync(path, "utf8")));
    if (parsed.success) return parsed.output;
    log.warn(`${path} is not a local agent (${parsed.issues[0].message}): correct or remove it`);
  } catch {
    log.warn(`${path} cannot be read as JSON: correct or remove it`);
  }
  return null;
}
