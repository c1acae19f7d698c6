// What holds for every command alike, told once and asked of each: the runner's promises, kept by this command's own reads and writes.
import { beforeAll, describe, expect, test } from "bun:test";
import type * as v from "valibot";
import { type Command, execute } from "../../core/kernel/command.ts";
import type { TestDatabase } from "./database.ts";
import { actorWith } from "./operator.ts";

export type Rules<I extends v.GenericSchema> = {
  readonly command: Command<I>;
  readonly database: () => TestDatabase;
  /** New input that the command accepts at provider 1, whenever it is asked for. */
  readonly input: () => Promise<v.InferInput<I>>;
  /** The same input made wrong: which field, and with what. */
  readonly wrong: readonly (readonly [path: string, value: unknown])[];
  /** Another provider's id; its actor must not reach what `input` names. */
  readonly otherProviderId?: () => number;
  /** The code that the other provider, and somebody limited to another group, get. */
  readonly outside?: "not_found" | null;
  /** A group that nothing of `input` is in; for commands of level subscriber. */
  readonly otherGroupId?: () => string;
  /** What the audit row must hold. */
  readonly before?: unknown;
  readonly after: unknown;
};

/** Every row of the tables that a command may write, as text, so that "nothing was left" is one comparison. */
async function everything({ admin }: TestDatabase): Promise<string> {
  const tables = await admin`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'app' order by 1`;
  const rows = [];
  for (const { name } of tables)
    rows.push([name, (await admin.unsafe(`select coalesce(jsonb_agg(t order by t::text), '[]') as rows from ${name} t`))[0]!.rows]);
  return JSON.stringify(rows);
}

export function describeRules<I extends v.GenericSchema>(rules: Rules<I>): void {
  const { command, database, input, wrong } = rules;
  const call = (more: object = {}) => ({ actor: actorWith(), providerId: 1, ...more });

  describe(`${command.name}, as every command,`, () => {
    let first: v.InferInput<I>;
    beforeAll(async () => {
      first = await input();
    });

    for (const [path, value] of wrong) {
      test(`refuses ${path} = ${JSON.stringify(value)?.slice(0, 60)}, and says where it is wrong`, async () => {
        const outcome = await execute(database().core, command, replaced(first as object, path, value), call());
        expect(outcome).toMatchObject({ ok: false, code: "invalid_input" });
        const issues = (outcome as unknown as { issues: { path: string }[] }).issues;
        expect(issues.map((issue) => issue.path).join()).toContain(path);
      });
    }

    if (rules.outside !== null && rules.otherProviderId) {
      test("answers another tenant as if there were nothing", async () => {
        const providerId = rules.otherProviderId!();
        const outcome = await execute(database().core, command, first, { actor: actorWith({ providerId }), providerId });
        expect(outcome).toMatchObject({ ok: false, code: rules.outside ?? "not_found" });
        expect(await execute(database().core, command, first, { actor: actorWith({ providerId }), providerId: 1 })).toMatchObject({
          ok: false,
          code: "not_found",
        });
      });
    }

    if (rules.otherGroupId) {
      test("answers somebody limited to another group as if there were nothing", async () => {
        const actor = actorWith({ groupIds: [rules.otherGroupId!()] });
        expect(await execute(database().core, command, first, call({ actor }))).toEqual({ ok: false, code: "not_found" });
      });
    }

    test("run dry, shows the outcome and leaves nothing", async () => {
      const before = await everything(database());
      expect(await execute(database().core, command, first, call({ dryRun: true, idempotencyKey: `dry-${command.name}` }))).toMatchObject({
        ok: true,
      });
      expect(await everything(database())).toBe(before);
    });

    test("given twice with one key, happens once and answers alike; the audit row says who, what, before and after", async () => {
      const { core, admin } = database();
      const key = `twice-${command.name}`;
      const outcome = await execute(core, command, first, call({ idempotencyKey: key }));
      expect(outcome).toMatchObject({ ok: true });
      const left = await everything(database());
      const again = await execute(core, command, first, call({ idempotencyKey: key }));
      expect(withoutToken(again)).toEqual(withoutToken(outcome));
      expect(await everything(database())).toBe(left);
      expect(await execute(core, command, { ...(first as object), unlike: 1 }, call({ idempotencyKey: key }))).toMatchObject({ ok: false });

      const rows = await admin`select * from app.command_log where command = ${command.name} and idempotency_key = ${key}`;
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({ provider_id: 1, actor_kind: "manager", actor_id: "test-1" });
      if (rules.before !== undefined) expect(rows[0]!.before).toMatchObject(rules.before as object);
      expect(rows[0]!.after).toMatchObject(rules.after as object);
    });
  });
}

const withoutToken = (outcome: unknown) => JSON.parse(JSON.stringify(outcome, (key, value) => (key === "token" ? undefined : value)));

function replaced(value: object, path: string, by: unknown): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = path.split(".");
  let at = copy;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[keys.at(-1)!] = by;
  return copy;
}

/** No row of the command log, of the remembered outcomes or of the events has the text in it. */
export async function expectNowhere({ admin }: TestDatabase, text: string): Promise<void> {
  for (const table of ["app.command_log", "app.idempotency_keys", "app.events"]) {
    const found = await admin.unsafe(`select * from ${table} t where t::text like $1`, [`%${text}%`]);
    expect(found).toHaveLength(0);
  }
}
