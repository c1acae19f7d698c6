// What earlier usage used up: units taken out of bundles, and the totals of periods. Rating reads and changes it; a quote keeps it in memory, the
// path of usage in the database, in the transaction that charges.

/**
 * Of one service on one plan; `pooled`: of all services of the account that are on the plan. `code` is the bundle's or the component's; with a
 * "+" behind it, what was taken of a bundle after its own period (rolled over). `from`: the first day of the period, or the day of the grant.
 */
export type StateKey = { readonly code: string; readonly pooled: boolean; readonly from: string };

/** Octets of five minutes. */
export type Sample = { readonly octetsIn: bigint; readonly octetsOut: bigint };

/** What a plan version has added up in a period. Quantities are 10^-9 of the metric. */
export type VersionTotal = {
  /** When the version came into force, in milliseconds since 1970. */
  readonly fromMs: number;
  /** Records. */
  readonly count: bigint;
  readonly sum: bigint;
  readonly most: bigint;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
  /** Of prices in percent alone: the events' prices, added up exactly, as text ("0.116", "77/120"); and the first events, which may be free. */
  readonly priced?: string;
  readonly first?: readonly FirstEvent[];
};
/** `session`: its slices are one event, whose price grows. */
export type FirstEvent = { readonly startMs: number; readonly price: string; readonly session?: string };

/** By plan version, oldest first: each prices what began under it. */
export type PeriodTotal = { readonly versions: readonly VersionTotal[] };

/** What slices of a session or call have used by now. JSON-safe: bigints as text. */
export type SessionSoFar = {
  readonly seconds: number;
  readonly octetsIn: string;
  readonly octetsOut: string;
  /** Out of bundles, in 10^-9 of their metric. */
  readonly drawn: readonly (StateKey & { readonly nano: string })[];
  /** By component: whether the session is one of the first events that cost nothing. */
  readonly free: Readonly<Record<string, boolean>>;
};

export type UsageState = {
  /** What was used of the bundle, in 10^-9 of its metric. */
  bundleUsed(key: StateKey): bigint;
  useBundle(key: StateKey, nano: bigint): void;
  total(key: StateKey): PeriodTotal | undefined;
  setTotal(key: StateKey, total: PeriodTotal): void;
  /** Of a 95th percentile, by the instant at which the five minutes began, in milliseconds since 1970. */
  samples(key: StateKey): ReadonlyMap<number, Sample>;
  /** Adds to what these five minutes have. */
  addSample(key: StateKey, atMs: number, sample: Sample): void;
  /** By kind, beginning and id; nothing while none of its slices was rated. */
  session(name: string): SessionSoFar | undefined;
  setSession(name: string, session: SessionSoFar): void;
};

/** For quotes, tests and rating again: begins empty, and forgets. */
export function memoryState(): UsageState {
  const used = new Map<string, bigint>();
  const totals = new Map<string, PeriodTotal>();
  const samples = new Map<string, Map<number, Sample>>();
  const sessions = new Map<string, SessionSoFar>();
  const text = ({ code, pooled, from }: StateKey) => `${code} ${pooled} ${from}`;
  return {
    bundleUsed: (key) => used.get(text(key)) ?? 0n,
    useBundle: (key, nano) => void used.set(text(key), (used.get(text(key)) ?? 0n) + nano),
    total: (key) => totals.get(text(key)),
    setTotal: (key, total) => void totals.set(text(key), total),
    samples: (key) => samples.get(text(key)) ?? new Map(),
    addSample(key, atMs, { octetsIn, octetsOut }) {
      const own = samples.get(text(key)) ?? new Map<number, Sample>();
      samples.set(text(key), own);
      const before = own.get(atMs) ?? { octetsIn: 0n, octetsOut: 0n };
      own.set(atMs, { octetsIn: before.octetsIn + octetsIn, octetsOut: before.octetsOut + octetsOut });
    },
    session: (name) => sessions.get(name),
    setSession: (name, session) => void sessions.set(name, session),
  };
}

/** The total as JSON: bigints as text. */
export const totalToJson = ({ versions }: PeriodTotal): TotalJson => ({
  versions: versions.map((one) => JSON.parse(JSON.stringify(one, (_, value) => (typeof value === "bigint" ? value.toString() : value)))),
});

export type TotalJson = { readonly versions: readonly Json[] };
type Json = Record<"count" | "sum" | "most" | "octetsIn" | "octetsOut", string> & {
  fromMs: number;
  priced?: string;
  first?: FirstEvent[];
};

/** What `totalToJson` made. */
export const totalFromJson = (json: unknown): PeriodTotal => ({
  versions: (json as TotalJson).versions.map(({ fromMs, priced, first, ...figures }) => ({
    fromMs,
    count: BigInt(figures.count),
    sum: BigInt(figures.sum),
    most: BigInt(figures.most),
    octetsIn: BigInt(figures.octetsIn),
    octetsOut: BigInt(figures.octetsOut),
    ...(priced === undefined ? {} : { priced }),
    ...(first === undefined ? {} : { first }),
  })),
});
