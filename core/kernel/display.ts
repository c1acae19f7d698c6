// Figures as people read them. Exact decimal strings go to Intl, never a float; templates get the finished text.
// Groups are always a no-break space and minus is always U+2212, so that "1,234" can't be read as another locale's 1.234.
import { formatMicros } from "./money.ts";

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, options);
  formats.set(key, made);
  return made;
}

/** An exact decimal with the marks of the locale. */
export function numberText(decimal: string, locale: string, options: Intl.NumberFormatOptions): string {
  const parts = numberFormat(locale, options).formatToParts(decimal as Intl.StringNumericLiteral);
  return parts.map((part) => (part.type === "group" ? "\u00a0" : part.type === "minusSign" ? "−" : part.value)).join("");
}

/** "exact" shows every micro that is there (at least the currency's minor digits); "minor" rounds half away from zero for a summary. */
export type MoneyOptions = { locale: string; digits?: "exact" | "minor"; signed?: boolean };

/** Minor digits of an ISO 4217 currency as Intl knows them (UAH 2, JPY 0); 2 for a code it does not know. */
export function minorDigits(currency: string): number {
  try {
    return numberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** −74400000n → "−74.40", without the currency: for tables whose head names the unit. `signed` puts + before a gain. */
export function amountText(micros: bigint, currency: string, { locale, digits = "exact", signed = false }: MoneyOptions): string {
  const minor = minorDigits(currency);
  return numberText(formatMicros(micros), locale, {
    minimumFractionDigits: minor,
    maximumFractionDigits: digits === "exact" ? Math.max(minor, 6) : minor,
    signDisplay: signed ? "exceptZero" : "negative",
  });
}

/** 64218400000n, "UAH" → "64 218.40 UAH", with a no-break space. */
export function moneyText(micros: bigint, currency: string, options: MoneyOptions): string {
  return `${amountText(micros, currency, options)}\u00a0${currency}`;
}

/** 12480 → "12 480". */
export function integerText(value: bigint | number, locale: string): string {
  return numberText(String(value), locale, { maximumFractionDigits: 0 });
}

/** 2_500_000_000n micros → "2.5K": for the ticks of an axis, which are round. `scale` is how many of `value` make one unit. */
export function compactText(value: bigint, scale: bigint, locale: string): string {
  const digits = String(scale).length - 1;
  const magnitude = value < 0n ? -value : value;
  const decimal = `${value < 0n ? "-" : ""}${magnitude / scale}.${String(magnitude % scale).padStart(digits, "0")}`;
  return numberText(decimal, wordsOf(locale), { notation: "compact", maximumFractionDigits: magnitude < scale ? 6 : 2 });
}

/** 148_200_000_000n → "148.2 GB" (decimal units, as traffic is sold); truncated, so that a limit never looks reached too early. */
export function bytesText(bytes: bigint, locale: string): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
  let step = 0;
  let unit = 1n;
  while (step < units.length - 1 && (bytes < 0n ? -bytes : bytes) >= unit * 1000n) {
    unit *= 1000n;
    step++;
  }
  const tenths = (bytes * 10n) / unit;
  const decimal =
    step === 0
      ? String(bytes)
      : `${tenths < 0n ? "-" : ""}${(tenths < 0n ? -tenths : tenths) / 10n}.${(tenths < 0n ? -tenths : tenths) % 10n}`;
  return `${numberText(decimal, locale, { maximumFractionDigits: 1 })}\u00a0${units[step]}`;
}

/** Part of whole in per cent with one digit, half up: (62n, 1000n) → "6.2 %"; "–" when there is no whole. */
export function percentText(part: bigint, whole: bigint, locale: string, signed = false): string {
  if (whole === 0n) return "–";
  const [above, below] = whole < 0n ? [-part, -whole] : [part, whole];
  const magnitude = ((above < 0n ? -above : above) * 2000n + below) / (below * 2n);
  const decimal = `${above < 0n && magnitude > 0n ? "-" : ""}${magnitude / 10n}.${magnitude % 10n}`;
  return `${numberText(decimal, locale, { maximumFractionDigits: 1, signDisplay: signed ? "exceptZero" : "negative" })}\u00a0%`;
}

/** Seconds as the two largest units: 22_320 → "6 h 12 min", 48 → "48 s", 0 → "0 s". */
export function durationText(seconds: bigint | number): string {
  const total = BigInt(seconds);
  const parts: [bigint, string][] = [
    [total / 86_400n, "d"],
    [(total / 3600n) % 24n, "h"],
    [(total / 60n) % 60n, "min"],
    [total % 60n, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0n);
  if (first === -1) return "0\u00a0s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0n)
    .map(([count, unit]) => `${count}\u00a0${unit}`)
    .join(" ");
}

/** Seconds as a clock for columns of calls: 75 → "1:15", 22_320 → "6:12:00". */
export function clockText(seconds: bigint | number): string {
  const total = BigInt(seconds);
  const two = (value: bigint) => String(value).padStart(2, "0");
  const minutes = (total / 60n) % 60n;
  return total >= 3600n ? `${total / 3600n}:${two(minutes)}:${two(total % 60n)}` : `${minutes}:${two(total % 60n)}`;
}

/** Age as the largest unit: 1 → "1 s", 720 → "12 min", 90_000 → "1 d". Negative ages (clocks that differ) are "0 s". */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.trunc(seconds));
  if (whole < 60) return `${whole}\u00a0s`;
  if (whole < 3600) return `${Math.trunc(whole / 60)}\u00a0min`;
  if (whole < 86_400) return `${Math.trunc(whole / 3600)}\u00a0h`;
  return `${Math.trunc(whole / 86_400)}\u00a0d`;
}

