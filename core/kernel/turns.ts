// Long lists in pieces: a process that answers pages must not be kept from them by one list for longer than a blink.

const PIECE = 2000;

/** The list piece by piece, each with the place of its first item; whoever else waits for the process goes first in between. */
export async function* inTurns<T>(list: readonly T[], size = PIECE): AsyncGenerator<readonly [from: number, piece: readonly T[]]> {
  for (let from = 0; from < list.length; from += size) {
    if (from > 0) await pause();
    yield [from, list.slice(from, from + size)];
  }
}

/** Lets whoever else waits go first. */
export const pause = () => new Promise<void>((turn) => setImmediate(turn));
