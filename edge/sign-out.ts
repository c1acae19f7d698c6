// Signing out: the browser forgets its token.
import { forgetSession, isOurForm, type PortalContext } from "./portal.ts";

/** POST /sign-out. A form that isn't ours signs nobody out. */
export async function signOut(c: PortalContext): Promise<Response> {
  const { _csrf } = await c.req.parseBody();
  if (!(await isOurForm(c, _csrf))) return c.redirect("/", 303);
  forgetSession(c);
  c.header("clear-site-data", '"cache"');
  return c.redirect("/sign-in", 303);
}
