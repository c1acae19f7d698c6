// A worked case as the pure function takes it.
import { parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import type { UsageFact } from "../../core/rating/usage.ts";
import type { ServiceTerms } from "../../core/rating/usage-rating.ts";
import type { CaseUsage, RatingCase } from "./cases.ts";

const compiled = (raw: unknown) => {
  const parsed = parsePlanDocument(JSON.parse(JSON.stringify(raw)));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return compilePlan(parsed.plan);
};

export function termsOf({ plan, later = [], service = {} }: RatingCase): ServiceTerms {
  return {
    segments: [{ fromMs: 0, plan: compiled(plan) }, ...later.map((one) => ({ fromMs: Date.parse(one.from), plan: compiled(one.plan) }))],
    startedOn: Temporal.PlainDate.from(service.startedOn ?? "2026-01-01"),
    attributes: service.attributes ?? {},
    pooledServices: service.pooledServices ?? 1,
    taxExempt: false,
    ...(service.billingDay ? { billingDay: service.billingDay } : {}),
  };
}

type Before = { session: string; seconds: number; octetsIn?: string; octetsOut?: string };
const sliceOf = (slice: Before | undefined) =>
  slice ? { slice: { ...slice, octetsIn: BigInt(slice.octetsIn ?? 0), octetsOut: BigInt(slice.octetsOut ?? 0) } } : {};

export function factOf({ startedAt, ...usage }: CaseUsage): UsageFact {
  const startMs = Date.parse(startedAt);
  switch (usage.kind) {
    case "call": {
      const { seconds, answered = true, direction = "out", slice, ...call } = usage;
      return { ...call, startMs, billableSec: seconds, answered, direction, ...sliceOf(slice) };
    }
    case "session": {
      const { slice, octetsIn, octetsOut, ...session } = usage;
      return { ...session, startMs, octetsIn: BigInt(octetsIn), octetsOut: BigInt(octetsOut), ...sliceOf(slice) };
    }
    case "traffic":
      return { ...usage, startMs, seconds: usage.seconds ?? 300, octetsIn: BigInt(usage.octetsIn), octetsOut: BigInt(usage.octetsOut) };
    case "message":
      return { ...usage, startMs, messages: usage.messages ?? 1, direction: usage.direction ?? "out" };
    case "event":
      return { ...usage, startMs, metrics: usage.metrics ?? {} };
  }
}
