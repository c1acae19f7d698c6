// A plan in words for people: complete, to be read and printed. The editor's summaries, the page of a version and the portal use it.
import type { PlanRate } from "./document/rates.ts";
import type { PlanDocument } from "./plan-document.ts";
import { capital, connecting, counted, limitsInWords, stepsInWords } from "./words/amounts.ts";
import { bandInWords, bandName, holidaysInWords, overlapInWords } from "./words/calendar.ts";
import { billingInWords, discountInWords, feeInWords, minimumInWords, taxesInWords } from "./words/fees.ts";
import { bundleInWords, classInWords, componentInWords, type Names } from "./words/usage.ts";

/** `name` stands before the text, in bold; none for whole sentences. */
export type PlanLine = { readonly name?: string; readonly text: string };
export type PlanWords = {
  readonly title: string;
  readonly sections: readonly { readonly key: string; readonly title: string; readonly lines: readonly PlanLine[] }[];
};

/** What the document's own codes are called: of bands, traffic classes, fees and components. */
export type PlanNames = { readonly bands: Names; readonly charges: Names };

type Named = { readonly code: string; readonly name?: string | undefined };
const namesOf = (...lists: (readonly Named[])[]): Map<string, string> =>
  new Map(lists.flat().map(({ code, name }) => [code, name ?? code]));

export const planNames = (plan: Pick<PlanDocument, "bands" | "trafficClasses" | "usage" | "fees">): PlanNames => ({
  bands: namesOf(plan.bands, plan.trafficClasses, [{ code: "world", name: "the rest of the world" }]),
  charges: namesOf([{ code: "calls", name: "calls" }], plan.usage, plan.fees),
});

/** "0.40 to connect, then 0.20 a minute by whole minutes; in Night 0.10 a minute by whole minutes". */
export function rateInWords(rate: PlanRate, bands: Names): string {
  const inBands = rate.bands.map(
    (one) =>
      `in ${bands.get(one.band) ?? one.band} ${connecting(one.connectFee === rate.connectFee ? undefined : one.connectFee, stepsInWords(one.steps))}`,
  );
  const always = rate.steps.length > 0 ? [connecting(rate.connectFee, stepsInWords(rate.steps))] : [];
  const never = rate.steps.length > 0 ? [] : ["no price at other times"];
  const fee = rate.steps.length === 0 && /[1-9]/.test(rate.connectFee) ? [`${rate.connectFee} to connect`] : [];
  return [...always, ...fee, ...inBands, ...never, ...limitsInWords(rate)].join("; ");
}

/** "Ukraine (380…)", "Everywhere (any other number)". */
export const destinationOf = ({ prefix, destination }: Pick<PlanRate, "prefix" | "destination">): string =>
  `${destination} (${prefix === "" ? "any other number" : `${prefix}…`})`;

const DECK_SHOWN = 200;

function deckLines(rates: readonly PlanRate[], bands: Names): PlanLine[] {
  const shown = rates.slice(0, DECK_SHOWN).map((rate) => ({ name: `Calls to ${destinationOf(rate)}`, text: rateInWords(rate, bands) }));
  const more = rates.length - shown.length;
  return more > 0 ? [...shown, { text: `And ${counted(more, "more destination")}: see the deck.` }] : shown;
}

const ROUNDED = { half_up: "half up", half_even: "half to even", up: "up", down: "down" } as const;
const KINDS = {
  telephone: "Telephone",
  internet: "Internet",
  leased_line: "Leased line",
  periodic: "Periodic",
  universal: "Universal",
} as const;
export const kindInWords = (kind: PlanDocument["kind"]): string => KINDS[kind];

/** Everything that a plan says. Sections without anything in them are left out. */
export function planInWords(plan: PlanDocument): PlanWords {
  const names = planNames(plan);
  const named = (one: Named, text: string): PlanLine => ({ name: one.name ?? one.code, text });
  const { rounding, zone } = plan;
  const sections = [
    {
      key: "plan",
      title: "The plan",
      lines: [
        {
          text: `${kindInWords(plan.kind)}. All prices in ${plan.currency}${plan.taxes ? (plan.taxes.mode === "inclusive" ? ", with taxes" : ", before taxes") : ""}.`,
        },
        ...billingInWords(plan.billing).map((text) => ({ text })),
        { text: `Each charge is rounded once, ${ROUNDED[rounding.mode]}, to ${counted(rounding.decimals, "decimal")}.` },
        { text: zone ? `Times and days are those of ${zone}.` : "Times and days are those of the provider." },
      ],
    },
    { key: "fees", title: "Fees", lines: plan.fees.map((fee) => named(fee, feeInWords(fee))) },
    {
      key: "minimum",
      title: "Minimum",
      lines: plan.minimum ? [{ text: `${capital(minimumInWords(plan.minimum, plan.billing))}.` }] : [],
    },
    { key: "bundles", title: "Included", lines: plan.bundles.map((one) => named(one, bundleInWords(one, names.bands))) },
    { key: "rates", title: "Calls", lines: deckLines(plan.rates, names.bands) },
    { key: "usage", title: "Usage", lines: plan.usage.map((one) => named(one, componentInWords(one, names.bands))) },
    {
      key: "bands",
      title: "Time bands",
      lines: [
        ...plan.bands.map((band) => ({ name: bandName(band), text: bandInWords(band) })),
        ...overlapInWords(plan.bands).map((text) => ({ text })),
        ...(plan.holidays ? [{ text: `${capital(holidaysInWords(plan.holidays))}.` }] : []),
      ],
    },
    { key: "trafficClasses", title: "Traffic classes", lines: plan.trafficClasses.map((one) => named(one, classInWords(one))) },
    {
      key: "discounts",
      title: "Discounts",
      lines: plan.discounts.map((one) => ({ name: one.name, text: discountInWords(one, names.charges) })),
    },
    {
      key: "taxes",
      title: "Taxes",
      lines: plan.taxes ? taxesInWords(plan.taxes, names.charges).map((text) => ({ text: `${text}.` })) : [],
    },
  ];
  return { title: plan.name, sections: sections.filter(({ lines }) => lines.length > 0) };
}
