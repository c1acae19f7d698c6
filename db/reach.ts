// Is the database of DATABASE_URL there, and is it one that we can use? Answered before anything else starts, in one line.
import { isUnavailable } from "../core/kernel/database-error.ts";
import { Problem } from "../core/kernel/problem.ts";
import { steadyClient } from "./steady-client.ts";

const oldest = 16;

/**
 * @returns the server's version, for a person: `PostgreSQL 17.2 at db.example:5432/billing`
 * @throws Problem when it doesn't answer, refuses us, or is too old
 */
export async function reachDatabase(url: string): Promise<string> {
  const { hostname, port, pathname, username } = new URL(url);
  const where = `${hostname}:${port || 5432}`;
  const sql = steadyClient(url, { max: 1, connect_timeout: 5, idle_timeout: 1, onnotice() {} });
  try {
    const [row] = await sql`select current_setting('server_version_num')::int as number, current_setting('server_version') as version`;
    if (Number(row?.number) < oldest * 10_000) {
      throw new Problem(
        "database_too_old",
        `The database at ${where} is PostgreSQL ${row?.version}: MediaBilling needs ${oldest} or newer`,
      );
    }
    return `PostgreSQL ${row?.version} at ${where}${pathname}`;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw unreachable(error, where, pathname.slice(1), username);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Whether the server takes sessions just now: false while it starts, recovers or stops. Whatever else is wrong is for its user to say. */
export async function acceptsSessions(url: string): Promise<boolean> {
  const sql = steadyClient(url, { max: 1, connect_timeout: 5, onnotice() {} });
  try {
    await sql`select`;
    return true;
  } catch (error) {
    return !isUnavailable(error);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function unreachable(error: unknown, where: string, name: string, user: string): Problem {
  const { code = "", message } = error as { code?: string; message: string };
  if (code === "28P01" || code === "28000")
    return new Problem(
      "database_refused",
      `The database at ${where} refuses the user ${user}: correct the name or the password in DATABASE_URL`,
    );
  if (code === "3D000")
    return new Problem("database_missing", `The server at ${where} has no database "${name}": create it, or correct DATABASE_URL`);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new Problem("database_down", `The database's host in DATABASE_URL is not known (${where}): correct it`);
  const reason = code === "ECONNREFUSED" ? "connection refused" : code === "CONNECT_TIMEOUT" ? "no answer within 5 s" : message;
  return new Problem("database_down", `The database at ${where} does not answer (${reason}): start it, or correct DATABASE_URL`);
}
