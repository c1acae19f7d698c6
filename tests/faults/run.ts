// `npm run soak`: the fault run at full size, 100,000 calls and 20 kills. Exits with 1 when anything is lost, doubled or unproven.
// MB_FAULTS_SEED repeats a run; MB_FAULTS_ROWS and MB_FAULTS_KILLS change its size.
import { faultRun } from "./fault-run.ts";

const number = (name: string, otherwise: number): number => {
  const value = Number(process.env[name] ?? otherwise);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} must be a whole number`);
  return value;
};

const seed = number("MB_FAULTS_SEED", Date.now() % 1_000_000);
const rows = number("MB_FAULTS_ROWS", 100_000);
const kills = number("MB_FAULTS_KILLS", 20);
console.log(`${rows} calls, ${kills} kills, seed ${seed} (MB_FAULTS_SEED=${seed} npm run soak repeats it)`);
const { wrong, tookMs } = await faultRun({ seed, rows, kills, rotations: 3 }, (line) => console.log(line));
for (const line of wrong) console.log(`WRONG ${line}`);
const took = `${(tookMs / 1000).toFixed(1)} s`;
console.log(wrong.length === 0 ? `Every call is there once and the books are proven (${took})` : `${wrong.length} findings (${took})`);
process.exit(wrong.length === 0 ? 0 : 1);
