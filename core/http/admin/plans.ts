// Plans: the list, and one plan with its versions, its rates and what a call would cost on it.
import { Hono } from "hono";
import { type PlanRate, parsePlanDocument } from "../../catalog/plan-document.ts";
import { plansDetail, plansList } from "../../read/plans/query.ts";
import type { AdminEnv } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { askFor, figuresOf, fragment, isFragment, may, page, param, route } from "./frame.ts";
import { modeOptions } from "./plan-form.ts";
import { firstTry, priceOn } from "./plan-price.ts";
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
        })),
      },
    });
  }),
);

const RATES_PER_PAGE = 100;

plansPages.get(
  "/plans/:id{[0-9a-f-]{36}}",
  route({ permission: "plans:read" }, async (c) => {
    const plan = await askFor(c, plansDetail, { planId: param(c, "id") });
    const text = figuresOf(c);
    const now = c.get("core").clock();
    const begun = plan.versions.find(({ validFrom }) => Temporal.Instant.compare(Temporal.Instant.from(validFrom), now) <= 0);
    const chosen = plan.versions.find(({ version }) => String(version) === c.req.query("version")) ?? begun ?? plan.versions[0]!;
    const parsed = parsePlanDocument(chosen.document);
    if (!parsed.ok) throw new Error(`Version ${chosen.version} of plan ${plan.planId} can't be read.`);
    const here = `/plans/${plan.planId}`;
    const query = {
      q: (c.req.query("q") ?? "").trim().slice(0, 100),
      number: c.req.query("number") ?? firstTry.number,
      seconds: c.req.query("seconds") ?? firstTry.seconds,
    };
    const rates = ratesData(parsed.plan.rates, query.q, Number(c.req.query("page") ?? "1"), `${here}?version=${chosen.version}`, text);
    const part = c.req.header("hx-target") ?? "";
    if (isFragment(c) && part.includes("rates")) return fragment(c, "admin/plans/_rates", rates);
    const price = priceOn(chosen.document, query, text);
    if (isFragment(c)) return fragment(c, "admin/plans/_price", { price });
    const { rounding } = parsed.plan;
    return page(c, {
      title: plan.name,
      section: "plans",
      view: "admin/plans/show",
      data: {
        ...rates,
        plan,
        here,
        provider: seesSeveral(c) ? plan.providerName : "",
        chosen: { version: chosen.version, from: text.dateTime(chosen.validFrom), published: text.dateTime(chosen.publishedAt) },
        versions: plan.versions.map(({ version, validFrom }) => ({
          label: `Version ${version}`,
          href: `${here}?version=${version}`,
          from: text.dateTime(validFrom),
          current: version === chosen.version,
          state: version === begun?.version ? "in force" : begun && version < begun.version ? "past" : "to come",
        })),
        zone: parsed.plan.zone ?? "none",
        rounding: `${modeOptions.find(({ value }) => value === rounding.mode)?.label}, to ${rounding.decimals} decimals, once per call`,
        query,
        price,
        canWrite: may(c, "plans:write") && seesAll(c),
      },
    });
  }),
);

function ratesData(rates: readonly PlanRate[], q: string, asked: number, here: string, text: FiguresText) {
  const digits = q.replaceAll(/[\s+()-]/g, "");
  const words = q.toLowerCase();
  // Digits find both what begins with them and, when they are a whole number, the prefixes that it would match.
  const matches = (rate: PlanRate) =>
    q === "" ||
    (/^\d+$/.test(digits)
      ? rate.prefix.startsWith(digits) || (rate.prefix !== "" && digits.startsWith(rate.prefix))
      : rate.destination.toLowerCase().includes(words));
  const found = rates.filter(matches).sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  const last = Math.max(1, Math.ceil(found.length / RATES_PER_PAGE));
  const number = Math.min(last, Math.max(1, Number.isInteger(asked) ? asked : 1));
  const start = (number - 1) * RATES_PER_PAGE;
  const href = (n: number) => `${here}${q ? `&q=${encodeURIComponent(q)}` : ""}&page=${n}`;
  return {
    q,
    ratesHere: here,
    rates: found.slice(start, start + RATES_PER_PAGE).map((rate) => ({
      prefix: rate.prefix,
      destination: rate.destination,
      connectFee: rate.connectFee === "0" ? "–" : rate.connectFee,
      notes: [
        ...(rate.minimumCharge ? [`at least ${rate.minimumCharge}`] : []),
        ...(rate.freeSec ? [`free up to ${rate.freeSec} s`] : []),
      ].join(", "),
      steps: rate.steps.map(
        (step, i) =>
          `${whenText(step.fromSec, rate.steps[i + 1]?.fromSec)}${step.price} per ${perText(step.perSec)}, billed by ${step.incrementSec} s`,
      ),
    })),
    ratesPages: {
      label: "Pages of rates",
      text:
        found.length === 0
          ? ""
          : `${text.count(start + 1)}–${text.count(Math.min(found.length, start + RATES_PER_PAGE))} of ${text.count(found.length)} ${found.length === 1 ? "rate" : "rates"}`,
      ...(number > 1 ? { previous: href(number - 1) } : {}),
      ...(number < last ? { next: href(number + 1) } : {}),
    },
  };
}

/** "" for the only step, "first 30 s: ", "from 30 s: ". */
const whenText = (from: number, next: number | undefined) =>
  from > 0 ? `from ${from} s: ` : next === undefined ? "" : `first ${next} s: `;

const perText = (seconds: number) => (seconds === 60 ? "minute" : seconds === 1 ? "second" : `${seconds} s`);
