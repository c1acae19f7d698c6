// A role must not outlive the supervisor, even one that was killed without a word. The supervisor holds the other end
// of each role's standard input: when that closes, the supervisor is gone and the role ends by itself.
import { createReadStream } from "node:fs";

export type Ending = "SIGTERM" | "SIGINT" | "SIGHUP" | "parent gone";

export type EndOptions = {
  /** Started by the supervisor (`settings.supervised`): standard input is the supervisor's. Else only signals end us. */
  readonly supervised: boolean;
  /** Finish what was begun: stop accepting, drain, close. */
  readonly onEnd?: (why: Ending) => Promise<void> | void;
  /** The process ends after this time even if `onEnd` hasn't. */
  readonly graceMs?: number;
};

/** Called once by each role when it starts. Ends the process with code 0 after `onEnd`, 1 when that took too long or failed. */
export function endWithParent({ supervised, onEnd, graceMs = 8_000 }: EndOptions): void {
  let ending = false;
  const end = async (why: Ending) => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), graceMs).unref();
    try {
      await onEnd?.(why);
      process.exit(0);
    } catch {
      process.exit(1);
    }
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end(signal));
  if (supervised) whenClosed(0, () => void end("parent gone"));
}

/** Calls back once when the descriptor's other end is closed. */
export function whenClosed(descriptor: number, then: () => void): void {
  const stream = createReadStream("", { fd: descriptor, autoClose: false });
  let told = false;
  const tell = () => {
    if (told) return;
    told = true;
    then();
  };
  stream.on("data", () => {});
  stream.on("end", tell);
  stream.on("error", tell);
}
