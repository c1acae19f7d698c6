// Which usage is rated again: by plan, destination, time and subscriber, in any combination.
import * as v from "valibot";
import { idField, lineField } from "../kernel/input-fields.ts";
import { startOfDay } from "../kernel/period.ts";

const momentMessage = "must be a day such as 2026-11-01, or an instant such as 2026-11-01T00:00:00Z";

function isMoment(text: string): boolean {
  try {
    const { year } = dayShape.test(text)
      ? Temporal.PlainDate.from(text, { overflow: "reject" })
      : Temporal.Instant.from(text).toZonedDateTimeISO("UTC");
    return year >= 1970 && year < 2200;
  } catch {
    return false;
  }
}
const dayShape = /^\d{4}-\d\d-\d\d$/;

/** A day of the provider's zone, or an instant in ISO 8601. */
const moment = v.pipe(v.string(momentMessage), v.check(isMoment, momentMessage));

export const selectionFields = {
  /** Usage that the plan priced, and usage of services that are on it by now. */
  planId: v.optional(idField),
  /** Digits that the number dialled begins with. */
  destination: v.optional(v.pipe(v.string(), v.regex(/^\d{1,18}$/, "must be the first digits of a number, such as 380"))),
  /** When the usage began: from this moment on. */
  from: v.optional(moment),
  /** Until this day, included, or before this instant. */
  to: v.optional(moment),
  subscriberId: v.optional(idField),
  /** The same usage at the partners below too, each by its own plans. */
  partners: v.optional(v.boolean("must be true or false")),
};
const selectionSchema = v.strictObject(selectionFields);
export type Selection = v.InferOutput<typeof selectionSchema>;

export const whyField = v.pipe(lineField(500), v.minLength(3, "Say why, in at least three letters"));

/** What the command is given: criteria and the reason. */
export const previewInput = v.pipe(
  v.strictObject({ ...selectionFields, why: whyField }),
  v.forward(
    v.check(
      ({ planId, destination, from, to, subscriberId }) => [planId, destination, from, to, subscriberId].some((one) => one !== undefined),
      "Choose by at least one: plan, destination, time or subscriber",
    ),
    ["planId"],
  ),
  v.forward(
    v.check(
      ({ partners, planId, subscriberId }) => !partners || (planId === undefined && subscriberId === undefined),
      "can't go with a plan or a subscriber: those belong to one provider. Choose by destination and time",
    ),
    ["partners"],
  ),
  v.forward(
    v.check(
      ({ from, to }) => from === undefined || to === undefined || rangeOf({ from, to }, "UTC").fromMs < rangeOf({ from, to }, "UTC").toMs,
      "must not be before `from`",
    ),
    ["to"],
  ),
);

export type Range = { readonly fromMs: number; readonly toMs: number };

/** Half-open, in milliseconds since 1970. */
export function rangeOf({ from, to }: Pick<Selection, "from" | "to">, zone: string): Range {
  const at = (text: string, days: number) =>
    dayShape.test(text)
      ? startOfDay(Temporal.PlainDate.from(text).add({ days }), zone).epochMilliseconds
      : Math.ceil(Number(Temporal.Instant.from(text).epochNanoseconds) / 1_000_000);
  return {
    fromMs: from === undefined ? Number.NEGATIVE_INFINITY : at(from, 0),
    toMs: to === undefined ? Number.POSITIVE_INFINITY : at(to, 1),
  };
}

/** What is looked at of a record, and the plan that prices it by now. */
export type Chosen = {
  readonly startedMs: number;
  readonly destination: string;
  readonly planId: string;
  readonly planNow: string | undefined;
};

/** Whether the selection means this record; its subscriber was looked at already. */
export function isChosen({ planId, destination }: Selection, { fromMs, toMs }: Range, record: Chosen): boolean {
  if (record.startedMs < fromMs || record.startedMs >= toMs) return false;
  if (destination !== undefined && !record.destination.startsWith(destination, record.destination.startsWith("+") ? 1 : 0)) return false;
  return planId === undefined || record.planId === planId || record.planNow === planId;
}
