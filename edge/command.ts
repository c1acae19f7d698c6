// How the portal is started, for whoever starts it: the command line with the least rights that it runs with, and its whole environment.
import { settingNames } from "./settings.ts";

export type PortalStart = {
  /** The Deno binary. */
  readonly deno: string;
  /** The folder that holds edge, views, core and node_modules: all that the portal may read. */
  readonly projectDir: string;
  readonly host: string;
  readonly port: number;
  /** Signs in as mb_portal. */
  readonly databaseUrl: string;
  readonly coreUrl: string;
  /** The secret that the core signs portal tokens with. */
  readonly secret: string;
};

/** postgres.js asks for these before it believes its own options. */
const driverVariables = ["PG*", "USERNAME", "USER", "LOGNAME"];

function hostPort(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : protocol === "http:" ? 80 : 5432)}`;
}

/** Words of the command line. It may reach the database and the core, read the project and its own settings; nothing else. */
export function portalCommand(start: PortalStart): string[] {
  const { deno, projectDir, host, port, databaseUrl, coreUrl } = start;
  return [
    deno,
    "serve",
    ...["--quiet", "--no-prompt", "--no-lock", "--no-remote", "--cached-only"],
    `--allow-net=${[...new Set([hostPort(databaseUrl), hostPort(coreUrl)])].join(",")}`,
    `--allow-env=${[...settingNames, "MB_SUPERVISED", ...driverVariables].join(",")}`,
    `--allow-read=${projectDir}`,
    ...["--host", host, "--port", String(port)],
    `${projectDir.replace(/[\\/]+$/, "")}/edge/main.ts`,
  ];
}

/** What the settings are called in the portal's environment. `MB_SUPERVISED=1` besides makes it end with its standard input. */
export const portalEnvironment = ({ databaseUrl, coreUrl, secret }: PortalStart): Record<string, string> => ({
  MB_PORTAL_DATABASE_URL: databaseUrl,
  MB_CORE_URL: coreUrl,
  MB_PORTAL_SECRET: secret,
});
