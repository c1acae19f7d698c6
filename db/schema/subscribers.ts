// The catalogue, and the tree from subscriber over account and service to identifier.
import { boolean, customType, integer, jsonb, primaryKey, smallint, text, uuid } from "drizzle-orm/pg-core";
import { accountId, app, count, currency, instant, providerId } from "./columns.ts";

/** What is sold. Names the plan and the service in lists; the plan's document says what is charged. */
export type ServiceKind = "telephone" | "internet" | "leased_line" | "periodic" | "universal";

const tstzrange = customType<{ data: string }>({ dataType: () => "tstzrange" });

export const plans = app.table(
  "plans",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    code: text().notNull(),
    name: text().notNull(),
    kind: text().$type<ServiceKind>().notNull(),
    currency: currency(),
    createdAt: instant().notNull(),
    draftRevision: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const planVersions = app.table(
  "plan_versions",
  {
    providerId: providerId(),
    planId: uuid().notNull(),
    version: integer().notNull(),
    validFrom: instant().notNull(),
    document: jsonb().notNull(),
    publishedAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.planId, t.version] })],
);

export const subscriberGroups = app.table(
  "subscriber_groups",
  { providerId: providerId(), id: uuid().notNull(), name: text().notNull(), createdAt: instant().notNull() },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const subscribers = app.table(
  "subscribers",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    number: count().notNull(),
    kind: text().$type<"person" | "company">().notNull(),
    name: text().notNull(),
    groupId: uuid().notNull(),
    email: text(),
    phone: text(),
    status: text().$type<"active" | "closed">().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);

export const portalLogins = app.table(
  "portal_logins",
  {
    providerId: providerId(),
    subscriberId: uuid().notNull(),
    login: text().notNull(),
    passwordHash: text().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.subscriberId] })],
);

export const accounts = app.table(
  "accounts",
  {
    providerId: providerId(),
    accountId: accountId(),
    subscriberId: uuid().notNull(),
    number: text().notNull(),
    currency: currency(),
    kind: text().$type<"prepaid" | "postpaid">().notNull(),
    status: text().$type<"active" | "closed">().notNull(),
    billingDay: smallint(),
    taxExempt: boolean().notNull().default(false),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId] })],
);

/** What held up to an instant, since changed; the first row later than the usage decides, and the account itself where there is none. */
export const formerTaxExemptions = app.table(
  "former_tax_exemptions",
  { providerId: providerId(), accountId: accountId(), until: instant().notNull(), taxExempt: boolean().notNull() },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.until] })],
);

export const accountNumbers = app.table(
  "account_numbers",
  { providerId: providerId(), number: text().notNull(), accountId: accountId() },
  (t) => [primaryKey({ columns: [t.providerId, t.number] })],
);

export const services = app.table(
  "services",
  {
    providerId: providerId(),
    accountId: accountId(),
    id: uuid().notNull(),
    subscriberId: uuid().notNull(),
    kind: text().$type<ServiceKind>().notNull(),
    label: text().notNull(),
    status: text().$type<"active" | "terminated">().notNull(),
    activatedAt: instant().notNull(),
    terminatedAt: instant(),
    attributes: jsonb().$type<Readonly<Record<string, string>>>().notNull().default({}),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.id] })],
);

/** As `formerTaxExemptions`. */
export const formerServiceAttributes = app.table(
  "former_service_attributes",
  {
    providerId: providerId(),
    accountId: accountId(),
    serviceId: uuid().notNull(),
    until: instant().notNull(),
    attributes: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.serviceId, t.until] })],
);

export const servicePlans = app.table(
  "service_plans",
  {
    providerId: providerId(),
    accountId: accountId(),
    serviceId: uuid().notNull(),
    validFrom: instant().notNull(),
    planId: uuid().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.accountId, t.serviceId, t.validFrom] })],
);

export const identifiers = app.table(
  "identifiers",
  {
    providerId: providerId(),
    id: uuid().notNull(),
    kind: text().$type<"telephone" | "login" | "partner">().notNull(),
    value: text().notNull(),
    valid: tstzrange().notNull(),
    accountId: accountId(),
    serviceId: uuid().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.providerId, t.id] })],
);
