// What the driver does when its sessions are ended by the server, again and again: work fails, nothing else does.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { drizzle } from "drizzle-orm/postgres-js";
import { connect } from "../../db/client.ts";
import { steadyClient } from "../../db/steady-client.ts";
import { until } from "../supervisor/installation.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await database.admin`create table public.notes (text text)`;
  await database.admin`grant all on public.notes to public`;
});
afterAll(() => database.close());

const endSessions = (name: string) =>
  database.admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${name} and datname = current_database()`;

test("sessions that the server ends fail their work alone: no error escapes, and the next work is done at once", async () => {
  const { db, close } = connect(database.appUrl, { max: 4, name: "steady" });
  let done = 0;
  let failed = 0;
  let slowestMs = 0;
  let over = false;
  const work = async () => {
    while (!over) {
      const began = performance.now();
      try {
        await db.transaction(async (tx) => {
          await tx.execute("select 1");
          await Bun.sleep(Math.random() * 3);
          for (const end = performance.now() + Math.random() * 3; performance.now() < end; );
          await tx.execute("select pg_sleep(0.002)");
          await tx.transaction((inner) => inner.execute("select array['a', 'b'] as x"));
        });
        done++;
      } catch {
        failed++;
      }
      slowestMs = Math.max(slowestMs, performance.now() - began);
      await Bun.sleep(1);
    }
  };
  const working = Promise.all(Array.from({ length: 6 }, work));
  for (let n = 0; n < 25; n++) {
    await Bun.sleep(40);
    await endSessions("steady");
  }
  const before = done;
  await until(() => done > before + 50, 5_000);
  over = true;
  await working;
  expect(failed).toBeGreaterThan(10);
  expect(slowestMs).toBeLessThan(5_000);
  await close();
});

test("a transaction whose session is gone does nothing any more, though its work goes on", async () => {
  const sql = steadyClient(database.adminUrl, { max: 1, onnotice() {}, connection: { application_name: "gone" } });
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const attempted = Promise.withResolvers<unknown>();
  const transaction = sql.begin(async (t) => {
    await t`insert into notes values ('first')`;
    begun.resolve();
    await goOn.promise;
    // It would be written in a session without a transaction, or in somebody else's.
    await Promise.resolve()
      .then(() => t`insert into notes values ('second')`)
      .then(() => attempted.resolve("it was written"), attempted.resolve);
  });
  const outcome = transaction.catch((error: unknown) => error);
  await begun.promise;
  expect(await endSessions("gone")).toHaveLength(1);
  expect(await outcome).toBeInstanceOf(Error);
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }] as never);
  goOn.resolve();
  expect(await attempted.promise).toBeInstanceOf(Error);
  expect(await database.admin`select * from notes`).toBeEmpty();
  await sql.end();
});

test("an error of the work rolls back at once, in a transaction and in one within it", async () => {
  const { db, sql, close } = connect(database.adminUrl, { max: 1 });
  const began = performance.now();
  const failing = db.transaction(async (tx) => {
    await tx.execute("insert into notes values ('outer')");
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  });
  expect(failing).rejects.toThrow("no such file");
  await failing.catch(() => {});
  await db.transaction(async (tx) => {
    await tx.execute("insert into notes values ('kept')");
    await tx
      .transaction(async (inner) => {
        await inner.execute("insert into notes values ('inner')");
        await inner.execute("select 1 / 0");
      })
      .catch(() => {});
  });
  expect(performance.now() - began).toBeLessThan(3_000);
  expect((await sql`select text from notes`).map((row) => row.text)).toEqual(["kept"]);
  await close();
});

test("arrays go to the server and come back", async () => {
  const sql = steadyClient(database.appUrl, { max: 1, onnotice() {} }, (pool) => drizzle(pool));
  const texts = ["", "a", 'quote " and \\ backslash', "comma, brace }{", "NULL", "two\nlines", "ї"];
  const id = "01a20a83-3922-71cd-916e-6049f059de8e";
  const [row] =
    await sql`select ${texts}::text[] as texts, ${[1, -2]}::int[] as numbers, ${[id]}::uuid[] as ids, array[true, false] as flags,
    array[1, null]::int[] as holes, ${[]}::text[] as none, array_agg(x) as unnested from unnest(${texts}::text[]) as x`;
  const expected = { texts, numbers: [1, -2], ids: [id], flags: [true, false], holes: [1, null], none: [], unnested: texts };
  expect({ ...row }).toEqual(expected as never);
  await sql.end();
});
