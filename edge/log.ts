// One JSON object a line, as the other processes write. No login, no address, no query string: whoever reads a log isn't entitled to them.

export type Log = (level: "info" | "warn" | "error", msg: string, fields?: Readonly<Record<string, unknown>>) => void;

export const consoleLog: Log = (level, msg, fields = {}) =>
  console.log(
    JSON.stringify({ level, time: Temporal.Now.instant().toString({ smallestUnit: "millisecond" }), role: "portal", ...fields, msg }),
  );

/** What of an error belongs in the log. */
export const errorFields = (error: unknown) =>
  error instanceof Error ? { err: { type: error.name, message: error.message, stack: error.stack } } : { err: { message: String(error) } };
