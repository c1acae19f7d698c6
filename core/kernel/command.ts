// The one way to change anything. A command says what it needs; the runner does what every command needs.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { useProviders } from "../../db/tenant.ts";
import type { Actor } from "./actor.ts";
import type { Core } from "./core.ts";
import { databaseErrorOf, isTransient } from "./database-error.ts";
import { type ErrorCode, type Outcome, type Refusal, refuse } from "./errors.ts";
import { newId } from "./id.ts";
import { type Enqueue, enqueueIn } from "./job.ts";
import { canonical, plain, withoutSecrets } from "./json.ts";
import type { Permission } from "./permissions.ts";
import { advanceReadModels } from "./read-models-job.ts";

/** Who asks, for which provider, and how: with a key that makes a repetition harmless, or only to see what would happen. */
export type Call = { readonly actor: Actor; readonly providerId: number; readonly idempotencyKey?: string; readonly dryRun?: boolean };

export type CommandContext = {
  readonly tx: Tx;
  readonly actor: Actor;
  readonly providerId: number;
  readonly now: Temporal.Instant;
  readonly core: Core;
  readonly enqueue: Enqueue;
  /** Tells the read side, in the same transaction. */
  emit(type: string, data: object): Promise<void>;
  /** What the audit trail shows of the change. */
  audit(change: { before?: unknown; after?: unknown }): void;
};

export type Command<I extends v.GenericSchema = v.GenericSchema, T = unknown> = {
  readonly name: `${string}.${string}`;
  readonly summary: string;
  /** `self`: whoever is signed in, on what is their own. */
  readonly permission: Permission | "self";
  /** `provider`: refused to whoever may see only some groups of subscribers. `subscriber`: `run` checks the group of the one it touches. */
  readonly level: "provider" | "subscriber";
  readonly input: I;
  /** Which broken unique or exclusion constraint is which refusal, by the constraint's name. */
  readonly conflicts?: Readonly<Record<string, ErrorCode>>;
  /**
   * Runs before the transaction opens: for what must last when the command is refused, such as counting guesses. Inside, it would need
   * a second connection while it holds one, and as many at once as there are connections would wait for each other for ever.
   */
  before?(context: Pick<CommandContext, "core" | "actor" | "providerId">, input: v.InferOutput<I>): Promise<Refusal | undefined>;
  run(context: CommandContext, input: v.InferOutput<I>): Promise<Outcome<T>>;
};

export const defineCommand = <I extends v.GenericSchema, T>(command: Command<I, T>) => command;

class Undo extends Error {
  constructor(readonly outcome: Outcome<unknown>) {
    super("undo");
  }
}

const attempts = 5;

/**
 * Runs a command in one transaction: permission, scope, input, tenant, idempotency, effect, events, log.
 * The same key with the same input gives the first answer again, less the secrets in it: those are shown once. With another input it is refused.
 * A refusal and a dry run leave nothing behind. A lost race with another transaction is tried again, at most five times.
 */
export async function execute<I extends v.GenericSchema, T>(
  core: Core,
  command: Command<I, T>,
  raw: unknown,
  call: Call,
): Promise<Outcome<T>> {
  const { actor, providerId } = call;
  if (command.permission !== "self" && !actor.permissions.has(command.permission))
    return refuse("not_permitted", { permission: command.permission });
  if (!actor.scope.providerIds.includes(providerId)) return refuse("not_found");
  if (command.level === "provider" && actor.scope.groupIds !== null) return refuse("not_permitted", { permission: command.permission });
  const parsed = v.safeParse(command.input, raw);
  if (!parsed.success) return refuse("invalid_input", { issues: issuesOf(parsed.issues) });
  const hindrance = await command.before?.({ core, actor, providerId }, parsed.output);
  if (hindrance) return hindrance;

  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(core, command, raw, parsed.output, call);
    } catch (error) {
      if (error instanceof Undo) return error.outcome as Outcome<T>;
      const refusal = conflictOf(error, command.conflicts ?? {});
      if (refusal) return refusal;
      if (attempt === attempts || !isTransient(error)) throw error;
      await Bun.sleep(2 ** attempt * 5 * (0.5 + Math.random()));
    }
  }
}

