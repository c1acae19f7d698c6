// A day of calls as an exchange would tell of it: quiet nights, two peaks, a few numbers that call much and many that call little.
import type { CallFields } from "../../core/usage/normal-form.ts";
import { randomFrom } from "../faults/generated-calls.ts";

/** Share of the day's calls that begin in each hour. */
const hours = [4, 2, 1, 1, 2, 5, 14, 32, 58, 76, 80, 74, 62, 66, 72, 74, 70, 64, 58, 56, 48, 36, 22, 10];
const total = hours.reduce((sum, weight) => sum + weight, 0);
/** Where they go: every one of them has a price in the plan of `seedProvider`. */
const destinations = ["38067", "38050", "38063", "38044", "1201"];

/**
 * @param day the date at whose midnight (UTC) the day begins
 * @param numbers of the services that call; the n-th calls about half as often as the n/3-th
 * @returns `count` calls in the order in which they began, all of them different
 */
export function busyDay(day: string, count: number, numbers: readonly string[], seed: number): CallFields[] {
  const random = randomFrom(seed);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const starts = Array.from({ length: count }, () => {
    let left = random() * total;
    let hour = 0;
    for (; left >= hours[hour]!; hour++) left -= hours[hour]!;
    return midnight + (hour * 3600 + Math.floor(random() * 3600)) * 1000;
  }).sort((a, b) => a - b);
  return starts.map((startMs, i) => callAt(startMs, numbers[Math.floor(random() ** 1.6 * numbers.length)]!, i, random));
}

function callAt(startMs: number, source: string, i: number, random: () => number): CallFields {
  const prefix = destinations[Math.floor(random() * destinations.length)]!;
  const destination = prefix + String(Math.floor(random() * 10_000_000)).padStart(7, "0");
  const answered = random() < 0.8;
  const ringSec = 1 + Math.floor(random() * 20);
  const talkSec = answered ? 1 + Math.floor(random() * random() * 900) : 0;
  const durationSec = ringSec + talkSec;
  const at = (seconds: number) => `${new Date(startMs + seconds * 1000).toISOString().slice(0, 19)}Z`;
  const local = (seconds: number) => at(seconds).replace("T", " ").slice(0, 19);
  const callId = `${startMs / 1000}.${i}`;
  const times = `"${local(0)}","${answered ? local(ringSec) : ""}","${local(durationSec)}",${durationSec},${talkSec}`;
  return {
    kind: "call",
    callId,
    startedAt: at(0),
    answeredAt: answered ? at(ringSec) : null,
    endedAt: at(durationSec),
    durationSec,
    billableSec: talkSec,
    direction: "out",
    accountCode: "",
    source,
    destination,
    disposition: answered ? "answered" : "no_answer",
    flags: [],
    raw: `"","${source}","${destination}","out","""${source}"" <${source}>","SIP/${source}-${i.toString(16).padStart(8, "0")}","SIP/trunk-${i.toString(16).padStart(8, "0")}","Dial","SIP/trunk/${destination}",${times},"${answered ? "ANSWERED" : "NO ANSWER"}","DOCUMENTATION","${callId}",""`,
  };
}
