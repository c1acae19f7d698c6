// What PostgreSQL says when it refuses, whatever the driver and the query builder have wrapped around it.

export type DatabaseError = { readonly code: string; readonly constraint?: string; readonly message: string };

/** The server's own error behind `error`, by SQLSTATE; undefined when it isn't one. */
export function databaseErrorOf(error: unknown): DatabaseError | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    const { code, constraint_name: constraint } = e as Error & { code?: unknown; constraint_name?: string };
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return { code, constraint, message: e.message };
  }
  return undefined;
}

/** A serialization failure or a deadlock: nothing is wrong with the request, it lost a race. */
export const isTransient = (error: unknown): boolean => ["40001", "40P01"].includes(databaseErrorOf(error)?.code ?? "");

/** The server went away, is starting or shutting down. */
export function isUnavailable(error: unknown): boolean {
  const server = databaseErrorOf(error)?.code ?? "";
  if (server.startsWith("08") || server.startsWith("57P")) return true;
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    if (/^(CONNECT|CONNECTION|ECONN)/.test(String((e as Error & { code?: unknown }).code ?? ""))) return true;
    // What the queue's driver says has no code.
    if (e.message.startsWith("Connection terminated")) return true;
  }
  return false;
}
