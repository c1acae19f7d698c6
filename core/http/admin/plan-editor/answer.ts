// What the editor answers when something isn't right: which part is open, and what is said beside its fields and above everything.
import { type DocumentIssue, parsePlanDocument } from "../../../catalog/plan-document.ts";
import type { Refusal } from "../../../kernel/errors.ts";
import { formErrors, statusOf } from "../frame.ts";
import { type Mistake, openFor } from "./mistakes.ts";
import { errorList, mistakesOf, withAnyDeck } from "./present.ts";
import { type Editing, MOST_ROWS, parsedJson } from "./state.ts";

export type Answer = {
  readonly status?: number;
  /** Above everything. */
  readonly list?: readonly { readonly id?: string; readonly text: string }[];
  readonly faults?: readonly Mistake[];
  /** Beside the open form's fields too, not only as a mark on the sections. */
  readonly showFaults?: boolean;
  /** Somebody wanted to publish: what is missing altogether is marked too. */
  readonly strict?: boolean;
  /** The button that was pressed, so that a new row gets the focus. */
  readonly focus?: string;
  /** Of fields that are not the document's: code, validFrom, json. */
  readonly fields?: Readonly<Record<string, string>>;
};

type Turned = { readonly editing: Editing; readonly answer: Answer };

/** JSON back in forms, when it is a plan and not too long for them. */
export function asForm(editing: Editing): Turned {
  const text = parsedJson(editing.json ?? "");
  if (!text.ok) return { editing, answer: jsonFaults([text.message]) };
  const parsed = parsePlanDocument(withAnyDeck({ ...editing, document: text.value }));
  if (!parsed.ok) return { editing, answer: jsonFaults(parsed.issues.map(issueText)) };
  const rates = Array.isArray(text.value.rates) ? text.value.rates.length : 0;
  if (rates > MOST_ROWS)
    return { editing, answer: jsonFaults([`Forms show at most ${MOST_ROWS} destinations; this plan has ${rates}. Store it as JSON.`]) };
  return { editing: { ...editing, json: null, document: text.value, open: "" }, answer: {} };
}

const issueText = ({ path, message }: DocumentIssue) => `${path.replace(/^document\.?/, "") || "The plan"} ${message}`;

const MOST_SHOWN = 20;

export function jsonFaults(messages: readonly string[]): Answer {
  const more = messages.length - MOST_SHOWN;
  const shown = [...messages.slice(0, MOST_SHOWN), ...(more > 0 ? [`And ${more} more.`] : [])];
  return { status: 422, fields: { json: shown[0]! }, list: shown.map((text) => ({ id: "f-json", text })) };
}

/** After a refusal: the page at the first thing that is wrong, with all of them in a list. */
export function refusedAs(editing: Editing, refusal: Refusal): Turned {
  const issues = (refusal.issues ?? []) as readonly DocumentIssue[];
  if (refusal.code !== "plan_invalid") {
    const names = { code_taken: "code", version_starts_in_past: "validFrom" };
    const { list, fields } = formErrors(refusal, names, { code: "Code", validFrom: "In force from" });
    const open = Object.keys(fields)[0] === "code" ? "plan" : editing.open;
    return { editing: { ...editing, open }, answer: { status: statusOf(refusal), list, fields } };
  }
  if (editing.json !== null) return { editing, answer: jsonFaults(issues.map(issueText)) };
  const faults = mistakesOf(issues);
  const open = faults[0] ? openFor(faults[0].field) : editing.open;
  const answer = { status: statusOf(refusal), faults, showFaults: true, strict: true, list: errorList(faults, open) };
  return { editing: { ...editing, open }, answer };
}
