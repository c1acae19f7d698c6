// The demo: one button loads it, one page says what it is and how to look at it as a subscriber.
import { Hono } from "hono";
import { type DemoNote, demoNote, loadDemo } from "../../demo/load-demo.ts";
import { ROOT_PROVIDER_ID } from "../../providers/tenants.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { errorPage } from "./errors.ts";
import { done, may, page, route, run, sessionOf } from "./frame.ts";

export const demoPages = new Hono<AdminEnv>();

/** What the dashboard shows of the demo; undefined when there is none, or it isn't the person's to know. */
export async function demoShown(
  c: PageContext,
): Promise<(Pick<DemoNote, "state"> & { readonly text: string; readonly percent: number }) | undefined> {
  if (!may(c, "providers:write")) return undefined;
  const note = await demoNote(c.get("core"));
  if (!note) return undefined;
  return {
    state: note.state,
    text: note.total > 1 ? `${note.done} of ${note.total} subscribers` : "Beginning",
    percent: Math.trunc((note.done * 100) / Math.max(1, note.total)),
  };
}

/** Whether this person may load it: at the operator, and once. */
export const mayLoadDemo = (c: PageContext): boolean =>
  may(c, "providers:write") && sessionOf(c).actor.providerId === ROOT_PROVIDER_ID && sessionOf(c).actor.scope.groupIds === null;

demoPages.get(
  "/demo",
  route({ permission: "providers:write" }, async (c) => {
    const note = await demoNote(c.get("core"));
    return page(c, {
      title: "The demo",
      section: "none",
      view: "admin/demo/show",
      data: { demo: note ?? null, shown: (await demoShown(c)) ?? null, mayLoad: mayLoadDemo(c) },
    });
  }),
);

demoPages.post(
  "/demo",
  route({ permission: "providers:write" }, async (c) => {
    const outcome = await run(c, loadDemo, {});
    if (!outcome.ok && outcome.code !== "demo_loaded") return errorPage(c, outcome);
    return done(
      c,
      "/",
      outcome.ok
        ? { tone: "info", text: "The demo loads in about half a minute, then its calls begin.", href: "/demo", action: "What is in it" }
        : { tone: "info", text: "The demo is loaded already.", href: "/demo", action: "What is in it" },
    );
  }),
);
