// What the portal sends to the core about cards: in the subscriber's name, on his own accounts; and strangers who have a card.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readPortalToken, signPortalToken } from "../../core/auth/portal-token.ts";
import { drawPins } from "../../core/cards/pin.ts";
import { apiClient } from "../http/api-client.ts";
import { type TestDatabase, testDatabase, testSecret } from "../support/database.ts";
import { partnerOf, setUpOperator } from "../support/operator.ts";
import { registerWithAccount } from "../support/sold.ts";
import { soldSeries } from "./cards.ts";

let db: TestDatabase;
let api: ReturnType<typeof apiClient>;
beforeAll(async () => {
  db = await testDatabase();
  await setUpOperator(db.core);
  api = apiClient(db.core);
});
afterAll(() => db.close());

const tokenOf = (subscriberId: string) => signPortalToken(testSecret("portal"), { providerId: 1, subscriberId }, db.core.clock());

test("a subscriber redeems on his own account, and on nobody else's", async () => {
  const [mine, other] = [await registerWithAccount(db.core), await registerWithAccount(db.core)];
  const { pins } = await soldSeries(db);
  const headers = { authorization: `Bearer ${await tokenOf(mine.subscriberId)}` };
  const send = (accountId: string, pin: string) => api.call("/portal/v1/commands/cards.redeem", { body: { accountId, pin }, headers });
  expect((await send(other.accountId, pins[0]!)).body.code).toBe("not_found");
  expect(await send(mine.accountId, pins[0]!)).toMatchObject({ status: 200, body: { value: "50.00" } });
  expect((await send(mine.accountId, pins[0]!)).body.code).toBe("card_refused");
  expect((await api.call("/portal/v1/commands/cards.redeem", { body: { accountId: mine.accountId, pin: pins[1]! } })).status).toBe(401);
});

test("a stranger with a card of a partner becomes that partner's subscriber, once", async () => {
  const partner = await partnerOf(db.core, "cards");
  const { pins } = await soldSeries(db, { grants: "subscriber" }, 2, partner);
  const body = { pin: pins[0]!, name: "Nadia", login: "nadia", password: "walnut-harbour-sextant-4" };
  const answer = await api.call("/portal/v1/register", { body });
  expect(answer.status).toBe(200);
  const who = await readPortalToken(testSecret("portal"), (answer.body as { token: string }).token, db.core.clock());
  expect(who?.providerId).toBe(partner);
  expect((await db.admin`select name from app.subscribers where id = ${who!.subscriberId}`)[0]!.name).toBe("Nadia");
  const again = await api.call("/portal/v1/register", { body: { ...body, login: "other" } });
  const unknown = await api.call("/portal/v1/register", { body: { ...body, pin: drawPins("base32", 16, 1)[0] } });
  expect([again.body.code, unknown.body.code]).toEqual(["card_refused", "card_refused"]);
  expect((await api.call("/portal/v1/register", { body: { ...body, pin: "nonsense" } })).body.code).toBe("card_mistyped");
  expect((await api.call("/portal/v1/register", { body: [1] })).body.code).toBe("card_mistyped");
  expect((await api.call("/portal/v1/register")).status).toBe(405);
});
