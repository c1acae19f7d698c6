// The menu: every page a person may open and no other. Whoever sees only some groups isn't offered what concerns the whole provider.
import type { NavGroup } from "../../../views/page.ts";
import type { IconName } from "../../../views/shared/icons.ts";
import type { Actor } from "../../kernel/actor.ts";
import { integerText } from "../../kernel/display.ts";
import type { Permission } from "../../kernel/permissions.ts";
import type { FrameFigures } from "../../read/frame/query.ts";

/** `section` of a page is the key of its entry here. */
export type Section =
  | "today"
  | "subscribers"
  | "payments"
  | "usage"
  | "quarantine"
  | "imports"
  | "plans"
  | "calculator"
  | "reratings"
  | "reports"
  | "adjustments"
  | "holds"
  | "credit"
  | "groups"
  | "cards"
  | "agents"
  | "exports"
  | "managers"
  | "roles"
  | "partners"
  | "api-keys"
  | "audit"
  | "none";

type Entry = {
  readonly section: Section;
  readonly label: string;
  readonly href: string;
  readonly icon: IconName;
  readonly permission: Permission;
  /** Concerns the provider as a whole. */
  readonly wide?: boolean;
  readonly count?: keyof FrameFigures;
  /** The count is work for a person. */
  readonly alarm?: boolean;
};

// The first five stand at the bottom of a phone.
const menu: readonly { readonly label?: string; readonly entries: readonly Entry[] }[] = [
  {
    entries: [
      { section: "today", label: "Today", href: "/", icon: "today", permission: "dashboard:read" },
      {
        section: "subscribers",
        label: "Subscribers",
        href: "/subscribers",
        icon: "subscribers",
        permission: "subscribers:read",
        count: "subscribers",
      },
      { section: "usage", label: "Usage", href: "/usage", icon: "usage", permission: "usage:read" },
      {
        section: "quarantine",
        label: "Quarantine",
        href: "/quarantine",
        icon: "quarantine",
        permission: "usage:read",
        wide: true,
        count: "quarantined",
        alarm: true,
      },
      { section: "imports", label: "Imports", href: "/imports", icon: "imports", permission: "agents:read", wide: true },
    ],
  },
  {
    label: "Catalogue",
    entries: [
      { section: "plans", label: "Plans", href: "/plans", icon: "plans", permission: "plans:read" },
      { section: "calculator", label: "Calculator", href: "/calculator", icon: "rates", permission: "plans:read" },
      { section: "reratings", label: "Re-rating", href: "/reratings", icon: "audit", permission: "usage:rerate" },
      { section: "groups", label: "Groups", href: "/groups", icon: "subscribers", permission: "subscribers:read", wide: true },
    ],
  },
  {
    label: "Money",
    entries: [
      {
        section: "payments",
        label: "Payments",
        href: "/payments",
        icon: "money",
        permission: "payments:read",
        count: "unmatchedPayments",
        alarm: true,
      },
      { section: "cards", label: "Cards", href: "/cards", icon: "card", permission: "cards:read", wide: true },
      { section: "credit", label: "Credit control", href: "/credit", icon: "gauge", permission: "credit:read" },
      { section: "holds", label: "Holds", href: "/holds", icon: "lock", permission: "credit:read" },
      {
        section: "adjustments",
        label: "Adjustments",
        href: "/adjustments",
        icon: "scales",
        permission: "ledger:read",
        count: "adjustments",
        alarm: true,
      },
      { section: "reports", label: "Reports", href: "/reports", icon: "papers", permission: "ledger:read" },
    ],
  },
  {
    label: "Operation",
    entries: [
      { section: "agents", label: "Agents", href: "/agents", icon: "agents", permission: "agents:read", wide: true, count: "agents" },
      { section: "exports", label: "Exports", href: "/exports", icon: "exports", permission: "exports:create" },
    ],
  },
  {
    label: "Rights",
    entries: [
      { section: "managers", label: "Managers", href: "/managers", icon: "managers", permission: "managers:read", wide: true },
      { section: "roles", label: "Roles", href: "/roles", icon: "settings", permission: "managers:read", wide: true },
      { section: "api-keys", label: "API keys", href: "/api-keys", icon: "key", permission: "managers:read", wide: true },
      { section: "partners", label: "Partners", href: "/partners", icon: "partners", permission: "providers:write", wide: true },
      { section: "audit", label: "Audit", href: "/audit", icon: "audit", permission: "audit:read", wide: true },
    ],
  },
];

export function navigationFor(actor: Actor, section: Section, figures: FrameFigures, locale: string): NavGroup[] {
  return menu.flatMap(({ label, entries }) => {
    const items = entries
      .filter((entry) => actor.permissions.has(entry.permission) && !(entry.wide && actor.scope.groupIds !== null))
      .map((entry) => {
        const count = entry.count === undefined ? null : figures[entry.count];
        const shown = count === null || (entry.alarm && count === 0) ? {} : { count: integerText(count, locale) };
        return {
          label: entry.label,
          href: entry.href,
          icon: entry.icon,
          current: entry.section === section,
          alarm: entry.alarm ?? false,
          ...shown,
        };
      });
    return items.length > 0 ? [{ ...(label === undefined ? {} : { label }), items }] : [];
  });
}
