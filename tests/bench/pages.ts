// Does a page get slower as calls pile up? The 99th percentile of the dashboard and of a subscriber's page with many usage records, against
// the same pages with 100,000, asked in turns. MB_BENCH_RECORDS says how many; 10,000,000 take about ten minutes to make.
import { startTestServer } from "../../db/embedded.ts";
import { type Client, signedIn } from "../http/admin-a/client.ts";
import { type Filled, manyRecords } from "./many-records.ts";

const MANY = Number(process.env.MB_BENCH_RECORDS ?? 1_000_000);
const FEW = 100_000;
const SERVICES = 1_000;
const ROUNDS = 3;
/** Requests of each page in each database in a round. */
const REQUESTS = 300;

type Side = { readonly client: Client; readonly filled: Filled };

const sideOf = async (count: number): Promise<Side> => {
  const filled = await manyRecords(count, SERVICES);
  return { filled, client: await signedIn(filled.db.core, filled.provider.providerId, filled.managerId) };
};

const pages: Record<string, (side: Side, n: number) => string> = {
  dashboard: () => "/",
  // Another subscriber each time, so that nothing stays warm for being asked again.
  subscriber: ({ filled }, n) => `/subscribers/${filled.provider.services[(n * 379) % SERVICES]!.subscriberId}`,
};

async function timeOf({ client }: Side, path: string): Promise<number> {
  const began = performance.now();
  const { status, html } = await client.page(path);
  const took = performance.now() - began;
  if (status !== 200 || html.length < 1000) throw new Error(`${path} answered ${status}`);
  return took;
}

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
const median = (values: readonly number[]) => percentile(values, 0.5);
const ms = (value: number) => Number(value.toFixed(2));

const server = await startTestServer({ shared_buffers: "512MB" });
process.env.MB_TEST_ADMIN_URL = server.url;
try {
  const few = await sideOf(FEW);
  const began = performance.now();
  const many = await sideOf(MANY);
  const madeSec = Math.round((performance.now() - began) / 1000);
  for (const [name, path] of Object.entries(pages)) {
    for (let n = 0; n < 50; n++) for (const side of [few, many]) await timeOf(side, path(side, n));
    const rounds: { few: number[]; many: number[] }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const times = { few: [] as number[], many: [] as number[] };
      for (let n = 0; n < REQUESTS; n++)
        for (const which of n % 2 ? (["few", "many"] as const) : (["many", "few"] as const)) {
          const side = which === "few" ? few : many;
          times[which].push(await timeOf(side, path(side, round * REQUESTS + n)));
        }
      rounds.push(times);
    }
    const p99 = (which: "few" | "many") => rounds.map((r) => percentile(r[which], 0.99));
    console.log(
      JSON.stringify({
        name: `pages: p99 of the ${name} page with ${MANY.toLocaleString("en")} usage records, against ${FEW.toLocaleString("en")}`,
        ours: ms(median(p99("many"))),
        baseline: ms(median(p99("few"))),
        unit: "ms",
        ratio: ms(median(rounds.map((r) => percentile(r.many, 0.99) / percentile(r.few, 0.99)))),
        p50: { ours: ms(median(rounds.flatMap((r) => r.many))), baseline: ms(median(rounds.flatMap((r) => r.few))) },
        madeSec,
      }),
    );
  }
  await few.filled.db.close();
  await many.filled.db.close();
} finally {
  await server.stop();
}
process.exit(0);
