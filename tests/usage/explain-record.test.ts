// The steps of a record end with what it was charged, for random plans of every shape, bundles, taxes, versions, and any order of arrival.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type PlanDocumentInput, parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { jsonText } from "../../core/kernel/json.ts";
import { rational, toExactText } from "../../core/kernel/rational.ts";
import { countedBefore } from "../../core/rating/basis.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { traceText } from "../../core/rating/trace.ts";
import { Counters } from "../../core/usage/counters.ts";
import { type ExplainedRecord, explainRecord } from "../../core/usage/explain-record.ts";
import { columnsOf, factOf } from "../../core/usage/fact.ts";
import type { UsageRecord } from "../../core/usage/normal-form.ts";
import type { PlanInForce, Terms } from "../../core/usage/plans-in-force.ts";
import { type Price, priceOnTerms } from "../../core/usage/price-fact.ts";
import { type Component, perUnit, planWith, priced } from "../rating/cases.ts";
import { shapes } from "../rating/price-arbitraries.ts";

// MB_SEED repeats a run.
const seed = Number(process.env.MB_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`steps of records: MB_SEED=${seed}`);

const START = Date.parse("2026-09-01T00:00:00Z");
const owner = { accountId: "a", serviceId: "s", currency: "UAH" };
type PlanInput = { readonly fromMs: number; readonly document: PlanDocumentInput };

function termsOf(versions: readonly PlanInput[], taxExempt: boolean): Terms {
  const segments = versions.map(({ fromMs, document }, i): PlanInForce => {
    const parsed = parsePlanDocument(JSON.parse(JSON.stringify(document)));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    return { fromMs, planId: "p", version: i + 1, currency: "UAH", assignedMs: 0, plan: compilePlan(parsed.plan) };
  });
  const startedOn = Temporal.PlainDate.from("2026-07-15");
  return {
    segments: segments as [PlanInForce, ...PlanInForce[]],
    startedOn,
    billingDay: 7,
    attributes: { speed: "100" },
    pooledServices: 2,
    taxExempt,
  };
}

type Stored = ExplainedRecord & { readonly details: NonNullable<Price["details"]> | null };

/** As it is stored: through JSON, with the versions that it names. */
function stored(record: UsageRecord, price: Price, versions: readonly PlanInput[], earlier: readonly Stored[]): Stored {
  const details = JSON.parse(jsonText(price.details)) as Stored["details"];
  const counted = (details?.period ?? []).flatMap(({ code, from, to }) =>
    earlier
      .filter((one) => one.kind !== "event" && one.details?.period.some((part) => part.code === code && part.from === from))
      .filter((one) => countedBefore(one.details!.basis!, { code, from }) < countedBefore(details!.basis!, { code, from }))
      .map((one) => {
        const { octetsIn = "0", octetsOut = "0" } = one.facts ?? {};
        return {
          code,
          from,
          to,
          startedAt: one.started_at,
          durationSec: one.duration_sec,
          octetsIn: BigInt(octetsIn),
          octetsOut: BigInt(octetsOut),
        };
      }),
  );
  return {
    ...columnsOf(record),
    kind: record.kind,
    started_at: record.startedAt,
    zone: "UTC",
    details,
    versions: details!.basis!.versions.map(({ fromMs, version }) => ({ fromMs, document: versions[version - 1]!.document })),
    counted,
  };
}

const money = (all: readonly { readonly amountMicros: bigint; readonly taxMicros: bigint }[]) => ({
  amount: toExactText(
    rational(
      all.reduce((sum, one) => sum + one.amountMicros, 0n),
      1_000_000n,
    ),
  ),
  tax: toExactText(
    rational(
      all.reduce((sum, one) => sum + one.taxMicros, 0n),
      1_000_000n,
    ),
  ),
});

