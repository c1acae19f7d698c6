// Who may do what, on whom: providers, groups, managers, roles, API keys. Few rows each, read as they are; hashes stay where they are.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, providersIn } from "../input.ts";
import { limitField, providerField } from "../page.ts";
import { rows } from "../rows.ts";

const input = v.object({ providerId: providerField, limit: limitField });

export type ProviderRow = {
  providerId: number;
  parentId: number | null;
  code: string;
  name: string;
  currency: string;
  zone: string;
  locale: string;
  createdAt: string;
  subscribers: number;
};

/** `parentId` is null for the highest provider that may be seen, whatever stands above it. */
export const providersList = defineQuery({
  name: "providers.list",
  summary: "The provider and its partners",
  permission: "subscribers:read",
  level: "subscriber",
  input: v.object({ limit: limitField }),
  run: async ({ tx, scope }, { limit }) =>
    accept({
      providers: await rows<ProviderRow>(
        tx,
        sql`select p.id as provider_id, case when p.parent_id = any(${providersIn(scope)}) then p.parent_id end as parent_id, p.code, p.name, p.currency, p.zone, p.locale, p.created_at,
              (select coalesce(sum(u.subscribers), 0) from read.provider_summary u where u.provider_id = p.id and ${groupSeen(scope, sql`u.group_id`)}) as subscribers
            from app.providers p where p.id = any(${providersIn(scope)}) order by p.path limit ${limit}`,
      ),
    }),
});

export const groupsList = defineQuery({
  name: "groups.list",
  summary: "Groups of subscribers with how many are in each",
  permission: "subscribers:read",
  level: "subscriber",
  input,
  run: async ({ tx, scope }, { providerId, limit }) =>
    accept({
      groups: await rows<{
        providerId: number;
        providerName: string;
        groupId: string;
        name: string;
        subscribers: number;
        createdAt: string;
      }>(
        tx,
        sql`select g.provider_id, p.name as provider_name, g.id as group_id, g.name, coalesce(u.subscribers, 0) as subscribers, g.created_at
            from app.subscriber_groups g join app.providers p on p.id = g.provider_id
            left join read.provider_summary u on u.provider_id = g.provider_id and u.group_id = g.id
            where g.provider_id = any(${providersIn(scope, providerId)}) and ${groupSeen(scope, sql`g.id`)} order by g.provider_id, g.name limit ${limit}`,
      ),
    }),
});

export const managersList = defineQuery({
  name: "managers.list",
  summary: "Managers with their roles and scopes",
  permission: "managers:read",
  level: "provider",
  input,
  run: async ({ tx, scope }, { providerId, limit }) =>
    accept({
      managers: await rows<{
        providerId: number;
        providerName: string;
        managerId: string;
        login: string;
        name: string;
        roleId: string;
        roleName: string;
        groups: { groupId: string; name: string }[] | null;
        blockedAt: string | null;
        createdAt: string;
      }>(
        tx,
        sql`select m.provider_id, p.name as provider_name, m.id as manager_id, m.login, m.name, m.role_id, r.name as role_name, m.blocked_at, m.created_at,
              case when m.group_ids is not null then (
                select coalesce(jsonb_agg(jsonb_build_object('groupId', g.id, 'name', g.name) order by g.name), '[]') from app.subscriber_groups g
                where g.provider_id = any(${providersIn(scope)}) and g.id = any(m.group_ids)) end as groups
            from app.managers m join app.providers p on p.id = m.provider_id
            join app.roles r on r.provider_id = m.provider_id and r.id = m.role_id
            where m.provider_id = any(${providersIn(scope, providerId)}) order by m.provider_id, m.login limit ${limit}`,
      ),
    }),
});

export const rolesList = defineQuery({
  name: "roles.list",
  summary: "Roles with their permissions",
  permission: "managers:read",
  level: "provider",
  input,
  run: async ({ tx, scope }, { providerId, limit }) =>
    accept({
      roles: await rows<{
        providerId: number;
        roleId: string;
        name: string;
        permissions: string[];
        adjustmentLimitMicros: bigint | null;
        managers: number;
        createdAt: string;
      }>(
        tx,
        sql`select r.provider_id, r.id as role_id, r.name, r.permissions, r.adjustment_limit_micros, r.created_at,
              (select count(*)::int from app.managers m where m.provider_id = r.provider_id and m.role_id = r.id) as managers
            from app.roles r where r.provider_id = any(${providersIn(scope, providerId)}) order by r.provider_id, r.name limit ${limit}`,
      ),
    }),
});

export const apiKeysList = defineQuery({
  name: "api-keys.list",
  summary: "API keys with their permissions and scopes",
  permission: "managers:read",
  level: "provider",
  input,
  run: async ({ tx, scope }, { providerId, limit }) =>
    accept({
      apiKeys: await rows<{
        providerId: number;
        keyId: string;
        name: string;
        permissions: string[];
        adjustmentLimitMicros: bigint | null;
        groupIds: string[] | null;
        createdAt: string;
        expiresAt: string | null;
        revokedAt: string | null;
      }>(
        tx,
        sql`select k.provider_id, k.id as key_id, k.name, k.permissions, k.adjustment_limit_micros, k.group_ids, k.created_at, k.expires_at, k.revoked_at
            from app.api_keys k where k.provider_id = any(${providersIn(scope, providerId)}) order by k.revoked_at is not null, k.provider_id, k.name limit ${limit}`,
      ),
    }),
});
