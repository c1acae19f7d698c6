// Plans: the list, and one plan with its versions, its draft, its rates and what a call would cost on it.
import { Hono } from "hono";
import { parsePlanDocument } from "../../catalog/plan-document.ts";
import { planInWords } from "../../catalog/plan-in-words.ts";
import { plansDeck } from "../../read/plan-deck/query.ts";
import { plansDetail, plansDocument, plansList } from "../../read/plans/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { askFor, figuresOf, fragment, isFragment, may, page, param, route } from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { firstAsked, quotedPrice } from "./plan-editor/asked.ts";
import { modeOptions } from "./plan-editor/choices.ts";
import { withAnyDeck } from "./plan-editor/present.ts";
import type { Price } from "./plan-price.ts";
import { rateText } from "./rate-text.ts";
import { seesAll, seesSeveral } from "./target-provider.ts";

export const plansPages = new Hono<AdminEnv>();

plansPages.get(
  "/plans",
  route({ permission: "plans:read" }, async (c) => {
    const { plans } = await askFor(c, plansList, { limit: 200 });
    const text = figuresOf(c);
    return page(c, {
      title: "Plans",
      section: "plans",
      view: "admin/plans/index",
      data: {
        several: seesSeveral(c),
        canWrite: may(c, "plans:write") && seesAll(c),
        canSimulate: may(c, "usage:read"),
        plans: plans.map((plan) => ({
          href: `/plans/${plan.planId}`,
          name: plan.name,
          code: plan.code,
          provider: plan.providerName,
          currency: plan.currency,
          version: plan.version === null ? "none in force" : `version ${plan.version}`,
          since: plan.validFrom === null ? "" : text.date(plan.validFrom),
          inForce: plan.version !== null,
          versions: plan.versions,
          draft: plan.draft === null ? "" : draftLabels[plan.draft],
        })),
      },
    });
  }),
);

export const draftLabels = { draft: "draft", preview: "draft in review" } as const;
export const versionTones = { "in force": "good", "to come": "info", superseded: "off" } as const;

export type PlanDetail = Awaited<ReturnType<typeof planOf>>;
export const planOf = (c: PageContext) => askFor(c, plansDetail, { planId: param(c, "id") });

plansPages.get(
  "/plans/:id{[0-9a-f-]{36}}",
  route({ permission: "plans:read" }, async (c) => {
    const plan = await planOf(c);
    const text = figuresOf(c);
    const wanted = c.req.query("version");
    const begun = plan.versions.find(({ state }) => state === "in force");
    const chosen = plan.versions.find(({ version }) => String(version) === wanted) ?? begun ?? plan.versions[0];
    const here = `/plans/${plan.planId}`;
    if (!chosen) return c.redirect(`${here}/review`, 303);
    const first = firstAsked(c.get("core").clock().toZonedDateTimeISO(text.zone));
    const asked = (name: "number" | "seconds" | "when") => c.req.query(name) ?? first[name];
    const query = { ...first, number: asked("number"), seconds: asked("seconds"), when: asked("when") };
    const part = c.req.header("hx-target") ?? "";
    const rates = () => deckShown(c, plan.planId, chosen.version, `${here}?version=${chosen.version}`);
    if (isFragment(c) && part.includes("rates")) return fragment(c, "admin/plans/_rates", await rates());
    const { price, document } = await priceOf(c, plan.planId, chosen.version, query, text);
    if (isFragment(c)) return fragment(c, "admin/plans/_price", { price });
    const rounding = (document.rounding ?? { mode: "half_up", decimals: 6 }) as { mode: string; decimals: number };
    return page(c, {
      title: plan.name,
      section: "plans",
      view: "admin/plans/show",
      data: {
        ...(await rates()),
        plan,
        here,
        provider: seesSeveral(c) ? plan.providerName : "",
        chosen: { version: chosen.version, from: text.dateTime(chosen.validFrom), published: text.dateTime(chosen.publishedAt) },
        rerateHref: may(c, "usage:rerate") ? rerateHref(plan, chosen, text) : null,
        versions: versionsShown(plan, text, chosen.version),
        draft: draftShown(plan, text),
        zone: typeof document.zone === "string" ? document.zone : "the provider’s",
        rounding: `${modeOptions.find(({ value }) => value === rounding.mode)?.label}, to ${rounding.decimals} decimals, once per call`,
        query,
        price,
        words: { sections: beyondTheDeck(document) },
        canWrite: may(c, "plans:write") && seesAll(c),
      },
    });
  }),
);

