// A re-rating at an operator and at the partners below it: each has a run of its own, under the same id, on its own plans, in its own books and its
// own audit trail. So each sees its own part alone.
import { sql } from "drizzle-orm";
import { useProviders } from "../../db/tenant.ts";
import { type CommandContext, logIn } from "../kernel/command.ts";

/** The partners below, of those that the actor may touch: nearer ones first. */
export async function partnersBelow({ tx, actor, providerId }: CommandContext): Promise<number[]> {
  const rows = await tx.execute<{ id: number }>(
    sql`select id from app.providers where path @> array[${providerId}::int] and id <> ${providerId} and id = any(${`{${actor.scope.providerIds.join(",")}}`}::int[]) order by path`,
  );
  return rows.map((row) => row.id);
}

/** Does the same at each of them, as the part of the command that it is: in its transaction, and in each one's audit trail. */
export async function atPartnersBelow(
  context: CommandContext,
  command: string,
  work: (below: CommandContext) => Promise<void>,
): Promise<void> {
  const { tx, actor, now } = context;
  for (const providerId of await partnersBelow(context)) {
    await useProviders(tx, [providerId]);
    let change: Parameters<CommandContext["audit"]>[0] | undefined;
    const audit: CommandContext["audit"] = (given) => {
      change = given;
    };
    await work({ ...context, providerId, audit });
    if (change) await logIn(tx, { actor, providerId }, command, { askedAt: context.providerId }, change, now);
  }
  await useProviders(tx, [context.providerId]);
}
