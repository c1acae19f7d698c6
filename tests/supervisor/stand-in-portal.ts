// A portal for tests of the supervisor, run by Deno: that it ends with its parent is what is tested.
import { endWithParent } from "../../edge/end-with-parent.ts";

void endWithParent();

export default { fetch: () => new Response("portal") };
