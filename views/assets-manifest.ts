// The files a page may load, each under a URL with its content's hash: a browser may keep them forever, and a new version is a new URL.
// Nothing is served that is not listed here, so no request can walk the disk.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FONTS = new URL("../node_modules/@fontsource-variable/inter/files/", import.meta.url);
const TYPES = { css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8", svg: "image/svg+xml", woff2: "font/woff2" } as const;

const FILES = {
  "app.css": new URL("./assets/app.css", import.meta.url),
  "app.js": new URL("./assets/app.js", import.meta.url),
  "week-grid.js": new URL("./assets/week-grid.js", import.meta.url),
  "favicon.svg": new URL("./assets/favicon.svg", import.meta.url),
  "htmx.js": new URL("../node_modules/htmx.org/dist/htmx.min.js", import.meta.url),
  "inter-latin.woff2": new URL("inter-latin-wght-normal.woff2", FONTS),
  "inter-latin-ext.woff2": new URL("inter-latin-ext-wght-normal.woff2", FONTS),
  "inter-cyrillic.woff2": new URL("inter-cyrillic-wght-normal.woff2", FONTS),
  "inter-cyrillic-ext.woff2": new URL("inter-cyrillic-ext-wght-normal.woff2", FONTS),
} as const;

export type AssetName = keyof typeof FILES;
type Asset = { body: Uint8Array<ArrayBuffer>; gzipped: Uint8Array<ArrayBuffer> | undefined; hash: string; type: string; url: string };

const loaded = new Map<AssetName, Asset>();
const isAssetName = (name: string): name is AssetName => Object.hasOwn(FILES, name);

function load(name: AssetName): Asset {
  const known = loaded.get(name);
  if (known) return known;
  const extension = name.slice(name.lastIndexOf(".") + 1) as keyof typeof TYPES;
  let body = new Uint8Array(readFileSync(FILES[name]));
  if (extension === "css") {
    const css = new TextDecoder().decode(body);
    body = new TextEncoder().encode(css.replace(/url\("?([\w-]+\.woff2)"?\)/g, (_, font: string) => `url("${assetUrl(font)}")`));
  }
  if (extension === "js") body = new TextEncoder().encode(new TextDecoder().decode(body).replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"));
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 12);
  const gzipped = extension === "woff2" ? undefined : new Uint8Array(gzipSync(body));
  const asset = { body, gzipped, hash, type: TYPES[extension], url: `/assets/${name.replace(/\.(\w+)$/, `.${hash}.$1`)}` };
  loaded.set(name, asset);
  return asset;
}

/** `app.css` → `/assets/app.1a2b3c4d5e6f.css`. Throws for a name that is not in the list: a page with a wrong name is a bug. */
export function assetUrl(name: string): string {
  if (!isAssetName(name)) throw new Error(`no asset is called ${name}`);
  return load(name).url;
}

/**
 * The response for a path under `/assets/`, or undefined (the caller answers 404). With the right hash it is immutable for a
 * year; with another one (a page that is older than the last deployment) the present file goes out, to be asked for again.
 */
export function serveAsset(path: string, request?: Headers): Response | undefined {
  const match = /^\/assets\/([\w-]+)(?:\.([0-9a-f]{12}))?\.(\w+)$/.exec(path);
  const name = match ? `${match[1]}.${match[3]}` : "";
  if (!match || !isAssetName(name)) return undefined;
  const asset = load(name);
  const headers = new Headers({
    "content-type": asset.type,
    "cache-control": match[2] === asset.hash ? "public, max-age=31536000, immutable" : "no-cache",
    etag: `"${asset.hash}"`,
    vary: "accept-encoding",
    "x-content-type-options": "nosniff",
  });
  const asked = request?.get("if-none-match") ?? "";
  if (asked.split(",").some((tag) => tag.trim().replace(/^W\//, "") === `"${asset.hash}"`))
    return new Response(null, { status: 304, headers });
  const zip = asset.gzipped && /\bgzip\b/.test(request?.get("accept-encoding") ?? "");
  if (zip) headers.set("content-encoding", "gzip");
  return new Response(zip ? asset.gzipped : asset.body, { headers });
}
