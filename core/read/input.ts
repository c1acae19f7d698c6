// Fields that the inputs of several queries share. The read side has its own: it must load where the write side is not.

import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Scope } from "../kernel/actor.ts";
import { pgArray } from "./projection.ts";

export const idField = v.pipe(v.string("must be an id"), v.uuid("must be an id"), v.toLowerCase());

const isInstant = (text: string) => {
  try {
    const { year } = Temporal.Instant.from(text).toZonedDateTimeISO("UTC");
    return year >= 1970 && year < 2200;
  } catch {
    return false;
  }
};

/** ISO 8601 with offset; stays text, in UTC. */
export const instantField = v.pipe(
  v.string(),
  v.check(isInstant, "must be an instant such as 2026-11-01T00:00:00Z"),
  v.transform((text) => Temporal.Instant.from(text).toString()),
);

const isDay = (text: string) => {
  try {
    const { year } = Temporal.PlainDate.from(text, { overflow: "reject" });
    return /^\d{4}-\d\d-\d\d$/.test(text) && year >= 1970 && year < 2200;
  } catch {
    return false;
  }
};

/** A day of the provider's zone. */
export const dayField = v.pipe(v.string("must be a day such as 2026-11-01"), v.check(isDay, "must be a day such as 2026-11-01"));

/** Text to look for: at most 100 characters, none of them a control character. */
export const searchField = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(100),
  v.check((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), "must not have control characters"),
);

/** The providers of the scope, or the one of them that is asked for. */
export const providersIn = (scope: Scope, providerId?: number): SQL =>
  sql`${pgArray(providerId === undefined ? scope.providerIds : scope.providerIds.filter((id) => id === providerId))}::int[]`;

/** Condition "the row's group may be seen", for a column that holds the group of a subscriber. */
export const groupSeen = (scope: Scope, column: SQL): SQL =>
  scope.groupIds === null ? sql`true` : sql`${column} = any(${pgArray(scope.groupIds)}::uuid[])`;

/** Condition "contains this text", whatever % and _ it holds. */
export const contains = (column: SQL, text: string): SQL => sql`${column} like ${`%${text.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`}`;
