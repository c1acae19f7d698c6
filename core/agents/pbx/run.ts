// The `agent pbx` process: follows the exchange's call file into the spool, and carries the spool to the core.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { Spool } from "../spool.ts";
import { deliver, type Heartbeat, httpHeartbeat, httpSend, pause } from "../uplink.ts";
import { follow } from "./follow.ts";
import type { NumberRules } from "./number-rules.ts";
import { asteriskFile, type CallFileReader } from "./read-rows.ts";

export type PbxAgentOptions = {
  /** The Master.csv to follow. */
  readonly file: string;
  /** IANA zone of the exchange's clock. */
  readonly zone: string;
  readonly coreUrl: string;
  readonly token: string;
  /** Its folder is made when missing. */
  readonly spoolPath: string;
  readonly maxSpoolBytes?: number;
  readonly numberRules?: NumberRules;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Default 5000. */
  readonly heartbeatMs?: number;
};

const MAX_PAUSE_MS = 30_000;

/**
 * Runs until the signal aborts; then what was read is on the disk and the spool is closed. The core being away stops nothing but the sending.
 * Throws SpoolUnusable, and RangeError for a zone that isn't known; everything later is logged and tried again.
 */
export async function runPbxAgent(options: PbxAgentOptions, signal: AbortSignal): Promise<void> {
  const reader = asteriskFile({ zone: options.zone, rules: options.numberRules });
  mkdirSync(dirname(options.spoolPath), { recursive: true });
  const spool = Spool.open(options.spoolPath, { maxBytes: options.maxSpoolBytes });
  const read = { rows: 0 };
  options.log.info(
    { file: options.file, zone: options.zone, core: options.coreUrl, waitingRows: spool.depth.rows },
    "Following a call file",
  );
  try {
    await Promise.all([followOn(spool, reader, options, read, signal), carry(spool, options, read, signal)]);
  } finally {
    spool.close();
  }
}

async function followOn(spool: Spool, reader: CallFileReader, options: PbxAgentOptions, read: { rows: number }, signal: AbortSignal) {
  const { log } = options;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const onRows = (rows: number) => {
        failures = 0;
        read.rows += rows;
      };
      await follow(spool, {
        path: options.file,
        reader,
        signal,
        onRows,
        onEvent: ({ event, ...at }) =>
          event === "rest_not_found"
            ? log.warn(at, "A rotated call file is gone before it was read to its end")
            : log.info(at, said[event]),
      });
    } catch (error) {
      log.error({ file: options.file, reason: error instanceof Error ? error.message : String(error) }, "The call file can't be read on");
      await pause(Math.min(MAX_PAUSE_MS, 1000 * 2 ** Math.min(failures, 10)), signal);
    }
  }
}

const said = {
  file_opened: "Reading a call file",
  file_rotated: "The call file was rotated",
  file_missing: "The call file isn't there yet",
} as const;

async function carry(spool: Spool, options: PbxAgentOptions, read: { rows: number }, signal: AbortSignal): Promise<void> {
  const { log, heartbeatMs = 5000 } = options;
  const core = { url: options.coreUrl, token: options.token };
  const beat = httpHeartbeat(core);
  const measured = rateOf(read, options.clock);
  const heartbeat = (): Heartbeat => ({
    version: options.version,
    spoolId: spool.id,
    spoolDepth: spool.depth.rows,
    lastSequence: spool.lastSequence,
    clock: options.clock().toString(),
    rate: measured(),
  });

  // Nothing is sent before the core has said where it stands: a spool that was restored from a copy would use numbers the core has seen.
  let delivery: Promise<unknown> | null = null;
  let isAway = false;
  while (!signal.aborted) {
    const answer = await beat(heartbeat(), signal);
    if (answer.ok) {
      if (isAway) log.info("The core answers again");
      isAway = false;
      if (delivery === null) {
        if (answer.lastSequence !== null) spool.recover(answer.lastSequence);
        delivery = deliver(spool, httpSend(core), {
          signal,
          onRefusal: "wait",
          onFailure: (failure) => log.warn(failure, "A batch was not accepted; it will be sent again"),
        });
      }
    } else if (!isAway && !signal.aborted) {
      isAway = true;
      log.warn({ code: answer.code }, "The core doesn't take our heartbeat; calls wait in the spool");
    }
    await pause(answer.ok ? heartbeatMs : Math.min(heartbeatMs, 2000), signal);
  }
  await delivery;
}

/** Rows a second since it was last asked. */
function rateOf(read: { rows: number }, clock: Clock): () => number {
  let rows = read.rows;
  let at = clock();
  return () => {
    const now = clock();
    const elapsedSec = now.since(at).total("seconds");
    const rate = elapsedSec > 0 ? (read.rows - rows) / elapsedSec : 0;
    rows = read.rows;
    at = now;
    return Math.floor(rate * 10) / 10;
  };
}
