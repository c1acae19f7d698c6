// A plan's draft on its way to a version: what it changes, line by line, and the steps of its life. Writing it is the editor's.
import { Hono } from "hono";
import { discardDraft } from "../../catalog/discard-draft.ts";
import { type DraftStep, stepsFrom } from "../../catalog/draft-lifecycle.ts";
import { planChanges } from "../../catalog/plan-changes.ts";
import { parsePlanDocument } from "../../catalog/plan-document.ts";
import { planInWords } from "../../catalog/plan-in-words.ts";
import { previewDraft } from "../../catalog/preview-draft.ts";
import { publishDraft } from "../../catalog/publish-draft.ts";
import { reopenDraft } from "../../catalog/reopen-draft.ts";
import { startDraft } from "../../catalog/start-draft.ts";
import type { Refusal } from "../../kernel/errors.ts";
import { plansDeck, plansDiff } from "../../read/plan-deck/query.ts";
import { plansDocument } from "../../read/plans/query.ts";
import { countsShown } from "./deck-diff.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, done, type FormErrors, figuresOf, formErrors, may, noErrors, page, param, posted, route, run, statusOf } from "./frame.ts";
import { instantGiven } from "./local-time.ts";
import { withAnyDeck } from "./plan-editor/present.ts";
import { draftShown, type PlanDetail, planOf, versionsShown } from "./plans.ts";
import { refuseHidden, settle } from "./settle.ts";
import { seesAll, seesSeveral } from "./target-provider.ts";

export const planVersionsPages = new Hono<AdminEnv>();

const id = "/plans/:id{[0-9a-f-]{36}}";

planVersionsPages.get(
  `${id}/review`,
  route({ permission: "plans:read" }, async (c) => {
    const plan = await planOf(c);
    return plan.draft ? reviewPage(c, plan) : c.redirect(`/plans/${plan.planId}`, 303);
  }),
);

async function reviewPage(c: PageContext, plan: PlanDetail, errors: FormErrors = noErrors, status = 200, validFrom = "") {
  const draft = plan.draft!;
  const text = figuresOf(c);
  const here = `/plans/${plan.planId}`;
  const canWrite = may(c, "plans:write") && seesAll(c);
  const steps: readonly DraftStep[] = canWrite ? stepsFrom(draft.state) : [];
  const compared = draft.basedOn ?? undefined;
  const days = [undefined, ...draft.days.map(({ from }) => from)];
  const diffs = await Promise.all(
    compared === undefined
      ? []
      : days.map(async (day) => {
          const diff = await askFor(c, plansDiff, {
            ...{ planId: plan.planId, from: compared, to: "draft" as const, limit: 1 },
            ...(day === undefined ? {} : { toDay: day }),
          });
          const href = `${here}/diff?from=${compared}&to=draft${day === undefined ? "" : `&toDay=${day}`}`;
          return { label: day === undefined ? "When published" : `From ${text.date(day)}`, href, counts: countsShown(diff.counts, text) };
        }),
  );
  const latest = plan.versions[0]?.version ?? 0;
  return page(c, {
    title: `Draft of ${plan.name}`,
    section: "plans",
    view: "admin/plans/review",
    status,
    data: {
      plan,
      here,
      provider: seesSeveral(c) ? plan.providerName : "",
      canSimulate: may(c, "plans:write") && may(c, "usage:read"),
      draft: draftShown(plan, text),
      rates: text.count((await askFor(c, plansDeck, { planId: plan.planId, of: "draft", limit: 1 })).rates),
      days: draft.days.map(({ from, lines }) => ({
        from: text.date(from),
        lines: text.count(lines),
        href: `${here}/deck?of=draft&day=${from}`,
      })),
      basedOn: draft.basedOn,
      hash: draft.contentHash,
      outdated: draft.follows !== latest ? `Version ${latest} was published after this draft was begun.` : "",
      started: `${text.dateTime(draft.startedAt)} by ${draft.startedBy}`,
      steps,
      diffs,
      changes: compared === undefined ? [] : await changesFrom(c, plan.planId, compared),
      versions: versionsShown(plan, text),
      zone: text.zone,
      errors,
      validFrom,
    },
  });
}

