// What can be asked for as a spreadsheet.
import * as v from "valibot";
import type { Actor } from "../kernel/actor.ts";
import { idField } from "../kernel/input-fields.ts";
import { exportRights, type Permission } from "../kernel/permissions.ts";

const dayField = v.pipe(
  v.string("must be a day such as 2026-11-01"),
  v.isoDate("must be a day such as 2026-11-01"),
  v.check(isDay, "must be a day of the years 1970 to 2199"),
);

function isDay(text: string): boolean {
  try {
    const { year } = Temporal.PlainDate.from(text, { overflow: "reject" });
    return year >= 1970 && year < 2200;
  } catch {
    return false;
  }
}

/** First and last day of a period, both inside it, in the provider's zone. */
const period = { from: dayField, to: dayField };

export const exportRequestSchema = v.pipe(
  v.variant("kind", [
    v.strictObject({ kind: v.literal("usage-of-period"), ...period, subscriberId: v.optional(idField) }),
    v.strictObject({ kind: v.literal("account-statement"), ...period, accountId: idField }),
    v.strictObject({ kind: v.literal("payments-of-period"), ...period }),
    v.strictObject({ kind: v.literal("turnover"), ...period }),
    v.strictObject({ kind: v.literal("journal"), ...period }),
    v.strictObject({ kind: v.literal("balance-sheet"), day: dayField }),
    v.strictObject({ kind: v.literal("receivables"), day: dayField }),
    v.strictObject({ kind: v.literal("credit-forecast") }),
    v.strictObject({ kind: v.literal("card-stock") }),
    v.strictObject({ kind: v.literal("simulation"), runId: idField }),
    v.strictObject({ kind: v.literal("rerating"), runId: idField }),
  ]),
  v.forward(
    v.check((request) => !("from" in request) || request.from <= request.to, "must not be before `from`"),
    ["to"],
  ),
);
/** The books of the whole provider: not for whoever sees only some groups of subscribers. */
const concernsProvider = (kind: string): boolean => ["turnover", "journal", "balance-sheet"].includes(kind);

/** The permission that is missing to make or fetch a spreadsheet of this kind. */
export function missingFor(actor: Actor, kind: string): Permission | undefined {
  const needed: Permission[] = ["exports:create", exportRights[kind] ?? "exports:create"];
  const missing = needed.find((permission) => !actor.permissions.has(permission));
  return missing ?? (concernsProvider(kind) && actor.scope.groupIds !== null ? exportRights[kind] : undefined);
}

export type ExportRequest = v.InferOutput<typeof exportRequestSchema>;
export type UsageRequest = Extract<ExportRequest, { kind: "usage-of-period" }>;
export type PaymentsRequest = Extract<ExportRequest, { kind: "payments-of-period" }>;
export type TurnoverRequest = Extract<ExportRequest, { kind: "turnover" }>;
export type JournalRequest = Extract<ExportRequest, { kind: "journal" }>;
export type DayRequest = Extract<ExportRequest, { day: string }>;
export type SimulationRequest = Extract<ExportRequest, { kind: "simulation" }>;
export type ReratingRequest = Extract<ExportRequest, { kind: "rerating" }>;
export type StatementRequest = Extract<ExportRequest, { kind: "account-statement" }>;

/** Half-open instants of the days. */
export function instantsOf(
  { from, to }: { readonly from: string; readonly to: string },
  zone: string,
): { readonly from: string; readonly to: string } {
  const start = (day: Temporal.PlainDate) => day.toZonedDateTime(zone).toInstant().toString();
  return { from: start(Temporal.PlainDate.from(from)), to: start(Temporal.PlainDate.from(to).add({ days: 1 })) };
}
