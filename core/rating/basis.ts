// What a price was worked out from beside the usage and the plan: kept with the record, so that every step of the price can be shown again, whatever
// has been used, bought or changed since.
import type { ServiceTerms } from "./usage-rating.ts";
import {
  memoryState,
  type Sample,
  type SessionSoFar,
  type StateKey,
  type TotalJson,
  totalFromJson,
  totalToJson,
  type UsageState,
} from "./usage-state.ts";

/** JSON-safe. What is left out is 0, none or no. */
export type Basis = {
  readonly startedOn: string;
  readonly billingDay?: number;
  readonly attributes?: ServiceTerms["attributes"];
  readonly pooledServices?: number;
  readonly taxExempt?: true;
  /** What was used of bundles before it, in 10^-9 of their metric, as text. */
  readonly used?: readonly (StateKey & { readonly nano: string })[];
  /** Of a slice: what of its session was rated before it. */
  readonly session?: SessionSoFar;
  /** What periods had added up before it; null where that is too long to keep with every record. */
  readonly totals?: readonly (StateKey & { readonly total: TotalJson | null })[];
};

/** First events that may be free are listed in a total one by one: no more than this of them are kept. */
const MOST_FIRST = 100;

/** A state that remembers what was read of it. Samples of a percentile are too many to keep: they are those of the records counted before. */
export function watched(state: UsageState): {
  readonly state: UsageState;
  readonly read: () => Pick<Basis, "used" | "session" | "totals">;
} {
  const used = new Map<string, NonNullable<Basis["used"]>[number]>();
  const totals = new Map<string, NonNullable<Basis["totals"]>[number]>();
  let known: SessionSoFar | undefined;
  const firstRead = <T>(all: Map<string, T>, key: StateKey, what: (key: StateKey) => T) => {
    const name = JSON.stringify([key.code, key.pooled, key.from]);
    if (!all.has(name)) all.set(name, what({ code: key.code, pooled: key.pooled, from: key.from }));
  };
  return {
    state: {
      ...state,
      bundleUsed(key) {
        const nano = state.bundleUsed(key);
        firstRead(used, key, (plain) => ({ ...plain, nano: nano.toString() }));
        return nano;
      },
      total(key) {
        const total = state.total(key);
        if (total) {
          const short = total.versions.every(({ first = [] }) => first.length <= MOST_FIRST);
          firstRead(totals, key, (plain) => ({ ...plain, total: short ? totalToJson(total) : null }));
        }
        return total;
      },
      session(name) {
        known = state.session(name);
        return known;
      },
    },
    read() {
      const taken = [...used.values()].filter(({ nano }) => nano !== "0");
      const session = known ? { session: known } : {};
      return { ...(taken.length > 0 ? { used: taken } : {}), ...session, ...(totals.size > 0 ? { totals: [...totals.values()] } : {}) };
    },
  };
}

export function basisOf(terms: ServiceTerms, read: Pick<Basis, "used" | "session" | "totals">): Basis {
  const { startedOn, billingDay, attributes, pooledServices, taxExempt } = terms;
  return {
    startedOn: startedOn.toString(),
    ...(billingDay === undefined ? {} : { billingDay }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
    ...(pooledServices === 1 ? {} : { pooledServices }),
    ...(taxExempt ? { taxExempt } : {}),
    ...read,
  };
}

/** The terms that a basis was made of. */
export const termsOfBasis = (basis: Basis, segments: ServiceTerms["segments"]): ServiceTerms => ({
  segments,
  startedOn: Temporal.PlainDate.from(basis.startedOn),
  ...(basis.billingDay === undefined ? {} : { billingDay: basis.billingDay }),
  attributes: basis.attributes ?? {},
  pooledServices: basis.pooledServices ?? 1,
  taxExempt: basis.taxExempt ?? false,
});

/** The state before the usage; undefined where a part of it wasn't kept. A slice finds its session whatever it is called. */
export function stateOfBasis(
  { used = [], totals = [], session }: Basis,
  samples: readonly { readonly key: StateKey; readonly atMs: number; readonly sample: Sample }[] = [],
): UsageState | undefined {
  const state = memoryState();
  for (const { nano, ...key } of used) state.useBundle(key, BigInt(nano));
  for (const { total, ...key } of totals) {
    if (total === null) return undefined;
    state.setTotal(key, totalFromJson(total));
  }
  for (const { key, atMs, sample } of samples) state.addSample(key, atMs, sample);
  return session ? { ...state, session: () => session } : state;
}

/** How many records the period's total had counted before: their place in the order in which they were charged. */
export const countedBefore = ({ totals = [] }: Basis, { code, from }: Pick<StateKey, "code" | "from">): bigint => {
  const total = totals.find((one) => one.code === code && one.from === from)?.total;
  return total ? totalFromJson(total).versions.reduce((sum, { count }) => sum + count, 0n) : 0n;
};