async function runOnce<I extends v.GenericSchema, T>(
  core: Core,
  command: Command<I, T>,
  raw: unknown,
  input: v.InferOutput<I>,
  call: Call,
): Promise<Outcome<T>> {
  const { actor, providerId, idempotencyKey, dryRun } = call;
  const now = core.clock();
  return core.db.transaction(async (tx) => {
    await useProviders(tx, [providerId]);
    const earlier =
      idempotencyKey === undefined
        ? undefined
        : await claimKey<T>(tx, providerId, idempotencyKey, command.name, digestOf(core, command.name, raw), now);
    if (earlier) return earlier;
    let change: { before?: unknown; after?: unknown } = {};
    let emitted = false;
    const enqueue = enqueueIn(core.boss, tx);
    const outcome = await command.run(
      {
        tx,
        actor,
        providerId,
        now,
        core,
        enqueue,
        emit: (type, data) => {
          emitted = true;
          return emitIn(tx, providerId, type, data, now);
        },
        audit: (given) => {
          change = given;
        },
      },
      input,
    );
    if (!outcome.ok || dryRun) throw new Undo(outcome);
    if (emitted) await enqueue(advanceReadModels, {}, { key: "all" });
    await logIn(tx, call, command.name, raw, change, now);
    if (idempotencyKey !== undefined)
      await tx.execute(
        sql`update app.idempotency_keys set outcome = ${JSON.stringify(withoutSecrets(outcome))}::jsonb where provider_id = ${providerId} and key = ${idempotencyKey}`,
      );
    return outcome;
  });
}

/** The audit trail. The runner writes it; a command that does its work at several providers writes it at the others too. */
export async function logIn(
  tx: Tx,
  { actor, providerId, idempotencyKey }: Call,
  command: string,
  raw: unknown,
  change: { before?: unknown; after?: unknown },
  now: Temporal.Instant,
): Promise<void> {
  await tx.execute(sql`insert into app.command_log (provider_id, id, command, actor_kind, actor_id, actor_name, at, idempotency_key, input, before, after)
    values (${providerId}, ${newId()}, ${command}, ${actor.kind}, ${actor.id}, ${actor.name}, ${now.toString()}, ${idempotencyKey ?? null},
      ${JSON.stringify(withoutSecrets(raw))}::jsonb, ${JSON.stringify(withoutSecrets(change.before))}::jsonb, ${JSON.stringify(withoutSecrets(change.after))}::jsonb)`);
}

/** Keyed, since input may hold a password that a plain digest would let a thief of the table guess at. */
const digestOf = (core: Core, command: string, raw: unknown): string =>
  new Bun.CryptoHasher("sha256", core.secret("idempotency")).update(`${command}\n${canonical(raw)}`).digest("hex");

/** Takes the key for this transaction; whoever else holds it is waited for. Gives the earlier outcome when there is one. */
async function claimKey<T>(
  tx: Tx,
  providerId: number,
  key: string,
  command: string,
  raw: unknown,
  now: Temporal.Instant,
): Promise<Outcome<T> | undefined> {
  const digest = new Bun.CryptoHasher("sha256").update(`${command}\n${canonical(raw)}`).digest("hex");
  const taken = await tx.execute(sql`insert into app.idempotency_keys (provider_id, key, command, input_digest, at)
    values (${providerId}, ${key}, ${command}, ${digest}, ${now.toString()}) on conflict do nothing returning key`);
  if (taken.length > 0) return undefined;
  const [before] = await tx.execute<{ input_digest: string; outcome: Outcome<T> }>(
    sql`select input_digest, outcome from app.idempotency_keys where provider_id = ${providerId} and key = ${key}`,
  );
  return before?.input_digest === digest ? before.outcome : refuse("idempotency_key_reused");
}

/** Appends an event; projections follow them in the order in which their transactions became visible. */
export async function emitIn(tx: Tx, providerId: number, type: string, data: object, now: Temporal.Instant): Promise<void> {
  await tx.execute(
    sql`insert into app.events (provider_id, type, data, at) values (${providerId}, ${type}, ${JSON.stringify(plain(data))}::jsonb, ${now.toString()})`,
  );
}

function conflictOf(error: unknown, conflicts: Readonly<Record<string, ErrorCode>>): Refusal | undefined {
  const { code, constraint } = databaseErrorOf(error) ?? {};
  if (code === "22003") return refuse("amount_too_large");
  // A distributed server adds the shard's number to the name.
  const known = code === "23505" || code === "23P01" ? conflicts[(constraint ?? "").replace(/_\d+$/, "")] : undefined;
  return known && refuse(known);
}

export type InputIssue = { readonly path: string; readonly message: string };

/** What is wrong with the input, and where: `steps.0.price`. */
export const issuesOf = (issues: readonly v.BaseIssue<unknown>[]): InputIssue[] =>
  issues.map((issue) => ({ path: v.getDotPath(issue) ?? "", message: issue.message }));
