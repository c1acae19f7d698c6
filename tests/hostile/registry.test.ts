// Every command and every question that there is, tried by those who must not, and with what nobody should send.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Actor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { ask } from "../../core/kernel/query.ts";
import { advance } from "../../core/read/advance.ts";
import { commands, queries } from "../../core/registry.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { aboutNoGroup, aboutNothing, buildWorld, factsOf, idsFor, inputsOf, managerOf, run, type World } from "./world.ts";

// On a busy machine; each takes a fraction of it alone.
setDefaultTimeout(30_000);

let db: TestDatabase;
let world: World;
beforeAll(async () => {
  db = await testDatabase();
  world = await buildWorld(db.core);
  await advance(db.core);
}, 60_000);
afterAll(() => db.close());

/** Each string and list inside, one at a time, replaced. */
function* changedBy(input: unknown, by: unknown, path = ""): Generator<readonly [string, unknown]> {
  if (typeof input !== "object" || input === null) {
    if (typeof input === "string") yield [path, by];
    return;
  }
  for (const [key, value] of Object.entries(input))
    for (const [where, changed] of changedBy(value, by, `${path}.${key}`))
      yield [where, Array.isArray(input) ? input.map((item, i) => (String(i) === key ? changed : item)) : { ...input, [key]: changed }];
  if (path !== "") yield [path, by];
}

const nasty: unknown[] = [
  "a\0b\0c",
  "abc\ud800",
  "\udfff\udfff\udfff",
  "x".repeat(100_000),
  "%_\\'\";--",
  "\u202e\u2066 abc",
  "__proto__",
  -1,
  2 ** 60,
  null,
  [],
  {},
  [["x"]],
];

test("the world knows how every command is run", () => {
  expect(Object.keys(inputsOf(world.west)).sort()).toEqual(commands.map((c) => c.name).sort());
});

describe.each([...commands])("$name", (command) => {
  test("leaves everything alone for a sibling, a partner above itself, the other group, and says no more than that there is nothing", async () => {
    const before = await factsOf(db.admin);
    const { operator, west, east } = world;
    const provider = command.level === "provider";
    const strangers: [string, Actor, number, number, 0 | 1][] = [
      ["a sibling at the victim's provider", managerOf(east), west.providerId, west.providerId, 0],
      ["a sibling at its own provider, with the victim's ids", managerOf(east), east.providerId, west.providerId, 0],
      ["a partner at the operator's", managerOf(west), operator.providerId, operator.providerId, 0],
      ["a partner at its own provider, with the operator's ids", managerOf(west), west.providerId, operator.providerId, 0],
      [
        "the operator at the wrong one of its providers",
        managerOf(operator, [1, west.providerId, east.providerId]),
        east.providerId,
        west.providerId,
        0,
      ],
      ["one of the other group", managerOf(west, [west.providerId], [west.sold[1].groupId]), west.providerId, west.providerId, 0],
      [
        "one of a group of another provider",
        managerOf(west, [west.providerId], [east.sold[1].groupId]),
        west.providerId,
        west.providerId,
        0,
      ],
    ];
    for (const [who, actor, at, victim, which] of strangers) {
      const tenant = Object.values(world).find((t) => t.providerId === victim)!;
      const ofNothing = aboutNothing.includes(command.name) && at === actor.providerId && (actor.scope.groupIds === null || !provider);
      if (ofNothing || (aboutNothing.includes(command.name) && actor.scope.providerIds.includes(at) && actor.scope.groupIds === null))
        continue;
      if (aboutNoGroup.includes(command.name) && at === victim && actor.scope.providerIds.includes(at)) continue;
      const outcome = await run(db.core, command, inputsOf(tenant, which)[command.name], actor, at);
      const allowed = actor.scope.groupIds !== null && provider ? ["not_permitted"] : ["not_found"];
      // A list of ids, and a group that is named, are part of the input: what isn't there is said beside the field, in the words for what never was.
      if (["usage.accept", "usage.discard"].includes(command.name)) allowed.push("usage_not_waiting");
      if (command.name === "auth.create-api-key" || command.name === "auth.add-manager") allowed.push("invalid_input");
      expect(allowed.map((code) => `${who}: ${code}`)).toContain(`${who}: ${outcome.ok ? "accepted" : outcome.code}`);
    }
    expect(await factsOf(db.admin)).toBe(before);
  });

  test("says the same of a foreign record and of one that never was", async () => {
    const { west, east } = world;
    const never = JSON.parse(
      JSON.stringify(inputsOf(west)[command.name], (key, value) =>
        /Id$/.test(key) && typeof value === "string"
          ? crypto.randomUUID()
          : key === "keys"
            ? [crypto.randomUUID()]
            : key === "groupIds" && value
              ? [crypto.randomUUID()]
              : value,
      ),
    );
    const actor = managerOf(east);
    if (aboutNothing.includes(command.name)) return;
    const foreign = await run(db.core, command, inputsOf(west)[command.name], actor, east.providerId);
    expect(foreign).toEqual(await run(db.core, command, never, actor, east.providerId));
  });
});

// Not dry: what the log and the events would not take must show too. Last of all, since some of it is accepted.
describe.each([...commands])("$name, given nonsense,", (command) => {
  test("answers whatever is written into its fields with an outcome, never with a failure", async () => {
    const actor = managerOf(world.east, [world.east.providerId]);
    for (const value of nasty)
      for (const [path, input] of changedBy(inputsOf(world.east)[command.name], value)) {
        try {
          const outcome = await execute(db.core, command, input, { actor, providerId: world.east.providerId });
          expect(typeof outcome.ok).toBe("boolean");
        } catch (error) {
          throw new Error(
            `${command.name}${path} = ${JSON.stringify(value)?.slice(0, 40)} failed: ${(error as Error).message.slice(0, 300)} ${(error as { cause?: Error }).cause?.message}`,
          );
        }
      }
  }, 30_000);
});

describe.each([...queries])("question $name", (query) => {
  test("answers whatever is asked with an outcome, never with a failure", async () => {
    const entries = Object.keys((query.input as unknown as { entries?: object }).entries ?? {});
    const actor = managerOf(world.operator, [1, world.west.providerId, world.east.providerId]);
    const plausible = idsFor(query.name, world.west);
    const base = Object.fromEntries(entries.flatMap((name) => (name in plausible ? [[name, plausible[name]]] : [])));
    const cursors = [
      ["x"],
      ["\0"],
      ["2026-01-01T00:00:00Z", crypto.randomUUID()],
      ["9999-99-99T99:99:99Z", crypto.randomUUID()],
      ["99999999999999999999"],
      ["999999999999999999"],
      [crypto.randomUUID()],
      ["2026-02-31T25:61:61Z"],
      [],
    ];
    for (const value of [
      ...nasty,
      ...cursors.map((key) => btoa(JSON.stringify(key))),
      "2026-01-01T00:00:00Z",
      "+275760-09-13T00:00:00Z",
      "380",
      200,
      1e9,
      true,
    ])
      for (const name of entries) {
        try {
          const outcome = await ask(db.core, query, { ...base, [name]: value } as never, { actor });
          expect(typeof outcome.ok).toBe("boolean");
        } catch (error) {
          throw new Error(
            `${query.name} ${name} = ${JSON.stringify(value)?.slice(0, 60)} failed: ${(error as Error).message.slice(0, 300)} ${(error as { cause?: Error }).cause?.message}`,
          );
        }
      }
  }, 30_000);
});
