// The credit policy as a form in plain words: what is typed becomes the document that the command takes, and back.
import { Hono } from "hono";
import { type PolicyInput, suggestedPolicy } from "../../credit/control/policy.ts";
import { previewPolicy } from "../../credit/control/preview-policy.ts";
import { setPolicy } from "../../credit/control/set-policy.ts";
import { moneyStates } from "../../credit/control/states.ts";
import { creditPolicy } from "../../read/credit/query.ts";
import { statePills } from "./credit-words.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, done, type FormErrors, figuresOf, formErrors, may, noErrors, page, posted, route, run, statusOf } from "./frame.ts";
import { refuseHidden } from "./settle.ts";
import { targetOf } from "./target-provider.ts";
import { amountTyped, writesCommas } from "./typed-fields.ts";

export const creditPolicyPages = new Hono<AdminEnv>();

type Values = Record<string, string>;
const kinds = ["prepaid", "postpaid"] as const;
const ruled = moneyStates.filter((state) => state !== "active");
type Rule = { when?: { by: string; enter: string | number; leave: string | number } | null; owedDays?: number | null } | null;

/** The document as fields of the form. */
function valuesOf(document: PolicyInput): Values {
  const text = (value: unknown) => (value === undefined || value === null ? "" : String(value));
  const values: Values = {};
  for (const kind of kinds)
    for (const state of ruled) {
      const rule = document[kind]?.[state] as Rule | undefined;
      const name = `${kind}.${state}`;
      values[`${name}.by`] = rule?.when?.by ?? "";
      values[`${name}.enter`] = text(rule?.when?.enter);
      values[`${name}.leave`] = text(rule?.when?.leave);
      values[`${name}.owedDays`] = text(rule?.owedDays);
    }
  const { calm, goodPayer, notices, promise, suspension } = document;
  return {
    ...values,
    "calm.night.from": text(calm?.night?.from),
    "calm.night.to": text(calm?.night?.to),
    "calm.weekends": calm?.weekends ? "on" : "",
    "calm.holidays.country": text(calm?.holidays?.country),
    "notices.quiet.from": text(notices?.quiet?.from),
    "notices.quiet.to": text(notices?.quiet?.to),
    "notices.repeatAfterHours": text(notices?.repeatAfterHours ?? 72),
    "goodPayer.months": text(goodPayer?.months),
    "goodPayer.payments": text(goodPayer?.payments),
    "goodPayer.extraDays": text(goodPayer?.extraDays),
    terminateAfterDays: text(document.terminateAfterDays),
    speedDays: text(document.speedDays ?? 7),
    ...Object.fromEntries(
      ["most", "mostDays", "everyDays", "minAgeDays", "afterBrokenDays"].map((key) => [`promise.${key}`, text(promise?.[key as "most"])]),
    ),
    "promise.portal": promise && promise.portal !== false ? "on" : "",
    ...Object.fromEntries(
      ["timesPerYear", "leastDays", "mostDays", "fee"].map((key) => [`suspension.${key}`, text(suspension?.[key as "fee"])]),
    ),
    "suspension.portal": suspension && suspension.portal !== false ? "on" : "",
  };
}

/** The form's fields as a document. What can't be read stays as it was typed: the command says what is wrong with it. */
function documentOf(values: Values, before: PolicyInput | null, commas: boolean): PolicyInput {
  const at = (name: string) => values[name] ?? "";
  const number = (name: string) => (at(name) === "" ? undefined : /^\d{1,9}$/.test(at(name)) ? Number(at(name)) : at(name));
  const amount = (name: string) => (at(name) === "" ? undefined : amountTyped(at(name), commas));
  const some = (prefix: string) =>
    Object.keys(values).some((name) => name.startsWith(prefix) && !name.endsWith("portal") && values[name] !== "");
  const hours = (prefix: string) => (some(prefix) ? { from: at(`${prefix}.from`), to: at(`${prefix}.to`) } : null);
  const rule = (name: string) => {
    const by = at(`${name}.by`);
    const figure = by === "left" ? amount : number;
    const when = by === "" ? null : { by, enter: figure(`${name}.enter`), leave: figure(`${name}.leave`) };
    const owedDays = number(`${name}.owedDays`) ?? null;
    return when === null && owedDays === null ? null : { when, owedDays };
  };
  const rules = (kind: string) => Object.fromEntries(ruled.map((state) => [state, rule(`${kind}.${state}`)]));
  return {
    prepaid: rules("prepaid"),
    postpaid: rules("postpaid"),
    groups: before?.groups ?? [],
    calm: {
      night: hours("calm.night"),
      weekends: at("calm.weekends") !== "",
      holidays:
        at("calm.holidays.country") === "" ? null : { ...before?.calm?.holidays, country: at("calm.holidays.country").toUpperCase() },
    },
    goodPayer: some("goodPayer.")
      ? { months: number("goodPayer.months"), payments: number("goodPayer.payments"), extraDays: number("goodPayer.extraDays") }
      : null,
    terminateAfterDays: number("terminateAfterDays") ?? null,
    ...(at("speedDays") === "" ? {} : { speedDays: number("speedDays") }),
    notices: {
      ...(at("notices.repeatAfterHours") === "" ? {} : { repeatAfterHours: number("notices.repeatAfterHours") }),
      quiet: hours("notices.quiet"),
    },
    promise: some("promise.")
      ? {
          ...{ most: amount("promise.most"), mostDays: number("promise.mostDays"), everyDays: number("promise.everyDays") },
          ...{
            minAgeDays: number("promise.minAgeDays"),
            afterBrokenDays: number("promise.afterBrokenDays"),
            portal: at("promise.portal") !== "",
          },
        }
      : null,
    suspension: some("suspension.")
      ? {
          ...{
            timesPerYear: number("suspension.timesPerYear"),
            leastDays: number("suspension.leastDays"),
            mostDays: number("suspension.mostDays"),
          },
          ...{ fee: amount("suspension.fee") ?? "0", portal: at("suspension.portal") !== "" },
        }
      : null,
  } as PolicyInput;
}

