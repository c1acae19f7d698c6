// One record of usage in words, alike for managers and subscribers: what it was, and how much.
import { bytesText, clockText, integerText, numberText } from "../../core/kernel/display.ts";

/** The record's fields as app.usage_records and read.calls have them. */
export type RecordedUsage = {
  readonly kind: string;
  readonly source: string;
  readonly destination: string;
  readonly destinationName: string | null;
  readonly durationSec: number;
  readonly facts: unknown;
};

type Facts = {
  readonly octetsIn?: string;
  readonly octetsOut?: string;
  readonly messages?: number;
  readonly type?: string;
  readonly metrics?: Readonly<Record<string, string>>;
  readonly trafficClass?: string;
  readonly slice?: { readonly session: string; readonly seconds: number };
};

/** `what` stands where a call has its destination, `note` below it; `amount` is how much, "" for calls, whose length says it; `time` is its length. */
export type UsageWords = { readonly what: string; readonly note: string; readonly amount: string; readonly time: string };

export function usageWords(usage: RecordedUsage, locale: string): UsageWords {
  const { kind, destination, destinationName, durationSec } = usage;
  const facts = (usage.facts ?? {}) as Facts;
  const time = durationSec === 0 ? "–" : clockText(durationSec);
  switch (kind) {
    case "session":
      return { what: "Internet session", note: sliceText(facts), amount: octetsText(facts, locale), time };
    case "traffic":
      return { what: "Traffic", note: facts.trafficClass ?? destination, amount: octetsText(facts, locale), time };
    case "message": {
      const count = facts.messages ?? 1;
      return {
        what: destination,
        note: destinationName ?? "",
        amount: `${integerText(count, locale)} ${count === 1 ? "message" : "messages"}`,
        time: "–",
      };
    }
    case "event":
      return { what: facts.type ?? destination, note: "Event", amount: metricsText(facts.metrics ?? {}, locale), time: "–" };
    default:
      return {
        what: destination,
        note: [destinationName ?? "", sliceText(facts)].filter(Boolean).join(", "),
        amount: "",
        time: clockText(durationSec),
      };
  }
}

/** "slice of session 4F2A, from 0:30:00" */
const sliceText = ({ slice }: Facts) => (slice ? `slice of session ${slice.session}, from ${clockText(slice.seconds)}` : "");

/** "1.2 GB in, 0.3 GB out" */
const octetsText = ({ octetsIn = "0", octetsOut = "0" }: Facts, locale: string) =>
  `${bytesText(BigInt(octetsIn), locale)} in, ${bytesText(BigInt(octetsOut), locale)} out`;

/** "110.5 litres, 2 kWh" */
const metricsText = (metrics: Readonly<Record<string, string>>, locale: string) =>
  Object.entries(metrics)
    .map(([name, quantity]) => `${numberText(quantity, locale, { maximumFractionDigits: 9 })} ${name}`)
    .join(", ") || "1";
