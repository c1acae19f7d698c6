// Writing a plan, or the next version of one: by fields or as JSON, with the price of an example call beside it.
import { Hono } from "hono";
import { addPlan } from "../../catalog/add-plan.ts";
import { parsePlanDocument } from "../../catalog/plan-document.ts";
import { publishVersion } from "../../catalog/publish-version.ts";
import type { Outcome, Refusal } from "../../kernel/errors.ts";
import { plansDetail } from "../../read/plans/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  fragment,
  isFragment,
  noErrors,
  page,
  param,
  posted,
  route,
  run,
  statusOf,
} from "./frame.ts";
import { instantGiven } from "./local-time.ts";
import {
  documentOf,
  edited,
  fieldOf,
  formOf,
  MOST_ROWS,
  modeOptions,
  newRate,
  type PlanForm,
  parsedJson,
  placeOf,
  planFormOf,
} from "./plan-form.ts";
import { firstTry, type Price, priceOn, type Try } from "./plan-price.ts";
import { currencyOptions, zoneOptions } from "./regions.ts";
import { refuseHidden } from "./settle.ts";
import { type Target, targetOf } from "./target-provider.ts";
import { writesCommas } from "./typed-fields.ts";

export const planEditorPages = new Hono<AdminEnv>();

type Plan = Awaited<ReturnType<typeof planOf>>;
const planOf = (c: PageContext) => askFor(c, plansDetail, { planId: param(c, "id") });

/** What is on the page: `json` instead of the rows when the plan is edited as text. */
type Draft = {
  readonly code: string;
  readonly validFrom: string;
  readonly form: PlanForm;
  readonly json: string | null;
  readonly asked: Try;
};

/** A plan that is being written for the first time, or one that exists and gets a version. */
type Subject = { readonly target: Target } | { readonly plan: Plan };

const actionOf = (subject: Subject) => ("plan" in subject ? `/plans/${subject.plan.planId}/versions` : "/plans");

function draftPage(c: PageContext, subject: Subject, draft: Draft, errors: FormErrors = noErrors, status = 200) {
  const existing = "plan" in subject;
  return page(c, {
    title: existing ? `New version of ${subject.plan.name}` : "New plan",
    section: "plans",
    view: "admin/plans/edit",
    status,
    data: {
      ...draftData(c, subject, draft),
      ...("target" in subject ? { ...subject.target, here: "/plans/new" } : { choices: [], plan: subject.plan }),
      existing,
      back: existing ? `/plans/${subject.plan.planId}` : "/plans",
      errors,
    },
  });
}

const draftData = (c: PageContext, subject: Subject, draft: Draft) => ({
  draft,
  action: actionOf(subject),
  errors: noErrors,
  price: examplePrice(c, draft),
  currencies: currencyOptions,
  zones: [{ value: "", label: "None" }, ...zoneOptions(c.get("core").clock())],
  modes: modeOptions,
  zone: figuresOf(c).zone,
  mostRows: MOST_ROWS,
});

const documentIn = (c: PageContext, { json, form }: Draft): Record<string, unknown> => {
  if (json === null) return documentOf(form, writesCommas(c));
  const parsed = parsedJson(json);
  return parsed.ok ? parsed.value : {};
};

/** Names don't matter to a price: it appears as soon as the prices are there. */
function examplePrice(c: PageContext, draft: Draft): Price {
  if (draft.json !== null) return priceOn(documentIn(c, draft), draft.asked, figuresOf(c));
  const { form } = draft;
  if (form.rates.some(({ steps }) => steps.some(({ price }) => price === "")))
    return { kind: "not-yet", text: "Write a price into every rate: what this call costs appears here, with the reasons." };
  const named = {
    ...form,
    name: form.name || "New plan",
    rates: form.rates.map((rate) => ({ ...rate, destination: rate.destination || "Destination" })),
  };
  return priceOn(documentOf(named, writesCommas(c)), draft.asked, figuresOf(c));
}

planEditorPages.get(
  "/plans/new",
  route({ permission: "plans:write" }, async (c) => {
    const target = await targetOf(c);
    const { currency, zone } = target.provider;
    const form: PlanForm = { name: "", currency, zone, decimals: "4", mode: "half_up", rates: [newRate()] };
    return draftPage(c, { target }, { code: "", validFrom: "", form, json: null, asked: firstTry });
  }),
);

planEditorPages.get(
  "/plans/:id{[0-9a-f-]{36}}/versions/new",
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    const latest = plan.versions[0]!.document;
    const parsed = parsePlanDocument(latest);
    if (!parsed.ok) throw new Error(`The latest version of plan ${plan.planId} can't be read.`);
    const many = parsed.plan.rates.length > MOST_ROWS;
    const form = formOf(many ? { ...parsed.plan, rates: [] } : parsed.plan);
    return draftPage(
      c,
      { plan },
      { code: plan.code, validFrom: "", form, json: many ? JSON.stringify(latest, null, 2) : null, asked: firstTry },
    );
  }),
);

