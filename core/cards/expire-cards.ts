// Each hour: cards that nobody may sell or use any more expire, what was paid for them is earned, and services that a card paid for a time end.
import { eq } from "drizzle-orm";
import { rawOf, type Tx } from "../../db/client.ts";
import { providers } from "../../db/schema/rights.ts";
import { inTenant } from "../../db/tenant.ts";
import { systemActor } from "../kernel/actor.ts";
import { emitIn, execute } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { newId } from "../kernel/id.ts";
import { enqueueIn } from "../kernel/job.ts";
import { advanceReadModels } from "../kernel/read-models-job.ts";
import { postedData } from "../ledger/gl-entries.ts";
import { postProvider } from "../ledger/post.ts";
import { providerTemplates } from "../ledger/templates.ts";
import { allProviderIds } from "../providers/tenants.ts";
import { terminateService } from "../services/terminate-service.ts";
import { forgetGuesses } from "./guesses.ts";
import { countOf, type Move, moveCards, stockChanges, writeMovements } from "./move-cards.ts";
import { lockSeries, type Series } from "./series-of.ts";
import { dayIn } from "./validity.ts";

/** Cards of one transaction, by their serial numbers. */
const RANGE = 200_000;

export async function expireCards(core: Core): Promise<void> {
  await forgetGuesses(core);
  for (const providerId of await allProviderIds(core.db)) {
    for (const seriesId of await seriesAtEnd(core, providerId)) await expireSeries(core, providerId, seriesId);
    await endServices(core, providerId);
  }
}

const zoneIn = async (tx: Tx, providerId: number) =>
  (await tx.select({ zone: providers.zone }).from(providers).where(eq(providers.id, providerId)))[0]!.zone;

/** Series whose last day of sale is over, or that have cards whose use is. */
async function seriesAtEnd(core: Core, providerId: number): Promise<string[]> {
  return inTenant(
    core.db,
    [providerId],
    async (tx) => {
      const now = core.clock();
      const today = dayIn(now, await zoneIn(tx, providerId));
      const rows = await rawOf(tx)<{ id: string }[]>`
        select id from app.card_series where provider_id = ${providerId} and sellable_until < ${today}::date and swept_at is null
        union select distinct series_id from app.cards where provider_id = ${providerId} and usable_until <= ${now.toString()}::timestamptz and state in ('activated', 'sold')`;
      return rows.map(({ id }) => id);
    },
    "read",
  );
}

async function expireSeries(core: Core, providerId: number, seriesId: string): Promise<void> {
  const work = <T>(run: (tx: Tx, series: Series) => Promise<T>) =>
    inTenant(core.db, [providerId], async (tx) => run(tx, (await lockSeries(tx, providerId, seriesId))!));
  const { lastSerial } = await work(async (_, series) => series);
  for (let first = 1; first <= lastSerial; first += RANGE) {
    const range = { firstSerial: first, lastSerial: Math.min(first + RANGE - 1, lastSerial) };
    await work(async (tx, series) => {
      await expire(core, tx, series, { ...range, trigger: "expire", endedAt: core.clock() });
      if (await isOverSale(core, tx, series)) await expire(core, tx, series, { ...range, trigger: "end-sale" });
    });
  }
  await work(async (tx, series) => {
    if (await isOverSale(core, tx, series))
      await rawOf(
        tx,
      )`update app.card_series set swept_at = ${core.clock().toString()}::timestamptz where provider_id = ${providerId} and id = ${seriesId}`;
  });
}

const isOverSale = async (core: Core, tx: Tx, { providerId, sellableUntil }: Series) =>
  sellableUntil !== null && sellableUntil < dayIn(core.clock(), await zoneIn(tx, providerId));

/** Cards that were sold are owed no more. */
async function expire(core: Core, tx: Tx, series: Series, move: Move): Promise<void> {
  const { providerId, id: seriesId } = series;
  const t = rawOf(tx);
  const now = core.clock();
  const moved = await moveCards(t, providerId, series, move);
  if (moved.length === 0) return;
  const sold = countOf(moved.filter(({ fromState }) => fromState === "sold"));
  const id = newId();
  if (sold > 0) {
    const transaction = {
      ...{
        id,
        currency: series.currency,
        template: "cards.expired" as const,
        sourceKey: `cards.expired:${id}`,
        effectiveAt: now.toString(),
      },
      details: { series: series.code, cards: sold },
      postings: providerTemplates["cards.expired"]({ amountMicros: series.valueMicros * BigInt(sold) }),
    };
    await postProvider(t, providerId, [transaction], now);
    await emitIn(tx, providerId, "ledger.posted", postedData([transaction]), now);
  }
  const transactionOf = (one: { readonly fromState: string | null }) => (one.fromState === "sold" ? id : null);
  await writeMovements(t, providerId, seriesId, moved, { what: "expired", by: "system", transactionOf }, now);
  await emitIn(tx, providerId, "cards.moved", stockChanges(seriesId, moved), now);
  await enqueueIn(core.boss, tx)(advanceReadModels, {}, { key: "all" });
}

async function endServices(core: Core, providerId: number): Promise<void> {
  const now = core.clock().toString();
  const due = await inTenant(
    core.db,
    [providerId],
    (tx) =>
      rawOf(tx)<{ series_id: string; serial: string; service_id: string; service_until: string }[]>`
        select series_id, serial::text as serial, service_id, service_until from app.cards where provider_id = ${providerId} and service_until <= ${now}::timestamptz order by service_until limit 10000`,
    "read",
  );
  const call = { actor: systemActor([providerId], "card's time"), providerId };
  for (const { series_id, serial, service_id, service_until } of due) {
    const at = Temporal.Instant.from(service_until.replace(" ", "T")).toString();
    const ended = await execute(core, terminateService, { serviceId: service_id, at }, call);
    // Somebody ended it before: nothing is left to do.
    if (!ended.ok && !["service_terminated", "not_found"].includes(ended.code))
      core.log.warn({ providerId, serviceId: service_id, code: ended.code }, "a card's service could not be ended");
    await inTenant(
      core.db,
      [providerId],
      (tx) => rawOf(tx)`
      update app.cards set service_until = null where provider_id = ${providerId} and series_id = ${series_id} and serial = ${serial}::bigint`,
    );
  }
}