/** Whole seconds from `then` to `now`. Takes what the database returns ("2026-11-23 16:40:00+00") as well as ISO 8601. */
export function ageSec(then: Temporal.Instant | string, now: Temporal.Instant): number {
  return Math.trunc((now.epochMilliseconds - Temporal.Instant.from(then).epochMilliseconds) / 1000);
}

export type WhenOptions = { zone: string; locale: string };

/** The pages speak English: months and "2.5K" are words and follow the page's language, not the locale that figures are written in. */
export const wordsOf = (locale: string): string => (/^en\b/.test(locale) ? locale : "en-GB");

const zoned = (instant: Temporal.Instant | string, zone: string) => Temporal.Instant.from(instant).toZonedDateTimeISO(zone);

/** "23 Nov 2026" in the provider's zone. A plain date ("2026-11-23") has no zone and stays that day. */
export function dateText(when: Temporal.Instant | Temporal.PlainDate | string, { zone, locale }: WhenOptions): string {
  const isPlain = when instanceof Temporal.PlainDate || (typeof when === "string" && /^\d{4}-\d{2}-\d{2}$/.test(when));
  const date = isPlain
    ? Temporal.PlainDate.from(when as Temporal.PlainDate | string)
    : zoned(when as Temporal.Instant | string, zone).toPlainDate();
  return date.toLocaleString(wordsOf(locale), { day: "numeric", month: "short", year: "numeric" });
}

/** "16:40" or, with seconds, "16:40:05", in the provider's zone; always 24 hours. */
export function timeText(instant: Temporal.Instant | string, { zone }: Pick<WhenOptions, "zone">, seconds = false): string {
  return zoned(instant, zone)
    .toPlainTime()
    .toString({ smallestUnit: seconds ? "second" : "minute" });
}

/** "23 Nov 16:40"; the year stands only when it is not the present one of `now`. */
export function dateTimeText(
  instant: Temporal.Instant | string,
  { zone, locale }: WhenOptions,
  now?: Temporal.Instant,
  seconds = false,
): string {
  const local = zoned(instant, zone);
  const sameYear = now !== undefined && now.toZonedDateTimeISO(zone).year === local.year;
  const date = local
    .toPlainDate()
    .toLocaleString(wordsOf(locale), { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
  return `${date} ${timeText(instant, { zone }, seconds)}`;
}
