// A caller chooses their name and number, and strangers choose what they type: no text may cost more time than its length.
import { expect, test } from "bun:test";
import { asteriskReader, startsAsteriskRow } from "../../core/agents/pbx/asterisk.ts";
import { asteriskFile } from "../../core/agents/pbx/read-rows.ts";
import { passwordBits, passwordProblems } from "../../core/auth/password-strength.ts";
import { parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { suggestedCode } from "../../core/http/admin/regions.ts";
import { depthOf } from "../../core/http/api/request-body.ts";
import { identifierOf } from "../../core/usage/resolve.ts";

/** Texts that make a regular expression try again and again: runs of what may be this or that, with an end that fits nothing. */
const shapes = (length: number): string[] =>
  [
    "a",
    '"',
    '""',
    '",',
    ',"',
    '"",',
    "\\",
    '\\"',
    " ",
    "\t",
    "-",
    ".",
    "1",
    "1.",
    "(",
    "{{",
    "=",
    "%",
    "é",
    "\u202e",
    "aA1!",
    "qwerty",
    '"a",',
    "2026-11-01 01:30:00",
  ].flatMap((piece) => {
    const run = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
    return [run, `${run}!`, `"${run}`, `${'"x",'.repeat(9)}${run}`];
  });

/** Milliseconds of the slowest. */
function slowest(texts: readonly string[], work: (text: string) => unknown): number {
  let most = 0;
  for (const text of texts) {
    const began = performance.now();
    work(text);
    most = Math.max(most, performance.now() - began);
  }
  return most;
}

const read = asteriskReader();
const works: [string, number, (text: string) => unknown][] = [
  ["a row of an exchange", 8000, read],
  ["the look for the beginning of a row", 8000, startsAsteriskRow],
  ["an identifier", 8000, identifierOf],
  [
    "the strength of a password, as somebody types who isn't signed in",
    200,
    (text) => [passwordBits(text), passwordProblems(text, { login: text, name: text })],
  ],
  ["the code of a provider's name", 200, suggestedCode],
  ["the depth of a body", 100_000, (text) => depthOf(text, 32)],
  [
    "a plan whose fields are all of it",
    8000,
    (text) =>
      parsePlanDocument({
        schema: text,
        kind: text,
        name: text,
        currency: text,
        zone: text,
        rates: [{ prefix: text, destination: text, connectFee: text, steps: [{ fromSec: 0, price: text, perSec: 60, incrementSec: 60 }] }],
      }),
  ],
];
test.each(works)("%s takes no longer for being malicious", (_, length, work) => {
  slowest(shapes(length).slice(0, 4), work);
  expect(slowest(shapes(length), work)).toBeLessThan(150);
});

test.each([
  ['"a,"b\n', 40_000],
  ['"a,""b\n', 40_000],
  ['"\n', 200_000],
  ['"x","\n"y\n', 40_000],
  ["a\n", 200_000],
])("a file of lines like %j is read in time", (line, times) => {
  const bytes = new TextEncoder().encode(`"${line.repeat(times)}`);
  const began = performance.now();
  const file = asteriskFile({ zone: "UTC" });
  const { consumed } = file.read(bytes);
  file.finish(bytes.subarray(consumed));
  expect(performance.now() - began).toBeLessThan(3000);
});
