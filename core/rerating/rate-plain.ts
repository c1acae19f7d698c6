// Records of accounts whose plans are decks alone: each stands for itself, so only the chosen ones are read, a page at a time.
import { Counters } from "../usage/counters.ts";
import { correctionOf } from "./account-change.ts";
import { chosen } from "./begin.ts";
import type { PartContext } from "./part-context.ts";
import { priceAgain } from "./replay.ts";
import { isChosen } from "./selection.ts";
import type { Sink } from "./sink.ts";
import { columns, pagesOf, usageOfRow } from "./stored-usage.ts";

export async function ratePlain(context: PartContext, sink: Sink): Promise<void> {
  const { t, run, plain, closedBeforeMs, adjusted, pricing, range, serviceOf } = context;
  if (plain.length === 0) return;
  const ids = plain.map((one) => one.accountId);
  const select = t`select ${columns(t)} from app.usage_records r where ${chosen(t, run, context.zone)} and r.account_id = any(${ids}::uuid[])`;
  // A call over two versions of a deck is rated on terms, but uses nothing up.
  const counters = new Counters();
  for await (const page of pagesOf(t, select, (row) => usageOfRow(row, closedBeforeMs, adjusted))) {
    for (const usage of page) {
      const price = priceAgain(usage, pricing, serviceOf(usage), counters);
      const planNow = typeof price === "string" ? undefined : price.plan.planId;
      if (!isChosen(run.selection, range, { ...usage, planId: usage.charged.planId, planNow })) continue;
      if (typeof price === "string") sink.vanished(usage, price);
      else sink.rated(usage, correctionOf(usage, price));
    }
    await sink.flush();
  }
}
