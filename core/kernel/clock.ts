// Time is an argument: whoever needs "now" is given a clock, so that a test can freeze it.

export type Clock = () => Temporal.Instant;
export const systemClock: Clock = () => Temporal.Now.instant();
