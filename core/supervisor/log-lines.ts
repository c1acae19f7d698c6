// What the roles write, on its way to the terminal: JSON lines become lines for people, anything else keeps its text.

export type LineSink = (role: string, line: string, fromError: boolean) => void;

const colours: Record<string, string> = { trace: "2", debug: "2", info: "0", warn: "33", error: "31", fatal: "31;1" };
/** Fields that every line has, or that are shown in their own place. */
const known = new Set(["level", "time", "role", "msg", "pid", "hostname", "err"]);

type Entry = { level?: string; time?: string; msg?: string; err?: { message?: string; stack?: string }; [field: string]: unknown };

function parse(line: string): Entry | null {
  if (!line.startsWith("{")) return null;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return null;
  }
}

const shown = (value: unknown): string =>
  typeof value === "string" ? (/^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)) : JSON.stringify(value);

/** One line for a person; the stack of an error follows on lines of its own. */
export function prettyLine(role: string, line: string, fromError: boolean, colour: boolean, now: () => string): string {
  const entry = parse(line);
  const level = entry?.level ?? (fromError ? "error" : "info");
  const time = typeof entry?.time === "string" ? entry.time : now();
  const fields = entry
    ? Object.entries(entry)
        .filter(([name]) => !known.has(name))
        .map(([name, value]) => `${name}=${shown(value)}`)
    : [];
  const said =
    entry?.err?.message && entry.msg ? `${entry.msg}: ${entry.err.message}` : entry ? (entry.msg ?? entry.err?.message ?? "") : line;
  const mark = level === "info" ? "" : `${level.toUpperCase()} `;
  const body = [`${mark}${said}`, ...fields].join("  ");
  const text = `${time.slice(11, 19)} ${role.padEnd(12)} ${body}${entry?.err?.stack ? `\n${entry.err.stack}` : ""}`;
  const code = colours[level] ?? "0";
  return colour && code !== "0" ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** The same for programs: an object per line, with the role in it. */
export function jsonLine(role: string, line: string, fromError: boolean, now: () => string): string {
  const entry = parse(line);
  if (entry) return JSON.stringify({ ...entry, role });
  return JSON.stringify({ level: fromError ? "error" : "info", time: now(), role, msg: line });
}

/** A sink that writes each line with `write`, which gets no newline. */
export function createLineSink(options: { format: "pretty" | "json"; colour: boolean; write: (line: string) => void }): LineSink {
  const now = () => Temporal.Now.instant().toString();
  return (role, line, fromError) =>
    options.write(
      options.format === "json" ? jsonLine(role, line, fromError, now) : prettyLine(role, line, fromError, options.colour, now),
    );
}

/** A line longer than this is passed on in pieces, so that no role can fill our memory. */
const longestLine = 64 * 1024;

/** Reads a stream to its end, line by line. */
export async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") take(line);
    if (rest.length > longestLine) {
      take(rest);
      rest = "";
    }
  }
  if (rest !== "") take(rest);
}
