// Two providers side by side with a subscriber each, and clients of managers with whatever rights a test needs.
import { addManager } from "../../../core/auth/add-manager.ts";
import { defineRole } from "../../../core/auth/define-role.ts";
import { addPlan } from "../../../core/catalog/add-plan.ts";
import { assignIdentifier } from "../../../core/identifiers/assign-identifier.ts";
import type { Core } from "../../../core/kernel/core.ts";
import { allPermissions, type Permission } from "../../../core/kernel/permissions.ts";
import { activateService } from "../../../core/services/activate-service.ts";
import { addGroup } from "../../../core/subscribers/add-group.ts";
import { registerSubscriber } from "../../../core/subscribers/register-subscriber.ts";
import { administratorPassword, done } from "../../support/operator.ts";
import { planDocumentInput } from "../../support/plan.ts";
import { type Client, signedIn } from "../admin-a/client.ts";

export type House = {
  readonly providerId: number;
  readonly planId: string;
  readonly groupId: string;
  readonly subscriberId: string;
  readonly accountId: string;
  readonly serviceId: string;
  readonly identifierId: string;
  readonly managerId: string;
  readonly roleId: string;
};

let people = 0;

/** A subscriber with an account, a service on a plan and a number; and a manager who may do everything there. */
export async function house(core: Core, providerId: number, name: string, number: string): Promise<House> {
  const { groupId } = await done(core, addGroup, { name: `Group of ${name}` }, providerId);
  const { planId } = await done(
    core,
    addPlan,
    { code: `plan-${providerId}`, document: planDocumentInput(), validFrom: "2026-01-01T00:00:00Z" },
    providerId,
  );
  const { subscriberId, accountId } = await done(
    core,
    registerSubscriber,
    { kind: "person", name, groupId, account: { kind: "prepaid", currency: "UAH" } },
    providerId,
  );
  const { serviceId } = await done(
    core,
    activateService,
    { accountId: accountId!, planId, label: `Line of ${name}`, from: "2026-01-01T00:00:00Z" },
    providerId,
  );
  const { identifierId } = await done(
    core,
    assignIdentifier,
    { serviceId, kind: "telephone", value: number, from: "2026-01-01T00:00:00Z" },
    providerId,
  );
  const { managerId, roleId } = await person(core, providerId);
  return { providerId, planId, groupId, subscriberId, accountId: accountId!, serviceId, identifierId, managerId, roleId };
}

async function person(
  core: Core,
  providerId: number,
  permissions: readonly Permission[] = allPermissions,
  groupIds: string[] | null = null,
) {
  const name = `Person ${String.fromCodePoint(65 + people++)}`;
  const { roleId } = await done(core, defineRole, { name, permissions: [...permissions] }, providerId);
  const login = `person${people}@staff.example`;
  const { managerId } = await done(core, addManager, { name, login, password: administratorPassword, roleId, groupIds }, providerId);
  return { managerId, roleId };
}

export async function clientWith(
  core: Core,
  providerId: number,
  permissions?: readonly Permission[],
  groupIds?: string[],
): Promise<Client> {
  return signedIn(core, providerId, (await person(core, providerId, permissions, groupIds)).managerId);
}

/** Every page that shows or changes something of a house, by the permission that it needs. */
export const pagesOf = (h: House): readonly (readonly [path: string, permission: Permission])[] => [
  [`/subscribers/${h.subscriberId}`, "subscribers:read"],
  [`/subscribers/${h.subscriberId}/usage`, "usage:read"],
  [`/subscribers/${h.subscriberId}/ledger`, "ledger:read"],
  [`/subscribers/${h.subscriberId}/change`, "subscribers:write"],
  [`/subscribers/${h.subscriberId}/portal-login`, "subscribers:write"],
  [`/subscribers/${h.subscriberId}/accounts/new`, "subscribers:write"],
  [`/accounts/${h.accountId}`, "subscribers:read"],
  [`/accounts/${h.accountId}/terms`, "subscribers:write"],
  [`/accounts/${h.accountId}/opening-balance`, "subscribers:write"],
  [`/accounts/${h.accountId}/services/new`, "subscribers:write"],
  [`/services/${h.serviceId}`, "subscribers:read"],
  [`/services/${h.serviceId}/plan`, "subscribers:write"],
  [`/services/${h.serviceId}/identifiers/new`, "subscribers:write"],
];

/** The provider's own, which no group belongs to. */
export const widePagesOf = (h: House): readonly (readonly [path: string, permission: Permission])[] => [
  [`/plans/${h.planId}`, "plans:read"],
  [`/plans/${h.planId}/words`, "plans:read"],
  [`/plans/${h.planId}/versions/new`, "plans:write"],
  [`/managers/${h.managerId}`, "managers:read"],
  [`/managers/${h.managerId}/password`, "managers:write"],
  [`/roles/${h.roleId}`, "managers:read"],
];

export const lists: readonly (readonly [path: string, permission: Permission])[] = [
  ["/subscribers", "subscribers:read"],
  ["/subscribers/new", "subscribers:write"],
  ["/plans", "plans:read"],
  ["/plans/new", "plans:write"],
  ["/groups", "subscribers:read"],
  ["/groups/new", "subscribers:write"],
  ["/managers", "managers:read"],
  ["/managers/new", "managers:write"],
  ["/roles", "managers:read"],
  ["/roles/new", "managers:write"],
  ["/api-keys", "managers:read"],
  ["/api-keys/new", "managers:write"],
  ["/partners", "providers:write"],
  ["/partners/new", "providers:write"],
];

/** Forms and buttons that post, by the permission they need. */
export const postsOf = (h: House): readonly (readonly [path: string, permission: Permission])[] => [
  [`/subscribers/${h.subscriberId}/change`, "subscribers:write"],
  [`/subscribers/${h.subscriberId}/closure`, "subscribers:write"],
  [`/subscribers/${h.subscriberId}/portal-login`, "subscribers:write"],
  [`/subscribers/${h.subscriberId}/accounts`, "subscribers:write"],
  [`/accounts/${h.accountId}/terms`, "subscribers:write"],
  [`/accounts/${h.accountId}/closure`, "subscribers:write"],
  [`/accounts/${h.accountId}/reopening`, "subscribers:write"],
  [`/accounts/${h.accountId}/opening-balance`, "subscribers:write"],
  [`/accounts/${h.accountId}/export`, "exports:create"],
  [`/accounts/${h.accountId}/services`, "subscribers:write"],
  [`/services/${h.serviceId}/plan`, "subscribers:write"],
  [`/services/${h.serviceId}/termination`, "subscribers:write"],
  [`/services/${h.serviceId}/identifiers`, "subscribers:write"],
  [`/services/${h.serviceId}/identifiers/${h.identifierId}/end`, "subscribers:write"],
];

export const widePostsOf = (h: House): readonly (readonly [path: string, permission: Permission])[] => [
  [`/plans/${h.planId}/versions`, "plans:write"],
  [`/managers/${h.managerId}`, "managers:write"],
  [`/managers/${h.managerId}/block`, "managers:write"],
  [`/managers/${h.managerId}/unblock`, "managers:write"],
  [`/managers/${h.managerId}/password`, "managers:write"],
  [`/roles/${h.roleId}`, "managers:write"],
];
