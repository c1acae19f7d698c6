// When an account is warned, limited, blocked and let go, as a provider writes it. A document with versions: the last one holds.
import * as v from "valibot";
import { holidays } from "../../catalog/document/calendar.ts";
import { amountField, idField } from "../../kernel/input-fields.ts";

const whole = (least: number, most: number, what: string) => {
  const message = `must be a whole number of ${what} from ${least} to ${most}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
};
const days = (least: number, most: number) => whole(least, most, "days");

// A state is left at a better figure than the one at which it is entered, so that a balance that wavers doesn't change it each time.
const left = v.pipe(
  v.strictObject({ by: v.literal("left"), enter: amountField, leave: amountField }),
  v.forward(
    v.check(({ enter, leave }) => leave > enter, "must be more than the amount at which it begins"),
    ["leave"],
  ),
  v.description("What is left, the credit limit included, in the account's currency"),
);
const creditUsed = v.pipe(
  v.strictObject({ by: v.literal("credit-used"), enter: whole(1, 100, "percent"), leave: whole(0, 99, "percent") }),
  v.forward(
    v.check(({ enter, leave }) => leave < enter, "must be less than the share at which it begins"),
    ["leave"],
  ),
  v.description("How much of the credit limit is used; holds for no account without one"),
);
const daysLeft = v.pipe(
  v.strictObject({ by: v.literal("days-left"), enter: days(0, 90), leave: days(1, 120) }),
  v.forward(
    v.check(({ enter, leave }) => leave > enter, "must be more than the days at which it begins"),
    ["leave"],
  ),
  v.description("For how many days what is left lasts at the present speed of spending"),
);

const rule = v.pipe(
  v.strictObject({
    when: v.optional(v.nullable(v.variant("by", [left, creditUsed, daysLeft], "must be left, credit-used or days-left")), null),
    owedDays: v.optional(v.nullable(days(0, 365)), null),
  }),
  v.check(({ when, owedDays }) => when !== null || owedDays !== null, "must say when: an amount, a share, or days of debt"),
);
const optionalRule = v.optional(v.nullable(rule), null);
const rules = v.strictObject({ warned: optionalRule, limited: optionalRule, blocked: optionalRule });

const clock = v.pipe(v.string("must be a time such as 21:00"), v.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 21:00"));
const hours = v.pipe(
  v.strictObject({ from: clock, to: clock }),
  v.check(({ from, to }) => from !== to, "must not begin and end at the same time"),
);

export const policyDocument = v.strictObject({
  prepaid: v.optional(rules, {}),
  postpaid: v.optional(rules, {}),
  groups: v.optional(
    v.pipe(
      v.array(v.strictObject({ groupId: idField, prepaid: v.optional(rules, {}), postpaid: v.optional(rules, {}) })),
      v.maxLength(100, "must be at most 100 groups"),
      v.check((all) => new Set(all.map((one) => one.groupId)).size === all.length, "must name each group once"),
    ),
    [],
  ),
  /** Nobody is limited, blocked or let go then: it waits for the next working hour. */
  calm: v.optional(
    v.strictObject({
      night: v.optional(v.nullable(hours), null),
      weekends: v.optional(v.boolean("must be true or false"), false),
      holidays: v.optional(v.nullable(holidays), null),
    }),
    {},
  ),
  goodPayer: v.optional(
    v.nullable(v.strictObject({ months: whole(1, 60, "months"), payments: whole(0, 100, "payments"), extraDays: days(1, 90) })),
    null,
  ),
  terminateAfterDays: v.optional(v.nullable(days(1, 3650)), null),
  /** Over how many days the speed of spending is averaged. */
  speedDays: v.optional(days(1, 60), 7),
  notices: v.optional(
    v.strictObject({ repeatAfterHours: v.optional(whole(1, 1000, "hours"), 72), quiet: v.optional(v.nullable(hours), null) }),
    {},
  ),
  promise: v.optional(
    v.nullable(
      v.strictObject({
        most: amountField,
        mostDays: days(1, 60),
        /** From one promise to the next. */
        everyDays: days(0, 365),
        /** An account must be so old. */
        minAgeDays: days(0, 3650),
        /** After one that was broken. */
        afterBrokenDays: days(0, 3650),
        portal: v.optional(v.boolean("must be true or false"), true),
      }),
    ),
    null,
  ),
  suspension: v.optional(
    v.nullable(
      v.strictObject({
        timesPerYear: whole(1, 12, "times"),
        leastDays: days(1, 365),
        mostDays: days(1, 365),
        /** Charged when it begins. */
        fee: v.optional(amountField, "0"),
        portal: v.optional(v.boolean("must be true or false"), true),
      }),
    ),
    null,
  ),
});

export type PolicyInput = v.InferInput<typeof policyDocument>;
export type Policy = v.InferOutput<typeof policyDocument>;
export type Rules = Policy["prepaid"];
export type Threshold = NonNullable<NonNullable<Rules["blocked"]>["when"]>;
export type Hours = v.InferOutput<typeof hours>;

/** A group's own rules take the place of the provider's. */
export function rulesFor(policy: Policy, account: { readonly kind: "prepaid" | "postpaid"; readonly groupId: string }): Rules {
  return (policy.groups.find(({ groupId }) => groupId === account.groupId) ?? policy)[account.kind];
}

/** What a provider is offered to begin with. */
export const suggestedPolicy: PolicyInput = {
  prepaid: {
    warned: { when: { by: "days-left", enter: 3, leave: 5 } },
    blocked: { when: { by: "left", enter: "0", leave: "1" } },
  },
  postpaid: {
    warned: { when: { by: "credit-used", enter: 80, leave: 60 }, owedDays: 10 },
    blocked: { when: { by: "credit-used", enter: 100, leave: 90 }, owedDays: 30 },
  },
  calm: { night: { from: "20:00", to: "09:00" }, weekends: true },
  goodPayer: { months: 12, payments: 6, extraDays: 7 },
  notices: { repeatAfterHours: 72, quiet: { from: "21:00", to: "09:00" } },
  promise: { most: "200", mostDays: 5, everyDays: 25, minAgeDays: 30, afterBrokenDays: 90 },
};
