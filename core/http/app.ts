// The web application of the core: who answers under which path, and what holds for every answer.
import { Hono } from "hono";
import { serveAsset } from "../../views/assets-manifest.ts";
import { CONTENT_SECURITY_POLICY } from "../../views/content-security-policy.ts";
import type { Core } from "../kernel/core.ts";
import { refuse } from "../kernel/errors.ts";
import { agentsApi } from "./agents/app.ts";
import type { Registry } from "./api/app.ts";
import { apiApp } from "./api/app.ts";
import { callbacksApi } from "./callbacks/app.ts";
import type { HttpEnv } from "./env.ts";
import { problem, refusalOf } from "./errors.ts";
import { portalApi } from "./portal/app.ts";

export type AppOptions = {
  readonly registry: Registry;
  /** Where users' browsers find us; https makes browsers stay with https. */
  readonly publicUrl: string;
  /** The web client; answers whatever the programs' doors don't. */
  readonly admin?: {
    fetch(request: Request, bindings: HttpEnv["Bindings"] & { readonly requestId: string }): Response | Promise<Response>;
  };
};

const programs = /^\/((api|agents|portal)\/v\d+|callbacks)(\/|$)/;

/** The whole of what role `http` answers. Use its `fetch(request, { address })`. */
export function createApp(core: Core, options: AppOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const secure = options.publicUrl.startsWith("https:");

  app.use(async (c, next) => {
    const began = performance.now();
    const requestId = Bun.randomUUIDv7();
    c.set("core", core);
    c.set("requestId", requestId);
    await next();
    const headers = c.res.headers;
    headers.set("x-request-id", requestId);
    for (const [name, value] of securityHeaders(programs.test(c.req.path), secure)) if (!headers.has(name)) headers.set(name, value);
    // The path without its query: searches name people.
    core.log.debug(
      { requestId, method: c.req.method, path: c.req.path, status: c.res.status, ms: Math.round(performance.now() - began) },
      "request",
    );
  });

  app.get("/assets/*", (c) => serveAsset(c.req.path, c.req.raw.headers) ?? problem(c, refuse("unknown_path")));
  app.get("/health", async (c) => {
    await core.sql`select 1`;
    return c.json({ ok: true });
  });
  app.route("/api/v1", apiApp(options.registry));
  app.route("/agents/v1", agentsApi);
  app.route("/portal/v1", portalApi);
  app.route("/callbacks", callbacksApi);
  app.notFound((c) => {
    const { admin } = options;
    return admin && !programs.test(c.req.path)
      ? admin.fetch(c.req.raw, { ...c.env, requestId: c.get("requestId") })
      : problem(c, refuse("unknown_path"));
  });
  app.onError((error, c) => {
    const refusal = refusalOf(error);
    if (refusal.code === "internal")
      core.log.error({ requestId: c.get("requestId"), method: c.req.method, path: c.req.path, err: error }, "request failed");
    else if (refusal.code === "database_unavailable")
      core.log.warn({ requestId: c.get("requestId"), error: error.message }, "database away");
    return problem(c, refusal);
  });
  return app;
}

function securityHeaders(forPrograms: boolean, secure: boolean): [string, string][] {
  return [
    ["content-security-policy", forPrograms ? "default-src 'none'; frame-ancestors 'none'" : CONTENT_SECURITY_POLICY],
    ["x-content-type-options", "nosniff"],
    ["x-frame-options", "DENY"],
    ["referrer-policy", "same-origin"],
    ["cross-origin-opener-policy", "same-origin"],
    ["cross-origin-resource-policy", "same-origin"],
    ["permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
    // Answers hold people's data: no cache between us and them keeps any.
    ["cache-control", "no-store"],
    ...(secure ? [["strict-transport-security", "max-age=31536000"] as [string, string]] : []),
  ];
}
