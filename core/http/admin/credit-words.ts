// Credit states, and why, in words.
import type { KeptReason, State } from "../../read/credit/query.ts";
import type { FiguresText } from "./figures.ts";

export const statePills: Readonly<Record<State, { readonly tone: string; readonly label: string }>> = {
  active: { tone: "good", label: "active" },
  warned: { tone: "warn", label: "warned" },
  limited: { tone: "warn", label: "limited" },
  blocked: { tone: "bad", label: "blocked" },
  suspended: { tone: "info", label: "paused" },
  terminated: { tone: "off", label: "terminated" },
};

const micros = (text: string | undefined) => (text === undefined ? undefined : BigInt(text));
const days = (n: number | undefined) => `${n} ${n === 1 ? "day" : "days"}`;

export function reasonText(reason: KeptReason, text: FiguresText): string {
  const until = reason.until ? ` until ${text.dateTime(reason.until)}` : "";
  switch (reason.rule) {
    case "left":
      return "Too little is left";
    case "credit-used":
      return "Too much of the credit limit is used";
    case "days-left":
      return "What is left won't last long";
    case "owed":
      return `Owes for ${days(reason.days)} or more`;
    case "promise-broken":
      return "A promised payment didn't come";
    case "unpaid":
      return reason.days ? `Blocked for ${days(reason.days)}` : "Blocked for too long";
    case "override":
      return `${reason.by} set it${until}: ${reason.why}`;
    case "suspension":
      return `Paused${until}`;
    case "no-policy":
      return "There is no policy";
    case "closed":
      return "The account is closed";
    default:
      return "Enough money";
  }
}

/** What ends the state, if money does. */
export function payText(reason: KeptReason, currency: string, text: FiguresText): string | undefined {
  const pay = micros(reason.payMicros);
  return pay && pay > 0n ? text.money(pay, currency) : undefined;
}

export const forecastReasons: Readonly<Record<string, string>> = {
  left: "The money runs out",
  "credit-used": "The credit limit is used up",
  "days-left": "What is left won't last",
  owed: "The debt gets too old",
  "promise-broken": "A promise expires",
};
