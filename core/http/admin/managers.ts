// The people who work here: what each may do (a role), and on whom (the whole provider, or some groups of subscribers).
import { Hono } from "hono";
import { addManager } from "../../auth/add-manager.ts";
import { changeManager } from "../../auth/change-manager.ts";
import { setPassword } from "../../auth/set-password.ts";
import { refuse } from "../../kernel/errors.ts";
import { groupsList, managersList, rolesList } from "../../read/rights/query.ts";
import { RequestRefused } from "../errors.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  may,
  noErrors,
  page,
  param,
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { refuseHidden, settle } from "./settle.ts";
import { seesSeveral, targetOf } from "./target-provider.ts";
import { typed } from "./typed-fields.ts";

export const managersPages = new Hono<AdminEnv>();

const MOST = 200;
const all = async (c: PageContext) => (await askFor(c, managersList, { limit: MOST })).managers;
type Manager = Awaited<ReturnType<typeof all>>[number];

async function managerOf(c: PageContext): Promise<Manager> {
  const found = (await all(c)).find(({ managerId }) => managerId === param(c, "id"));
  if (!found) throw new RequestRefused(refuse("not_found"));
  return found;
}

managersPages.get(
  "/managers",
  route({ permission: "managers:read" }, async (c) => {
    const text = figuresOf(c);
    const own = sessionOf(c).manager.id;
    return page(c, {
      title: "Managers",
      section: "managers",
      view: "admin/managers/index",
      data: {
        several: seesSeveral(c),
        canWrite: may(c, "managers:write"),
        managers: (await all(c)).map((manager) => ({
          href: `/managers/${manager.managerId}`,
          name: manager.name,
          login: manager.login,
          own: manager.managerId === own,
          provider: manager.providerName,
          role: manager.roleName,
          scope: scopeText(manager),
          blocked: manager.blockedAt !== null,
          since: text.date(manager.createdAt),
        })),
      },
    });
  }),
);

const scopeText = ({ groups }: Manager) =>
  groups === null ? "everything of the provider" : groups.length === 0 ? "no group" : `groups ${groups.map(({ name }) => name).join(", ")}`;

const labels = { name: "Name", login: "E-mail", password: "Password", roleId: "Role", groupIds: "Groups" };
type Values = { name: string; login: string; roleId: string; scope: string; groupIds: readonly string[] };

const valuesOf = (c: PageContext): Values => ({
  ...typed(c, "name", "login", "roleId", "scope"),
  groupIds: c.get("form").getAll("groupIds"),
});
/** Null is the whole provider. "Some groups" with none chosen stays an empty list, which the command refuses. */
const groupIdsOf = ({ scope, groupIds }: Values) => (scope === "groups" ? [...groupIds] : null);

async function choicesFor(c: PageContext, providerId: number) {
  const [{ roles }, { groups }] = [
    await askFor(c, rolesList, { providerId, limit: MOST }),
    await askFor(c, groupsList, { providerId, limit: MOST }),
  ];
  return {
    roles: roles.map((role) => ({ value: role.roleId, label: role.name })),
    groups: groups.map((group) => ({ value: group.groupId, label: group.name })),
  };
}

async function newForm(c: PageContext, values: Values | undefined, errors: FormErrors = noErrors, status = 200) {
  const target = await targetOf(c);
  const choices = await choicesFor(c, target.provider.id);
  const fresh: Values = {
    name: "",
    login: "",
    roleId: choices.roles.find(({ label }) => label === "Support")?.value ?? "",
    scope: "all",
    groupIds: [],
  };
  // `choices` of the partial are the providers.
  const data = { ...target, ...choices, here: "/managers/new", values: values ?? fresh, errors };
  return page(c, { title: "New manager", section: "managers", view: "admin/managers/new", status, data });
}

managersPages.get(
  "/managers/new",
  route({ permission: "managers:write" }, (c) => newForm(c, undefined)),
);

