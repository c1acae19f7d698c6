// Codec of one row of Asterisk's Master.csv (cdr_csv): text in, record out. Source: Asterisk cdr/cdr_csv.c, columns in its order.
import { implausibilities } from "../../usage/implausibilities.ts";
import {
  type Disposition,
  MAX_CALL_ID_CHARS,
  MAX_NUMBER_CHARS,
  MAX_RAW_CHARS,
  type SourceRecord,
  type UnreadableRow,
} from "../../usage/normal-form.ts";
import { splitFields } from "./csv-fields.ts";
import { localTimeReader } from "./local-time.ts";
import { type NumberRules, noNumberRules, rewriteNumber } from "./number-rules.ts";

// Positions from 0; uniqueid, userfield and what newer versions append may be absent.
const ACCOUNTCODE = 0;
const SRC = 1;
const DST = 2;
const DCONTEXT = 3;
const START = 9;
const ANSWER = 10;
const END = 11;
const DURATION = 12;
const BILLSEC = 13;
const DISPOSITION = 14;
const UNIQUEID = 16;
const FEWEST_COLUMNS = 16;

const dispositionOf: Readonly<Record<string, Disposition>> = {
  ANSWERED: "answered",
  "NO ANSWER": "no_answer",
  BUSY: "busy",
  FAILED: "failed",
  CONGESTION: "congestion",
  UNKNOWN: "unknown",
};
// `1231977075.0`, or `pbx1-1231977075.0` when the PBX has a system name: the epoch second its channel was made, and a counter.
const uniqueIdShape = /^(?:.*-)?(\d{9,10})\.\d+$/;
const wholeSeconds = /^\d{1,9}$/;

export type AsteriskOptions = {
  /** IANA zone of the PBX's clock. */
  readonly zone?: string;
  readonly rules?: NumberRules;
};

/** One row without its line end → a call, or what is wrong with it and in which column. Never throws. */
export type RowReader = (row: string) => SourceRecord;

/** Throws RangeError when the zone is not known; the reader it returns never throws. */
export function asteriskReader({ zone = "UTC", rules = noNumberRules }: AsteriskOptions = {}): RowReader {
  const timeOf = localTimeReader(zone);
  const inbound = new Set(rules.inboundContexts);

  return (row) => {
    const raw = row.charCodeAt(0) === 0xfeff ? row.slice(1) : row;
    if (raw.length > MAX_RAW_CHARS) return unreadable(raw, "row_too_long");
    if (raw.includes("\0")) return unreadable(raw, "nul_byte");
    if (!raw.isWellFormed()) return unreadable(raw, "not_text");
    const fields = splitFields(raw);
    if (typeof fields === "string") return unreadable(raw, fields);
    if (fields.length < FEWEST_COLUMNS) return unreadable(raw, "too_few_columns", fields.length);
    const at = (column: number) => fields[column] as string;

    const source = rewriteNumber(at(SRC), rules.source);
    const destination = rewriteNumber(at(DST), rules.destination);
    if (at(ACCOUNTCODE).length > MAX_NUMBER_CHARS) return unreadable(raw, "field_too_long", ACCOUNTCODE + 1);
    if (source.length > MAX_NUMBER_CHARS) return unreadable(raw, "field_too_long", SRC + 1);
    if (destination.length > MAX_NUMBER_CHARS) return unreadable(raw, "field_too_long", DST + 1);
    const uniqueId = fields[UNIQUEID] ?? "";
    const epoch = uniqueIdShape.exec(uniqueId)?.[1];
    // With one more column than the fewest it may be the user field of a PBX that logs no unique id.
    const callId = epoch !== undefined || fields.length > UNIQUEID + 1 ? uniqueId : "";
    if (callId.length > MAX_CALL_ID_CHARS) return unreadable(raw, "field_too_long", UNIQUEID + 1);
    if (!wholeSeconds.test(at(DURATION))) return unreadable(raw, "duration_invalid", DURATION + 1);
    if (!wholeSeconds.test(at(BILLSEC))) return unreadable(raw, "billsec_invalid", BILLSEC + 1);
    const durationSec = Number(at(DURATION));
    const reportedBillableSec = Number(at(BILLSEC));

    // The clock repeats an hour in autumn: the channel's epoch tells which one, and the other times follow from the first.
    const start = timeOf(at(START), epoch === undefined ? undefined : Number(epoch));
    if (start === null) return unreadable(raw, "time_invalid", START + 1);
    const endSec = Date.parse(start.iso) / 1000 + durationSec;
    const end = at(END) === "" ? undefined : timeOf(at(END), endSec);
    if (end === null) return unreadable(raw, "time_invalid", END + 1);
    const answer = at(ANSWER) === "" ? undefined : timeOf(at(ANSWER), endSec - reportedBillableSec);
    if (answer === null) return unreadable(raw, "time_invalid", ANSWER + 1);

    const disposition = dispositionOf[at(DISPOSITION)];
    const answered = disposition === "answered";
    const call: SourceRecord = {
      kind: "call",
      callId,
      startedAt: start.iso,
      answeredAt: answered ? (answer?.iso ?? null) : null,
      endedAt: end?.iso ?? null,
      durationSec,
      billableSec: answered ? reportedBillableSec : 0,
      direction: inbound.has(at(DCONTEXT)) ? "in" : "out",
      accountCode: at(ACCOUNTCODE),
      source,
      destination,
      disposition: disposition ?? "unknown",
      flags: [],
      raw,
    };
    call.flags = implausibilities(call, reportedBillableSec);
    if (disposition === undefined) call.flags.push("disposition_unknown");
    if ((start.flag ?? answer?.flag ?? end?.flag) !== undefined) call.flags.push("local_time_skipped");
    return call;
  };
}

// A whole row as cdr_csv writes it, with times and a known disposition in quotes. Nobody who only chooses a name or a number can
// put this on a line of his own: a quote inside a field is written doubled, so these single quotes can't come from within one.
const text = '"(?:[^"]|"")*"';
const time = '"\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d"';
const wholeRow = new RegExp(
  `^${text}(?:,${text}){8},${time},(?:${time}|""|),(?:${time}|""|),\\d+,\\d+,"(?:${Object.keys(dispositionOf).join("|")})",${text}(?:,|$)`,
);

/** Whether a line is the beginning of a row of its own, even when the row above it lacks a closing quote. */
export const startsAsteriskRow = (line: string): boolean => wholeRow.test(line);

/** A row that can't be read, as a record that can be stored: bounded, without NUL, and still distinguishable from any other. */
export function unreadable(raw: string, reason: string, column?: number): UnreadableRow {
  let kept = raw;
  if (kept.length > MAX_RAW_CHARS) {
    const digest = Bun.SHA256.hash(raw, "hex");
    kept = `${kept.slice(0, MAX_RAW_CHARS - 192)}… [cut: ${raw.length} characters, sha256 ${digest}]`;
  }
  // PostgreSQL's text takes no NUL; its picture says where it was.
  kept = kept.replaceAll("\0", "␀").toWellFormed();
  return column === undefined ? { kind: "unreadable", raw: kept, reason } : { kind: "unreadable", raw: kept, reason, column };
}
