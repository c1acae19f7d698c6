// What differs between two decks, as a page and as a spreadsheet; and the deck of one version or draft.
import { Hono } from "hono";
import { XLSX_TYPE } from "../../interchange/export-file.ts";
import { type Column, type Row, writeWorkbook } from "../../interchange/xlsx/workbook.ts";
import { DIFF_KINDS, type DiffKind } from "../../read/plan-deck/compare.ts";
import { type DiffRow, plansDiff } from "../../read/plan-deck/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { askFor, figuresOf, fragment, isFragment, may, page, route } from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { deckShown, type PlanDetail, planOf } from "./plans.ts";
import { termsText } from "./rate-text.ts";
import { seesAll } from "./target-provider.ts";

export const deckDiffPages = new Hono<AdminEnv>();

const id = "/plans/:id{[0-9a-f-]{36}}";
const kinds: Record<DiffKind, { label: string; tone: string }> = {
  added: { label: "added", tone: "info" },
  removed: { label: "removed", tone: "bad" },
  dearer: { label: "dearer", tone: "warn" },
  cheaper: { label: "cheaper", tone: "good" },
  changed: { label: "same price, other terms", tone: "off" },
  unchanged: { label: "unchanged", tone: "off" },
};

export const countsShown = (counts: Readonly<Record<DiffKind, number>>, text: FiguresText) =>
  DIFF_KINDS.map((kind) => ({ kind, label: kinds[kind].label, count: text.count(counts[kind]), some: counts[kind] > 0 }));

type Side = { readonly of: number | "draft"; readonly day?: string };

/** A version, the draft, or the draft on a day, as the address names it. */
function sideOf(c: PageContext, plan: PlanDetail, name: "from" | "to", otherwise: number | "draft"): Side {
  const asked = c.req.query(name) ?? "";
  const of =
    asked === "draft" && plan.draft ? "draft" : (plan.versions.find(({ version }) => String(version) === asked)?.version ?? otherwise);
  const day = c.req.query(`${name}Day`) ?? "";
  return of === "draft" && /^\d{4}-\d\d-\d\d$/.test(day) ? { of, day } : { of };
}

function sidesOf(c: PageContext, plan: PlanDetail) {
  const [latest, earlier] = plan.versions;
  const first = latest?.version ?? "draft";
  const to = sideOf(c, plan, "to", plan.draft ? "draft" : first);
  const from = sideOf(c, plan, "from", to.of === "draft" ? first : (earlier?.version ?? first));
  return { from, to };
}

function asked(c: PageContext, plan: PlanDetail) {
  const { from, to } = sidesOf(c, plan);
  const kind = DIFF_KINDS.find((known) => known === c.req.query("kind"));
  const q = (c.req.query("q") ?? "").trim().slice(0, 100);
  const input = {
    ...{ planId: plan.planId, from: from.of, to: to.of, search: q },
    ...(from.day ? { fromDay: from.day } : {}),
    ...(to.day ? { toDay: to.day } : {}),
    ...(kind ? { kind } : {}),
  };
  return { from, to, kind, q, input };
}

const sideName = ({ of, day }: Side, text: FiguresText) =>
  of === "draft" ? (day ? `the draft from ${text.date(day)}` : "the draft") : `version ${of}`;

const changeOf = ({ beforeMicros, afterMicros }: DiffRow, text: FiguresText): string =>
  beforeMicros === null || afterMicros === null || beforeMicros === afterMicros
    ? ""
    : beforeMicros === 0n
      ? "was free"
      : text.percent(afterMicros - beforeMicros, beforeMicros, true);

deckDiffPages.get(
  `${id}/diff`,
  route({ permission: "plans:read" }, async (c) => {
    const plan = await planOf(c);
    const text = figuresOf(c);
    const { from, to, kind, q, input } = asked(c, plan);
    const paging = pagingOf(c);
    const diff = await askFor(c, plansDiff, {
      ...input,
      limit: paging.limit,
      ...(paging.after === undefined ? {} : { after: paging.after }),
    });
    const here = (more: Record<string, string>) =>
      `/plans/${plan.planId}/diff?${new URLSearchParams({ ...sideParams("from", from), ...sideParams("to", to), ...more })}`;
    const rows = diff.rows.length;
    const data = {
      plan,
      q,
      kind: kind ?? "",
      fromName: sideName(from, text),
      toName: sideName(to, text),
      tabs: [
        { label: "All changes", href: here(q ? { q } : {}), current: kind === undefined },
        ...countsShown(diff.counts, text).map((one) => ({
          ...{ label: one.label, count: one.count, href: here({ kind: one.kind, ...(q ? { q } : {}) }), current: one.kind === kind },
        })),
      ],
      hidden: { ...sideParams("from", from), ...sideParams("to", to), ...(kind ? { kind } : {}) },
      download: `/plans/${plan.planId}/diff.xlsx?${here({ ...(kind ? { kind } : {}), ...(q ? { q } : {}) }).split("?")[1]}`,
      sides: sideChoices(plan),
      rows: diff.rows.map((row) => ({
        prefix: row.prefix,
        name: (row.after ?? row.before)!.destination,
        renamed: row.before && row.after && row.before.destination !== row.after.destination ? row.before.destination : "",
        pill: kinds[row.kind],
        before: row.beforeMicros === null ? "–" : text.amount(row.beforeMicros, plan.currency),
        after: row.afterMicros === null ? "–" : text.amount(row.afterMicros, plan.currency),
        change: changeOf(row, text),
        was: row.before ? termsText(row.before) : "",
        is: row.after ? termsText(row.after) : "",
      })),
      pages: {
        label: "Pages of lines",
        text: rows === 0 ? "" : `${text.count(paging.first)}–${text.count(paging.first + rows - 1)} of ${text.count(diff.found)} lines`,
        ...paging.linksOf(diff),
      },
    };
    if (isFragment(c)) return fragment(c, "admin/plans/_diff-rows", data);
    return page(c, { title: `Changes of ${plan.name}`, section: "plans", view: "admin/plans/diff", data });
  }),
);

