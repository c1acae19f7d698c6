// When a price holds: time bands over the week, over dates and over public holidays, in the plan's zone.
import * as v from "valibot";
import { code, coded, date, described, listOf, oneOf, pathItem, show, text, whole } from "./fields.ts";
import { placeMistake } from "./public-holidays.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const timeMessage = (issue: v.BaseIssue<unknown>) => `must be a time from "00:00" to "24:00", not ${show(issue.input)}`;
const time = v.pipe(v.string(timeMessage), v.regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, timeMessage));

const window = v.pipe(
  v.strictObject({
    weekdays: v.optional(described(listOf(oneOf(WEEKDAYS), "weekdays", 7), "Every day when left out.")),
    from: v.optional(described(time, "First minute of the day that is inside."), "00:00"),
    to: v.optional(
      described(
        time,
        'First minute that is outside again; "24:00" for the end of the day. Before `from`: it runs past midnight, and belongs to the day on which it begins.',
      ),
      "24:00",
    ),
    fromDate: v.optional(described(date, "First day; none: ever since.")),
    toDate: v.optional(described(date, "Last day, inclusive; none: for ever.")),
    holidays: v.optional(
      described(
        oneOf(["any", "only", "except"]),
        "`only`: on public holidays alone, whatever weekday; `except`: on every other day. Unless told, holidays make no difference.",
      ),
      "any",
    ),
  }),
  v.check(({ from, to }) => from !== to, "must have a length: `from` and `to` are the same"),
  v.check(({ fromDate, toDate }) => !fromDate || !toDate || fromDate <= toDate, "must not end (`toDate`) before it begins (`fromDate`)"),
);

const band = v.strictObject({
  code,
  name: v.optional(text(100)),
  weight: v.optional(
    described(whole(0, 1000, "weight"), "Where bands overlap the heaviest decides; of equal ones, the one that is written first."),
    0,
  ),
  windows: described(listOf(window, "windows", 64), "The band holds in any of them."),
});

export const bands = coded(band, "time bands", 50);
export type Band = v.InferOutput<typeof band>;
export type BandWindow = v.InferOutput<typeof window>;

export const holidays = v.pipe(
  v.strictObject({
    country: v.optional(described(v.pipe(v.string(), v.regex(/^[A-Z]{2}$/, 'must be two capital letters such as "UA"')), "ISO 3166 code.")),
    state: v.optional(text(20)),
    region: v.optional(text(20)),
    also: v.optional(described(listOf(date, "dates", 400, 0), "Further days off, such as a day moved by decree."), []),
    not: v.optional(described(listOf(date, "dates", 400, 0), "Public holidays on which one works here."), []),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const mistake = dataset.typed && placeMistake(dataset.value);
    if (mistake)
      addIssue({
        message: mistake.message,
        path: [pathItem("object", dataset.value, mistake.key, dataset.value[mistake.key])],
      });
  }),
);
export type Holidays = v.InferOutput<typeof holidays>;
