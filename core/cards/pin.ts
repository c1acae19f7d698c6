// The PIN on a card: drawn, written in groups, checked. Its last character is a check, so that a typo is told as one and is never a guess.
import { randomFillSync } from "node:crypto";
import type { PinAlphabet } from "../../db/schema/cards.ts";

// Crockford's: without I, L, O and U, which are taken for 1, 0 and V, or make words.
const alphabets: Readonly<Record<PinAlphabet, string>> = { base32: "0123456789ABCDEFGHJKMNPQRSTVWXYZ", digits: "0123456789" };

export const PIN_LENGTHS: Readonly<Record<PinAlphabet, { readonly least: number; readonly most: number }>> = {
  base32: { least: 13, most: 24 },
  digits: { least: 19, most: 24 },
};

/** Guesses at one series, on average, before one is right. Fewer are refused: at ten in a quarter of an hour it is ages, with 10,000 thieves too. */
export const LEAST_GUESSES = 10n ** 12n;

/** How many PINs there are of this length. */
export const roomOf = (alphabet: PinAlphabet, length: number): bigint => BigInt(alphabets[alphabet].length) ** BigInt(length - 1);
/** How many guesses it takes, on average, to hit one of so many cards. */
export const guessesFor = (alphabet: PinAlphabet, length: number, cards: number): bigint => roomOf(alphabet, length) / BigInt(cards);

// H. Damm's totally anti-symmetric quasigroup of order 10: finds each wrong digit and each pair of neighbours that changed places.
const damm = [
  "0317598642",
  "7092154863",
  "4206871359",
  "1750983426",
  "6123045978",
  "3674209581",
  "5869720134",
  "8945362017",
  "9438617205",
  "2581436790",
].map((row) => [...row].map(Number));

/** Multiplies by x in GF(32), modulo x^5 + x^2 + 1. Its powers are all different up to the 31st, so that any two characters that change places are found. */
const timesX = (a: number) => (a << 1) ^ (a & 16 ? 0b100101 : 0);

const stepOf: Readonly<Record<PinAlphabet, (check: number, digit: number) => number>> = {
  base32: (check, digit) => timesX(check ^ digit),
  digits: (check, digit) => damm[check]![digit]!,
};

/** The check of these characters, by their values. */
export function checkOf(alphabet: PinAlphabet, digits: readonly number[]): number {
  const step = stepOf[alphabet];
  let check = 0;
  for (const digit of digits) check = step(check, digit);
  return check;
}

/** Draws bytes from the system's source, many at a time; a byte that would favour some characters is thrown away. */
class Characters {
  readonly #pool = new Uint8Array(65_536);
  readonly #size: number;
  readonly #usable: number;
  #at = this.#pool.length;

  constructor(size: number) {
    this.#size = size;
    this.#usable = 256 - (256 % size);
  }

  next(): number {
    for (;;) {
      if (this.#at === this.#pool.length) {
        randomFillSync(this.#pool);
        this.#at = 0;
      }
      const byte = this.#pool[this.#at++]!;
      if (byte < this.#usable) return byte % this.#size;
    }
  }
}

const allDigits = /^\d{19,}$/;

/** New PINs, each with its check. */
export function drawPins(alphabet: PinAlphabet, length: number, count: number): string[] {
  const characters = alphabets[alphabet];
  const source = new Characters(characters.length);
  const step = stepOf[alphabet];
  const pins: string[] = [];
  while (pins.length < count) {
    let pin = "";
    let check = 0;
    for (let i = 1; i < length; i++) {
      const digit = source.next();
      pin += characters[digit];
      check = step(check, digit);
    }
    pin += characters[check];
    // What looks like a PIN of digits is read as one.
    if (alphabet === "digits" || !allDigits.test(pin)) pins.push(pin);
  }
  return pins;
}

/** "abcd-efgh 2o" → "ABCDEFGH20". Undefined for what is no PIN at all, or has a typo. */
export function readPin(typed: string): string | undefined {
  const pin = typed.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  const alphabet: PinAlphabet = allDigits.test(pin) ? "digits" : "base32";
  const { least, most } = PIN_LENGTHS[alphabet];
  if (pin.length < least || pin.length > most) return undefined;
  const digits = [...pin].map((character) => alphabets[alphabet].indexOf(character));
  if (digits.includes(-1)) return undefined;
  return checkOf(alphabet, digits.slice(0, -1)) === digits.at(-1) ? pin : undefined;
}

/** In groups of four, as it is printed. */
export const groupedPin = (pin: string): string => pin.replace(/(.{4})(?=.)/g, "$1-");
