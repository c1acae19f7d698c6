// Which state an account is in, from the facts alone; why; and when it must be looked at again. Pure: what is previewed, forecast, done and proved is this.
import { afterCalm } from "./calm.ts";
import { levelOf } from "./levels.ts";
import { type Policy, type Rules, rulesFor } from "./policy.ts";
import { type CreditState, type MoneyState, moneyStates, severityOf, type Trigger } from "./states.ts";

type Instant = Temporal.Instant;

/** What is known of an account when it is looked at. Amounts are in micro-units of its currency. */
export type Facts = {
  readonly kind: "prepaid" | "postpaid";
  readonly groupId: string;
  readonly zone: string;
  readonly closed: boolean;
  readonly balanceMicros: bigint;
  readonly creditMicros: bigint;
  /** When the balance last fell below zero. */
  readonly owedSince: Instant | undefined;
  /** On an average day of late. */
  readonly dailySpendMicros: bigint;
  readonly goodPayer: boolean;
  readonly promise: { readonly givenAt: Instant; readonly dueAt: Instant } | undefined;
  /** The last promise was broken, and the account has not been in order since. */
  readonly promiseBroken: boolean;
  readonly suspension: { readonly from: Instant; readonly until: Instant } | undefined;
  readonly override: { readonly state: MoneyState; readonly until: Instant; readonly by: string; readonly why: string } | undefined;
};

export type Standing = { readonly state: CreditState; readonly since: Instant; readonly rule: Rule };

/** `enough`: nothing holds that would be worse. */
export type Rule =
  | "enough"
  | "no-policy"
  | "left"
  | "credit-used"
  | "days-left"
  | "owed"
  | "promise-broken"
  | "unpaid"
  | "override"
  | "suspension"
  | "closed";

/** The figures that decided. `atMicros`: the balance at which the rule begins to hold, or for a state that goes on, at which it ends. */
export type Reason = {
  readonly rule: Rule;
  readonly atMicros?: bigint;
  /** What has to be paid, at least, for the state to end. */
  readonly payMicros?: bigint;
  readonly days?: number;
  readonly until?: Instant;
  readonly by?: string;
  readonly why?: string;
};

export type Decision = {
  readonly state: CreditState;
  readonly reason: Reason;
  /** The account is looked at when its balance is below the one or at least the other. */
  readonly watchBelow: bigint | undefined;
  readonly watchAbove: bigint | undefined;
  readonly nextCheckAt: Instant | undefined;
};

const unwatched = { watchBelow: undefined, watchAbove: undefined } as const;

export function decide(standing: Standing, facts: Facts, policy: Policy | undefined, now: Instant): Decision {
  const { override, suspension } = facts;
  if (facts.closed) return { state: standing.state, reason: { rule: "closed" }, ...unwatched, nextCheckAt: undefined };
  if (override && isBefore(now, override.until))
    return { state: override.state, reason: { rule: "override", ...override }, ...unwatched, nextCheckAt: override.until };
  if (standing.state === "terminated") return { state: "terminated", reason: { rule: "unpaid" }, ...unwatched, nextCheckAt: undefined };
  if (suspension && !isBefore(now, suspension.from) && isBefore(now, suspension.until))
    return {
      state: "suspended",
      reason: { rule: "suspension", until: suspension.until },
      ...unwatched,
      nextCheckAt: suspension.until,
    };
  const decision = policy ? byMoney(standing, facts, policy, now) : unruled;
  const begins = suspension && isBefore(now, suspension.from) ? suspension.from : undefined;
  return { ...decision, nextCheckAt: soonest(decision.nextCheckAt, begins) };
}

const unruled: Decision = { state: "active", reason: { rule: "no-policy" }, ...unwatched, nextCheckAt: undefined };

/** By what the account was brought from one state to the other: the table of states says whether that can be. */
export function triggerOf(standing: Standing, { reason: { rule } }: Decision): Trigger {
  for (const one of ["override", "suspension", "unpaid"] as const) if (rule === one) return one;
  if (standing.rule === "suspension" || standing.rule === "override") return standing.rule;
  return "money";
}

type Verdict = { readonly state: MoneyState; readonly reason: Reason };

function byMoney(standing: Standing, facts: Facts, policy: Policy, now: Instant): Decision {
  const rules = rulesFor(policy, facts);
  const from = hysteresisFrom(standing, facts);
  const verdicts = judged(from, facts, rules, policy, now);
  const calmEnd = afterCalm(policy.calm, facts.zone, now);
  const waits = ({ state, reason }: Verdict) =>
    now.until(calmEnd).sign > 0 && severityOf(state) > Math.max(severityOf(from), severityOf("warned")) && reason.rule !== "promise-broken";
  const chosen = verdicts.findLast((one) => !waits(one));
  const state = chosen?.state ?? "active";
  const deferred = verdicts.some((one) => waits(one) && severityOf(one.state) > severityOf(state)) ? calmEnd : undefined;

  const unpaid = unpaidAt(standing, facts, policy, state, now);
  if (unpaid && !isBefore(now, unpaid) && calmEnd.equals(now))
    return { state: "terminated", reason: { rule: "unpaid", days: policy.terminateAfterDays! }, ...unwatched, nextCheckAt: undefined };

  const edges = edgesOf(state, facts, rules);
  return {
    state,
    reason: chosen?.reason ?? { rule: "enough" },
    watchBelow: edges.filter((edge) => edge <= facts.balanceMicros).sort(descending)[0],
    watchAbove: edges
      .filter((edge) => edge > facts.balanceMicros)
      .sort(descending)
      .at(-1),
    nextCheckAt: soonest(
      deferred,
      unpaid && (isBefore(now, unpaid) ? unpaid : calmEnd),
      facts.promise?.dueAt,
      speedMatters(rules) ? now.add({ hours: 24 }) : undefined,
      ...debtEnds(facts, rules, policy, state, now),
    ),
  };
}

