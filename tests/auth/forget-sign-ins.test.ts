import { afterAll, beforeAll, expect, test } from "bun:test";
import { forgetSignIns } from "../../core/auth/forget-sign-ins.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { setUpOperator } from "../support/operator.ts";

const now = Temporal.Instant.from("2026-11-23T12:00:00Z");
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
});
afterAll(() => db.close());

test("sessions that have ended and failures that count no more are taken away, the others stay", async () => {
  const { managerId } = await setUpOperator(db.core);
  for (const [token, expires] of [
    ["ended", now.subtract({ hours: 1 })],
    ["lives", now.add({ hours: 1 })],
  ] as const)
    await db.admin`insert into app.manager_sessions (provider_id, token_hash, manager_id, csrf_token, created_at, expires_at) values (1, ${token}, ${managerId}, 'x', now(), ${expires.toString()})`;
  await db.admin`insert into app.sign_in_failures values ('a', ${now.subtract({ hours: 48 }).toString()}, gen_random_uuid()), ('a', ${now.toString()}, gen_random_uuid())`;
  expect(await forgetSignIns(db.core)).toBe(1);
  expect((await db.admin`select token_hash as t from app.manager_sessions`).map((r) => r.t)).toEqual(["lives"]);
  expect((await db.admin`select 1 from app.sign_in_failures`).length).toBe(1);
});
