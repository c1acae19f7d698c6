// Whoever calls the API shows a bearer key; what the key may do and see comes from the database with each request.
import { createMiddleware } from "hono/factory";
import { actorOfApiKey } from "../../auth/actor-of-api-key.ts";
import type { Actor } from "../../kernel/actor.ts";
import { refuse } from "../../kernel/errors.ts";
import type { HttpEnv } from "../env.ts";
import { problem } from "../errors.ts";

export type ApiEnv = { Bindings: HttpEnv["Bindings"]; Variables: HttpEnv["Variables"] & { actor: Actor } };

/** The token of `Authorization: Bearer …`; undefined when there is none. */
export function bearerToken(headers: Headers): string | undefined {
  return /^Bearer +([\w.~+/=-]{1,500})$/i.exec(headers.get("authorization") ?? "")?.[1];
}

export const authenticate = createMiddleware<ApiEnv>(async (c, next) => {
  const key = bearerToken(c.req.raw.headers);
  const actor = key === undefined ? undefined : await actorOfApiKey(c.get("core"), key);
  if (!actor) return problem(c as never, refuse("api_key_invalid"));
  c.set("actor", actor);
  await next();
});
