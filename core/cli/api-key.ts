// `mb api-key`: keys for other software. Made here, a key is shown this once.
import { eq } from "drizzle-orm";
import { apiKeys } from "../../db/schema/rights.ts";
import { inTenant } from "../../db/tenant.ts";
import { createApiKey } from "../auth/create-api-key.ts";
import { revokeApiKey } from "../auth/revoke-api-key.ts";
import { systemActor } from "../kernel/actor.ts";
import { execute } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { allPermissions } from "../kernel/permissions.ts";
import { Problem } from "../kernel/problem.ts";
import { type CliContext, defineSubcommand, usageProblem, type Values } from "./command-line.ts";
import { problemOfRefusal } from "./refusal-problem.ts";
import { withProvider } from "./with-provider.ts";

const options = {
  name: { type: "string", placeholder: "NAME", description: "What the key is for; one name, one key" },
  permissions: { type: "string", placeholder: "A,B", description: `What it may do, or "all": ${allPermissions.join(", ")}` },
  groups: { type: "string", placeholder: "ID,ID", description: "Groups of subscribers that it is limited to" },
  provider: {
    type: "string",
    placeholder: "CODE",
    description: "Whose key it is; the operator's when not given. It sees the partners below too",
  },
  expires: { type: "string", placeholder: "INSTANT", description: "When it ends, such as 2027-01-01T00:00:00Z; never when not given" },
} as const;

type Given = Values<typeof options>;

export const subcommand = defineSubcommand({
  name: "api-key",
  summary: "Make, list and revoke keys of the API",
  usage: "api-key create --name NAME --permissions A,B | list | revoke ID",
  options,
  async run(ctx, { values, positionals: [verb, id, ...more] }) {
    const fits = verb === "revoke" ? id !== undefined && more.length === 0 : id === undefined;
    if (!fits || !["create", "list", "revoke"].includes(verb ?? "")) throw usageProblem("say what to do: create, list, or revoke ID");
    if (verb === "create" && (values.name === undefined || values.permissions === undefined))
      throw usageProblem("give --name and --permissions");
    return withProvider(ctx, values.provider, async (core, provider) => {
      if (verb === "create") await create(ctx, core, provider.id, values);
      else if (verb === "list") await list(ctx, core, provider.id);
      else await revoke(ctx, core, provider.id, id!);
      return 0;
    });
  },
});

const listOf = (text: string) => text.split(",").map((item) => item.trim());

async function create(ctx: CliContext, core: Core, providerId: number, given: Given): Promise<void> {
  const input = {
    name: given.name,
    permissions: given.permissions === "all" ? allPermissions : listOf(given.permissions ?? ""),
    ...(given.groups === undefined ? {} : { groupIds: listOf(given.groups) }),
    ...(given.expires === undefined ? {} : { expiresAt: given.expires }),
  };
  const outcome = await execute(core, createApiKey, input, { actor: systemActor([providerId], "mb api-key"), providerId });
  if (!outcome.ok) throw problemOfRefusal(outcome);
  ctx.print(outcome.value, () => outcome.value.token);
  if (!ctx.json) ctx.err("Keep it: it can't be shown again.");
}

async function list(ctx: CliContext, core: Core, providerId: number): Promise<void> {
  const rows = await inTenant(
    core.db,
    [providerId],
    (tx) =>
      tx
        .select({
          id: apiKeys.id,
          name: apiKeys.name,
          permissions: apiKeys.permissions,
          groupIds: apiKeys.groupIds,
          createdAt: apiKeys.createdAt,
          expiresAt: apiKeys.expiresAt,
          revokedAt: apiKeys.revokedAt,
        })
        .from(apiKeys)
        .where(eq(apiKeys.providerId, providerId))
        .orderBy(apiKeys.name),
    "read",
  );
  const state = (row: (typeof rows)[number]) => (row.revokedAt ? "revoked" : row.expiresAt ? `until ${row.expiresAt}` : "valid");
  const line = (row: (typeof rows)[number]) => `${row.id}  ${state(row).padEnd(10)}  ${row.name}  (${row.permissions.join(", ")})`;
  ctx.print(rows, () => (rows.length === 0 ? "There are no keys." : rows.map(line).join("\n")));
}

async function revoke(ctx: CliContext, core: Core, providerId: number, apiKeyId: string): Promise<void> {
  const outcome = await execute(core, revokeApiKey, { apiKeyId }, { actor: systemActor([providerId], "mb api-key"), providerId });
  if (!outcome.ok)
    throw outcome.code === "not_found"
      ? new Problem("not_found", `There is no key ${apiKeyId}: \`mb api-key list\` names them`)
      : problemOfRefusal(outcome);
  ctx.print({ apiKeyId, revoked: true }, () => "Revoked.");
}
