// Writing a plan, the next version of one, or its draft: section by section in forms, or as JSON, with the price of an example beside it.
import { Hono } from "hono";
import { addPlan } from "../../catalog/add-plan.ts";
import type { PlanRate } from "../../catalog/plan-document.ts";
import { publishVersion } from "../../catalog/publish-version.ts";
import { saveDraft } from "../../catalog/save-draft.ts";
import { startDraft } from "../../catalog/start-draft.ts";
import type { Outcome } from "../../kernel/errors.ts";
import { plansDetail, plansDocument } from "../../read/plans/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, done, figuresOf, fragment, isFragment, page, param, posted, route, run } from "./frame.ts";
import { instantGiven } from "./local-time.ts";
import { type Answer, asForm, jsonFaults, refusedAs } from "./plan-editor/answer.ts";
import { examplePrice } from "./plan-editor/example.ts";
import { openFor } from "./plan-editor/mistakes.ts";
import { editorData, errorList, mistakesIn, saidOf } from "./plan-editor/present.ts";
import type { RawDocument } from "./plan-editor/raw-document.ts";
import { begun, type Editing, editingOf, newDocument, parsedJson, rawDocument } from "./plan-editor/state.ts";
import { currencyOptions, suggestedCode, zoneOptions } from "./regions.ts";
import { refuseHidden } from "./settle.ts";
import { type Target, targetOf } from "./target-provider.ts";
import { writesCommas } from "./typed-fields.ts";

export const planEditorPages = new Hono<AdminEnv>();

type Plan = Awaited<ReturnType<typeof planOf>>;
const planOf = (c: PageContext) => askFor(c, plansDetail, { planId: param(c, "id") });

/** A plan that is being written for the first time, one that exists and gets a version, or its draft. */
type Subject = { readonly target: Target } | { readonly plan: Plan; readonly drafted: boolean };

const isNew = (subject: Subject) => "target" in subject || subject.plan.versions.length === 0;
const providerOf = (subject: Subject) => ("plan" in subject ? subject.plan.providerId : subject.target.provider.id);

function actionOf(subject: Subject): string {
  if ("target" in subject) return "/plans";
  return `/plans/${subject.plan.planId}/${subject.drafted ? "draft" : "versions"}`;
}

/** Of a deck that no form shows, the rates that the number may match; all of them without a number. */
async function keptRates(c: PageContext, subject: Subject, { document, kept }: Editing, number?: string): Promise<readonly PlanRate[]> {
  if (!("plan" in subject) || kept === 0 || document.rates !== undefined) return [];
  const found = await askFor(c, plansDocument, {
    planId: subject.plan.planId,
    ...(subject.drafted ? { of: "draft" as const } : {}),
    ...(number === undefined ? { deck: "all" } : { deck: "number", number: number.slice(0, 40) }),
  });
  return found.document.rates as readonly PlanRate[];
}

async function priceOf(c: PageContext, subject: Subject, editing: Editing) {
  const parsed = editing.json === null ? undefined : parsedJson(editing.json);
  const document = parsed === undefined ? editing.document : parsed.ok ? parsed.value : {};
  return examplePrice(document, await keptRates(c, subject, editing, editing.asked.number), editing.asked, figuresOf(c));
}

async function answerWith(c: PageContext, subject: Subject, editing: Editing, answer: Answer = {}) {
  const { list = [], fields = {}, showFaults = false, strict = false, focus = "", status = 200 } = answer;
  const faults = answer.faults ?? (editing.json === null ? mistakesIn(editing) : []);
  const existing = "plan" in subject;
  const drafted = existing && subject.drafted;
  const data = {
    ...editorData(editing, { faults, showFaults, strict }),
    ...{ existing, drafted, fresh: isNew(subject), focus },
    action: actionOf(subject),
    back: existing ? (drafted ? `/plans/${subject.plan.planId}/review` : `/plans/${subject.plan.planId}`) : "/plans",
    ...(existing ? { plan: { planId: subject.plan.planId, name: subject.plan.name } } : {}),
    providerId: providerOf(subject),
    errors: { list, fields },
    price: await priceOf(c, subject, editing),
    currencies: currencyOptions,
    zones: [{ value: "", label: "The provider’s" }, ...zoneOptions(c.get("core").clock())],
    zone: figuresOf(c).zone,
  };
  if (isFragment(c)) return fragment(c, "admin/plans/editor/_editor", data);
  const title = drafted ? `Draft of ${subject.plan.name}` : existing ? `New version of ${subject.plan.name}` : "New plan";
  const view = "admin/plans/edit";
  return page(c, {
    title,
    section: "plans",
    view,
    status,
    data: { ...data, title, ...("target" in subject ? { ...subject.target, here: "/plans/new" } : {}) },
  });
}

