// A plan as a form: rows of text fields on one side, the plan's document on the other. What was typed is kept as text, right or wrong.
import { MAX_STEPS, PLAN_SCHEMA_ID, type PlanDocument } from "../../catalog/plan-document.ts";
import { ROUNDING_MODES } from "../../kernel/rational.ts";
import { amountTyped } from "./typed-fields.ts";

export type StepRow = { fromSec: string; price: string; perSec: string; incrementSec: string };
export type RateRow = { prefix: string; destination: string; connectFee: string; minimumCharge: string; freeSec: string; steps: StepRow[] };
export type PlanForm = { name: string; currency: string; zone: string; decimals: string; mode: string; rates: RateRow[] };

/** More rates than this are edited as JSON: a form of thousands of fields helps nobody. */
export const MOST_ROWS = 60;

export const modeOptions = ROUNDING_MODES.map((mode) => ({
  value: mode,
  label: { half_up: "Half up", half_even: "Half to even", up: "Up", down: "Down" }[mode],
}));

const newStep = (): StepRow => ({ fromSec: "0", price: "", perSec: "60", incrementSec: "60" });
export const newRate = (): RateRow => ({ prefix: "", destination: "", connectFee: "", minimumCharge: "", freeSec: "", steps: [newStep()] });

const rateKey = /^rates\.(\d{1,4})\.(prefix|destination|connectFee|minimumCharge|freeSec)$/;
const stepKey = /^rates\.(\d{1,4})\.steps\.(\d{1,2})\.(fromSec|price|perSec|incrementSec)$/;

/** Rows are numbered anew in their order, so that issues of the document point at the fields that are shown. */
export function planFormOf(fields: URLSearchParams): PlanForm {
  const rates = new Map<number, RateRow & { byNumber: Map<number, StepRow> }>();
  const rateAt = (n: number) => {
    const known = rates.get(n) ?? { ...newRate(), steps: [], byNumber: new Map<number, StepRow>() };
    rates.set(n, known);
    return known;
  };
  for (const [key, value] of fields) {
    const text = value.trim();
    const rate = rateKey.exec(key);
    if (rate) rateAt(Number(rate[1]))[rate[2] as "prefix"] = text;
    const step = stepKey.exec(key);
    if (!step) continue;
    const { byNumber } = rateAt(Number(step[1]));
    const row = byNumber.get(Number(step[2])) ?? { fromSec: "", price: "", perSec: "", incrementSec: "" };
    row[step[3] as "price"] = text;
    byNumber.set(Number(step[2]), row);
  }
  const inOrder = <T>(map: Map<number, T>) => [...map].sort(([a], [b]) => a - b).map(([, row]) => row);
  const get = (name: string) => (fields.get(name) ?? "").trim();
  return {
    name: get("name"),
    currency: get("currency"),
    zone: get("zone"),
    decimals: get("decimals"),
    mode: get("mode"),
    rates: inOrder(rates).map(({ byNumber, ...row }) => ({ ...row, steps: inOrder(byNumber) })),
  };
}

/** "add-rate", "remove-rate.3", "add-step.3", "remove-step.3.1": the buttons beside the rows. */
export function edited(form: PlanForm, action: string): PlanForm {
  const [verb, rate = -1, step = -1] = action.split(".").map((part, i) => (i === 0 ? part : Number(part))) as [string, number?, number?];
  const onRate = (change: (row: RateRow) => RateRow) => ({ ...form, rates: form.rates.map((row, i) => (i === rate ? change(row) : row)) });
  switch (verb) {
    case "add-rate":
      return form.rates.length < MOST_ROWS ? { ...form, rates: [...form.rates, newRate()] } : form;
    case "remove-rate":
      return { ...form, rates: form.rates.filter((_, i) => i !== rate) };
    case "add-step":
      return onRate((row) =>
        row.steps.length < MAX_STEPS
          ? { ...row, steps: [...row.steps, { ...newStep(), fromSec: row.steps.length === 0 ? "0" : "" }] }
          : row,
      );
    case "remove-step":
      return onRate((row) => ({ ...row, steps: row.steps.filter((_, i) => i !== step) }));
    default:
      return form;
  }
}

