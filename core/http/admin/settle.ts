// What follows a button that only asks "sure?": the page it was on, with a sentence that says what happened.
import { errors, type Outcome, type Refusal } from "../../kernel/errors.ts";
import { RequestRefused } from "../errors.ts";
import type { PageContext } from "./env.ts";
import { done, statusOf } from "./frame.ts";

/** Back to `href`: with `text` when it was accepted, with the reason when not. What isn't there, or not allowed, is an error page. */
export function settle<T>(c: PageContext, outcome: Outcome<T>, href: string, text: string): Response {
  if (outcome.ok) return done(c, href, text);
  refuseHidden(outcome);
  return done(c, href, { tone: "bad", text: refusalText(outcome) });
}

/** Throws refusals that a form can't show: somebody else's record, no right, no session. */
export function refuseHidden(refusal: Refusal): void {
  if ([401, 403, 404].includes(statusOf(refusal)) && refusal.code !== "rights_beyond_own") throw new RequestRefused(refusal);
}

export function refusalText({ code, issues }: Refusal): string {
  const list = (issues ?? []) as readonly { message: string }[];
  const why = list.map(({ message }) => message).join("; ");
  return why ? `${errors[code].message} ${why.charAt(0).toUpperCase()}${why.slice(1)}.` : errors[code].message;
}
