// The driver: `deno serve edge/main.ts`. Reads the settings, opens the doors, hands requests to the application.
import { createPortal } from "./app.ts";
import { openCoreClient } from "./core-client.ts";
import { openPortalDatabase } from "./database.ts";
import { endWithParent } from "./end-with-parent.ts";
import { consoleLog } from "./log.ts";
import { keysFrom } from "./session-token.ts";
import { readPortalSettings } from "./settings.ts";

type Info = { readonly remoteAddr?: { readonly hostname?: string } };
type Deno = { readonly env: { get(name: string): string | undefined }; exit(code: number): never };
const { Deno: deno } = globalThis as unknown as { Deno: Deno };

function settingsOrExit() {
  try {
    return readPortalSettings((name) => deno.env.get(name));
  } catch (error) {
    consoleLog("error", `The portal can't start: ${(error as Error).message}`);
    return deno.exit(1);
  }
}

const settings = settingsOrExit();
const app = createPortal({
  database: openPortalDatabase(settings.databaseUrl),
  core: openCoreClient(settings.coreUrl, settings.secret),
  keys: await keysFrom(settings.secret),
  clock: () => Temporal.Now.instant(),
  log: consoleLog,
});
if (deno.env.get("MB_SUPERVISED") === "1") void endWithParent();

export default {
  fetch: (request: Request, info?: Info) => app.fetch(request, { address: info?.remoteAddr?.hostname }),
};
