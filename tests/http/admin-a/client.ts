// A browser without a browser: requests to the web client with cookies kept, and the tokens that its forms carry.

import { openSession } from "../../../core/auth/session.ts";
import { adminApp } from "../../../core/http/admin/app.ts";
import type { Core } from "../../../core/kernel/core.ts";

const origin = "http://test";

export class Client {
  readonly cookies = new Map<string, string>();
  readonly #app: ReturnType<typeof adminApp>;

  constructor(
    core: Core,
    readonly publicUrl = origin,
  ) {
    this.#app = adminApp(core, { publicUrl });
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set("cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await this.#app.fetch(new Request(origin + path, { redirect: "manual", ...init, headers }), {});
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/max-age=0/i.test(line)) this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
    return response;
  }

  async page(path: string): Promise<{ status: number; html: string; headers: Headers }> {
    const response = await this.request(path);
    return { status: response.status, html: await response.text(), headers: response.headers };
  }

  /** Posts what a form on `from` would: with its token, and with its key so that sending twice acts once. */
  async post(
    path: string,
    fields: Record<string, string>,
    from?: string,
  ): Promise<{ status: number; html: string; location: string | null }> {
    const hidden = from === undefined ? {} : await this.hidden(from);
    const response = await this.send(path, { ...hidden, ...fields });
    return { status: response.status, html: await response.text(), location: response.headers.get("location") };
  }

  send(path: string, fields: Record<string, string>): Promise<Response> {
    return this.request(path, { method: "POST", body: new URLSearchParams(fields) });
  }

  async hidden(path: string): Promise<Record<string, string>> {
    const { html } = await this.page(path);
    return { _csrf: hiddenIn(html, "_csrf"), _key: hiddenIn(html, "_key") };
  }
}

export const hiddenIn = (html: string, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "";

/** Signed in as this manager, without the form. */
export async function signedIn(core: Core, providerId: number, managerId: string): Promise<Client> {
  const client = new Client(core);
  client.cookies.set("mb_session", (await openSession(core, providerId, managerId)).cookie);
  return client;
}
