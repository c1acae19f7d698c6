// What the job of an import does: the command in the name of whoever asked for it, and a word on how it went.
import { rm } from "node:fs/promises";
import { deckImports } from "../../../db/schema/catalog-drafts.ts";
import { inTenant } from "../../../db/tenant.ts";
import type { Actor } from "../../kernel/actor.ts";
import { execute } from "../../kernel/command.ts";
import type { Core } from "../../kernel/core.ts";
import { isTransient, isUnavailable } from "../../kernel/database-error.ts";
import { errors, type Refusal } from "../../kernel/errors.ts";
import { importing } from "./import-deck.ts";
import { type Offered, ofImport, uploadPath } from "./offered.ts";
import type { Mistake } from "./read-lines.ts";

/** Does nothing for an import that isn't waiting. Run again after a crash it does the same: the draft changes once, or not. */
export async function runDeckImport(core: Core, { providerId, importId }: { readonly providerId: number; readonly importId: string }) {
  const change = (values: Partial<Offered>) =>
    inTenant(core.db, [providerId], (tx) => tx.update(deckImports).set(values).where(ofImport(providerId, importId)));
  const [offered] = await inTenant(core.db, [providerId], (tx) => tx.select().from(deckImports).where(ofImport(providerId, importId)));
  if (!offered || !["waiting", "reading"].includes(offered.state)) return;
  await change({ state: "reading" });
  const actor: Actor = {
    kind: offered.requestedKind as Actor["kind"],
    ...{ id: offered.requestedId, name: offered.requestedBy, providerId },
    ...{ scope: { providerIds: [providerId], groupIds: null }, permissions: new Set(["plans:write"]) },
  };
  const report = async (linesDone: number, linesTotal: number) => {
    await change({ linesDone, linesTotal });
  };
  try {
    const outcome = await execute(core, importing(report), { importId }, { actor, providerId });
    if (outcome.ok) await rm(uploadPath(core, offered.upload), { force: true });
    else await change({ state: "failed", ...reasonOf(outcome), finishedAt: core.clock().toString() });
  } catch (error) {
    if (isUnavailable(error) || isTransient(error)) throw error;
    await change({ state: "failed", problem: "It could not be imported. The server’s log says why.", finishedAt: core.clock().toString() });
    core.log.error({ err: error, providerId, importId }, "deck import failed");
  }
}

function reasonOf(refusal: Refusal): Partial<Offered> {
  const mistakes = refusal.mistakes as readonly Mistake[] | undefined;
  if (mistakes) return { mistakes };
  const issues = (refusal.issues ?? []) as readonly { message: string }[];
  return { problem: [errors[refusal.code].message, ...issues.map(({ message }) => message)].join(" ") };
}
