// An offered price list is to be imported as `reading` says, in the background.
import * as v from "valibot";
import { deckImports } from "../../../db/schema/catalog-drafts.ts";
import { defineCommand } from "../../kernel/command.ts";
import { accept } from "../../kernel/errors.ts";
import { idField } from "../../kernel/input-fields.ts";
import { importDeckJob } from "./import-job.ts";
import { lockOffered, ofImport } from "./offered.ts";
import { deckReading } from "./reading.ts";

export const requestDeckImport = defineCommand({
  name: "catalog.request-deck-import",
  summary: "Have an offered price list imported into its draft in the background",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({ importId: idField, reading: deckReading }),

  async run({ tx, providerId, actor, enqueue, audit }, { importId, reading }) {
    const found = await lockOffered(tx, providerId, importId);
    if (!found.ok) return found;
    await tx
      .update(deckImports)
      .set({
        ...{ state: "waiting", reading, linesDone: 0, linesTotal: null, mistakes: null, problem: null, finishedAt: null },
        ...{ requestedKind: actor.kind, requestedId: actor.id, requestedBy: actor.name },
      })
      .where(ofImport(providerId, importId));
    await enqueue(importDeckJob, { providerId, importId });
    audit({ after: { importId, planId: found.value.offered.planId, name: found.value.offered.name, reading } });
    return accept({ importId });
  },
});
