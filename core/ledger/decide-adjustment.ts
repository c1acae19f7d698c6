// The second person: approves or rejects an adjustment that was above the limit of whoever asked for it.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { adjustmentRequests } from "../../db/schema/ledger.ts";
import type { Actor } from "../kernel/actor.ts";
import { type CommandContext, defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountInScope } from "../subscribers/in-scope.ts";
import { postAdjustment } from "./adjust.ts";
import { reasonField } from "./amount-fields.ts";
import { personOf, refuseBeyondLimit } from "./by-hand.ts";

type Request = typeof adjustmentRequests.$inferSelect;

/** Whether this actor may approve it now. Whoever asked never may, but may take it back. Pure. */
export function decide(
  request: Pick<Request, "state" | "expiresAt" | "requestedKind" | "requestedBy">,
  actor: Actor,
  now: Temporal.Instant,
  verb: "approve" | "reject",
): Outcome<null> {
  if (request.state !== "waiting") return refuse("adjustment_decided", { state: request.state });
  if (Temporal.Instant.compare(Temporal.Instant.from(request.expiresAt), now) <= 0)
    return refuse("adjustment_decided", { state: "expired" });
  if (verb === "approve" && request.requestedKind === actor.kind && request.requestedBy === actor.id) return refuse("second_person_needed");
  return accept(null);
}

export const approveAdjustment = defineCommand({
  name: "ledger.approve-adjustment",
  summary: "Approve an adjustment that somebody else asked for: it is posted",
  permission: "ledger:approve",
  level: "subscriber",
  input: v.strictObject({ accountId: idField, requestId: idField }),

  async run(context, input) {
    const request = await requestInScope(context, input);
    if (!request) return refuse("not_found");
    const { accountId, currency, amountMicros, taxMicros, reason } = request;
    const { actor, now, audit } = context;
    const refusal = decide(request, actor, now, "approve");
    if (!refusal.ok) return refusal;
    const beyond = await refuseBeyondLimit(context, amountMicros + taxMicros, currency);
    if (beyond) return beyond;
    const people = {
      by: { kind: request.requestedKind, id: request.requestedBy, name: request.requestedName },
      approvedBy: personOf(actor),
    };
    const transactionId = await postAdjustment(context, { accountId, currency, amountMicros, taxMicros, reason }, people);
    await settle(context, request, { state: "approved", transactionId });
    audit({
      before: { state: "waiting" },
      after: { state: "approved", accountId, amount: formatMicros(amountMicros), tax: formatMicros(taxMicros), currency, transactionId },
    });
    return accept({ transactionId });
  },
});

export const rejectAdjustment = defineCommand({
  name: "ledger.reject-adjustment",
  summary: "Reject an adjustment that waits for approval: nothing is posted",
  permission: "ledger:approve",
  level: "subscriber",
  input: v.strictObject({ accountId: idField, requestId: idField, reason: reasonField }),

  async run(context, { reason, ...input }) {
    const request = await requestInScope(context, input);
    if (!request) return refuse("not_found");
    const refusal = decide(request, context.actor, context.now, "reject");
    if (!refusal.ok) return refusal;
    await settle(context, request, { state: "rejected", decision: reason });
    context.audit({ before: { state: "waiting" }, after: { state: "rejected", accountId: request.accountId, reason } });
    return accept({ requestId: request.id });
  },
});

/** Held until the command ends: it is decided once. */
async function requestInScope(
  context: CommandContext,
  { accountId, requestId }: { accountId: string; requestId: string },
): Promise<Request | undefined> {
  if (!(await accountInScope(context, accountId))) return undefined;
  const [row] = await context.tx
    .select()
    .from(adjustmentRequests)
    .where(keyOf(context, { accountId, id: requestId }))
    .for("update");
  return row;
}

const keyOf = ({ providerId }: Pick<CommandContext, "providerId">, { accountId, id }: Pick<Request, "accountId" | "id">) =>
  and(eq(adjustmentRequests.providerId, providerId), eq(adjustmentRequests.accountId, accountId), eq(adjustmentRequests.id, id));

async function settle(context: CommandContext, request: Request, outcome: Partial<Request>): Promise<void> {
  const { kind, id, name } = context.actor;
  const decided = { decidedKind: kind, decidedBy: id, decidedName: name, decidedAt: context.now.toString() };
  await context.tx
    .update(adjustmentRequests)
    .set({ ...outcome, ...decided })
    .where(keyOf(context, request));
}
