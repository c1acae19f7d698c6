// Figures as the person who is signed in reads them: their provider's locale and zone, bound once per request.
import {
  ageSec,
  ageText,
  amountText,
  bytesText,
  clockText,
  dateText,
  dateTimeText,
  durationText,
  integerText,
  type MoneyOptions,
  moneyText,
  percentText,
  timeText,
} from "../../kernel/display.ts";

type Instant = Temporal.Instant | string;
type Money = Omit<MoneyOptions, "locale">;

/** Every function gives finished text for a template; see core/kernel/display.ts. */
export const figuresFor = (of: { readonly locale: string; readonly zone: string }, now: Temporal.Instant) => ({
  locale: of.locale,
  zone: of.zone,
  money: (micros: bigint, currency: string, options: Money = {}) => moneyText(micros, currency, { locale: of.locale, ...options }),
  amount: (micros: bigint, currency: string, options: Money = {}) => amountText(micros, currency, { locale: of.locale, ...options }),
  count: (value: bigint | number) => integerText(value, of.locale),
  bytes: (value: bigint | number) => bytesText(BigInt(value), of.locale),
  percent: (part: bigint, whole: bigint, signed = false) => percentText(part, whole, of.locale, signed),
  duration: durationText,
  clock: clockText,
  age: (then: Instant) => ageText(ageSec(then, now)),
  date: (when: Temporal.PlainDate | Instant) => dateText(when, of),
  time: (instant: Instant, seconds = false) => timeText(instant, of, seconds),
  dateTime: (instant: Instant, seconds = false) => dateTimeText(instant, of, now, seconds),
});

export type FiguresText = ReturnType<typeof figuresFor>;
