// What a subscriber changes goes to the core's API as a command: the portal itself can write nothing.
import * as v from "valibot";
import { clientAddressHeader, vouchFor } from "./client-address.ts";

export type Choice = { readonly providerId: number; readonly providerName: string };

export type SignInAnswer =
  | { readonly kind: "signed-in"; readonly token: string }
  /** The same login and password fit at several providers. */
  | { readonly kind: "choose"; readonly choices: readonly Choice[] }
  | { readonly kind: "refused" }
  | { readonly kind: "too-many" };

/** The core doesn't answer, or not as the core would. */
export class CoreAway extends Error {}

export type Credentials = { readonly login: string; readonly password: string; readonly providerId?: number | undefined };
/** `code`: of the one table of refusals. */
export type CommandAnswer =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "signed-out" };
export type Wish = { readonly name: string; readonly input: object; readonly token: string; readonly key: string } & {
  /** Where the subscriber sits, when guesses are counted by it. */
  readonly address?: string | undefined;
  readonly now?: Temporal.Instant;
};
export type Newcomer = { readonly pin: string; readonly name: string; readonly login: string; readonly password: string };
export type RegisterAnswer =
  | { readonly kind: "signed-in"; readonly token: string }
  | { readonly kind: "refused"; readonly code: string; readonly detail: string };

export type CoreClient = {
  signIn(credentials: Credentials, address: string | undefined, now: Temporal.Instant): Promise<SignInAnswer>;
  /** Runs a command in the subscriber's name; the same key acts once. */
  run(wish: Wish): Promise<CommandAnswer>;
  /** Makes a subscriber out of somebody who has a card. */
  register(who: Newcomer, address: string | undefined, now: Temporal.Instant): Promise<RegisterAnswer>;
};

const patienceMs = 10_000;

const answers = v.union([
  v.object({ token: v.string() }),
  v.object({ choices: v.pipe(v.array(v.object({ providerId: v.number(), providerName: v.string() })), v.minLength(2)) }),
]);

const refused = v.object({ code: v.string(), errors: v.optional(v.array(v.object({ message: v.string() })), []) });

/** Talks to `POST <core>/portal/v1/sign-in`: 200 with a token or with choices, 401 or 422 refused, 429 too many attempts. */
export function openCoreClient(coreUrl: string, secret: string): CoreClient {
  return {
    async signIn(credentials, address, now) {
      const headers = new Headers({ "content-type": "application/json", accept: "application/json" });
      if (address !== undefined) headers.set(clientAddressHeader, await vouchFor(address, secret, now));
      let response: Response;
      let body: unknown;
      try {
        response = await fetch(`${coreUrl}/portal/v1/sign-in`, {
          method: "POST",
          headers,
          body: JSON.stringify(credentials),
          redirect: "error",
          signal: AbortSignal.timeout(patienceMs),
        });
        body = await response.json().catch(() => undefined);
      } catch (error) {
        throw new CoreAway("the core doesn't answer", { cause: error });
      }
      if (response.status === 401 || response.status === 422) return { kind: "refused" };
      if (response.status === 429) return { kind: "too-many" };
      const parsed = v.safeParse(answers, body);
      if (!response.ok || !parsed.success) throw new CoreAway(`the core answered ${response.status} to a sign-in`);
      return "token" in parsed.output
        ? { kind: "signed-in", token: parsed.output.token }
        : { kind: "choose", choices: parsed.output.choices };
    },

    async run({ name, input, token, key, address, now }) {
      const headers: Record<string, string> = {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
        "idempotency-key": key,
      };
      if (address !== undefined && now) headers[clientAddressHeader] = await vouchFor(address, secret, now);
      try {
        const response = await fetch(`${coreUrl}/portal/v1/commands/${name}`, {
          method: "POST",
          headers,
          body: JSON.stringify(input),
          redirect: "error",
          signal: AbortSignal.timeout(patienceMs),
        });
        const body: unknown = await response.json().catch(() => undefined);
        if (response.ok) return { kind: "done" };
        if (response.status === 401) return { kind: "signed-out" };
        const problem = v.safeParse(refused, body);
        if (response.status < 500 && problem.success) return { kind: "refused", code: problem.output.code };
        throw new CoreAway(`the core answered ${response.status} to ${name}`);
      } catch (error) {
        if (error instanceof CoreAway) throw error;
        throw new CoreAway("the core doesn't answer", { cause: error });
      }
    },

    async register(who, address, now) {
      const headers: Record<string, string> = { "content-type": "application/json" };
      if (address !== undefined) headers[clientAddressHeader] = await vouchFor(address, secret, now);
      try {
        const response = await fetch(`${coreUrl}/portal/v1/register`, {
          method: "POST",
          headers,
          body: JSON.stringify(who),
          redirect: "error",
          signal: AbortSignal.timeout(patienceMs),
        });
        const body: unknown = await response.json().catch(() => undefined);
        const token = v.safeParse(v.object({ token: v.string() }), body);
        if (response.ok && token.success) return { kind: "signed-in", token: token.output.token };
        const problem = v.safeParse(refused, body);
        if (response.status < 500 && problem.success)
          return { kind: "refused", code: problem.output.code, detail: problem.output.errors.map(({ message }) => message).join(" ") };
        throw new CoreAway(`the core answered ${response.status} to a registration`);
      } catch (error) {
        if (error instanceof CoreAway) throw error;
        throw new CoreAway("the core doesn't answer", { cause: error });
      }
    },
  };
}
