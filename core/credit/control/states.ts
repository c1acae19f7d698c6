// The states of an account in credit control, what leads from one to another, and what entering each brings. Everything else asks this table.

/** Money's own states, the mildest first; `suspended` is the subscriber's wish, `terminated` the end. */
export const states = {
  active: {
    meaning: "All services work.",
    maySpend: true,
    enforces: "restore",
    tells: "restored",
  },
  warned: {
    meaning: "All services work; the subscriber is told to pay.",
    maySpend: true,
    enforces: "restore",
    tells: "low",
  },
  limited: {
    meaning: "Services work at a limited speed.",
    maySpend: true,
    enforces: "limit",
    tells: "limited",
  },
  blocked: {
    meaning: "Nothing works that costs money.",
    maySpend: false,
    enforces: "disconnect",
    tells: "blocked",
  },
  suspended: {
    meaning: "The subscriber has paused all services.",
    maySpend: false,
    enforces: "disconnect",
    tells: "suspended",
  },
  terminated: {
    meaning: "The services have ended for a debt. Only a person leads out of this.",
    maySpend: false,
    enforces: "terminate",
    tells: "terminated",
  },
} as const satisfies Record<string, StateOf>;

type StateOf = {
  readonly meaning: string;
  /** Whether whatever asks before it spends is let through; what has happened is charged in any state. */
  readonly maySpend: boolean;
  /** What agents are asked to do with the services, unless the state before asked for the same. */
  readonly enforces: Action;
  /** Which notice the subscriber gets. */
  readonly tells: NoticeKind;
};

export type CreditState = keyof typeof states;
export type Action = "restore" | "limit" | "disconnect" | "terminate";
export type NoticeKind = "restored" | "low" | "limited" | "blocked" | "suspended" | "terminated" | "promise-broken";

export const creditStates = Object.keys(states) as CreditState[];
/** Those that money decides, the mildest first. */
export const moneyStates = ["active", "warned", "limited", "blocked"] as const satisfies readonly CreditState[];
export type MoneyState = (typeof moneyStates)[number];
export const severityOf = (state: CreditState): number => moneyStates.indexOf(state as MoneyState);

/**
 * `money`: what is left, or how long a debt lasts. `override`: a person set a state, or what they set has run out. `suspension`: it began or ended.
 * `unpaid`: blocked for too long.
 */
export type Trigger = "money" | "override" | "suspension" | "unpaid";

const money: readonly Trigger[] = ["money", "override"];
/** Nobody ends services by hand through credit control: that is done with the services themselves. */
export const transitions: Readonly<Record<CreditState, Partial<Readonly<Record<CreditState, readonly Trigger[]>>>>> = {
  active: { warned: money, limited: money, blocked: money, suspended: ["suspension"] },
  warned: { active: money, limited: money, blocked: money, suspended: ["suspension"] },
  limited: { active: money, warned: money, blocked: money, suspended: ["suspension"] },
  blocked: { active: money, warned: money, limited: money, suspended: ["suspension"], terminated: ["unpaid"] },
  suspended: {
    active: ["suspension", "override"],
    warned: ["suspension", "override"],
    limited: ["suspension", "override"],
    blocked: ["suspension", "override"],
  },
  terminated: { active: ["override"], warned: ["override"], limited: ["override"], blocked: ["override"] },
};

/** States in which a person, or the subscriber, may do something about it: the buttons of pages come from here. */
export const allowed = {
  promise: ["warned", "limited", "blocked"],
  suspend: ["active", "warned"],
  resume: ["suspended"],
  override: ["active", "warned", "limited", "blocked", "terminated"],
} as const satisfies Record<string, readonly CreditState[]>;

export const may = (act: keyof typeof allowed, state: CreditState): boolean => (allowed[act] as readonly CreditState[]).includes(state);
