// Keys for other software: what each may do, on whom, and until when. The key itself is shown once, on the page that answers its making.
import { Hono } from "hono";
import { createApiKey } from "../../auth/create-api-key.ts";
import { revokeApiKey } from "../../auth/revoke-api-key.ts";
import { refuse } from "../../kernel/errors.ts";
import { allPermissions } from "../../kernel/permissions.ts";
import { apiKeysList, groupsList } from "../../read/rights/query.ts";
import { RequestRefused } from "../errors.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  askFor,
  type FormErrors,
  figuresOf,
  formErrors,
  may,
  noErrors,
  page,
  param,
  providersOf,
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { instantGiven } from "./local-time.ts";
import { type LimitValues, limitGiven, limitOf, limitValues, permissionChoices } from "./roles.ts";
import { refuseHidden, settle } from "./settle.ts";
import { seesSeveral, targetOf } from "./target-provider.ts";
import { typed } from "./typed-fields.ts";

export const apiKeysPages = new Hono<AdminEnv>();

const all = async (c: PageContext) => (await askFor(c, apiKeysList, { limit: 200 })).apiKeys;

apiKeysPages.get(
  "/api-keys",
  route({ permission: "managers:read" }, async (c) => {
    const text = figuresOf(c);
    const now = c.get("core").clock();
    const names = new Map((await providersOf(c)).map(({ id, name }) => [id, name]));
    const stateOf = ({ revokedAt, expiresAt }: { revokedAt: string | null; expiresAt: string | null }) =>
      revokedAt !== null
        ? { tone: "off", label: "revoked" }
        : expiresAt !== null && Temporal.Instant.compare(Temporal.Instant.from(expiresAt), now) <= 0
          ? { tone: "off", label: "expired" }
          : { tone: "good", label: "valid" };
    return page(c, {
      title: "API keys",
      section: "api-keys",
      view: "admin/api-keys/index",
      data: {
        several: seesSeveral(c),
        canWrite: may(c, "managers:write"),
        keys: (await all(c)).map((key) => ({
          id: key.keyId,
          name: key.name,
          provider: names.get(key.providerId) ?? "",
          allows: key.permissions.length === allPermissions.length ? "everything" : key.permissions.join(", "),
          scope: key.groupIds === null ? "whole provider" : `${key.groupIds.length} ${key.groupIds.length === 1 ? "group" : "groups"}`,
          made: text.date(key.createdAt),
          expires: key.expiresAt === null ? "never" : text.dateTime(key.expiresAt),
          ...stateOf(key),
        })),
      },
    });
  }),
);

type Values = LimitValues & { name: string; expiresAt: string; scope: string; permissions: readonly string[]; groupIds: readonly string[] };

async function form(c: PageContext, values: Values, errors: FormErrors = noErrors, status = 200) {
  const target = await targetOf(c);
  const { groups } = await askFor(c, groupsList, { providerId: target.provider.id, limit: 200 });
  const data = {
    ...target,
    here: "/api-keys/new",
    values,
    errors,
    zone: figuresOf(c).zone,
    currency: sessionOf(c).manager.currency,
    permissions: permissionChoices(c, values.permissions),
    groups: groups.map((group) => ({ value: group.groupId, label: group.name })),
  };
  return page(c, { title: "New API key", section: "api-keys", view: "admin/api-keys/new", status, data });
}

apiKeysPages.get(
  "/api-keys/new",
  route({ permission: "managers:write" }, (c) =>
    form(c, { name: "", expiresAt: "", scope: "all", permissions: [], groupIds: [], ...limitOf(0n) }),
  ),
);

apiKeysPages.post(
  "/api-keys",
  route({ permission: "managers:write" }, async (c) => {
    const { provider } = await targetOf(c);
    const fields = c.get("form");
    const values: Values = {
      ...typed(c, "name", "expiresAt", "scope"),
      ...limitValues(c),
      permissions: fields.getAll("permissions"),
      groupIds: fields.getAll("groupIds"),
    };
    const input = {
      name: values.name,
      permissions: values.permissions as "usage:read"[],
      groupIds: values.scope === "groups" ? [...values.groupIds] : null,
      ...limitGiven(c, values),
      ...instantGiven("expiresAt", values.expiresAt, figuresOf(c).zone),
    };
    const outcome = await run(c, createApiKey, input, { providerId: provider.id });
    if (!outcome.ok) {
      refuseHidden(outcome);
      const labels = {
        name: "Name",
        permissions: "What it allows",
        groupIds: "Groups",
        expiresAt: "Valid until",
        adjustmentLimit: "Adjusts alone, at most",
      };
      return form(c, values, formErrors(outcome, { name_taken: "name", rights_beyond_own: "permissions" }, labels), statusOf(outcome));
    }
    // A reload repeats the form, and the command gives its first answer again without the secret.
    const token = outcome.value.token.startsWith("mb_") ? outcome.value.token : null;
    return page(c, {
      title: `API key ${values.name}`,
      section: "api-keys",
      view: "admin/api-keys/made",
      data: { name: values.name, token },
    });
  }),
);

apiKeysPages.post(
  "/api-keys/:id{[0-9a-f-]{36}}/revocation",
  route({ permission: "managers:write" }, async (c) => {
    const key = (await all(c)).find(({ keyId }) => keyId === param(c, "id"));
    if (!key) throw new RequestRefused(refuse("not_found"));
    const outcome = await run(c, revokeApiKey, { apiKeyId: key.keyId }, { providerId: key.providerId });
    return settle(c, outcome, "/api-keys", `The key ${key.name} is revoked: it opens nothing from now on.`);
  }),
);