function draftOf(c: PageContext): Draft {
  const fields = c.get("form");
  const json = fields.get("json");
  return {
    code: posted(c, "code"),
    validFrom: posted(c, "validFrom"),
    form: planFormOf(fields),
    json: json === null ? null : json,
    asked: { number: posted(c, "try.number"), seconds: posted(c, "try.seconds") },
  };
}

/** Buttons other than the last one change what is on the page and store nothing. Undefined when it is to be published. */
function withoutPublishing(c: PageContext, subject: Subject, draft: Draft): Response | Promise<Response> | undefined {
  const action = posted(c, "do");
  if (action === "publish") return undefined;
  const plain = { ...draft, form: draft.json === null ? edited(draft.form, action) : draft.form };
  if (action === "as-json")
    return draftPage(c, subject, { ...draft, json: JSON.stringify(documentOf(draft.form, writesCommas(c)), null, 2) });
  if (action === "as-form") return asForm(c, subject, draft);
  if (!isFragment(c)) return draftPage(c, subject, plain);
  const data = draftData(c, subject, plain);
  return action === "price"
    ? fragment(c, "admin/plans/_price", data)
    : fragment(c, "admin/plans/_rate-rows", { ...data, added: action.startsWith("add-") ? action : "" });
}

function asForm(c: PageContext, subject: Subject, draft: Draft) {
  const text = parsedJson(draft.json ?? "");
  if (!text.ok) return draftPage(c, subject, draft, jsonErrors([text.message]), 422);
  const parsed = parsePlanDocument(text.value);
  if (!parsed.ok)
    return draftPage(c, subject, draft, jsonErrors(parsed.issues.map(({ path, message }) => `${path || "The plan"} ${message}`)), 422);
  if (parsed.plan.rates.length > MOST_ROWS)
    return draftPage(
      c,
      subject,
      draft,
      jsonErrors([`A form shows at most ${MOST_ROWS} rates; this plan has ${parsed.plan.rates.length}.`]),
      422,
    );
  return draftPage(c, subject, { ...draft, json: null, form: formOf(parsed.plan) });
}

const MOST_SHOWN = 20;

function jsonErrors(messages: readonly string[]): FormErrors {
  const more = messages.length - MOST_SHOWN;
  const shown = [...messages.slice(0, MOST_SHOWN), ...(more > 0 ? [`And ${more} more.`] : [])];
  return { fields: { json: shown[0]! }, list: shown.map((text) => ({ id: "f-json", text })) };
}

/** The mistakes of the document, beside their fields; of a text, in a list with their places. */
function mistakes(refusal: Refusal, draft: Draft): FormErrors {
  const issues = (refusal.issues ?? []) as readonly { path: string; message: string }[];
  if (refusal.code !== "plan_invalid")
    return formErrors(refusal, { code_taken: "code", version_starts_in_past: "validFrom" }, { code: "Code", validFrom: "In force from" });
  if (draft.json !== null)
    return jsonErrors(issues.map(({ path, message }) => `${path.replace(/^document\.?/, "") || "The plan"} ${message}`));
  const fields = issues.map(({ path, message }) => ({ path: fieldOf(path), message }));
  return formErrors({ ...refusal, issues: fields }, {}, Object.fromEntries(fields.map(({ path }) => [path, placeOf(path)])));
}

type Published<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly response: Response };

async function publish<T>(
  c: PageContext,
  subject: Subject,
  draft: Draft,
  act: (document: Record<string, unknown>) => Promise<Outcome<T>>,
): Promise<Published<T>> {
  if (draft.json !== null) {
    const text = parsedJson(draft.json);
    if (!text.ok) return { ok: false, response: await draftPage(c, subject, draft, jsonErrors([text.message]), 422) };
  }
  const outcome = await act(documentIn(c, draft));
  if (outcome.ok) return outcome;
  refuseHidden(outcome);
  return { ok: false, response: await draftPage(c, subject, draft, mistakes(outcome, draft), statusOf(outcome)) };
}

planEditorPages.post(
  "/plans",
  route({ permission: "plans:write" }, async (c) => {
    const target = await targetOf(c);
    const draft = draftOf(c);
    const edit = withoutPublishing(c, { target }, draft);
    if (edit) return edit;
    const from = instantGiven("validFrom", draft.validFrom, figuresOf(c).zone);
    const result = await publish(c, { target }, draft, (document) =>
      run(c, addPlan, { code: draft.code, document, ...from }, { providerId: target.provider.id }),
    );
    if (!result.ok) return result.response;
    return done(c, `/plans/${result.value.planId}`, "The plan is published. Services can be activated on it.");
  }),
);

planEditorPages.post(
  "/plans/:id{[0-9a-f-]{36}}/versions",
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    const draft = draftOf(c);
    const edit = withoutPublishing(c, { plan }, draft);
    if (edit) return edit;
    const from = instantGiven("validFrom", draft.validFrom, figuresOf(c).zone);
    const result = await publish(c, { plan }, draft, (document) =>
      run(c, publishVersion, { planId: plan.planId, document, ...from }, { providerId: plan.providerId }),
    );
    if (!result.ok) return result.response;
    return done(c, `/plans/${plan.planId}?version=${result.value.version}`, `Version ${result.value.version} is published.`);
  }),
);
