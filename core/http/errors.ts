// What goes wrong at a door of HTTP, as problem+json (RFC 9457), made from the one table of refusals. No stack ever leaves.
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { isUnavailable } from "../kernel/database-error.ts";
import { type ErrorCode, errors, type Refusal, refuse } from "../kernel/errors.ts";
import { plain } from "../kernel/json.ts";
import type { HttpEnv } from "./env.ts";

/** Seconds after which a client may try again when the database was away. */
const RETRY_AFTER_SEC = 5;

export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** The request's id, also in the header X-Request-Id and in the log. */
  readonly instance: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
};

type Issues = readonly { readonly path: string; readonly message: string }[];

/** The problem that a refusal is. Its other details (a permission, a limit) become members of their own. */
export function problemOf(refusal: Refusal, requestId: string): Problem {
  const { ok: _, code, issues, detail, ...members } = refusal;
  const { status, message } = errors[code];
  return {
    ...(plain(members) as object),
    type: `urn:mediabilling:problem:${code}`,
    title: message,
    status,
    detail: typeof detail === "string" ? detail : sentenceOf(message, refusal),
    code,
    instance: `urn:uuid:${requestId}`,
    ...(Array.isArray(issues) ? { errors: issues as Issues } : {}),
  };
}

function sentenceOf(message: string, { issues, permission }: Refusal): string {
  if (Array.isArray(issues) && issues.length > 0)
    return (issues as Issues).map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join("; ");
  if (typeof permission === "string") return `${message} It needs the permission ${permission}.`;
  return message;
}

/** Answers with a refusal. `headers` such as Allow are the caller's to add. */
export function problem(c: Context<HttpEnv>, refusal: Refusal, headers: Readonly<Record<string, string>> = {}): Response {
  const { status } = errors[refusal.code];
  const all = new Headers({ ...headers, "content-type": "application/problem+json" });
  if (status === 401) all.set("www-authenticate", 'Bearer realm="MediaBilling"');
  if (status === 503) all.set("retry-after", String(RETRY_AFTER_SEC));
  return new Response(JSON.stringify(problemOf(refusal, c.get("requestId"))), { status, headers: all });
}

/** Thrown by what reads a request, where a return value would have to pass through many hands. */
export class RequestRefused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}

export const reject = (code: ErrorCode, details: Record<string, unknown> = {}): never => {
  throw new RequestRefused(refuse(code, details));
};

/** The refusal behind whatever was thrown. What nobody expected is `internal`, and is the caller's to log. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RequestRefused) return error.refusal;
  if (["ENOSPC", "EDQUOT"].includes((error as { code?: string } | null)?.code ?? "")) return refuse("storage_full");
  if (isUnavailable(error)) return refuse("database_unavailable");
  if (error instanceof HTTPException && error.status < 500) return refuse("request_malformed");
  return refuse("internal");
}
