// What stands in place of a form that is not open: the section's or item's meaning in words, as far as it is written.
import * as v from "valibot";
import { bands, holidays } from "../../../catalog/document/calendar.ts";
import { type Bundle, minimum, type UsageComponent } from "../../../catalog/document/components.ts";
import { billing, type Discount, type Fee, taxes } from "../../../catalog/document/fees.ts";
import type { PlanRate } from "../../../catalog/document/rates.ts";
import type { TrafficClass } from "../../../catalog/document/usage.ts";
import { PLAN_KINDS, type PlanDocument } from "../../../catalog/plan-document.ts";
import { destinationOf, kindInWords, planNames, rateInWords } from "../../../catalog/plan-in-words.ts";
import { capital } from "../../../catalog/words/amounts.ts";
import { bandInWords, bandName, holidaysInWords } from "../../../catalog/words/calendar.ts";
import { billingInWords, discountInWords, feeInWords, minimumInWords, taxesInWords } from "../../../catalog/words/fees.ts";
import { bundleInWords, classInWords, componentInWords } from "../../../catalog/words/usage.ts";
import { isObject, itemsAt, type Json, type RawDocument, valueAt } from "./raw-document.ts";
import type { Section } from "./sections.ts";

export type Line = { readonly name?: string; readonly text: string };

type Names = ReturnType<typeof planNames>;

/** Names of codes, of whatever items can be named already. */
function namesIn(document: RawDocument): Names {
  const named = (list: string) =>
    itemsAt(document, list).flatMap((item) =>
      isObject(item) && typeof item.code === "string"
        ? [{ code: item.code, ...(typeof item.name === "string" && item.name !== "" ? { name: item.name } : {}) }]
        : [],
    );
  return planNames({
    bands: named("bands"),
    trafficClasses: named("trafficClasses"),
    usage: named("usage"),
    fees: named("fees"),
  } as unknown as PlanDocument);
}

const inWords: Readonly<Record<string, (item: never, names: Names) => string>> = {
  fees: (fee: Fee) => feeInWords(fee),
  rates: (rate: PlanRate, names) => rateInWords(rate, names.bands),
  usage: (one: UsageComponent, names) => componentInWords(one, names.bands),
  bundles: (one: Bundle, names) => bundleInWords(one, names.bands),
  discounts: (one: Discount, names) => discountInWords(one, names.charges),
  trafficClasses: (one: TrafficClass) => classInWords(one),
};

const textIn = (item: Json, key: string) => (isObject(item) && typeof item[key] === "string" ? (item[key] as string) : "");

function nameOf(list: string, item: Json): string {
  if (list === "rates") {
    const destination = textIn(item, "destination");
    return destinationOf({ prefix: textIn(item, "prefix"), destination: destination === "" ? "New destination" : destination });
  }
  return textIn(item, "name") || textIn(item, "code") || "Without a name";
}

/** The lines of a list's items, in order. `list` is the kind of list that the path leads to. */
export function itemLines(document: RawDocument, section: Section, path: string, check: v.GenericSchema): Line[] {
  const names = namesIn(document);
  const kind = path.endsWith("price.rates") ? "rates" : section.key;
  return itemsAt(document, path).map((item) => {
    const parsed = v.safeParse(check, [item]);
    const text = parsed.success ? inWords[kind]!((parsed.output as unknown[])[0] as never, names) : "Not complete yet";
    return { name: nameOf(kind, item), text };
  });
}

const read = <T extends v.GenericSchema>(schema: T, value: Json | undefined): v.InferOutput<T> | undefined => {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : undefined;
};

const ROUNDED: Readonly<Record<string, string>> = { half_up: "half up", half_even: "half to even", up: "up", down: "down" };

/** Lines of the sections that are no lists; [] for one without anything in it. */
export function sectionLines(document: RawDocument, key: string, code: string): Line[] {
  switch (key) {
    case "plan": {
      const kind = PLAN_KINDS.find((one) => one === document.kind);
      const name = textIn(document, "name");
      return name === "" && code === ""
        ? []
        : [
            {
              name: name || code,
              text: [code, kind && kindInWords(kind), textIn(document, "currency"), textIn(document, "zone")].filter(Boolean).join(" · "),
            },
          ];
    }
    case "billing": {
      const terms = read(billing, document.billing ?? {});
      const decimals = valueAt(document, "rounding.decimals") ?? 6;
      const mode = String(valueAt(document, "rounding.mode") ?? "half_up");
      return [
        ...(terms ? [{ text: billingInWords(terms).join(" ") }] : []),
        { text: `Each charge is rounded once, ${ROUNDED[mode] ?? mode}, to ${decimals} ${decimals === 1 ? "decimal" : "decimals"}.` },
      ];
    }
    case "bands": {
      const all = itemsAt(document, "bands").map((raw) => {
        const [band] = read(bands, [raw]) ?? [];
        return band ? { name: bandName(band), text: bandInWords(band) } : { name: nameOf("bands", raw), text: "No time is painted yet" };
      });
      const days = document.holidays && read(holidays, document.holidays);
      return [...all, ...(days ? [{ text: `${capital(holidaysInWords(days))}.` }] : [])];
    }
    case "minimum": {
      const least = document.minimum === undefined ? undefined : read(minimum, document.minimum);
      const terms = read(billing, document.billing ?? {});
      return least && terms ? [{ text: `${capital(minimumInWords(least, terms))}.` }] : [];
    }
    case "taxes": {
      const all = document.taxes === undefined ? undefined : read(taxes, document.taxes);
      return all ? taxesInWords(all, namesIn(document).charges).map((text) => ({ text: `${text}.` })) : [];
    }
    default:
      return [];
  }
}
