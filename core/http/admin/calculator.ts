// The calculator: what any usage costs on a plan, with the reasons, by the functions of `mb quote` and of what is charged. Nothing is stored: all that is asked
// stands in the address.
import { Hono } from "hono";
import { ROOT_PROVIDER_ID } from "../../providers/tenants.ts";
import { quoteUsage } from "../../rating/quote-usage.ts";
import { WORLD } from "../../rating/traffic-classes.ts";
import { plansDetail, plansDocument, plansList } from "../../read/plans/query.ts";
import { shownQuote } from "./calculator/answer.ts";
import { askedOf, kinds, type Meant, meantBy } from "./calculator/asked.ts";
import { lineKinds } from "./calculator/month-lines.ts";
import { octetUnits } from "./calculator/octets.ts";
import { type Of, segmentsFor } from "./calculator/plan-asked.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, figuresOf, fragment, isFragment, page, providersOf, route, sessionOf } from "./frame.ts";
import { mistakeOf, placeInWords } from "./plan-editor/mistakes.ts";
import type { PlanDetail } from "./plans.ts";
import { seesSeveral } from "./target-provider.ts";
import { writesCommas } from "./typed-fields.ts";

export const calculatorPages = new Hono<AdminEnv>();

calculatorPages.get(
  "/calculator",
  route({ permission: "plans:read" }, async (c) => {
    const data = await shown(c);
    if (isFragment(c)) return fragment(c, "admin/calculator/_calculator", data);
    return page(c, { title: "Calculator", section: "calculator", view: "admin/calculator/index", data });
  }),
);

async function shown(c: PageContext) {
  const { plans } = await askFor(c, plansList, { limit: 200 });
  const chosen = plans.find(({ planId }) => planId === c.req.query("plan")) ?? plans.find(({ version }) => version !== null) ?? plans[0];
  if (!chosen) return { plans: [], plan: null };
  const plan = await askFor(c, plansDetail, { planId: chosen.planId });
  const of = ofAsked(plan, c.req.query("of"));
  const zones = await zonesOf(c, plan, of);
  const query = new URL(c.req.url).searchParams;
  const asked = askedOf(query, c.get("core").clock().toZonedDateTimeISO(zones.plan));
  const meant = meantBy(asked, zones.plan, writesCommas(c));
  const several = seesSeveral(c);
  return {
    plans: plans.map(({ planId, name, providerName }) => ({ value: planId, label: several ? `${name} · ${providerName}` : name })),
    plan: { planId: plan.planId, name: plan.name, currency: plan.currency },
    of: String(of),
    ofOptions: ofOptions(c, plan),
    zone: zones.plan,
    kinds: kinds.map(({ value, label }) => ({
      label,
      href: `/calculator?${new URLSearchParams({ plan: plan.planId, of: String(of), kind: value })}`,
      current: value === asked.kind,
    })),
    asked,
    // A field that nobody has seen yet is left in peace.
    errors: Object.fromEntries(Object.entries(meant.errors).filter(([field]) => query.has(field))),
    octetUnits,
    lineKinds,
    classes: [
      { value: "", label: "By the far end" },
      ...zones.classes.map(({ code, name = code }) => ({ value: code, label: name })),
      { value: WORLD, label: "None of these: the world" },
    ],
    ...(await answered(c, plan, of, zones.provider, meant)),
    json: JSON.stringify(meant.json, null, 2),
    command: commandFor(plan, of, zones.code),
  };
}

function ofAsked(plan: PlanDetail, text: string | undefined): Of {
  if (plan.versions.some(({ version }) => String(version) === text)) return Number(text);
  return plan.draft && (text === "draft" || plan.versions.length === 0) ? "draft" : "in force";
}

const ofOptions = (c: PageContext, { versions, draft }: PlanDetail) => [
  ...(versions.length > 0 ? [{ value: "in force", label: "The one in force on the day" }] : []),
  ...versions.map(({ version, validFrom }) => ({
    value: String(version),
    label: `Version ${version}, from ${figuresOf(c).date(validFrom)}`,
  })),
  ...(draft ? [{ value: "draft", label: "The draft" }] : []),
];

/** The provider's zone, and the plan's own if it has one, with its classes of traffic; the provider's code, unless it is the operator. */
async function zonesOf(c: PageContext, plan: PlanDetail, of: Of) {
  const owner = (await providersOf(c)).find(({ id }) => id === plan.providerId);
  const provider = owner?.zone ?? sessionOf(c).manager.zone;
  const code = owner && owner.id !== ROOT_PROVIDER_ID ? owner.code : undefined;
  if (plan.versions.length === 0 && !plan.draft) return { code, provider, plan: provider, classes: [] };
  const { document } = await askFor(c, plansDocument, { planId: plan.planId, ...(of === "in force" ? {} : { of }), deck: "none" });
  return { code, provider, plan: isZone(document.zone) ? document.zone : provider, classes: classesIn(document.trafficClasses) };
}

/** Of a draft, which may be half written, those that have a code. */
const classesIn = (written: unknown): readonly { readonly code: string; readonly name?: string }[] =>
  (Array.isArray(written) ? written : []).filter((one) => typeof one?.code === "string");

function isZone(zone: unknown): zone is string {
  try {
    return typeof zone === "string" && new Temporal.ZonedDateTime(0n, zone).timeZoneId !== "";
  } catch {
    return false;
  }
}

async function answered(c: PageContext, plan: PlanDetail, of: Of, zone: string, { document }: Meant) {
  if (!document) return { quote: null, problem: "" };
  if (plan.versions.length === 0 && !plan.draft) return { quote: null, problem: "The plan has no version yet." };
  const found = await segmentsFor(c, plan, of, document, zone);
  if (found.ok)
    return { quote: shownQuote(quoteUsage(found.segments, document, c.get("core").clock().epochMilliseconds), figuresOf(c)), problem: "" };
  const mistake = found.issue && mistakeOf(found.issue);
  return {
    quote: null,
    problem: `The draft isn’t complete: a price appears when it is.${mistake ? ` ${placeInWords(mistake.field)}: ${mistake.text}` : ""}`,
  };
}

/** What answers the same on the command line. */
function commandFor({ code, versions }: PlanDetail, of: Of, provider: string | undefined): string {
  if (of === "draft") return "npx mb quote --plan-file draft.json --usage usage.json";
  const at = versions.find(({ version }) => version === of)?.validFrom;
  return `npx mb quote --plan ${code}${provider ? ` --provider ${provider}` : ""}${at ? ` --at ${at}` : ""} --usage usage.json`;
}