/** What isn't a whole number stays text, so that the document's own check says so. */
const whole = (text: string): number | string => (/^\d{1,9}$/.test(text) ? Number(text) : text);
const optional = <K extends string, T>(key: K, text: string, value: T) => (text === "" ? {} : ({ [key]: value } as Record<K, T>));

/** The document that the fields describe; not checked. `commas`: prices are typed like 0,40. */
export function documentOf(form: PlanForm, commas = false): Record<string, unknown> {
  const decimal = (text: string) => amountTyped(text, commas);
  return {
    schema: PLAN_SCHEMA_ID,
    kind: "telephone",
    name: form.name,
    currency: form.currency,
    ...optional("zone", form.zone, form.zone),
    rounding: { decimals: whole(form.decimals), mode: form.mode },
    rates: form.rates.map((rate) => ({
      prefix: rate.prefix.replaceAll(/[\s+()-]/g, ""),
      destination: rate.destination,
      ...optional("connectFee", rate.connectFee, decimal(rate.connectFee)),
      ...optional("minimumCharge", rate.minimumCharge, decimal(rate.minimumCharge)),
      ...optional("freeSec", rate.freeSec, whole(rate.freeSec)),
      steps: rate.steps.map((step) => ({
        fromSec: whole(step.fromSec),
        price: decimal(step.price),
        perSec: whole(step.perSec),
        incrementSec: whole(step.incrementSec),
      })),
    })),
  };
}

export function formOf(plan: PlanDocument): PlanForm {
  return {
    name: plan.name,
    currency: plan.currency,
    zone: plan.zone ?? "",
    decimals: String(plan.rounding.decimals),
    mode: plan.rounding.mode,
    rates: plan.rates.map((rate) => ({
      prefix: rate.prefix,
      destination: rate.destination,
      connectFee: rate.connectFee === "0" ? "" : rate.connectFee,
      minimumCharge: rate.minimumCharge ?? "",
      freeSec: rate.freeSec === undefined ? "" : String(rate.freeSec),
      steps: rate.steps.map(({ fromSec, price, perSec, incrementSec }) => ({
        fromSec: String(fromSec),
        price,
        perSec: String(perSec),
        incrementSec: String(incrementSec),
      })),
    })),
  };
}

/** JSON as pasted, or the reason why it is none. */
export function parsedJson(
  text: string,
): { readonly ok: true; readonly value: Record<string, unknown> } | { readonly ok: false; readonly message: string } {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ok: true, value: value as Record<string, unknown> };
    return { ok: false, message: "A plan is a JSON object: it begins with {." };
  } catch (error) {
    return { ok: false, message: `This isn’t valid JSON: ${(error as Error).message}.` };
  }
}

/** `document.rates[3].steps[0].price` → `rates.3.steps.0.price`, the name of the field. */
export const fieldOf = (path: string): string => {
  const field = path.replace(/^document\.?/, "").replaceAll(/\[(\d+)\]/g, ".$1");
  return { "rounding.decimals": "decimals", "rounding.mode": "mode" }[field] ?? field;
};

/** "Rate 4, step 1, price": where a mistake is, for the list at the top. */
export function placeOf(field: string): string {
  const names: Record<string, string> = {
    prefix: "prefix",
    destination: "destination",
    connectFee: "connect fee",
    minimumCharge: "least charge",
    freeSec: "free seconds",
    fromSec: "from second",
    price: "price",
    perSec: "per",
    incrementSec: "billed by",
    decimals: "Decimals",
    validFrom: "In force from",
    code: "Code",
    name: "Name",
    currency: "Currency",
    zone: "Time zone",
  };
  const match = /^rates\.(\d+)(?:\.steps\.(\d+))?(?:\.(\w+))?$/.exec(field);
  if (!match) return names[field] ?? field;
  const [, rate, step, name] = match;
  return [
    `Rate ${Number(rate) + 1}`,
    ...(step === undefined ? [] : [`step ${Number(step) + 1}`]),
    ...(name ? [names[name] ?? name] : []),
  ].join(", ");
}
