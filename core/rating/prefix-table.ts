// Longest-prefix look-up over a deck of up to hundreds of thousands of prefixes, once per rated call.

const DIGITS = 10;
const NOT_FOUND = -1;
const ZERO_CHAR = 48;
const NINE_CHAR = 57;

/** Returns the index of the longest entry that begins the destination, or -1. */
export type PrefixTable = { find(destination: string): number };

/**
 * A trie of digits in one typed array. A slot holds the next node (> 0) or, negated, the answer (~index, 0 for
 * "nothing"); answers are pushed down to the leaves at compile time, so that a look-up reads one slot per digit and
 * nothing else. `prefixes[i]` is "" or digits only, each once.
 */
export function compilePrefixTable(prefixes: readonly string[]): PrefixTable {
  const trie = new GrowingTrie();
  prefixes.forEach((prefix, index) => {
    trie.insert(prefix, index);
  });
  const { next, answers } = trie.flatten();
  const everything = answers[0] ?? NOT_FOUND;

  return {
    find(destination) {
      let node = 0;
      // A "+" leads an E.164 number; blanks, dots, dashes and brackets are RFC 3966 visual separators.
      for (let at = destination.charCodeAt(0) === 43 ? 1 : 0; at < destination.length; at++) {
        const char = destination.charCodeAt(at);
        if (char < ZERO_CHAR || char > NINE_CHAR) {
          if (isVisualSeparator(char)) continue;
          return everything;
        }
        const slot = next[node * DIGITS + char - ZERO_CHAR] as number;
        if (slot <= 0) return isNumber(destination, at + 1) ? -slot - 1 : everything;
        node = slot;
      }
      return answers[node] as number;
    },
  };
}

/** What is no telephone number ("31#", "bob") is never priced by the digits it happens to begin with. */
function isNumber(destination: string, from: number): boolean {
  for (let at = from; at < destination.length; at++) {
    const char = destination.charCodeAt(at);
    if ((char < ZERO_CHAR || char > NINE_CHAR) && !isVisualSeparator(char)) return false;
  }
  return true;
}

const isVisualSeparator = (char: number) => char === 32 || char === 40 || char === 41 || char === 45 || char === 46;

class GrowingTrie {
  #next = new Int32Array(1024 * DIGITS);
  #answers = new Int32Array(1024).fill(NOT_FOUND);
  #size = 1;

  insert(prefix: string, index: number) {
    let node = 0;
    for (const digit of prefix) {
      const slot = node * DIGITS + Number(digit);
      let child = this.#next[slot] as number;
      if (child === 0) {
        // In two lines: a new node may move the array, and the link must go into the one that stays.
        child = this.#newNode();
        this.#next[slot] = child;
      }
      node = child;
    }
    this.#answers[node] = index;
  }

  /** Nodes without children become negative slots; every empty slot gets the answer of its nearest ancestor. */
  flatten(): { next: Int32Array; answers: Int32Array } {
    const inner = this.#innerNodes();
    const numbers = new Int32Array(this.#size);
    inner.forEach(({ node }, number) => {
      numbers[node] = number;
    });
    const next = new Int32Array(inner.length * DIGITS);
    const answers = new Int32Array(inner.length);
    inner.forEach(({ node, inherited }, number) => {
      answers[number] = inherited;
      for (let digit = 0; digit < DIGITS; digit++) {
        const child = this.#next[node * DIGITS + digit] as number;
        const own = child === 0 ? NOT_FOUND : (this.#answers[child] as number);
        next[number * DIGITS + digit] =
          child !== 0 && numbers[child] !== 0 ? (numbers[child] as number) : -(own === NOT_FOUND ? inherited : own) - 1;
      }
    });
    return { next, answers };
  }

  /** Nodes with children, parents first (the root always is one), each with the answer in force there. */
  #innerNodes(): { node: number; inherited: number }[] {
    const inner = [{ node: 0, inherited: this.#answers[0] as number }];
    for (let at = 0; at < inner.length; at++) {
      const { node, inherited } = inner[at] as (typeof inner)[number];
      for (let digit = 0; digit < DIGITS; digit++) {
        const child = this.#next[node * DIGITS + digit] as number;
        if (child === 0 || !this.#hasChildren(child)) continue;
        const own = this.#answers[child] as number;
        inner.push({
          node: child,
          inherited: own === NOT_FOUND ? inherited : own,
        });
      }
    }
    return inner;
  }

  #hasChildren(node: number): boolean {
    for (let digit = 0; digit < DIGITS; digit++) if (this.#next[node * DIGITS + digit] !== 0) return true;
    return false;
  }

  #newNode(): number {
    if (this.#size === this.#answers.length) {
      const capacity = this.#size * 2;
      const next = new Int32Array(capacity * DIGITS);
      next.set(this.#next);
      const answers = new Int32Array(capacity).fill(NOT_FOUND);
      answers.set(this.#answers);
      [this.#next, this.#answers] = [next, answers];
    }
    return this.#size++;
  }
}
