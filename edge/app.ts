// The portal: which page answers where, and what holds for all of them. Runs wherever there is a fetch event: Deno, Bun.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { serveAsset } from "../views/assets-manifest.ts";
import { showCalls } from "./calls.ts";
import { promisePayment, resumeServices, suspendServices } from "./credit.ts";
import { showHome } from "./home.ts";
import { isPortalPath, type Portal, type PortalEnv, sessionOf } from "./portal.ts";
import { redeem, register, showRedeem } from "./redeem.ts";
import { securityHeaders } from "./security-headers.ts";
import { showSignIn, signIn } from "./sign-in.ts";
import { signOut } from "./sign-out.ts";
import { notFound, troublePage } from "./trouble.ts";
import { showUsage } from "./usage.ts";

/** Use its `fetch(request, { address })`, where the address is that of whoever holds the connection. */
export function createPortal(portal: Portal): Hono<PortalEnv> {
  const app = new Hono<PortalEnv>();
  app.use(async (c, next) => {
    c.set("portal", portal);
    await next();
    securityHeaders(c);
  });
  app.use(
    bodyLimit({
      maxSize: 16 * 1024,
      onError: () => {
        throw new HTTPException(413);
      },
    }),
  );

  app.get("/assets/*", (c) => serveAsset(c.req.path, c.req.raw.headers) ?? notFound(c));
  app.get("/health", async (c) => ((await portal.database.ping()) ? c.text("ok\n") : c.text("database away\n", 503)));
  app.get("/sign-in", showSignIn);
  app.post("/sign-in", signIn);
  app.post("/sign-out", signOut);
  app.get("/redeem", showRedeem);
  app.post("/redeem", redeem);
  app.post("/register", register);

  for (const [path, show] of [
    ["/", showHome],
    ["/usage", showUsage],
    ["/calls", showCalls],
  ] as const) {
    app.get(path, async (c) => {
      const session = await sessionOf(c);
      if (!session) return c.redirect(path === "/" || !isPortalPath(path) ? "/sign-in" : `/sign-in?to=${path}`, 303);
      c.set("session", session);
      return show(c);
    });
  }
  for (const [path, act] of [
    ["/promise", promisePayment],
    ["/suspension", suspendServices],
    ["/resumption", resumeServices],
  ] as const)
    app.post(path, async (c) => {
      const session = await sessionOf(c);
      if (!session) return c.redirect("/sign-in", 303);
      c.set("session", session);
      return act(c);
    });
  app.notFound((c) => notFound(c));
  app.onError((error, c) => troublePage(c, error));
  return app;
}
