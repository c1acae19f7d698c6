// A PIN's check finds what people type wrong, and its characters are drawn without a favourite.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { drawPins, groupedPin, guessesFor, LEAST_GUESSES, PIN_LENGTHS, readPin, roomOf } from "../../core/cards/pin.ts";

const alphabets = ["base32", "digits"] as const;
const characters = { base32: "0123456789ABCDEFGHJKMNPQRSTVWXYZ", digits: "0123456789" };
const lengthOf = { base32: 16, digits: 20 };

for (const alphabet of alphabets) {
  test(`${alphabet}: each PIN that is drawn is read back, in groups, with spaces and in small letters`, () => {
    for (const pin of drawPins(alphabet, lengthOf[alphabet], 2_000)) {
      expect(pin).toHaveLength(lengthOf[alphabet]);
      expect(readPin(pin)).toBe(pin);
      expect(readPin(groupedPin(pin).toLowerCase())).toBe(pin);
      expect(readPin(` ${groupedPin(pin).replaceAll("-", " ")} `)).toBe(pin);
    }
  });

  test(`${alphabet}: each wrong character is found, at each place`, () => {
    for (const pin of drawPins(alphabet, lengthOf[alphabet], 20))
      for (let at = 0; at < pin.length; at++)
        for (const wrong of characters[alphabet])
          if (wrong !== pin[at]) expect(readPin(pin.slice(0, at) + wrong + pin.slice(at + 1))).toBeUndefined();
  });

  test(`${alphabet}: each two neighbours that changed places are found`, () => {
    for (const pin of drawPins(alphabet, lengthOf[alphabet], 300))
      for (let at = 0; at + 1 < pin.length; at++)
        if (pin[at] !== pin[at + 1]) expect(readPin(pin.slice(0, at) + pin[at + 1] + pin[at] + pin.slice(at + 2))).toBeUndefined();
  });

  test(`${alphabet}: no character is drawn more often than chance allows`, () => {
    const length = lengthOf[alphabet];
    const pins = drawPins(alphabet, length, 20_000);
    const size = characters[alphabet].length;
    const counts = new Map<string, number>();
    for (const pin of pins) for (const character of pin.slice(0, -1)) counts.set(character, (counts.get(character) ?? 0) + 1);
    const expected = (pins.length * (length - 1)) / size;
    const chiSquare = [...characters[alphabet]].reduce((sum, c) => sum + ((counts.get(c) ?? 0) - expected) ** 2 / expected, 0);
    // Beyond mean and 8 standard deviations of chi-square with size - 1 degrees: one in 10^9 runs, and far below what `byte % 10` would give.
    expect(chiSquare).toBeLessThan(size - 1 + 8 * Math.sqrt(2 * (size - 1)) + 20);
    expect(new Set(pins).size).toBe(pins.length);
  });
}

test("letters that are taken for digits are read as those", () => {
  const [pin] = drawPins("base32", 16, 1000).filter((one) => one.includes("0") && one.includes("1"));
  expect(readPin(pin!.replaceAll("0", "O").replace("1", "I"))).toBe(pin!);
  expect(readPin(pin!.replaceAll("0", "o").replace("1", "l"))).toBe(pin!);
});

test("whatever is typed is a PIN or it isn't: nothing throws", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60, unit: "binary" }), (text) => {
      const pin = readPin(text);
      expect(pin === undefined || readPin(pin) === pin).toBe(true);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test("the shortest PINs leave 10^18 possibilities, and 10^12 guesses for each of a million cards", () => {
  for (const alphabet of alphabets) {
    expect(roomOf(alphabet, PIN_LENGTHS[alphabet].least)).toBeGreaterThanOrEqual(10n ** 18n);
    expect(guessesFor(alphabet, PIN_LENGTHS[alphabet].least, 1_000_000)).toBeGreaterThanOrEqual(LEAST_GUESSES);
  }
});