/** The state whose end, not whose beginning, is asked about. What a person set, and what a promise forgives, is judged anew. */
function hysteresisFrom({ state, since, rule }: Standing, { promise }: Facts): MoneyState {
  if (rule === "override" || rule === "suspension" || severityOf(state) < 0) return "active";
  if (promise && severityOf(state) > severityOf("warned") && !isBefore(promise.givenAt, since)) return "warned";
  return state as MoneyState;
}

/** The states that hold, the mildest first. */
function judged(from: MoneyState, facts: Facts, rules: Rules, policy: Policy, now: Instant): Verdict[] {
  return moneyStates.flatMap((state): Verdict[] => {
    if (state === "active") return [];
    const rule = rules[state];
    const { balanceMicros } = facts;
    if (state === "blocked" && stillBroken(facts, rules))
      return [{ state, reason: { rule: "promise-broken", payMicros: brokenUntil(facts, rules) - balanceMicros } }];
    if (!rule) return [];
    const level = levelOf(rule.when, facts);
    const toLevel = level && level.leaveAt > balanceMicros ? level.leaveAt - balanceMicros : 0n;
    const goesOn = severityOf(from) >= severityOf(state);
    if (level && rule.when && (goesOn ? balanceMicros < level.leaveAt : balanceMicros <= level.enterAt))
      return [{ state, reason: { rule: rule.when.by, atMicros: goesOn ? level.leaveAt : level.enterAt, payMicros: toLevel } }];
    const owed = owedUntil(facts, rule.owedDays, state, policy);
    if (owed && !isBefore(now, owed))
      return [{ state, reason: { rule: "owed", days: rule.owedDays!, payMicros: balanceMicros < 0n ? -balanceMicros : 0n } }];
    return [];
  });
}

/** When the debt has lasted for so many days; those who pay well have more before anything is taken from them. A promise stops the clock. */
function owedUntil(
  { owedSince, goodPayer, promise, zone }: Facts,
  owedDays: number | null,
  state: MoneyState,
  { goodPayer: grace }: Policy,
) {
  if (owedDays === null || !owedSince || promise) return undefined;
  const extra = goodPayer && grace && state !== "warned" ? grace.extraDays : 0;
  return owedSince
    .toZonedDateTimeISO(zone)
    .add({ days: owedDays + extra })
    .toInstant();
}

const debtEnds = (facts: Facts, rules: Rules, policy: Policy, state: MoneyState, now: Instant): (Instant | undefined)[] =>
  moneyStates
    .filter((one) => severityOf(one) > severityOf(state))
    .map((one) => (one === "active" ? undefined : owedUntil(facts, rules[one]?.owedDays ?? null, one, policy)))
    .filter((at) => at !== undefined && isBefore(now, at));

function unpaidAt(standing: Standing, { zone }: Facts, { terminateAfterDays }: Policy, state: MoneyState, now: Instant) {
  if (state !== "blocked" || terminateAfterDays === null) return undefined;
  const since = sinceWhen(standing, { state, rule: "left" }, now);
  return since.toZonedDateTimeISO(zone).add({ days: terminateAfterDays }).toInstant();
}

/** Since when the account is in the state that was decided. Days for which a person kept it blocked are not the subscriber's. */
export const sinceWhen = (standing: Standing, next: { readonly state: CreditState; readonly rule: Rule }, now: Instant): Instant =>
  standing.state === next.state && (standing.rule === "override") === (next.rule === "override") ? standing.since : now;

/** Whoever broke a promise is let go on when nothing is owed and the block would end anyway. */
const brokenUntil = (facts: Facts, rules: Rules): bigint => {
  const level = levelOf(rules.blocked?.when ?? null, facts);
  return level && level.leaveAt > 0n ? level.leaveAt : 0n;
};
const stillBroken = (facts: Facts, rules: Rules): boolean =>
  facts.promiseBroken && !facts.promise && facts.balanceMicros < brokenUntil(facts, rules);

/** The balances at which something else may hold: nowhere between two of them. */
function edgesOf(state: MoneyState, facts: Facts, rules: Rules): bigint[] {
  const edges: bigint[] = [];
  for (const one of moneyStates) {
    if (one === "active") continue;
    const rule = rules[one];
    const level = levelOf(rule?.when ?? null, facts);
    if (level) edges.push(severityOf(one) > severityOf(state) ? level.enterAt + 1n : level.leaveAt);
    if (rule?.owedDays !== null && rule?.owedDays !== undefined) edges.push(0n);
  }
  if (facts.promiseBroken) edges.push(brokenUntil(facts, rules));
  // What is paid while a promise is open may keep it.
  if (facts.promise) edges.push(facts.balanceMicros + 1n);
  return edges;
}

const speedMatters = (rules: Rules): boolean => Object.values(rules).some((rule) => rule?.when?.by === "days-left");
const isBefore = (a: Instant, b: Instant): boolean => Temporal.Instant.compare(a, b) < 0;
const descending = (a: bigint, b: bigint) => (a > b ? -1 : a < b ? 1 : 0);
export const soonest = (...all: (Instant | undefined)[]): Instant | undefined =>
  all.filter((one) => one !== undefined).sort(Temporal.Instant.compare)[0];
