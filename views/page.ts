// What the layouts need from a page handler. Every view's data includes one of these.
import type { Html } from "./shared/html.ts";
import type { IconName } from "./shared/icons.ts";

export type Theme = "light" | "dark";

/** `count` is a finished string ("12 480"); `alarm` colours it when a person has to look. */
export type NavItem = { label: string; href: string; current?: boolean; count?: string; alarm?: boolean; icon?: IconName };

/** The first group has no label: its first five items stand at the bottom of a phone. Filtered by permission by the caller. */
export type NavGroup = { label?: string; items: NavItem[] };

export type Flash = { tone: "good" | "warn" | "bad" | "info"; text: string; href?: string; action?: string };

/** Seconds since the read model caught up; null while it has never run. The layout writes it as text. */
export type Fresh = { ageSec: number | null };

/** Entries of the account's menu, above the theme and sign-out: "Your profile", "Help". */
export type AccountLink = { label: string; href: string; icon?: IconName };

type AnyPage = { title: string; theme?: Theme | undefined; locale?: string; csrf?: string; flash?: Flash | undefined };

/** `views/layouts/app.eta`: managers. `scopeLabel` says whose figures these are ("Dnipro Net · all partners"). */
export type AppPage = AnyPage & {
  section: string;
  nav: NavGroup[];
  user: { name: string; email?: string; role?: string };
  scopeLabel: string;
  accountLinks?: AccountLink[];
  /** Where the form of the menu posts to; default `/sign-out`. */
  signOutHref?: string;
  csrf: string;
  fresh?: Fresh | undefined;
  /** Where the search of the bar goes; default `/search`. `searchText` keeps the words on the result page. */
  searchHref?: string;
  searchText?: string;
};

/** `views/layouts/plain.eta`: sign-in, set-up, errors. `lead` is the sentence under the title. */
export type PlainPage = AnyPage & { lead?: string | Html; brand?: string; wide?: boolean };

/** `views/layouts/portal.eta`: subscribers. `brand` is the provider's name. */
export type PortalPage = AnyPage & {
  brand: string;
  nav: NavItem[];
  user: { name: string; detail?: string };
  csrf: string;
  fresh?: Fresh | undefined;
  accountLinks?: AccountLink[];
  signOutHref?: string;
};

/** The theme a browser chose, from its Cookie header; undefined follows the system. */
export function themeFromCookie(cookie: string | null | undefined): Theme | undefined {
  const theme = /(?:^|;\s*)theme=(light|dark)(?:;|$)/.exec(cookie ?? "")?.[1];
  return theme === "light" || theme === "dark" ? theme : undefined;
}
