// Asking for a spreadsheet: what, and within whose scope. The job holds itself to the scope that was stored here.
import { and, eq, inArray } from "drizzle-orm";
import { exportsTable } from "../../db/schema/ledger.ts";
import { reratings } from "../../db/schema/rerating.ts";
import { simulations } from "../../db/schema/simulation.ts";
import { accounts, subscribers } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { exportRequestSchema, missingFor } from "./export-kinds.ts";
import { makeExportJob } from "./make-export-job.ts";
import { hasResults, NO_RESULTS } from "./rerating-results.ts";

/** `from` and `to` are the first and the last day, in the provider's zone. The answer's id is for the list of exports and the download. */
export const requestExport = defineCommand({
  name: "exports.request",
  summary:
    "Ask for a spreadsheet, or the journal of the books: usage, a statement, turnover, balance sheet, receivables, or what a run found",
  permission: "exports:create",
  level: "subscriber",
  input: exportRequestSchema,

  async run({ tx, actor, providerId, now, enqueue, audit }, request) {
    const missing = missingFor(actor, request.kind);
    if (missing) return refuse("not_permitted", { permission: missing });
    const { groupIds } = actor.scope;
    const ofScope = groupIds === null ? [] : [inArray(subscribers.groupId, [...groupIds])];
    if (request.kind === "simulation") {
      const found = await tx
        .select({ groupIds: simulations.groupIds, state: simulations.state })
        .from(simulations)
        .where(and(eq(simulations.providerId, providerId), eq(simulations.id, request.runId)));
      const [run] = found.filter((one) => groupIds === null || one.groupIds === null || one.groupIds.some((id) => groupIds.includes(id)));
      if (!run) return refuse("not_found");
      if (run.state !== "done") return refuse("export_not_ready", { detail: "The simulation isn't done." });
    } else if (request.kind === "rerating") {
      const found = await tx
        .select({ groupIds: reratings.groupIds, state: reratings.state })
        .from(reratings)
        .where(and(eq(reratings.providerId, providerId), eq(reratings.id, request.runId)));
      // As everywhere, a run that was made with a wider scope doesn't exist.
      const [run] = found.filter((one) => groupIds === null || one.groupIds?.every((id) => groupIds.includes(id)));
      if (!run) return refuse("not_found");
      if (!hasResults(run.state)) return refuse("export_not_ready", { detail: NO_RESULTS });
    } else if (request.kind === "account-statement") {
      const found = await tx
        .select({ id: accounts.accountId })
        .from(accounts)
        .innerJoin(subscribers, and(eq(subscribers.providerId, accounts.providerId), eq(subscribers.id, accounts.subscriberId)))
        .where(and(eq(accounts.providerId, providerId), eq(accounts.accountId, request.accountId), ...ofScope));
      if (found.length === 0) return refuse("not_found");
    } else if ("subscriberId" in request && request.subscriberId !== undefined) {
      const found = await tx
        .select({ id: subscribers.id })
        .from(subscribers)
        .where(and(eq(subscribers.providerId, providerId), eq(subscribers.id, request.subscriberId), ...ofScope));
      if (found.length === 0) return refuse("not_found");
    }
    const id = newId();
    const { kind, ...params } = request;
    await tx.insert(exportsTable).values({
      ...{ providerId, id, kind, params, groupIds: groupIds === null ? null : [...groupIds] },
      ...{ state: "waiting" as const, requestedBy: actor.name, requestedAt: now.toString() },
    });
    await enqueue(makeExportJob, { providerId, exportId: id });
    audit({ after: request });
    return accept({ exportId: id });
  },
});
