// `mb agent pbx`: a collector. It knows the address of the core and its own token, and nothing of the database.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { type NumberRules, noNumberRules, numberRulesSchema } from "../agents/pbx/number-rules.ts";
import { runPbxAgent } from "../agents/pbx/run.ts";
import { SpoolUnusable } from "../agents/spool.ts";
import { systemClock } from "../kernel/clock.ts";
import { Problem } from "../kernel/problem.ts";
import { coreUrl } from "../kernel/settings.ts";
import { endWithParent } from "../supervisor/end-with-parent.ts";
import { defineSubcommand, usageProblem } from "./command-line.ts";

export const subcommand = defineSubcommand({
  name: "agent",
  summary: "Collect usage and carry it to the core: `agent pbx` follows a telephone exchange's call file",
  usage: "agent pbx [--file FILE] [--zone ZONE] [--rules FILE]",
  options: {
    file: { type: "string", placeholder: "FILE", description: "The Master.csv to follow (MB_PBX_FILE)" },
    zone: { type: "string", placeholder: "ZONE", description: "IANA time zone of the exchange's clock (MB_PBX_ZONE), UTC when not given" },
    rules: { type: "string", placeholder: "FILE", description: "JSON: inboundContexts, and prefixes to rewrite in source and destination" },
    spool: { type: "string", placeholder: "FILE", description: "Where collected calls wait for the core; in MB_DATA_DIR when not given" },
  },
  async run(ctx, { values, positionals: [kind, ...more] }) {
    if (kind !== "pbx" || more.length > 0) throw usageProblem("name the agent to run: mb agent pbx");
    const { settings, log } = ctx;
    const file = values.file ?? settings.pbxFile;
    if (file === null) throw usageProblem("name the call file to follow: --file FILE, or MB_PBX_FILE");
    if (settings.agentToken === null) throw usageProblem("MB_AGENT_TOKEN is not set: the web client shows it when the agent is registered");
    const ending = new AbortController();
    const running = runPbxAgent(
      {
        file,
        zone: values.zone ?? settings.pbxZone ?? "UTC",
        coreUrl: coreUrl(settings),
        token: settings.agentToken,
        spoolPath: values.spool ?? join(settings.dataDir, "spool.sqlite"),
        numberRules: values.rules === undefined ? noNumberRules : rulesFrom(values.rules),
        version: versionIn(ctx.projectDir),
        clock: systemClock,
        log,
      },
      ending.signal,
    ).catch((error: unknown) => {
      if (error instanceof SpoolUnusable) throw new Problem("spool_unusable", error.message);
      if (error instanceof RangeError)
        throw usageProblem(`${values.zone ?? settings.pbxZone} is not an IANA time zone, such as Europe/Berlin`);
      throw error;
    });
    endWithParent({
      supervised: settings.supervised !== null,
      async onEnd(why) {
        log.debug({ why }, "Ending");
        ending.abort();
        await running;
      },
    });
    await running;
    return 0;
  },
});

function rulesFrom(path: string): NumberRules {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw usageProblem(`${path} can't be read as JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const parsed = v.safeParse(numberRulesSchema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw usageProblem(`${path}: ${v.getDotPath(issue) ?? "rules"}: ${issue.message}`);
}

const versionIn = (projectDir: string): string => JSON.parse(readFileSync(join(projectDir, "package.json"), "utf8")).version;
