// A client for tests of the API: the whole application in this process, and keys with chosen rights.
import { createApiKey } from "../../core/auth/create-api-key.ts";
import { createApp } from "../../core/http/app.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import type { Core } from "../../core/kernel/core.ts";
import { allPermissions, type Permission } from "../../core/kernel/permissions.ts";
import { commands, queries } from "../../core/registry.ts";

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };
type Request = {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
};

export function apiClient(core: Core) {
  const app = createApp(core, { registry: { commands, queries }, publicUrl: "https://billing.example" });
  return {
    app,
    async call(path: string, { method, body, key, headers = {} }: Request = {}): Promise<Answer> {
      const raw = typeof body === "string" || body instanceof Uint8Array;
      const response = await app.request(path, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(key ? { authorization: `Bearer ${key}` } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text.startsWith("{") ? JSON.parse(text) : { text } };
    },
  };
}

let keys = 0;

export async function makeKey(
  core: Core,
  providerId: number,
  permissions: readonly Permission[] = allPermissions,
  groupIds: string[] | null = null,
): Promise<string> {
  const input = { name: `key ${++keys}`, permissions: [...permissions], groupIds };
  const made = await execute(core, createApiKey, input, { actor: systemActor([providerId]), providerId });
  if (!made.ok) throw new Error(made.code);
  return made.value.token;
}
