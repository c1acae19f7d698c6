// The doors through which sessions ask: an agent's, with its token, and the API's, with a key.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { registerAgent } from "../../../core/agents/register-agent.ts";
import { createApiKey } from "../../../core/auth/create-api-key.ts";
import { apiClient } from "../../http/api-client.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { done } from "../../support/operator.ts";
import { HoldsWorld, perSecond } from "./world.ts";

let db: TestDatabase;
let world: HoldsWorld;
let api: ReturnType<typeof apiClient>;
beforeAll(async () => {
  db = await testDatabase();
  world = await HoldsWorld.open(db);
  api = apiClient(db.core);
});
afterAll(() => db.close());

test("an agent asks with its token, and is told what is wrong with its question and where", async () => {
  const [sold] = await world.sell(perSecond(), 100n);
  const { token } = await done(db.core, registerAgent, { name: "NAS" });
  const ask = (requests: unknown, key = token) => api.call("/agents/v1/authorisations", { body: { requests }, key });
  const request = world.callOf(sold!, "nas-1/7", { wanted: { seconds: 20 } });
  expect(await ask([request])).toMatchObject({
    status: 200,
    body: { answers: [{ ok: true, seconds: 20, heldMicros: "21000000", currency: "UAH" }] },
  });
  const nobody = { ...request, requestId: "another", sessionKey: "nas-1/8", party: { kind: "login", value: "nobody" } };
  expect(await ask([nobody])).toMatchObject({ status: 200, body: { answers: [{ ok: false, code: "not_found" }] } });
  for (const [wrong, where] of [
    [{ ...request, serviceId: crypto.randomUUID() }, "party"],
    [{ ...request, sessionKey: "" }, "sessionKey"],
    [{ ...request, wanted: { seconds: -1 } }, "seconds"],
  ] as const) {
    const answer = await ask([wrong]);
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain(where);
  }
  expect((await ask([request], "nonsense")).status).toBe(401);
});

test("a program with an API key runs the same as a command, and a key without the right doesn't", async () => {
  const [sold] = await world.sell(perSecond(), 100n);
  const { token: key } = await done(db.core, createApiKey, { name: "Switch", permissions: ["credit:write"] });
  const body = { requests: [world.callOf(sold!, "api-1", { wanted: { seconds: 20 } })] };
  const call = (path: string, input: unknown, withKey: string) => api.call(`/api/v1/commands/${path}`, { body: input, key: withKey });
  expect(await call("credit.authorise", body, key)).toMatchObject({ status: 200 });
  expect(await call("credit.release", { sessionKey: "api-1" }, key)).toMatchObject({ status: 200 });
  const { token: other } = await done(db.core, createApiKey, { name: "Reader", permissions: ["usage:read"] });
  expect(await call("credit.authorise", body, other)).toMatchObject({ status: 403 });
});
