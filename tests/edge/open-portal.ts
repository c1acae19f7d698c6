// The portal in this process, on a seeded database as role mb_portal, with a core that answers as told.
import { signPortalToken } from "../../core/auth/portal-token.ts";
import { createPortal } from "../../edge/app.ts";
import {
  type CommandAnswer,
  CoreAway,
  type Credentials,
  type Newcomer,
  type RegisterAnswer,
  type SignInAnswer,
  type Wish,
} from "../../edge/core-client.ts";
import { openPortalDatabase } from "../../edge/database.ts";
import { keysFrom, type Subscriber } from "../../edge/session-token.ts";

export const secret = "a secret that portal and core share, 32 or more";
export const frozen = Temporal.Instant.from("2026-11-23T16:40:05Z");

export async function openPortal(databaseUrl: string) {
  const database = openPortalDatabase(databaseUrl, { max: 2 });
  const state = {
    now: frozen,
    answer: { kind: "refused" } as SignInAnswer | "away",
    asked: [] as { credentials: Credentials; address: string | undefined }[],
    wishes: [] as Wish[],
    granted: { kind: "done" } as CommandAnswer,
    newcomers: [] as { who: Newcomer; address: string | undefined }[],
    registered: { kind: "refused", code: "card_refused", detail: "" } as RegisterAnswer,
    logged: [] as unknown[],
  };
  const app = createPortal({
    database,
    keys: await keysFrom(secret),
    clock: () => state.now,
    log: (level, msg, fields) => state.logged.push({ level, msg, ...fields }),
    core: {
      async signIn(credentials, address) {
        state.asked.push({ credentials, address });
        if (state.answer === "away") throw new CoreAway("away");
        return state.answer;
      },
      async register(who, address) {
        state.newcomers.push({ who, address });
        return state.registered;
      },
      async run(wish) {
        state.wishes.push(wish);
        return state.granted;
      },
    },
  });
  const request = async (path: string, init: RequestInit & { cookie?: string; address?: string } = {}) => {
    const headers = new Headers(init.headers);
    if (init.cookie) headers.set("cookie", init.cookie);
    return app.fetch(new Request(`http://portal.test${path}`, { ...init, headers }), { address: init.address ?? "192.0.2.7" });
  };
  const cookieOf = async (who: Subscriber, now = state.now) => `portal=${await signPortalToken(secret, who, now)}`;
  return { state, request, cookieOf, close: () => database.close() };
}

/** Cookies of an answer, as the browser would send them back. */
export const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0]!)
    .filter((cookie) => !cookie.endsWith("="))
    .join("; ");

export const csrfIn = (html: string) => /name="_csrf" value="([\w-]+)"/.exec(html)?.[1] ?? "";
