// Cards per second from the request until the batch is made: drawn, hashed, stored, sealed, in the stock ledger. On a durable server. Baseline, in the same
// run: a plain COPY of the same rows of app.cards into a bare table with the same unique keys.
import type postgres from "postgres";
import { addSeries } from "../../core/cards/add-series.ts";
import { generateCards } from "../../core/cards/generate-cards.ts";
import { makeCards } from "../../core/cards/make-cards.ts";
import { verify } from "../../core/verify.ts";
import { startTestServer } from "../../db/embedded.ts";
import { testDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";

const CARDS = Number(process.env.MB_BENCH_CARDS ?? 1_000_000);
const ROUNDS = Number(process.env.MB_BENCH_ROUNDS ?? 3);
const CHUNK = 20_000;

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const perSecond = (began: number) => (CARDS / (performance.now() - began)) * 1000;

const server = await startTestServer({}, { durable: true });
process.env.MB_TEST_ADMIN_URL = server.url;
const db = await testDatabase();
try {
  await setUpOperator(db.core);
  const [ours, baselines]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const { seriesId } = await done(db.core, addSeries, { code: `S${round}`, name: "Fifty", value: "50" });
    const began = performance.now();
    const { batchId } = await done(db.core, generateCards, { seriesId, cards: CARDS });
    await makeCards(db.core, { providerId: 1, batchId });
    ours.push(perSecond(began));
    baselines.push(await copied(db.admin, await linesOf(db.admin, seriesId)));
    if (process.env.MB_BENCH_VERBOSE)
      console.error(`  round ${round}: ${Math.round(ours.at(-1)!)} against ${Math.round(baselines.at(-1)!)}`);
  }
  const { findings } = await verify(db.core);
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  const [mine, theirs] = [median(ours), median(baselines)];
  console.log(
    JSON.stringify({
      name: "cards",
      ours: Math.round(mine),
      baseline: Math.round(theirs),
      unit: "cards/s",
      ratio: Number((mine / theirs).toFixed(3)),
      cards: CARDS,
    }),
  );
} finally {
  await db.close();
  await server.stop();
}

/** The rows as COPY takes them, in chunks. */
async function linesOf(admin: postgres.Sql, seriesId: string): Promise<string[]> {
  const columns =
    await admin`select attname from pg_attribute where attrelid = 'app.cards'::regclass and attnum > 0 and not attisdropped order by attnum`;
  const line = columns.map((c) => `coalesce(${c.attname}::text, '\\N')`).join(", ");
  const chunks: string[] = [];
  for (let first = 1; first <= CARDS; first += CHUNK) {
    const rows = await admin<{ line: string }[]>`
      select replace(concat_ws(E'\t', ${admin.unsafe(line)}), '\\x', '\\\\x') as line from app.cards where series_id = ${seriesId} and serial between ${first} and ${first + CHUNK - 1} order by serial`;
    chunks.push(rows.map((row) => `${row.line}\n`).join(""));
  }
  return chunks;
}

async function copied(admin: postgres.Sql, chunks: readonly string[]): Promise<number> {
  await admin.unsafe("create table bare (like app.cards)");
  await admin.unsafe("alter table bare add primary key (provider_id, series_id, serial), add unique (provider_id, pin_hash)");
  const began = performance.now();
  await admin.begin(async (t) => {
    const copy = await t.unsafe("copy bare from stdin").writable();
    for (const chunk of chunks)
      await new Promise<void>((settle, fail) => copy.write(chunk, (error?: Error | null) => (error ? fail(error) : settle())));
    await new Promise<void>((settle, fail) => copy.end((error?: Error | null) => (error ? fail(error) : settle())));
    await t`select 1`;
  });
  const speed = perSecond(began);
  const [stored] = await admin.unsafe("select count(*)::int as n from bare");
  if (stored!.n !== CARDS) throw new Error(`the baseline stored ${stored!.n} of ${CARDS}`);
  await admin.unsafe("drop table bare");
  return speed;
}
