// What a page handler finds in its context, besides the request.
import type { Context } from "hono";
import type { Session as AuthSession, actorOfSession } from "../../auth/session.ts";
import type { Core } from "../../kernel/core.ts";
import type { HttpEnv } from "../env.ts";

/** Who is signed in: the actor that commands and queries run as, and what pages say of them. */
export type PageSession = NonNullable<Awaited<ReturnType<typeof actorOfSession>>> & { readonly cookie: AuthSession["cookie"] };

export type AdminEnv = {
  Bindings: HttpEnv["Bindings"] & {
    /** The id under which the request is logged, when something stands before us. */ readonly requestId?: string;
  };
  Variables: {
    core: Core;
    requestId: string;
    /** Where users' browsers and agents find us, without a slash at the end. */
    publicUrl: string;
    /** Cookies get Secure and the prefix __Host-. */
    secure: boolean;
    session: PageSession | undefined;
    /** The token that this page's forms carry. */
    csrf: string;
    /** Fields of a posted form; empty for GET. */
    form: URLSearchParams;
  };
};

export type PageContext = Context<AdminEnv>;
