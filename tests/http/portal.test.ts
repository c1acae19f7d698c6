import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { hashPassword } from "../../core/auth/password-hash.ts";
import { MAX_PER_LOGIN } from "../../core/auth/throttle.ts";
import { vouchedAddress } from "../../core/http/portal/client-address.ts";
import { type TestDatabase, testDatabase, testSecret } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";
import { apiClient } from "./api-client.ts";

let db: TestDatabase;
let api: ReturnType<typeof apiClient>;
let subscriberId: string;

beforeAll(async () => {
  db = await testDatabase();
  subscriberId = (await seedProvider(db.admin, { services: 1 })).services[0]!.subscriberId;
  await db.admin`insert into app.portal_logins values (1, ${subscriberId}, 'olena', ${await hashPassword("right horse battery")}, now())`;
  api = apiClient(db.core);
});
afterAll(() => db.close());

const signIn = (body: unknown, headers: Record<string, string> = {}) => api.call("/portal/v1/sign-in", { body, headers });
const key = testSecret("portal");
const vouch = (address: string, seconds = Math.trunc(Date.now() / 1000), secret = key) =>
  `${address};${seconds};${createHmac("sha256", secret).update(`client-address\n${address}\n${seconds}`).digest("hex")}`;

test("the right password gives a token that says who it is, another one a plain refusal", async () => {
  const answer = await signIn({ login: "Olena", password: "right horse battery" });
  expect(answer).toMatchObject({ status: 200, body: { token: expect.any(String), subscriberId, providerId: 1 } });
  const wrong = await signIn({ login: "olena", password: "wrong" });
  const nobody = await signIn({ login: "nobody", password: "wrong" });
  expect([wrong.status, wrong.body.code, nobody.status, nobody.body.code]).toEqual([401, "sign_in_failed", 401, "sign_in_failed"]);
  expect((await signIn([1])).body.code).toBe("sign_in_failed");
  expect((await api.call("/portal/v1/sign-in")).status).toBe(405);
});

test("failures are counted by the address that the portal vouches for", async () => {
  await signIn({ login: "someone", password: "wrong" }, { "x-portal-client": vouch("203.0.113.7") });
  await signIn({ login: "someone", password: "wrong" }, { "x-portal-client": vouch("203.0.113.8", undefined, "not the key") });
  const rows = await db.admin`select subject from app.sign_in_failures where subject like 'address:203%'`;
  expect(rows.map((row) => row.subject)).toEqual(["address:203.0.113.7"]);
});

test("after too many failures even the right password has to wait", async () => {
  for (let i = 0; i < MAX_PER_LOGIN; i++) await signIn({ login: "olena", password: `wrong ${i}` });
  expect((await signIn({ login: "olena", password: "right horse battery" })).status).toBe(429);
});

test("a statement about an address that is old, cut short or of somebody else is worth nothing", () => {
  const now = Temporal.Now.instant();
  const seconds = Math.trunc(now.epochMilliseconds / 1000);
  expect(vouchedAddress(vouch("2001:db8::1", seconds), key, now)).toBe("2001:db8::1");
  for (const bad of [
    null,
    "",
    vouch("203.0.113.7", seconds - 301),
    vouch("203.0.113.7", seconds, "x"),
    vouch("999.1.1.1", seconds),
    vouch("203.0.113.7", seconds).slice(0, -1),
  ])
    expect(vouchedAddress(bad, key, now)).toBeUndefined();
});
