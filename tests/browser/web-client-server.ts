// The web client as it runs: the whole application and a worker over a database of its own, on a free port.
import { adminApp } from "../../core/http/admin/app.ts";
import { createApp } from "../../core/http/app.ts";
import { commands, queries } from "../../core/registry.ts";
import { startWorker } from "../../jobs/main.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

export type RunningWebClient = { readonly t: TestDatabase; readonly url: string; close(): Promise<void> };

export async function startWebClient(): Promise<RunningWebClient> {
  const t = await testDatabase({ worker: true });
  const worker = await startWorker(t.core);
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => app.fetch(request, { address: "127.0.0.1" }) });
  const url = server.url.href.replace(/\/$/, "");
  const app = createApp(t.core, { registry: { commands, queries }, publicUrl: url, admin: adminApp(t.core, { publicUrl: url }) });
  const close = async () => {
    await server.stop(true);
    await worker.close(5);
    await t.close();
  };
  return { t, url, close };
}
