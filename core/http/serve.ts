// Role `http`: listens, and hands each request to the application with the address it came from.
import type { Core } from "../kernel/core.ts";
import { Problem } from "../kernel/problem.ts";
import { publicUrl, type Settings } from "../kernel/settings.ts";
import { commands, queries } from "../registry.ts";
import { adminApp } from "./admin/app.ts";
import { createApp } from "./app.ts";

/** Above every limit of a single door, so that each says itself what it finds too large. */
const MAX_BODY_BYTES = 1024 ** 3;

/** Longest time without a byte in either direction, in seconds: an upload or a large file may be slow, not dead. */
const IDLE_TIMEOUT_SEC = 60;

/** How long requests that run may take to end when the process is to stop. */
const GRACE_MS = 5000;

export type HttpServer = { readonly port: number; close(): Promise<void> };

/** @throws Problem when the port is taken */
export async function startHttp(core: Core, settings: Settings): Promise<HttpServer> {
  const url = publicUrl(settings);
  const app = createApp(core, { registry: { commands, queries }, publicUrl: url, admin: adminApp(core, { publicUrl: url }) });
  let server: Bun.Server<undefined>;
  try {
    server = Bun.serve({
      hostname: settings.httpHost,
      port: settings.httpPort,
      idleTimeout: IDLE_TIMEOUT_SEC,
      maxRequestBodySize: MAX_BODY_BYTES,
      fetch(request, listener) {
        const address = listener.requestIP(request)?.address;
        return app.fetch(request, address === undefined ? {} : { address });
      },
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EADDRINUSE") throw error;
    throw new Problem(
      "port_in_use",
      `Port ${settings.httpPort} (MB_HTTP_PORT) is in use by another program: stop it, or set MB_HTTP_PORT to another port`,
    );
  }
  core.log.info({ port: server.port }, "listening");
  return {
    port: server.port ?? settings.httpPort,
    async close() {
      await Promise.race([server.stop(), Bun.sleep(GRACE_MS)]);
      await server.stop(true);
    },
  };
}
