// A version of a plan in words: everything it says, on a page to be read and printed.
import { Hono } from "hono";
import { parsePlanDocument } from "../../catalog/plan-document.ts";
import { planInWords } from "../../catalog/plan-in-words.ts";
import { plansDetail, plansDocument } from "../../read/plans/query.ts";
import type { AdminEnv } from "./env.ts";
import { askFor, figuresOf, page, param, route } from "./frame.ts";
import { placeInWords } from "./plan-editor/mistakes.ts";
import { mistakesOf } from "./plan-editor/present.ts";

export const planWordsPages = new Hono<AdminEnv>();

planWordsPages.get(
  "/plans/:id{[0-9a-f-]{36}}/words",
  route({ permission: "plans:read" }, async (c) => {
    const planId = param(c, "id");
    const asked = c.req.query("of") ?? "";
    const of = asked === "draft" ? ("draft" as const) : /^\d{1,6}$/.test(asked) ? Number(asked) : undefined;
    const [plan, found] = [
      await askFor(c, plansDetail, { planId }),
      await askFor(c, plansDocument, { planId, ...(of === undefined ? {} : { of }) }),
    ];
    const parsed = parsePlanDocument(found.document);
    const version = plan.versions.find((one) => one.version === found.of);
    const text = figuresOf(c);
    return page(c, {
      title: `${plan.name} in words`,
      section: "plans",
      view: "admin/plans/words",
      data: {
        plan: { name: plan.name, code: plan.code, href: `/plans/${planId}` },
        which: version ? `Version ${version.version}, from ${text.dateTime(version.validFrom)}` : "Draft",
        words: parsed.ok ? planInWords(parsed.plan) : null,
        mistakes: parsed.ok
          ? []
          : mistakesOf(parsed.issues)
              .slice(0, 20)
              .map(({ field, text }) => ({ text: `${placeInWords(field)}: ${text}` })),
      },
    });
  }),
);