const now = (c: PageContext, zone = figuresOf(c).zone) => c.get("core").clock().toZonedDateTimeISO(zone);
const editing = (c: PageContext): Editing => editingOf(c.get("form"), writesCommas(c), now(c));

/** Buttons that publish and save are what a handler is for; all others change only what is on the page, and are answered here. */
async function withoutStoring(c: PageContext, subject: Subject, editing: Editing): Promise<Response | undefined> {
  const action = posted(c, "do");
  if (action === "publish" || action === "save" || action === "review") return undefined;
  if (action === "price" && isFragment(c))
    return fragment(c, "admin/plans/editor/_example", { price: await priceOf(c, subject, editing), said: saidOf(editing) });
  if (action === "as-json") return answerWith(c, subject, { ...editing, json: JSON.stringify(editing.document, null, 2) });
  if (action === "as-form") {
    const turned = asForm(editing);
    return answerWith(c, subject, turned.editing, turned.answer);
  }
  if (editing.json !== null) return answerWith(c, subject, editing);
  const faults = mistakesIn(editing);
  const left = posted(c, "open");
  const wrong = action.startsWith("close") ? faults.filter(({ field }) => openFor(field) === left) : [];
  // What isn't right yet stays open, with what is to be corrected beside its field.
  if (wrong.length > 0)
    return answerWith(c, subject, { ...editing, open: left }, { faults, showFaults: true, status: 422, list: errorList(wrong, left) });
  return answerWith(c, subject, editing, { faults, showFaults: /^(close|open)/.test(action), focus: action });
}

/** What is on the page as a document, for a command; `act` gets the long deck too unless the command leaves decks alone. */
async function stored<T>(
  c: PageContext,
  subject: Subject,
  editing: Editing,
  act: (document: RawDocument) => Promise<Outcome<T>>,
): Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly response: Response }> {
  const text = editing.json === null ? { ok: true as const, value: editing.document } : parsedJson(editing.json);
  if (!text.ok) return { ok: false, response: await answerWith(c, subject, editing, jsonFaults([text.message])) };
  const outcome = await act(text.value);
  if (outcome.ok) return outcome;
  refuseHidden(outcome);
  const refused = refusedAs(editing, outcome);
  return { ok: false, response: await answerWith(c, subject, refused.editing, refused.answer) };
}

async function withDeck(c: PageContext, subject: Subject, editing: Editing, document: RawDocument): Promise<RawDocument> {
  if (document.rates !== undefined || editing.kept === 0) return document;
  return { ...document, rates: (await keptRates(c, subject, { ...editing, document })) as unknown as RawDocument[] };
}

/** A code that nobody thought of is made from the name. */
function codeOf({ code, document }: Editing): string {
  const name = typeof document.name === "string" ? document.name : "";
  return code !== "" || name === "" ? code : suggestedCode(name);
}

const draftSaved = "The draft is saved. Nothing changes for anybody until it is published.";

planEditorPages.get(
  "/plans/new",
  route({ permission: "plans:write" }, async (c) => {
    const target = await targetOf(c);
    const { currency, zone } = target.provider;
    return answerWith(c, { target }, begun(newDocument(currency, zone), now(c, zone), { open: "plan" }));
  }),
);

