// Pages that nobody has to be signed in to: set-up and sign-in.
import { type PlainPage, themeFromCookie } from "../../../views/page.ts";
import { render } from "../../../views/render.ts";
import { takeFlash } from "./cookies.ts";
import type { PageContext } from "./env.ts";

/** In the layout `plain`; forms in it carry the token of the double-submit cookie. */
export function plainPage(
  c: PageContext,
  view: string,
  data: PlainPage & Record<string, unknown>,
  status = 200,
): Response | Promise<Response> {
  const frame = { theme: themeFromCookie(c.req.header("cookie")), csrf: c.get("csrf"), flash: takeFlash(c) };
  return c.html(render(view, { ...frame, ...data }), status as 200);
}