const sideParams = (name: "from" | "to", { of, day }: Side): Record<string, string> => ({
  [name]: String(of),
  ...(day ? { [`${name}Day`]: day } : {}),
});

const sideChoices = (plan: PlanDetail) => [
  ...(plan.draft ? [{ value: "draft", label: "Draft" }] : []),
  ...plan.versions.map(({ version, state }) => ({ value: String(version), label: `Version ${version}, ${state}` })),
];

const columns: readonly Column[] = [
  { header: "Prefix", kind: "text", width: 14 },
  { header: "Destination", kind: "text", width: 32 },
  { header: "Change", kind: "text", width: 22 },
  { header: "60 s before", kind: "money", width: 14 },
  { header: "60 s after", kind: "money", width: 14 },
  { header: "Percent", kind: "text", width: 12 },
  { header: "Terms before", kind: "text", width: 50 },
  { header: "Terms after", kind: "text", width: 50 },
];

deckDiffPages.get(
  `${id}/diff.xlsx`,
  route({ permission: "plans:read" }, async (c) => {
    const plan = await planOf(c);
    const text = figuresOf(c);
    const { from, to, input } = asked(c, plan);
    async function* lines(): AsyncGenerator<Row[]> {
      for (let after: string | null | undefined; after !== null; ) {
        const { rows, next } = await askFor(c, plansDiff, { ...input, limit: 5000, ...(after === undefined ? {} : { after }) });
        yield rows.map(
          (row): Row => [
            ...[row.prefix, (row.after ?? row.before)!.destination, kinds[row.kind].label, row.beforeMicros, row.afterMicros],
            ...[changeOf(row, text), row.before ? termsText(row.before) : null, row.after ? termsText(row.after) : null],
          ],
        );
        after = next;
      }
    }
    const about: readonly Row[] = [
      ["Plan", plan.name],
      ["Compared", `${sideName(from, text)} with ${sideName(to, text)}`],
      ["How", "By what a call of 60 s outside time bands costs, before the plan’s rounding"],
    ];
    const file = await writeWorkbook([
      { name: "Changes", columns, rows: lines() },
      {
        name: "About",
        columns: [
          { header: "What", kind: "text", width: 20 },
          { header: "Value", kind: "text", width: 60 },
        ],
        rows: [about],
      },
    ]);
    const name = `${plan.code.replaceAll(/[^\w.-]/g, "_")}-${from.of}-${to.of}.xlsx`;
    return new Response(new Uint8Array(file), {
      headers: { "content-type": XLSX_TYPE, "content-disposition": `attachment; filename="${name}"`, "cache-control": "no-store" },
    });
  }),
);

deckDiffPages.get(
  `${id}/deck`,
  route({ permission: "plans:read" }, async (c) => {
    const plan = await planOf(c);
    const text = figuresOf(c);
    const name = c.req.query("of") ?? "";
    const latest = plan.versions.find(({ state }) => state === "in force")?.version ?? plan.versions[0]?.version ?? "draft";
    const of =
      name === "draft" && plan.draft ? "draft" : (plan.versions.find(({ version }) => String(version) === name)?.version ?? latest);
    const day = of === "draft" ? plan.draft?.days.find(({ from }) => from === c.req.query("day"))?.from : undefined;
    const at = (side: number | "draft", on?: string) => `/plans/${plan.planId}/deck?of=${side}${on ? `&day=${on}` : ""}`;
    const data = await deckShown(c, plan.planId, of, at(of, day), day);
    if (isFragment(c)) return fragment(c, "admin/plans/_rates", data);
    return page(c, {
      title: `Deck of ${plan.name}`,
      section: "plans",
      view: "admin/plans/deck",
      data: {
        ...data,
        plan,
        of,
        day: day ?? "",
        name: sideName({ of, ...(day ? { day } : {}) }, text),
        choices: [
          ...(plan.draft ? [{ label: "Draft", href: at("draft"), current: of === "draft" && !day }] : []),
          ...(plan.draft?.days.map(({ from }) => ({
            label: `Draft, ${text.date(from)}`,
            href: at("draft", from),
            current: day === from,
          })) ?? []),
          ...plan.versions.slice(0, 6).map(({ version }) => ({ label: `Version ${version}`, href: at(version), current: version === of })),
        ],
        canImport: plan.draft?.state === "draft" && may(c, "plans:write") && seesAll(c),
      },
    });
  }),
);
