// How long to wait before a role that died is started again: at once the first time, then longer, never for ever.

const delaysMs = [100, 500, 1_000, 2_000, 5_000, 10_000, 15_000] as const;
/** A role that lived this long is healthy: its next death counts as the first. */
const healthyMs = 60_000;

export type Backoff = { /** To be called at each death. */ nextDelayMs(livedMs: number): number };

export function createBackoff(): Backoff {
  let deaths = 0;
  return {
    nextDelayMs(livedMs) {
      deaths = livedMs >= healthyMs ? 1 : deaths + 1;
      return delaysMs[Math.min(deaths, delaysMs.length) - 1] ?? 15_000;
    },
  };
}
