// The one way to ask. Web client, API and exports all come through here, so what somebody may not see is left out everywhere alike.
import * as v from "valibot";
import type { Db, Tx } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Actor, Scope } from "./actor.ts";
import { type Outcome, refuse } from "./errors.ts";
import type { Permission } from "./permissions.ts";

export type QueryContext = {
  readonly tx: Tx;
  readonly scope: Scope;
  readonly now: Temporal.Instant;
  /** For a part of the answer that needs a right of its own: without it, that part is null. */
  readonly may: (permission: Permission) => boolean;
};

export type Query<I extends v.GenericSchema = v.GenericSchema, T = unknown> = {
  readonly name: `${string}.${string}`;
  readonly summary: string;
  readonly permission: Permission;
  /** `provider`: refused to whoever may see only some groups. `subscriber`: `run` leaves out what is outside `scope.groupIds`. */
  readonly level: "provider" | "subscriber";
  readonly input: I;
  run(context: QueryContext, input: v.InferOutput<I>): Promise<Outcome<T>>;
};

export const defineQuery = <I extends v.GenericSchema, T>(query: Query<I, T>) => query;

/** What asking needs of a process. */
export type Asking = { readonly db: Db; readonly clock: () => Temporal.Instant };

/**
 * Asks in one read-only transaction that sees only the actor's providers, or those of them that `providerIds` names.
 */
export async function ask<I extends v.GenericSchema, T>(
  core: Asking,
  query: Query<I, T>,
  raw: v.InferInput<I>,
  call: { readonly actor: Actor; readonly providerIds?: readonly number[] },
): Promise<Outcome<T>> {
  const { actor } = call;
  if (!actor.permissions.has(query.permission)) return refuse("not_permitted", { permission: query.permission });
  if (query.level === "provider" && actor.scope.groupIds !== null) return refuse("not_permitted", { permission: query.permission });
  const parsed = v.safeParse(query.input, raw);
  if (!parsed.success)
    return refuse("invalid_input", { issues: parsed.issues.map((i) => ({ path: v.getDotPath(i) ?? "", message: i.message })) });
  const providerIds = call.providerIds ? actor.scope.providerIds.filter((id) => call.providerIds?.includes(id)) : actor.scope.providerIds;
  const scope: Scope = { providerIds, groupIds: actor.scope.groupIds };
  return inTenant(
    core.db,
    providerIds,
    (tx) => query.run({ tx, scope, now: core.clock(), may: (permission) => actor.permissions.has(permission) }, parsed.output),
    "read",
  );
}