/** What the draft says otherwise than the version, beside the deck; nothing while it isn't complete. */
async function changesFrom(c: PageContext, planId: string, version: number) {
  const [before, after] = await Promise.all(
    [version, "draft" as const].map(async (of) => {
      const { document } = await askFor(c, plansDocument, { planId, of, deck: "none" });
      return parsePlanDocument(withAnyDeck({ document, kept: 1 }));
    }),
  );
  return before!.ok && after!.ok ? planChanges(planInWords(before!.plan), planInWords(after!.plan)) : [];
}

planVersionsPages.post(
  `${id}/drafts`,
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    const basedOn = Number(posted(c, "basedOn"));
    const input = { planId: plan.planId, ...(Number.isInteger(basedOn) && basedOn > 0 ? { basedOn } : {}) };
    const outcome = await run(c, startDraft, input, { providerId: plan.providerId });
    const to = `/plans/${plan.planId}/review`;
    return settle(c, outcome, to, "The draft is begun. Nothing changes for anybody until it is published.");
  }),
);

const said = {
  preview: "The draft is checked and frozen. Look at what it changes, then publish it.",
  reopen: "The draft can be written again.",
  discard: "The draft is discarded.",
} as const;
const commands = { preview: previewDraft, reopen: reopenDraft, discard: discardDraft } as const;

planVersionsPages.post(
  `${id}/draft-steps/:step{preview|reopen|discard}`,
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    const step = param(c, "step") as keyof typeof commands;
    const input = { planId: plan.planId, revision: Number(posted(c, "revision") || c.req.query("revision")) };
    const outcome = await run<typeof previewDraft.input, unknown>(c, commands[step] as typeof previewDraft, input, {
      providerId: plan.providerId,
    });
    if (!outcome.ok) return refused(c, plan, outcome);
    const gone = step === "discard" && (outcome.value as { planRemoved: boolean }).planRemoved;
    return done(c, gone ? "/plans" : `/plans/${plan.planId}${step === "discard" ? "" : "/review"}`, said[step]);
  }),
);

planVersionsPages.post(
  `${id}/draft-steps/publish`,
  route({ permission: "plans:write" }, async (c) => {
    const plan = await planOf(c);
    const text = figuresOf(c);
    const validFrom = posted(c, "validFrom");
    const input = { planId: plan.planId, revision: Number(posted(c, "revision")), ...instantGiven("validFrom", validFrom, text.zone) };
    const outcome = await run(c, publishDraft, input, { providerId: plan.providerId });
    if (!outcome.ok) return refused(c, plan, outcome, validFrom);
    const { versions, rerating } = outcome.value;
    const names = versions.map(({ version, validFrom }) => `version ${version} from ${text.dateTime(validFrom)}`).join(", ");
    const again = rerating
      ? ` ${text.count(rerating.records)} records since ${text.dateTime(rerating.from)} are charged as before: rate them again to charge them anew.`
      : "";
    return done(c, `/plans/${plan.planId}?version=${versions[0]!.version}`, {
      tone: rerating ? "warn" : "good",
      text: `Published: ${names}.${again}`,
    });
  }),
);

/** The review again, as the draft is now, with what was wrong. */
async function refused(c: PageContext, plan: PlanDetail, refusal: Refusal, validFrom = ""): Promise<Response> {
  if (refusal.code !== "draft_missing") refuseHidden(refusal);
  if (!plan.draft) return done(c, `/plans/${plan.planId}`, { tone: "warn", text: "The plan has no draft any more." });
  const by = refusal.code === "draft_changed" ? ` ${refusal.savedBy} did, ${figuresOf(c).dateTime(String(refusal.savedAt))}.` : "";
  const errors = formErrors(refusal, { version_starts_in_past: "validFrom" }, { validFrom: "In force from" });
  const list = errors.list.map((item) => ({ ...item, text: item.text + by })).slice(0, 50);
  return reviewPage(c, plan, { ...errors, list }, statusOf(refusal), validFrom);
}