const titles = { warned: "Warn", limited: "Limit the speed", blocked: "Block" } as const;
const forms = [
  { kind: "prepaid", title: "Accounts that pay before" },
  { kind: "postpaid", title: "Accounts that pay afterwards" },
] as const;

async function policyForm(
  c: PageContext,
  values: Values | undefined,
  errors: FormErrors = noErrors,
  preview: object | null = null,
  status = 200,
) {
  const { provider, choices } = await targetOf(c);
  const { document, versions } = await askFor(c, creditPolicy, { providerId: provider.id });
  const text = figuresOf(c);
  return page(c, {
    title: "Credit policy",
    section: "credit",
    view: "admin/credit/policy",
    status,
    data: {
      values: values ?? valuesOf((document as PolicyInput | null) ?? suggestedPolicy),
      none: document === null,
      version: versions[0]?.version ?? 0,
      groups: ((document as PolicyInput | null)?.groups ?? []).length,
      versions: versions.map((one) => ({ version: one.version, when: text.dateTime(one.setAt), by: one.setBy, why: one.why })),
      forms: forms.map(({ kind, title }) => ({
        title,
        kind,
        rules: ruled.map((state) => ({ name: `${kind}.${state}`, title: titles[state] })),
      })),
      errors,
      preview,
      provider: provider.id,
      providers: choices,
      currency: provider.currency,
      canSet: may(c, "credit:control"),
    },
  });
}

creditPolicyPages.get(
  "/credit/policy",
  route({ permission: "credit:read" }, (c) => policyForm(c, undefined)),
);

creditPolicyPages.post(
  "/credit/policy",
  route({ permission: "credit:control" }, async (c) => {
    const { provider } = await targetOf(c);
    const { document: before } = await askFor(c, creditPolicy, { providerId: provider.id });
    const values = Object.fromEntries(Object.keys(valuesOf(suggestedPolicy)).map((name) => [name, posted(c, name)]));
    const document = documentOf(values, before as PolicyInput | null, writesCommas(c));
    const options = { providerId: provider.id };
    const wrong = (outcome: { ok: false; code: "invalid_input" }) => {
      refuseHidden(outcome);
      const refusal = { ...outcome, issues: shorter((outcome as { issues?: { path: string; message: string }[] }).issues ?? []) };
      return policyForm(c, values, formErrors(refusal, {}, labels), null, statusOf(outcome));
    };
    if (posted(c, "do") === "preview") {
      const outcome = await run(c, previewPolicy, { document }, options);
      return outcome.ok ? policyForm(c, values, noErrors, shownPreview(outcome.value, figuresOf(c))) : wrong(outcome as never);
    }
    const outcome = await run(
      c,
      setPolicy,
      { document, version: Number(posted(c, "version")) || 0, ...(posted(c, "why") ? { why: posted(c, "why") } : {}) },
      options,
    );
    return outcome.ok ? done(c, "/credit", "The policy holds. Every account is being looked at again.") : wrong(outcome as never);
  }),
);

/** "document.prepaid.blocked.when.leave" is the field "prepaid.blocked.leave". */
const shorter = (issues: readonly { path: string; message: string }[]) =>
  issues.map((one) => ({ ...one, path: one.path.replace(/^document\./, "").replace(/\.when\b/, "") }));

const labels = Object.fromEntries(
  forms.flatMap(({ kind, title }) =>
    ruled.flatMap((state) =>
      ["by", "enter", "leave", "owedDays"].map((part) => [`${kind}.${state}.${part}`, `${title}, ${titles[state]}`]),
    ),
  ),
);

type Preview = {
  accounts: number;
  moves: readonly { from: keyof typeof statePills; to: keyof typeof statePills; accounts: number }[];
  first: readonly {
    accountId: string;
    number: string;
    currency: string;
    from: keyof typeof statePills;
    to: keyof typeof statePills;
    balanceMicros: bigint;
  }[];
};

const shownPreview = ({ accounts, moves, first }: Preview, text: ReturnType<typeof figuresOf>) => ({
  accounts: text.count(accounts),
  moves: moves.map((one) => ({ from: statePills[one.from], to: statePills[one.to], accounts: text.count(one.accounts) })),
  first: first.map((one) => ({
    href: `/accounts/${one.accountId}/credit`,
    number: one.number,
    from: statePills[one.from],
    to: statePills[one.to],
    balance: text.money(one.balanceMicros, one.currency),
  })),
});
