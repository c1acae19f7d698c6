// What a person sees when something can't be shown: a page that says so and where to go from there. No stack, no code of ours.
import { themeFromCookie } from "../../../views/page.ts";
import { render } from "../../../views/render.ts";
import { errors, type Refusal } from "../../kernel/errors.ts";
import type { PageContext } from "./env.ts";
import { isFragment } from "./frame.ts";

const titles: Readonly<Record<number, string>> = {
  400: "That request can't be read",
  401: "Sign in first",
  403: "You can't open this",
  404: "There is nothing here",
  409: "That isn't possible now",
  413: "That is too large",
  422: "That can't be accepted",
  429: "Too many attempts",
  500: "Something went wrong",
  503: "One moment",
};

/** The page of a refusal, with its status. A fragment gets the sentence alone. */
export function errorPage(c: PageContext, refusal: Refusal): Response {
  const { status, message } = errors[refusal.code];
  const detail = typeof refusal.detail === "string" ? refusal.detail : issuesText(refusal);
  const headers = status === 503 ? { "retry-after": "5" } : undefined;
  if (isFragment(c)) return new Response(message, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } });
  const body = render("admin/errors/show", {
    title: titles[status] ?? "That didn't work",
    lead: message,
    theme: themeFromCookie(c.req.header("cookie")),
    detail,
    permission: typeof refusal.permission === "string" ? refusal.permission : undefined,
    requestId: status >= 500 ? c.get("requestId") : undefined,
    retry: status === 503 || status === 500,
    here: c.req.path,
    isGet: c.req.method === "GET",
  });
  return c.html(body, status as 500, headers);
}

function issuesText({ issues }: Refusal): string | undefined {
  if (!Array.isArray(issues)) return undefined;
  return issues.map(({ path, message }: { path: string; message: string }) => (path ? `${path}: ${message}` : message)).join("; ");
}
