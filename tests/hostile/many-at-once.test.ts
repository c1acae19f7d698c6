// More at once than there are connections: nobody may wait for ever.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { changeOwnPassword } from "../../core/auth/change-own-password.ts";
import { execute } from "../../core/kernel/command.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, administratorPassword, setUpOperator } from "../support/operator.ts";

let db: TestDatabase;
let managerId: string;
beforeAll(async () => {
  db = await testDatabase();
  ({ managerId } = await setUpOperator(db.core));
});
afterAll(() => db.close());

test("thirty changes of one password at once, most of them by guess, all end, and guesses are counted", async () => {
  const actor = { ...actorWith(), id: managerId };
  const outcomes = await Promise.race([
    Promise.all(
      Array.from({ length: 30 }, () =>
        execute(db.core, changeOwnPassword, { currentPassword: "a guess", password: "walnut-harbour-sextant-4" }, { actor, providerId: 1 }),
      ),
    ),
    Bun.sleep(20_000).then(() => []),
  ]);
  const codes = outcomes.map((outcome) => (outcome.ok ? "accepted" : outcome.code));
  expect(codes.filter((code) => code === "invalid_input")).toHaveLength(10);
  expect(codes.filter((code) => code === "too_many_attempts")).toHaveLength(20);
  const right = { currentPassword: administratorPassword, password: "walnut-harbour-sextant-4" };
  expect(await execute(db.core, changeOwnPassword, right, { actor, providerId: 1 })).toMatchObject({ code: "too_many_attempts" });
}, 30_000);
