// Whose guesses are whose: one line has one IPv4 address, but as many IPv6 addresses as it likes.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { signIn } from "../../core/auth/sign-in.ts";
import { MAX_PER_ADDRESS, networkOf } from "../../core/auth/throttle.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002:ffff::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["1:2:3::", "1:2:3:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["unknown", "unknown"],
  ["own:0193", "own:0193"],
])("%s is one of %s", (address, network) => expect(networkOf(address)).toBe(network));

test("who takes another IPv6 address of their own for each guess is cut off like everybody", async () => {
  const since = new Date().toISOString();
  // As many failures as one network may have, each from another address of it.
  for (let i = 0; i < MAX_PER_ADDRESS; i++)
    await db.admin`insert into app.sign_in_failures (subject, at, id) values (${`address:${networkOf(`2001:db8:7:7::${i.toString(16)}`)}`}, ${since}, ${crypto.randomUUID()})`;
  const guess = (address: string) => signIn(db.core, { login: "nobody@example.org", password: "guess" }, address);
  expect(await guess("2001:db8:7:7:ffff::1")).toMatchObject({ code: "too_many_attempts" });
  expect(await guess("2001:db8:7:8::1")).toMatchObject({ code: "sign_in_failed" });
});
