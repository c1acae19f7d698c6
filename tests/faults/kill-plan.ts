// Who is killed, and when, as a function of the seed.
import { randomFrom } from "./generated-calls.ts";
import { type Victim, victims } from "./real-installation.ts";

export type Kill = {
  readonly victim: Victim;
  /** As soon as so many rows have been rated, … */
  readonly atRows: number;
  /** … so much later, which is somewhere within the batches after that. */
  readonly delayMs: number;
};

/** Everyone's turn comes in each round, in another order; the moments are spread at random over the import. */
export function planKills(seed: number, kills: number, rows: number): Kill[] {
  const random = randomFrom(seed ^ 0x5eed);
  const turns: Victim[] = [];
  while (turns.length < kills) {
    const round = [...victims];
    while (round.length > 0) turns.push(...round.splice(Math.floor(random() * round.length), 1));
  }
  const moments = Array.from({ length: kills }, () => Math.floor((0.01 + 0.95 * random()) * rows)).sort((a, b) => a - b);
  return moments.map((atRows, i) => ({ victim: turns[i]!, atRows, delayMs: Math.floor(random() * 400) }));
}
