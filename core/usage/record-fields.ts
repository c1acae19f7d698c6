// The kinds of values that usage records are made of, with their bounds.
import * as v from "valibot";

/** Longest text of a source row that a record carries, in UTF-16 code units. A longer row is unreadable and keeps its beginning and a digest. */
export const MAX_RAW_CHARS = 8192;
/** Longest account code, login, source or destination, in UTF-16 code units. */
export const MAX_NUMBER_CHARS = 80;
export const MAX_CALL_ID_CHARS = 150;
const MAX_ATTRIBUTES = 50;

// PostgreSQL's text holds no NUL and only whole characters; a record that carries either would fail the whole batch it is in.
const storable = (text: string) => !text.includes("\0") && text.isWellFormed();
export const text = (maxChars: number) => v.pipe(v.string(), v.maxLength(maxChars), v.check(storable, "NUL or a lone surrogate"));
const name = v.pipe(text(MAX_NUMBER_CHARS), v.minLength(1));

const instantShape = /^(?:19[7-9]\d|20\d\d|21\d\d)-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
/** True for an ISO 8601 instant in UTC of the years 1970 to 2199 that exists in the calendar. */
export function isInstantText(value: string): boolean {
  if (!instantShape.test(value)) return false;
  const date = new Date(value);
  // A 31st of February parses in some engines and comes back as another day.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value.slice(0, 19));
}
export const instant = v.pipe(v.string(), v.check(isInstantText, "not an instant in UTC"));
export const seconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647));

const sessionId = v.pipe(
  text(MAX_CALL_ID_CHARS),
  v.minLength(1, "must be the id of the session, the same in all its slices"),
  v.description("The session's own id (Acct-Session-Id of RADIUS), the same in all its slices."),
);
const sliceOf = (of: string) =>
  `The record is one slice of a ${of}. startedAt is then when the ${of} began, the same in all its slices; the record's own figures are the slice's; and here is what of the ${of} lies before it.`;

const octetsMessage = 'must be a whole number of octets below 2^64, such as 1500 or "18446744073709551615"';
/** A counter of 64 bits: as a number while a double holds it exactly, else as text. */
export const octets = v.union(
  [
    v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    v.pipe(
      v.string(),
      v.regex(/^(?:0|[1-9]\d{0,19})$/),
      v.check((digits) => BigInt(digits) < 1n << 64n),
    ),
  ],
  octetsMessage,
);

const secondsBefore = v.pipe(
  seconds,
  v.description("Seconds of it before this slice: Acct-Session-Time of the report before. 0 in the first."),
);
const lastSlice = v.optional(
  v.pipe(v.boolean(), v.description("Nothing of it follows: what is still held for it is set free. False unless told.")),
);
export const callSlice = v.pipe(
  v.strictObject({ session: sessionId, seconds: secondsBefore, last: lastSlice }),
  v.description(`${sliceOf("call")} Its seconds are of conversation; answeredAt too is the same in all its slices.`),
);
export const sessionSlice = v.pipe(
  v.strictObject({
    session: sessionId,
    seconds: secondsBefore,
    octetsIn: v.optional(octets, 0),
    octetsOut: v.optional(octets, 0),
    last: lastSlice,
  }),
  v.description(sliceOf("session")),
);

const few = <T extends v.GenericSchema<unknown, Record<string, string>>>(schema: T) =>
  v.pipe(
    schema,
    v.check((entries) => Object.keys(entries).length <= MAX_ATTRIBUTES, `must have at most ${MAX_ATTRIBUTES}`),
  );
/** Conditions of plans ask for these, beside the service's own. */
export const attributes = few(v.record(name, text(200)));
const quantity = v.pipe(v.string(), v.regex(/^\d{1,18}(?:\.\d{1,9})?$/, 'must be a decimal string such as "110.5", not below zero'));
export const metrics = few(v.record(name, quantity));

/** Why the record must not be rated without a person's look: snake_case codes, none for a sound record. */
export const flags = v.pipe(v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/))), v.maxLength(16));
export const direction = v.picklist(["out", "in"]);
/** Who used it: a number in E.164 digits, or a login without regard to case. */
export const party = v.strictObject({ kind: v.picklist(["telephone", "login"]), value: name });
export const eventType = name;
export const trunk = name;
export const trafficClass = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, 'must be the code of a traffic class, such as "world"'),
);
export const remote = v.strictObject({
  address: v.pipe(v.string(), v.ip("must be an IP address such as 192.0.2.1 or 2001:db8::1")),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  protocol: v.optional(v.picklist(["tcp", "udp"])),
});