/** Where usage is rated again that came in before the version was published, and was charged by the one before it. */
function rerateHref(
  { planId }: PlanDetail,
  { version, validFrom, publishedAt }: PlanDetail["versions"][number],
  { zone }: FiguresText,
): string | null {
  if (version === 1 || Temporal.Instant.compare(validFrom, publishedAt) >= 0) return null;
  const from = Temporal.Instant.from(validFrom).toZonedDateTimeISO(zone).toPlainDate().toString();
  return `/reratings/new?${new URLSearchParams({ plan: planId, from })}`;
}

/** Versions with their states, newest first, each with the way to what it changed. */
export const versionsShown = ({ planId, versions }: PlanDetail, text: FiguresText, current?: number) =>
  versions.map(({ version, validFrom, validTo, state }, i) => ({
    version,
    label: `Version ${version}`,
    href: `/plans/${planId}?version=${version}`,
    from: text.dateTime(validFrom),
    to: validTo === null ? "" : text.dateTime(validTo),
    current: version === current,
    state,
    tone: versionTones[state],
    diff: versions[i + 1] ? `/plans/${planId}/diff?from=${versions[i + 1]!.version}&to=${version}` : "",
  }));

export function draftShown({ planId, draft }: PlanDetail, text: FiguresText) {
  if (!draft) return null;
  return {
    state: draft.state,
    label: draftLabels[draft.state],
    href: `/plans/${planId}/review`,
    saved: `${text.dateTime(draft.savedAt)} by ${draft.savedBy}`,
    revision: draft.revision,
  };
}

/** The price of a call on a version: only the rates that its number may match are read. */
async function priceOf(c: PageContext, planId: string, of: number, asked: ReturnType<typeof firstAsked>, text: FiguresText) {
  const { document } = await askFor(c, plansDocument, { planId, of, deck: "number", number: asked.number.slice(0, 40) });
  const parsed = parsePlanDocument(document);
  // A plan whose deck has nothing for the number is, without its deck, no whole plan.
  const none = [`No prefix of the plan is one of ${asked.number.replaceAll(/\D/g, "")}`];
  const price: Price = parsed.ok ? quotedPrice(parsed.plan, asked, text) : { kind: "refused", lines: none };
  return { price, document };
}

/** What the plan says beside its deck, in words. */
function beyondTheDeck({ rates: _, ...document }: Record<string, unknown>) {
  const parsed = parsePlanDocument(withAnyDeck({ document, kept: 1 }));
  return parsed.ok ? planInWords(parsed.plan).sections.filter(({ key }) => key !== "plan" && key !== "rates") : [];
}

/** What the partial `_rates` shows: rates of a version or draft in the order of prefixes, searched by name, prefix or number. */
export async function deckShown(c: PageContext, planId: string, of: number | "draft", here: string, day?: string) {
  const q = (c.req.query("q") ?? "").trim().slice(0, 100);
  const paging = pagingOf(c);
  const asked = { planId, of, search: q, limit: paging.limit, ...(paging.after === undefined ? {} : { after: paging.after }) };
  const deck = await askFor(c, plansDeck, { ...asked, ...(day === undefined ? {} : { day }) });
  const text = figuresOf(c);
  const rows = deck.rows.length;
  return {
    q,
    ratesHere: here,
    ratesTotal: text.count(deck.rates),
    match: deck.match && rateText(deck.match),
    isNumber: /^[\d\s+()-]+$/.test(q) && q !== "",
    rates: deck.rows.map(rateText),
    ratesPages: {
      label: "Pages of rates",
      text:
        rows === 0
          ? ""
          : `${text.count(paging.first)}–${text.count(paging.first + rows - 1)} of ${text.count(deck.found)} ${deck.found === 1 ? "rate" : "rates"}`,
      ...paging.linksOf(deck),
    },
  };
}
