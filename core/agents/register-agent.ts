// A collector gets an identity and the token it proves it with. The token is shown once: only its digest is kept.
import * as v from "valibot";
import { agents } from "../../db/schema/usage.ts";
import { newToken, tokenHash } from "../auth/token.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { lineField } from "../kernel/input-fields.ts";

/** The answer's `token` is `mba_<provider>_<random>`; a repetition with the same idempotency key doesn't show it again. */
export const registerAgent = defineCommand({
  name: "agents.register",
  summary: "Register an agent; its token is shown once",
  permission: "agents:write",
  level: "provider",
  input: v.strictObject({ kind: v.optional(v.picklist(["pbx"]), "pbx"), name: lineField(100) }),
  conflicts: { agents_names: "name_taken" },

  async run({ tx, providerId, now, audit }, { kind, name }) {
    const id = newId();
    const token = `mba_${providerId}_${newToken()}`;
    await tx.insert(agents).values({ providerId, id, kind, name, tokenHash: tokenHash(token), config: {}, createdAt: now.toString() });
    audit({ after: { id, kind, name } });
    return accept({ agentId: id, token });
  },
});
