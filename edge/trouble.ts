// When something is away or wrong: a page that says so in a customer's words, with a way on. The details are in the log.
import type { HTTPException } from "hono/http-exception";
import { render } from "../views/render.ts";
import { CoreAway } from "./core-client.ts";
import { DatabaseAway } from "./database.ts";
import { errorFields } from "./log.ts";
import { forgetSession, NoSuchSubscriber, type PortalContext, plain } from "./portal.ts";

const again = (c: PortalContext) => (c.req.method === "GET" ? new URL(c.req.url).pathname : "/sign-in");

export function troublePage(c: PortalContext, error: Error): Response | Promise<Response> {
  const { log } = c.var.portal;
  if (error instanceof NoSuchSubscriber) {
    forgetSession(c);
    return c.redirect("/sign-in", 303);
  }
  if (error instanceof DatabaseAway || error instanceof CoreAway) {
    const cause = error.cause instanceof Error ? error.cause.message : undefined;
    log("warn", error.message, { path: c.req.path, cause });
    c.header("retry-after", "10");
    const lead = "Our service is being restarted or has lost its connection. Nothing is lost. Please try again in a moment.";
    return c.html(render("portal/trouble", { ...plain(c, "We'll be right back", lead), href: again(c), action: "Try again" }), 503);
  }
  const status = "getResponse" in error ? (error as HTTPException).status : 500;
  if (status < 500) return notFound(c, status);
  log("error", "request failed", { method: c.req.method, path: c.req.path, ...errorFields(error) });
  const lead = "That is our mistake, and we have noted it. Your balance and your services are not affected.";
  return c.html(render("portal/trouble", { ...plain(c, "Something went wrong", lead), href: again(c), action: "Try again" }), 500);
}

export function notFound(c: PortalContext, status: number = 404): Response | Promise<Response> {
  const lead = status === 413 ? "That was too long for us." : "The address may be old or mistyped.";
  const title = status === 413 ? "Too long" : "No such page";
  return c.html(render("portal/trouble", { ...plain(c, title, lead), href: "/", action: "To the first page" }), status as 404);
}
