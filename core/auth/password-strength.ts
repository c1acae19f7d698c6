// Whether a password is too easy to guess, and why, in sentences for the person who chose it.
// An estimate of the guesses needed by somebody who tries common words, names, dates and keyboard runs before trying everything.
import { commonWords } from "./common-passwords.ts";
import { MAX_PASSWORD_CHARS } from "./password-hash.ts";

export const MIN_PASSWORD_CHARS = 10;
/** About 10^12 guesses: weeks for whoever has stolen the hashes, forever for whoever has to sign in for each. */
const MIN_BITS = 40;

const WORD_BITS = 9;
const RUN_BITS = 6;
const YEAR_BITS = 7;
const DATE_BITS = 15;

const lookAlikes: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
  "€": "e",
};
const plainLetters = (text: string) => [...text.toLowerCase()].map((c) => lookAlikes[c] ?? c).join("");

const keyboardRuns = [
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qwertzuiop",
  "azertyuiop",
  "йцукенгшщзхъ",
  "фывапролджэ",
  "ячсмитьбю",
  "1234567890",
  "0987654321",
];
const runs = [...keyboardRuns, "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя"].flatMap((run) => [
  run,
  [...run].reverse().join(""),
]);

/** What is wrong with the password, one sentence each; none when it will do. `about` is what a guesser knows of the person. */
export function passwordProblems(password: string, about: { readonly login?: string; readonly name?: string } = {}): string[] {
  const text = password.normalize("NFKC");
  const length = [...text].length;
  if (length < MIN_PASSWORD_CHARS) return [`Use at least ${MIN_PASSWORD_CHARS} characters; this has ${length}.`];
  if (password.length > MAX_PASSWORD_CHARS) return [`Use at most ${MAX_PASSWORD_CHARS} characters.`];
  const own = personalWords(about).filter((word) => text.toLowerCase().includes(word) || plainLetters(text).includes(word));
  if (own.length > 0) return [`Leave "${own[0]}" out: whoever guesses at this password knows your name and login.`];
  if (new Set(text.toLowerCase()).size < 5) return ["Use more different characters."];
  if (passwordBits(text) < MIN_BITS) {
    const word = commonIn(plainLetters(text))[0];
    return [
      word
        ? `"${word}" is among the first words that are tried, with digits and signs around it too. Use several unrelated words.`
        : "This is made of repetitions, dates or neighbouring keys. Use several unrelated words, or let a password manager make one.",
    ];
  }
  return [];
}

function personalWords({ login = "", name = "" }: { readonly login?: string; readonly name?: string }): string[] {
  const local = login.split("@")[0]!;
  const words = [local, ...local.split(/[^\p{L}\p{N}]+/u), ...name.split(/[^\p{L}\p{N}]+/u)].map((word) => word.toLowerCase());
  return [...new Set(words.filter((word) => word.length >= 4))];
}

const byLength = [...new Set(commonWords)].filter((word) => word.length >= 3).sort((a, b) => b.length - a.length);
const commonIn = (text: string) => byLength.filter((word) => word.length >= 4 && text.includes(word));

/** Estimated strength in bits: common words, dates, runs and repetitions count as one choice, the rest by the alphabet it is from. */
export function passwordBits(password: string): number {
  const text = password.normalize("NFKC").toLowerCase();
  const plain = plainLetters(text);
  const perChar = Math.log2(alphabetSize(password));
  let bits = 0;
  for (let at = 0; at < text.length; ) {
    const piece = pieceAt(text, plain, at);
    bits += piece ? piece.bits : perChar;
    at += piece ? piece.length : 1;
  }
  // The whole said twice is worth one bit more than said once.
  const unit = repeatedUnit(text);
  return unit === undefined ? bits : Math.min(bits, passwordBits(unit) + Math.log2(text.length / unit.length));
}

function pieceAt(text: string, plain: string, at: number): { length: number; bits: number } | undefined {
  const word = byLength.find((each) => plain.startsWith(each, at));
  if (word) return { length: word.length, bits: WORD_BITS };
  const date = /^(?:(?:19|20)\d\d([-./ ]?)\d\d\1\d\d|\d\d([-./ ]?)\d\d\2(?:19|20)\d\d)/.exec(text.slice(at));
  if (date) return { length: date[0].length, bits: DATE_BITS };
  const year = /^(?:19|20)\d\d/.exec(text.slice(at, at + 4));
  if (year) return { length: 4, bits: YEAR_BITS };
  const same = /^(.)\1{2,}/u.exec(text.slice(at));
  if (same) return { length: same[0].length, bits: RUN_BITS };
  for (let length = Math.min(12, text.length - at); length >= 3; length--) {
    if (runs.some((run) => run.includes(text.slice(at, at + length)))) return { length, bits: RUN_BITS };
  }
  return undefined;
}

function repeatedUnit(text: string): string | undefined {
  const again = `${text}${text}`.indexOf(text, 1);
  return again < text.length ? text.slice(0, again) : undefined;
}

function alphabetSize(text: string): number {
  const kinds: [RegExp, number][] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/\d/, 10],
    [/[ -/:-@[-`{-~]/, 33],
    [/[^ -~]/, 60],
  ];
  return kinds.reduce((size, [kind, more]) => size + (kind.test(text) ? more : 0), 0);
}
