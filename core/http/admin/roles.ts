// Roles: sets of permissions with a name. Each permission is shown with the sentence that says what it allows.
import { Hono } from "hono";
import { defineRole } from "../../auth/define-role.ts";
import { refuse } from "../../kernel/errors.ts";
import { formatMicros } from "../../kernel/money.ts";
import { allPermissions, permissions } from "../../kernel/permissions.ts";
import { rolesList } from "../../read/rights/query.ts";
import { RequestRefused } from "../errors.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  askFor,
  done,
  type FormErrors,
  formErrors,
  may,
  noErrors,
  page,
  param,
  posted,
  providersOf,
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { refuseHidden } from "./settle.ts";
import { seesSeveral, targetOf } from "./target-provider.ts";
import { amountTyped, typed, writesCommas } from "./typed-fields.ts";

export const rolesPages = new Hono<AdminEnv>();

const all = async (c: PageContext) => (await askFor(c, rolesList, { limit: 200 })).roles;
type Role = Awaited<ReturnType<typeof all>>[number];

rolesPages.get(
  "/roles",
  route({ permission: "managers:read" }, async (c) => {
    const names = new Map((await providersOf(c)).map(({ id, name }) => [id, name]));
    return page(c, {
      title: "Roles",
      section: "roles",
      view: "admin/roles/index",
      data: {
        several: seesSeveral(c),
        canWrite: may(c, "managers:write"),
        roles: (await all(c)).map((role) => ({
          href: `/roles/${role.roleId}`,
          name: role.name,
          provider: names.get(role.providerId) ?? "",
          managers: role.managers,
          allows:
            role.permissions.length === allPermissions.length
              ? "Everything"
              : allPermissions
                  .filter((each) => role.permissions.includes(each))
                  .map((each) => permissions[each])
                  .join(" · "),
        })),
      },
    });
  }),
);

/** For checkboxes, here and for API keys: nobody can give what they don't have. */
export const permissionChoices = (c: PageContext, chosen: readonly string[]) => {
  const { actor } = sessionOf(c);
  return allPermissions.map((name) => ({ name, text: permissions[name], chosen: chosen.includes(name), own: actor.permissions.has(name) }));
};

type Values = LimitValues & { readonly name: string; readonly permissions: readonly string[] };

/** How far whoever has the right `ledger:adjust` corrects alone; here and for API keys. */
export type LimitValues = { readonly limit: string; readonly adjustmentLimit: string };

export const limitValues = (c: PageContext): LimitValues => typed(c, "limit", "adjustmentLimit");

/** What the command takes: null for any amount; what a form without the field says nothing about is left out. */
export const limitGiven = (c: PageContext, { limit, adjustmentLimit }: LimitValues): { adjustmentLimit?: string | null } =>
  limit === "" ? {} : { adjustmentLimit: limit === "any" ? null : amountTyped(adjustmentLimit, writesCommas(c)) || "0" };

export const limitOf = (micros: bigint | null): LimitValues =>
  micros === null ? { limit: "any", adjustmentLimit: "" } : { limit: "upTo", adjustmentLimit: formatMicros(micros) };
type Subject = { readonly role: Role } | { readonly role?: undefined };

async function form(c: PageContext, { role }: Subject, values: Values, errors: FormErrors = noErrors, status = 200) {
  const data = {
    ...(role ? { choices: [] } : { ...(await targetOf(c)), here: "/roles/new" }),
    role,
    action: role ? `/roles/${role.roleId}` : "/roles",
    values,
    errors,
    permissions: permissionChoices(c, values.permissions),
    canWrite: may(c, "managers:write"),
    currency: sessionOf(c).manager.currency,
  };
  return page(c, { title: role?.name ?? "New role", section: "roles", view: "admin/roles/edit", status, data });
}

const valuesOf = (c: PageContext): Values => ({
  ...limitValues(c),
  name: posted(c, "name"),
  permissions: c.get("form").getAll("permissions"),
});
const refused = { name_taken: "name", rights_beyond_own: "permissions", last_administrator: "permissions" };
const labels = { name: "Name", permissions: "What it allows", adjustmentLimit: "Adjusts alone, at most" };

rolesPages.get(
  "/roles/new",
  route({ permission: "managers:write" }, (c) => form(c, {}, { name: "", permissions: [], ...limitOf(0n) })),
);

rolesPages.post(
  "/roles",
  route({ permission: "managers:write" }, async (c) => {
    const { provider } = await targetOf(c);
    const values = valuesOf(c);
    const outcome = await run(
      c,
      defineRole,
      { name: values.name, permissions: values.permissions as "usage:read"[], ...limitGiven(c, values) },
      { providerId: provider.id },
    );
    if (outcome.ok) return done(c, "/roles", `The role ${values.name} is there. Give it to managers with their “Change”.`);
    refuseHidden(outcome);
    return form(c, {}, values, formErrors(outcome, refused, labels), statusOf(outcome));
  }),
);

async function roleOf(c: PageContext): Promise<Role> {
  const role = (await all(c)).find(({ roleId }) => roleId === param(c, "id"));
  if (!role) throw new RequestRefused(refuse("not_found"));
  return role;
}

rolesPages.get(
  "/roles/:id{[0-9a-f-]{36}}",
  route({ permission: "managers:read" }, async (c) => {
    const role = await roleOf(c);
    return form(c, { role }, { name: role.name, permissions: role.permissions, ...limitOf(role.adjustmentLimitMicros) });
  }),
);

rolesPages.post(
  "/roles/:id{[0-9a-f-]{36}}",
  route({ permission: "managers:write" }, async (c) => {
    const role = await roleOf(c);
    const values = valuesOf(c);
    const input = { roleId: role.roleId, name: values.name, permissions: values.permissions as "usage:read"[], ...limitGiven(c, values) };
    const outcome = await run(c, defineRole, input, { providerId: role.providerId });
    if (outcome.ok) return done(c, "/roles", `The role ${values.name} is changed, for everybody who has it.`);
    refuseHidden(outcome);
    return form(c, { role }, values, formErrors(outcome, refused, labels), statusOf(outcome));
  }),
);
