// What a change of plan would cost: the real command, and the real charges that follow it, undone before anything is kept.
import { rawOf } from "../../db/client.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome } from "../kernel/errors.ts";
import { changePlan } from "../services/change-plan.ts";
import { serviceInScope } from "../subscribers/in-scope.ts";
import { loadServices } from "./load-services.ts";
import { workOut } from "./work-out.ts";

/** Amounts are decimal text in micro-units; below zero: given back. Days are ISO dates, half-open. */
export type PreviewLine = { code: string; name: string; from: string; to: string; amountMicros: string; taxMicros: string };
export type Preview = { from: string; currency: string; lines: PreviewLine[] };

class Undo extends Error {
  constructor(readonly outcome: Outcome<Preview>) {
    super("undo");
  }
}

/** The same input as `services.change-plan`, and the same refusals. Changes nothing, dry or not. */
export const previewPlanChange = defineCommand({
  name: "charges.preview-plan-change",
  summary: "Show when a service would move to another plan, and what that would charge and give back",
  permission: "subscribers:write",
  level: "subscriber",
  input: changePlan.input,

  async run(context, input): Promise<Outcome<Preview>> {
    try {
      return await context.tx.transaction(async (tx) => {
        throw new Undo(await changed({ ...context, tx }, input));
      });
    } catch (error) {
      if (error instanceof Undo) return error.outcome;
      throw error;
    }
  },
});

async function changed(
  context: Parameters<typeof changePlan.run>[0],
  input: Parameters<typeof changePlan.run>[1],
): Promise<Outcome<Preview>> {
  const outcome = await changePlan.run({ ...context, emit: async () => {}, enqueue: async () => {}, audit: () => {} }, input);
  if (!outcome.ok) return outcome;
  const { account } = (await serviceInScope(context, input.serviceId))!;
  const from = Temporal.Instant.from(outcome.value.from);
  const at = Temporal.Instant.compare(from, context.now) < 0 ? context.now : from;
  const t = rawOf(context.tx);
  const services = await loadServices(t, context.providerId, [account.accountId], at, [input.serviceId]);
  const lines = (await workOut(t, context.providerId, services, at)).flatMap((due) => due.lines);
  // What would be due before a change to come is the old plan's own business.
  const since = at.toZonedDateTimeISO(services[0]?.timeline.stays.at(-1)?.plan.zone ?? "UTC").toPlainDate();
  const ofChange = Temporal.Instant.compare(from, context.now) > 0 ? lines.filter(({ dueOn }) => dueOn.equals(since)) : lines;
  return accept({
    from: outcome.value.from,
    currency: account.currency,
    lines: ofChange.map((line) => ({
      ...{ code: line.code, name: line.name, from: line.from.toString(), to: line.to.toString() },
      ...{ amountMicros: line.amountMicros.toString(), taxMicros: line.taxMicros.toString() },
    })),
  });
}
