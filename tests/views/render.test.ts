import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assetUrl, serveAsset } from "../../views/assets-manifest.ts";
import { themeFromCookie } from "../../views/page.ts";
import { render } from "../../views/render.ts";
import { escapeHtml, html } from "../../views/shared/html.ts";
import { galleryPages } from "./gallery-data.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const templates = readdirSync(`${root}views`, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".eta"));

describe("escaping", () => {
  test("what a template prints is escaped, in content and in attributes", () => {
    const { view, data } = galleryPages["sign-in"]!();
    const page = render(view, { ...data, title: `<script>alert("1")</script>`, csrf: `"><b>` });
    expect(page).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
    expect(page).not.toContain("<script>");
    expect(page).toContain('value="&quot;&gt;&lt;b&gt;"');
  });

  test("only what the html tag made passes as it is", () => {
    expect(String(html`<b title="${`"'`}">${"<i>"}${html`<i>`}${[html`<u>`, "&"]}${null}</b>`)).toBe(
      '<b title="&quot;&#39;">&lt;i&gt;<i><u>&amp;</b>',
    );
    expect(escapeHtml({ toString: () => "<b>" })).toBe("&lt;b&gt;");
  });

  test("a piece sees what it is given, not the data of the page", () => {
    const { view, data } = galleryPages.form!();
    expect(render(view, { ...data, error: "LEAKED", hint: "LEAKED", text: "LEAKED" })).not.toContain("LEAKED");
  });
});

describe("every template", () => {
  for (const name of templates) {
    const text = readFileSync(`${root}views/${name}`, "utf8");
    test(`${name} has no inline style or script and nothing that needs eval`, () => {
      expect(text).not.toMatch(/\sstyle\s*=/i);
      expect(text).not.toMatch(/<style|<script(?![^>]*\ssrc=)|javascript:/i);
      expect(text).not.toMatch(/\s(on[a-z]+|hx-on[:\w-]*)\s*=/i);
      expect(text).not.toMatch(/hx-[\w:-]+="js:|hx-trigger="[^"]*\[/);
    });
    test(`${name} prints raw only bodies and our own partials`, () => {
      const raw = [...text.matchAll(/<%[-_]?\s*~([\s\S]*?)%>/g)].map((match) => match[1]!.trim());
      expect(raw.filter((code) => code !== "it.body" && !/^include\("[\w/-]+"/.test(code))).toEqual([]);
    });
    test(`${name} puts the token into every form that posts`, () => {
      for (const form of text.matchAll(/<form[^>]*method="post"[^>]*>([\s\S]*?)<\/form>/gi))
        expect(form[1]).toMatch(/piece\("csrf"|name="_csrf"/);
    });
  }
});

describe("assets", () => {
  test("a URL has the content's hash and may be kept for ever", async () => {
    const response = serveAsset(assetUrl("app.css"))!;
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(response.headers.get("content-type")).toBe("text/css; charset=utf-8");
    const css = await response.text();
    for (const [, url] of css.matchAll(/url\("(\/[^"]+)"\)/g)) expect(serveAsset(url!)?.status).toBe(200);
    expect(css).toContain(assetUrl("inter-cyrillic.woff2"));
  });

  test("an older hash brings the present file, not to be kept", () => {
    expect(serveAsset("/assets/app.000000000000.js")?.headers.get("cache-control")).toBe("no-cache");
  });

  test("a browser that has the file is told so", () => {
    const etag = serveAsset(assetUrl("htmx.js"))!.headers.get("etag")!;
    expect(serveAsset(assetUrl("htmx.js"), new Headers({ "if-none-match": `W/${etag}` }))?.status).toBe(304);
  });

  test("text travels compressed where the browser can", async () => {
    const response = serveAsset(assetUrl("htmx.js"), new Headers({ "accept-encoding": "gzip, br" }))!;
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect((await response.arrayBuffer()).byteLength).toBeLessThan(40_000);
  });

  test("what is not in the list is not served", () => {
    for (const path of [
      "/assets/../package.json",
      "/assets/app.ts",
      "/assets/",
      "/assets/toString.js",
      "/assets/%2e%2e/x.css",
      "/app.css",
    ]) {
      expect(serveAsset(path)).toBeUndefined();
    }
    expect(() => assetUrl("missing.css")).toThrow();
  });
});

test("the theme comes from the cookie of that name only", () => {
  expect(themeFromCookie("session=1; theme=dark")).toBe("dark");
  expect(themeFromCookie("mytheme=dark; theme=blue")).toBeUndefined();
  expect(themeFromCookie(null)).toBeUndefined();
});

const deno = `${root}node_modules/.bin/deno`;
test.skipIf(!existsSync(deno))(
  "the same page comes out under Deno, with leave to read and nothing else",
  () => {
    const script = `
    import { render } from ${JSON.stringify(`${root}views/render.ts`)};
    import { serveAsset, assetUrl } from ${JSON.stringify(`${root}views/assets-manifest.ts`)};
    import { galleryPages } from ${JSON.stringify(`${root}tests/views/gallery-data.ts`)};
    const { view, data } = galleryPages.portal();
    if (serveAsset(assetUrl("app.css")).status !== 200) throw new Error("no stylesheet");
    await Deno.stdout.write(new TextEncoder().encode(render(view, data)));`;
    const run = Bun.spawnSync([deno, "run", "--no-check", "--no-prompt", `--allow-read=${root}`, "--ext=ts", "-"], {
      cwd: root,
      stdin: new TextEncoder().encode(script),
    });
    expect(run.stderr.toString()).toBe("");
    const { view, data } = galleryPages.portal!();
    expect(run.stdout.toString()).toBe(render(view, data));
  },
  30_000,
);
