// A small server for the gallery: pages and assets under the real Content-Security-Policy, on a free port of this machine.
import { serveAsset } from "../../views/assets-manifest.ts";
import { CONTENT_SECURITY_POLICY } from "../../views/content-security-policy.ts";

/** `page` returns the HTML for a URL or undefined. The caller stops the server. */
export function serveViews(page: (url: URL) => string | undefined) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const url = new URL(request.url);
      const asset = serveAsset(url.pathname, request.headers);
      if (asset) return asset;
      const body = page(url);
      if (body === undefined) return new Response("not found", { status: 404 });
      return new Response(body, {
        headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": CONTENT_SECURITY_POLICY },
      });
    },
  });
}
