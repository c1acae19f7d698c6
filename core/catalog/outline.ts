// What the audit trail says of a document that may have a quarter of a million rates.

/** How much a document has of each thing; a draft may be incomplete, so nothing of it is taken for granted. */
export type Outline = Readonly<Record<string, unknown>>;

const LISTS = ["bands", "usage", "bundles", "fees", "discounts", "trafficClasses"] as const;

export function outlineOf(terms: Readonly<Record<string, unknown>>, rates: number, days: readonly string[] = []): Outline {
  const { name, kind, currency, zone, rounding } = terms;
  const sizes = LISTS.flatMap((list) => {
    const value = terms[list];
    return Array.isArray(value) && value.length > 0 ? [[list, value.length] as const] : [];
  });
  return { name, kind, currency, zone, rounding, rates, ...Object.fromEntries(sizes), ...(days.length > 0 ? { changesOn: days } : {}) };
}