const anyShape = fc.oneof(...Object.values(shapes).map(({ price }) => price));
const GB = { name: "GB", size: "1000000000" };
const deck = (price: string, incrementSec: number) => [
  { prefix: "", destination: "Anywhere", connectFee: "0.1", steps: [{ fromSec: 0, price, perSec: 60, incrementSec }] },
];
const document = fc
  .record({
    shape: anyShape,
    per: fc.constantFrom("event", "period"),
    aggregate: fc.constantFrom("sum", "max", "count"),
    freeEvents: fc.nat({ max: 2 }),
    decimals: fc.nat({ max: 6 }),
    line: fc.constantFrom("percentile_95", "prevailing_direction", "sum"),
    rate: fc.nat({ max: 500 }).map((cents) => `0.${String(cents).padStart(3, "0")}`),
    incrementSec: fc.integer({ min: 1, max: 60 }),
    ownPrice: fc.boolean(),
    overage: fc.boolean(),
    periods: fc.nat({ max: 2 }),
    billing: fc.constantFrom("day", "month"),
    tax: fc.constantFrom(undefined, "inclusive", "exclusive"),
  })
  .map((of) => {
    const { per, tax } = of;
    const price = "percent" in of.shape ? { ...of.shape, freeEvents: of.freeEvents } : of.shape;
    const rollover = of.periods > 0 ? { rollover: { periods: of.periods } } : {};
    return planWith({
      rounding: { decimals: of.decimals },
      billing: { period: of.billing },
      rates: deck(of.rate, of.incrementSec),
      usage: [
        priced(price as Component["price"], { per, ...(per === "period" ? { aggregate: of.aggregate } : {}) } as Partial<Component>),
        { code: "line", of: "traffic", per: "period", aggregate: of.line, unit: GB, price: perUnit("7.31") },
      ],
      bundles: [
        {
          code: "minutes",
          of: "call",
          quantity: "5",
          unit: { name: "min", size: "60" },
          validity: { kind: "period" },
          pooled: true,
          ...rollover,
          ...(of.ownPrice ? { price: perUnit("0.07") } : {}),
          ...(of.overage ? { whenEmpty: { use: "overage", price: perUnit("0.33") } } : {}),
        },
        { code: "units", of: "event", metric: "quantity", quantity: "40", validity: { kind: "period", every: "week" } },
      ],
      ...(tax ? { taxes: { mode: tax, rates: [{ code: "vat", name: "VAT", percent: "17.5" }] } } : {}),
    } as Parameters<typeof planWith>[0]);
  });

const party = { kind: "login", value: "l" } as const;
const usage = fc
  .record({
    kind: fc.constantFrom("call", "event", "traffic"),
    minute: fc.nat({ max: 60_000 }),
    size: fc.nat({ max: 900 }),
    other: fc.nat({ max: 999 }),
  })
  .map(({ kind, minute, size, other }): Omit<UsageRecord, "id"> => {
    const startedAt = Temporal.Instant.fromEpochMilliseconds(START + minute * 60_000).toString();
    const common = { startedAt, endedAt: null, flags: [], raw: "" };
    if (kind === "event") return { ...common, kind, party, type: "use", metrics: { quantity: `${size % 60}.${other}` } } as never;
    // Some last a day: a percentile leaves out the largest five minutes of every twenty.
    if (kind === "traffic")
      return {
        ...common,
        kind,
        party,
        seconds: size * 100,
        octetsIn: String(size * 1_000_003),
        octetsOut: String(other * 1_000_033),
      } as never;
    const parts = {
      answeredAt: startedAt,
      durationSec: size,
      billableSec: size,
      direction: "out",
      accountCode: "",
      source: "1",
      destination: "+380441234567",
    };
    return { ...common, ...parts, kind, callId: "", disposition: "answered" } as never;
  });

test("the last line is the record's amount, and no step is missing, whatever came before it and in whatever order", () =>
  fc.assert(
    fc.property(
      fc.array(document, { minLength: 1, maxLength: 2 }),
      fc.array(usage, { minLength: 1, maxLength: 14 }),
      fc.boolean(),
      (documents, records, exempt) => {
        // The totals of two versions need one shape of price in both.
        const [one, other] = documents.map((plan) => plan.usage!.some(({ price }) => price.shape === "percentage"));
        const versions = (one === other || documents.length === 1 ? documents : documents.slice(0, 1)).map((plan, i) => ({
          fromMs: i === 0 ? 0 : START + 20_000 * 60_000 + 30_000,
          document: plan,
        }));
        const terms = termsOf(versions, exempt);
        const counters = new Counters();
        const earlier: Stored[] = [];
        for (const [i, fields] of records.entries()) {
          const record = { ...fields, id: `r${i}` } as UsageRecord;
          const fact = factOf(record);
          const first = terms.segments.findLastIndex(({ fromMs }) => fromMs <= fact.startMs);
          const own = { ...terms, segments: terms.segments.slice(first) as unknown as Terms["segments"] };
          const price = priceOnTerms(own, fact, owner, counters);
          if (typeof price === "string") continue;
          const kept = stored(record, price, versions, earlier);
          earlier.push(kept);
          const explained = explainRecord(kept);
          if (!explained.ok) throw new Error(explained.why);
          const { trace, rating } = explained;
          const details = price.details!;
          expect(trace.at(-1)).toEqual({
            kind: "charged",
            ...money([price]),
            period: details.period.length > 0 ? money(details.period) : null,
          });
          expect([rating.lines, rating.period, rating.drawn]).toEqual([[...details.lines], [...details.period], [...details.drawn]]);
          // What each line says adds up to what the record says.
          const takes = trace.filter((line) => line.kind === "bundle");
          expect(takes.map(({ taken }) => taken)).toEqual(details.drawn.map(({ quantity }) => quantity));
          for (const line of trace) expect(traceText(line)).not.toContain("undefined");
        }
      },
    ),
    { seed, numRuns: 300 },
  ));
