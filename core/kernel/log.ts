// The log: one JSON object a line, for programs; the supervisor makes lines for people out of it. No secrets in it.
import pino, { type Logger } from "pino";

export type Log = Logger;

const secrets = ["password", "secret", "token", "pin", "authorization", "cookie", "apiKey", "databaseUrl", "adminUrl", "url.password"];

/** Drizzle repeats a failed query's parameters in its message: names, numbers, hashes of whoever was being served. */
const withoutParameters = (text: string): string => text.replace(/\nparams:[\s\S]*?(?=\n\s+at |$)/, "");

type Told = { type: string; message: string; code?: string; constraint?: string; stack?: string; cause?: Told };

/** What the log keeps of an error: where and what, not the data it was about. */
function told(error: unknown): Told {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { code, constraint_name: constraint } = error as { code?: unknown; constraint_name?: unknown };
  return {
    type: error.name,
    message: withoutParameters(error.message),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof constraint === "string" ? { constraint } : {}),
    ...(error.stack ? { stack: withoutParameters(error.stack) } : {}),
    ...(error.cause === undefined ? {} : { cause: told(error.cause) }),
  };
}

/**
 * @param options.role who writes: http, worker-1, supervisor
 * @param options.write where a line goes, its newline included; standard output when left out
 */
export function createLog(options: { level: string; role: string; write?: (line: string) => void }): Log {
  const write = options.write;
  return pino(
    {
      level: options.level,
      base: { role: options.role },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: told },
      redact: { paths: [...secrets, ...secrets.map((name) => `*.${name}`)], censor: "[hidden]" },
    },
    // sync: the last lines before a crash are the ones that matter.
    write ? { write } : pino.destination({ fd: 1, sync: true }),
  );
}
