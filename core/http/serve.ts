// Role `http`: the web application on a port of this machine.

import type { Core } from "../kernel/core.ts";
import { Problem } from "../kernel/problem.ts";
import { publicUrl, type SettingsWithSecret } from "../kernel/settings.ts";
import { commands, queries } from "../registry.ts";
import { createApp } from "./app.ts";

/** An upload is read as it comes, but no request may be larger. */
const mostBodyBytes = 512 * 1024 * 1024;

/** @throws Problem when the port is in use */
export async function startHttp(core: Core, settings: SettingsWithSecret): Promise<{ close(): Promise<void> }> {
  const app = createApp(core, { registry: { commands, queries }, publicUrl: publicUrl(settings) });
  const { httpHost: hostname, httpPort: port } = settings;
  try {
    const server = Bun.serve({
      hostname,
      port,
      maxRequestBodySize: mostBodyBytes,
      idleTimeout: 120,
      fetch: (request, from) => app.fetch(request, { address: from.requestIP(request)?.address }),
    });
    return {
      async close() {
        // Answers that are being written are finished; connections that a browser keeps open are not waited for.
        await Promise.race([server.stop(), Bun.sleep(3_000)]);
        await server.stop(true);
      },
    };
  } catch (error) {
    if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
    throw new Problem(
      "port_in_use",
      `Port ${port} (MB_HTTP_PORT) is in use by another program: stop it, or set MB_HTTP_PORT to another port`,
    );
  }
}
