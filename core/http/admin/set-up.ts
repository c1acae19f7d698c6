// The first run: whoever has the one-time link names the operator and the first administrator, and is signed in.
import { Hono } from "hono";
import { render } from "../../../views/render.ts";
import { passwordBits, passwordProblems } from "../../auth/password-strength.ts";
import { openSession } from "../../auth/session.ts";
import { runSetUp } from "../../auth/set-up.ts";
import { checkSetupToken } from "../../auth/setup-link.ts";
import { refuse } from "../../kernel/errors.ts";
import { isSetUp } from "../../providers/tenants.ts";
import { dropCookie, setFlash, writeCookie } from "./cookies.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { errorPage } from "./errors.ts";
import { type FormErrors, formErrors, noErrors, posted, route, statusOf } from "./frame.ts";
import { plainPage } from "./plain-page.ts";
import { currencyOptions, localeOptions, suggestedCode, zoneOptions } from "./regions.ts";

export const setUpPages = new Hono<AdminEnv>();

const fields = ["operator", "code", "currency", "zone", "locale", "name", "login"] as const;
type Values = Record<(typeof fields)[number], string>;

const empty: Values = { operator: "", code: "", currency: "UAH", zone: "Europe/Kyiv", locale: "uk-UA", name: "", login: "" };

const fieldNames = {
  "operator.name": "operator",
  "operator.code": "code",
  "operator.currency": "currency",
  "operator.zone": "zone",
  "operator.locale": "locale",
  "administrator.name": "name",
  "administrator.login": "login",
  "administrator.password": "password",
};
const labels = {
  operator: "Name of the provider",
  code: "Short code",
  currency: "Currency",
  zone: "Time zone",
  locale: "Numbers and dates",
  name: "Your name",
  login: "E-mail",
  password: "Password",
};

function form(
  c: PageContext,
  token: string,
  values: Values,
  errors: FormErrors = noErrors,
  status = 200,
  strength: Strength | null = null,
) {
  return plainPage(
    c,
    "admin/set-up/form",
    {
      title: "Set up MediaBilling",
      lead: "Name the provider and yourself. Then load the demo, or begin with your own data.",
      wide: true,
      token,
      values,
      errors,
      strength,
      code: suggestedCode(values.operator),
      currencies: currencyOptions,
      zones: zoneOptions(c.get("core").clock()),
      locales: localeOptions,
    },
    status,
  );
}

setUpPages.get(
  "/setup",
  route({ permission: "open" }, async (c) => {
    const { db } = c.get("core");
    const token = c.req.query("token") ?? "";
    if (await isSetUp(db)) return c.redirect("/", 303);
    if (token === "")
      return plainPage(c, "admin/set-up/link", {
        title: "Nearly there",
        lead: "This installation has no operator yet. Open the one-time link that the server printed when it started.",
      });
    if (!(await checkSetupToken(db, token))) return errorPage(c, refuse("setup_link_invalid"));
    return form(c, token, empty);
  }),
);

/** While somebody types: how strong the password is, and which code the name would give. */
setUpPages.post(
  "/setup/password",
  route({ permission: "open" }, (c) => c.html(render("admin/set-up/_strength", { strength: strengthOf(c) }))),
);
setUpPages.post(
  "/setup/code",
  route({ permission: "open" }, (c) => c.html(render("admin/set-up/_code", { code: suggestedCode(posted(c, "operator").slice(0, 200)) }))),
);

type Strength = { readonly percent: number; readonly tone: "good" | "warn" | "bad"; readonly label: string; readonly text: string };

const ENOUGH_BITS = 40;
const GREAT_BITS = 70;
/** Estimating takes time with the length, and nobody is signed in yet. */
const MOST_CHARS = 200;

function strengthOf(c: PageContext): Strength | null {
  const password = (c.get("form").get("password") ?? "").slice(0, MOST_CHARS);
  if (password === "") return null;
  const problems = passwordProblems(password, { login: posted(c, "login"), name: posted(c, "name") });
  const bits = passwordBits(password);
  const percent = Math.max(4, Math.min(100, Math.trunc((bits * 100) / GREAT_BITS)));
  const weakPercent = Math.min(percent, Math.trunc((ENOUGH_BITS * 100) / GREAT_BITS) - 5);
  if (problems.length > 0) return { percent: weakPercent, tone: "bad", label: "Too easy to guess", text: problems.join(" ") };
  return bits < GREAT_BITS
    ? { percent, tone: "warn", label: "Good enough", text: "" }
    : { percent, tone: "good", label: "Strong", text: "" };
}

setUpPages.post(
  "/setup",
  route({ permission: "open" }, async (c) => {
    const core = c.get("core");
    const token = posted(c, "token");
    const values = Object.fromEntries(fields.map((field) => [field, posted(c, field)])) as Values;
    const password = c.get("form").get("password") ?? "";
    const outcome = await runSetUp(core, {
      setupToken: token,
      operator: {
        code: values.code || suggestedCode(values.operator),
        name: values.operator,
        currency: values.currency,
        zone: values.zone,
        locale: values.locale,
      },
      administrator: { name: values.name, login: values.login, password },
    });
    if (!outcome.ok) {
      if (outcome.code === "already_set_up") return c.redirect("/", 303);
      if (outcome.code === "setup_link_invalid") return errorPage(c, outcome);
      return form(c, token, values, formErrors(outcome, fieldNames, labels), statusOf(outcome), strengthOf(c));
    }
    const session = await openSession(core, outcome.value.providerId, outcome.value.managerId);
    writeCookie(c, "mb_session", session.cookie);
    dropCookie(c, "mb_csrf");
    setFlash(c, { tone: "good", text: `${values.operator} is set up, and you are its administrator.` });
    return c.redirect("/", 303);
  }),
);