managersPages.post(
  "/managers",
  route({ permission: "managers:write" }, async (c) => {
    const { provider } = await targetOf(c);
    const values = valuesOf(c);
    const { name, login, roleId } = values;
    const input = { name, login, roleId, password: c.get("form").get("password") ?? "", groupIds: groupIdsOf(values) };
    const outcome = await run(c, addManager, input, { providerId: provider.id });
    if (outcome.ok) return done(c, "/managers", `${name} can sign in with ${login}. Tell them the password on another way than e-mail.`);
    refuseHidden(outcome);
    return newForm(c, values, formErrors(outcome, { login_taken: "login", rights_beyond_own: "roleId" }, labels), statusOf(outcome));
  }),
);

async function changeForm(c: PageContext, manager: Manager, values: Values, errors: FormErrors = noErrors, status = 200) {
  const choices = await choicesFor(c, manager.providerId);
  const own = manager.managerId === sessionOf(c).manager.id;
  const data = {
    ...choices,
    manager,
    own,
    here: `/managers/${manager.managerId}`,
    values,
    errors,
    canWrite: may(c, "managers:write"),
    scope: scopeText(manager),
  };
  return page(c, { title: manager.name, section: "managers", view: "admin/managers/show", status, data });
}

managersPages.get(
  "/managers/:id{[0-9a-f-]{36}}",
  route({ permission: "managers:read" }, async (c) => {
    const manager = await managerOf(c);
    const { name, login, roleId, groups } = manager;
    return changeForm(c, manager, {
      name,
      login,
      roleId,
      scope: groups === null ? "all" : "groups",
      groupIds: (groups ?? []).map(({ groupId }) => groupId),
    });
  }),
);

managersPages.post(
  "/managers/:id{[0-9a-f-]{36}}",
  route({ permission: "managers:write" }, async (c) => {
    const manager = await managerOf(c);
    const values = valuesOf(c);
    const { managerId, providerId } = manager;
    const outcome = await run(
      c,
      changeManager,
      { managerId, name: values.name, roleId: values.roleId, groupIds: groupIdsOf(values) },
      { providerId },
    );
    if (outcome.ok) return done(c, "/managers", `${values.name} is changed. It holds from their next click.`);
    refuseHidden(outcome);
    return changeForm(
      c,
      manager,
      values,
      formErrors(outcome, { rights_beyond_own: "roleId", last_administrator: "roleId" }, labels),
      statusOf(outcome),
    );
  }),
);

for (const [verb, blocked, text] of [
  ["block", true, "is blocked and signed out everywhere."],
  ["unblock", false, "can sign in again."],
] as const)
  managersPages.post(
    `/managers/:id{[0-9a-f-]{36}}/${verb}`,
    route({ permission: "managers:write" }, async (c) => {
      const { managerId, providerId, name } = await managerOf(c);
      return settle(c, await run(c, changeManager, { managerId, blocked }, { providerId }), `/managers/${managerId}`, `${name} ${text}`);
    }),
  );

const passwordForm = (c: PageContext, manager: Manager, errors: FormErrors = noErrors, status = 200) =>
  page(c, {
    title: `Password of ${manager.name}`,
    section: "managers",
    view: "admin/managers/password",
    status,
    data: { manager, here: `/managers/${manager.managerId}`, errors },
  });

managersPages.get(
  "/managers/:id{[0-9a-f-]{36}}/password",
  route({ permission: "managers:write" }, async (c) => {
    const manager = await managerOf(c);
    // One's own is changed with the present one: a session left open must not be enough.
    return manager.managerId === sessionOf(c).manager.id ? c.redirect("/my-account", 303) : passwordForm(c, manager);
  }),
);

managersPages.post(
  "/managers/:id{[0-9a-f-]{36}}/password",
  route({ permission: "managers:write" }, async (c) => {
    const manager = await managerOf(c);
    if (manager.managerId === sessionOf(c).manager.id) return c.redirect("/my-account", 303);
    const { managerId, providerId } = manager;
    const outcome = await run(c, setPassword, { managerId, password: c.get("form").get("password") ?? "" }, { providerId });
    if (outcome.ok) return done(c, `/managers/${managerId}`, `${manager.name} has a new password and is signed out everywhere.`);
    refuseHidden(outcome);
    return passwordForm(c, manager, formErrors(outcome, { rights_beyond_own: "password" }, { password: "Password" }), statusOf(outcome));
  }),
);
