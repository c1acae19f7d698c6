// Calls of a made-up exchange as rows of its Master.csv. The seed makes the same rows again, so that what must come of each is known.

export type ExpectedCall =
  | { readonly fate: "rated"; readonly callId: string; readonly number: string; readonly amountMicros: bigint }
  | { readonly fate: "quarantined"; readonly callId: string }
  /** The same bytes as a row before it. */
  | { readonly fate: "duplicate" };
export type GeneratedRow = { readonly text: string; readonly expected: ExpectedCall };

/** Numbers 0 ≤ n < 1, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Prices whose charges are exact, so that sums are told without rating: 0.05 a call and 0.01 a second. */
export const planDocument = {
  schema: "mediabilling/plan@1",
  kind: "telephone",
  name: "By the second",
  currency: "EUR",
  rates: [
    { prefix: "380", destination: "Ukraine", connectFee: "0.05", steps: [{ fromSec: 0, price: "0.01", perSec: 1, incrementSec: 1 }] },
  ],
} as const;
const chargeMicros = (seconds: number): bigint => 50_000n + 10_000n * BigInt(seconds);

/**
 * @param numbers of the subscribers who call
 * @param since the first call begins here; later ones follow by the second, so that they span days
 */
export function* generateCalls(seed: number, rows: number, numbers: readonly string[], since: Temporal.Instant): Generator<GeneratedRow> {
  const random = randomFrom(seed);
  const earlier: string[] = [];
  for (let n = 0; n < rows; n++) {
    const kind = random();
    const repeated = earlier[Math.floor(random() * earlier.length)];
    if (kind < 0.02 && repeated) {
      yield { text: repeated, expected: { fate: "duplicate" } };
      continue;
    }
    const row = newRow(n, kind, random, numbers, since);
    // Among the last thousands: some of a row's own batch, most of another one.
    earlier[n % 3000] = row.text;
    yield row;
  }
}

function newRow(n: number, kind: number, random: () => number, numbers: readonly string[], since: Temporal.Instant): GeneratedRow {
  const callId = `${since.epochMilliseconds / 1000 + n}.${n}`;
  if (kind < 0.022) return { text: `"not a row","${callId}"\n`, expected: { fate: "quarantined", callId } };
  const known = kind > 0.05;
  const implausible = kind > 0.99;
  const number = known ? numbers[Math.floor(random() * numbers.length)]! : "380990000001";
  const answered = implausible || random() < 0.8;
  const talkSec = answered ? 1 + Math.floor(random() * 240) : 0;
  const ringSec = 1 + Math.floor(random() * 20);
  const durationSec = talkSec + ringSec;
  const billedSec = implausible ? durationSec + 60 : talkSec;
  const start = since.add({ seconds: n });
  const at = (seconds: number) => `"${start.add({ seconds }).toString({ smallestUnit: "second" }).replace("T", " ").replace("Z", "")}"`;
  const outcome = answered ? "ANSWERED" : "NO ANSWER";
  const callee = `38067${String(Math.floor(random() * 10_000_000)).padStart(7, "0")}`;
  const times = `${at(0)},${answered ? at(ringSec) : '""'},${at(durationSec)},${durationSec},${billedSec}`;
  const text = `"","${number}","${callee}","out","""Line ${n}"" <${number}>","SIP/${number}-${n}","SIP/trunk-${n}","Dial","SIP/trunk/${callee}",${times},"${outcome}","DOCUMENTATION","${callId}",""\n`;
  if (!known || implausible) return { text, expected: { fate: "quarantined", callId } };
  return { text, expected: { fate: "rated", callId, number, amountMicros: answered ? chargeMicros(talkSec) : 0n } };
}
