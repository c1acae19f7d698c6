// A small server for the look's own tests: pages and assets under the real Content-Security-Policy, on a free port of this machine.
import { serveAsset } from "../../views/assets-manifest.ts";
import { CONTENT_SECURITY_POLICY } from "../../views/content-security-policy.ts";

/** `answer` returns the status and HTML for a URL, or undefined for 404. The caller stops the server. */
export function serveViews(answer: (url: URL, request: Request) => { status: number; body: string } | undefined) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const url = new URL(request.url);
      const asset = serveAsset(url.pathname, request.headers);
      if (asset) return asset;
      const { status, body } = answer(url, request) ?? { status: 404, body: "not found" };
      return new Response(body, {
        status,
        headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": CONTENT_SECURITY_POLICY },
      });
    },
  });
}
