// Which port of 127.0.0.1 the server gets.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Problem } from "../../core/kernel/problem.ts";

/** Can this machine listen there? */
export function portIsFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((settle) => {
    const probe = createServer();
    probe.once("error", () => settle(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => settle(true)));
  });
}

export function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => settle(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export const portInUse = (port: number): Problem =>
  new Problem(
    "port_in_use",
    `Port ${port} (MB_PG_PORT) is in use by another program: stop it, or set MB_PG_PORT to another port, or to 0 for a free one`,
  );

/** The port to use: the one asked for, else the one remembered in the data folder if it is still free, else a new one. */
export async function choosePort(dataDir: string, wanted: number): Promise<number> {
  if (wanted !== 0) {
    if (!(await portIsFree(wanted))) throw portInUse(wanted);
    return wanted;
  }
  const file = join(dataDir, "postgres.port");
  const remembered = existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) : 0;
  if (remembered > 0 && (await portIsFree(remembered))) return remembered;
  const port = await freePort();
  writeFileSync(file, `${port}\n`);
  return port;
}