planEditorPages.post(
  "/plans",
  route({ permission: "plans:write" }, async (c) => {
    const target = await targetOf(c);
    const draft = editing(c);
    const edit = await withoutStoring(c, { target }, draft);
    if (edit) return edit;
    const options = { providerId: target.provider.id };
    const publishes = posted(c, "do") === "publish";
    const from = instantGiven("validFrom", draft.validFrom, figuresOf(c).zone);
    const result = await stored<{ planId: string }>(c, { target }, draft, (document) =>
      publishes
        ? run(c, addPlan, { code: codeOf(draft), document, ...from }, options)
        : run(
            c,
            startDraft,
            {
              code: codeOf(draft),
              document,
              ...(typeof document.name === "string" && document.name !== "" ? { name: document.name } : {}),
            },
            options,
          ),
    );
    if (!result.ok) return result.response;
    const { planId } = result.value;
    return publishes
      ? done(c, `/plans/${planId}`, "The plan is published. Services can be activated on it.")
      : done(c, `/plans/${planId}/draft`, draftSaved);
  }),
);

planEditorPages.get(
  "/plans/:id{[0-9a-f-]{36}}/versions/new",
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    if (plan.draft) return c.redirect(`/plans/${plan.planId}/draft`, 303);
    const found = await askFor(c, plansDocument, { planId: plan.planId });
    return answerWith(c, { plan, drafted: false }, opened(c, found.document, { code: plan.code }));
  }),
);

function opened(c: PageContext, stored: unknown, more: Partial<Editing>): Editing {
  const { document, kept } = rawDocument(stored);
  return begun(document, now(c, typeof document.zone === "string" ? zoneOr(document.zone, c) : undefined), { ...more, kept });
}

/** The zone, unless a draft says something that is none. */
function zoneOr(zone: string, c: PageContext): string {
  return Intl.supportedValuesOf("timeZone").includes(zone) || zone === "UTC" ? zone : figuresOf(c).zone;
}

planEditorPages.post(
  "/plans/:id{[0-9a-f-]{36}}/versions",
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    const subject = { plan, drafted: false };
    const draft = editing(c);
    const edit = await withoutStoring(c, subject, draft);
    if (edit) return edit;
    const options = { providerId: plan.providerId };
    const { planId } = plan;
    if (posted(c, "do") !== "publish") {
      const result = await stored(c, subject, draft, async (document) => {
        const started = await run(c, startDraft, { planId }, options);
        return started.ok ? run(c, saveDraft, { planId, revision: started.value.revision, document }, options) : started;
      });
      return result.ok ? done(c, `/plans/${planId}/draft`, draftSaved) : result.response;
    }
    const from = instantGiven("validFrom", draft.validFrom, figuresOf(c).zone);
    const result = await stored(c, subject, draft, async (document) =>
      run(c, publishVersion, { planId, document: await withDeck(c, subject, draft, document), ...from }, options),
    );
    if (!result.ok) return result.response;
    return done(c, `/plans/${planId}?version=${result.value.version}`, `Version ${result.value.version} is published.`);
  }),
);

planEditorPages.get(
  "/plans/:id{[0-9a-f-]{36}}/draft",
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    if (plan.draft?.state !== "draft") return c.redirect(`/plans/${plan.planId}${plan.draft ? "/review" : ""}`, 303);
    const found = await askFor(c, plansDocument, { planId: plan.planId, of: "draft" });
    const state = { code: plan.code, revision: plan.draft.revision };
    return answerWith(c, { plan, drafted: true }, opened(c, found.document, state));
  }),
);

planEditorPages.post(
  "/plans/:id{[0-9a-f-]{36}}/draft",
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    const subject = { plan, drafted: true };
    const draft = editing(c);
    const edit = await withoutStoring(c, subject, draft);
    if (edit) return edit;
    const { planId } = plan;
    const result = await stored(c, subject, draft, (document) =>
      run(c, saveDraft, { planId, revision: draft.revision, document }, { providerId: plan.providerId }),
    );
    if (!result.ok) return result.response;
    return done(c, posted(c, "do") === "review" ? `/plans/${planId}/review` : `/plans/${planId}/draft`, draftSaved);
  }),
);
