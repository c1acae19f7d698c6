// The roles that every provider begins with. They are ordinary rows: an administrator may change them.
import { allPermissions, type Permission } from "../kernel/permissions.ts";

const reading: readonly Permission[] = ["dashboard:read", "subscribers:read", "plans:read", "usage:read", "ledger:read", "payments:read"];

export const ADMINISTRATOR = "Administrator";

export const builtInRoles: readonly { readonly name: string; readonly permissions: readonly Permission[] }[] = [
  { name: ADMINISTRATOR, permissions: allPermissions },
  {
    name: "Manager",
    permissions: [
      ...reading,
      "subscribers:write",
      "plans:write",
      "usage:write",
      "quarantine:write",
      "agents:read",
      "agents:write",
      "exports:create",
      "payments:write",
      "ledger:adjust",
      "credit:read",
      "credit:control",
      "credit:write",
      "cards:read",
      "cards:write",
      "cards:redeem",
    ],
  },
  {
    name: "Accountant",
    permissions: [
      ...reading,
      "exports:create",
      "ledger:adjust",
      "ledger:transfer",
      "payments:write",
      "payments:refund",
      "credit:read",
      "credit:write",
      "cards:read",
    ],
  },
  { name: "Support", permissions: [...reading, "agents:read", "credit:read", "cards:read", "cards:redeem"] },
];
