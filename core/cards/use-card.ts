// What happens when a card is used: it is taken, its value is credited and what it grants begins; all of it or nothing, and once.
import { rawOf } from "../../db/client.ts";
import type { services } from "../../db/schema/subscribers.ts";
import type { CommandContext } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { formatMicros } from "../kernel/money.ts";
import { postedData } from "../ledger/gl-entries.ts";
import { lockBalances, post } from "../ledger/post.ts";
import { templates } from "../ledger/templates.ts";
import { activateService } from "../services/activate-service.ts";
import { type Card, serialText } from "./card-of-pin.ts";
import { type Movement, stockChanges, writeMovements } from "./move-cards.ts";
import { zoneOf } from "./series-of.ts";
import { endAfter } from "./validity.ts";

export type Used = {
  readonly accountId: string;
  readonly serial: string;
  readonly series: string;
  readonly value: string;
  readonly currency: string;
  /** Of the transaction that credited it; null for a card without a value. */
  readonly transactionId: string | null;
  readonly serviceId: string | null;
  /** The end of what it granted, when it has one. */
  readonly until: string | null;
};

/** Refuses with `card_refused` when somebody else was quicker. The caller has found it redeemable. */
export async function useCard(context: CommandContext, card: Card, accountId: string): Promise<Outcome<Used>> {
  const { tx, providerId, now, emit, actor } = context;
  const t = rawOf(tx);
  const transactionId = card.valueMicros > 0n ? newId() : null;
  await lockBalances(t, providerId, [accountId]);
  // Whoever comes second waits here for the first, and then finds another state.
  const taken = await t`
    update app.cards set state = 'used', account_id = ${accountId}, used_at = ${now.toString()}::timestamptz, transaction_id = ${transactionId}::uuid
    where provider_id = ${providerId} and series_id = ${card.seriesId} and serial = ${card.serial} and state = ${card.state} and not blocked
      and (usable_until is null or usable_until > ${now.toString()}::timestamptz) returning serial`;
  if (taken.length === 0) return refuse("card_refused");
  const serial = serialText(card.code, card.serial);
  const until = endAfter(now, card.grantedFor, await zoneOf(t, providerId))?.toString() ?? null;
  if (transactionId) {
    const transaction = {
      ...{
        id: transactionId,
        accountId,
        currency: card.currency,
        template: "card.redeemed" as const,
        sourceKey: `card:${card.seriesId}:${card.serial}`,
      },
      ...{ effectiveAt: now.toString(), details: { serial, series: card.name } },
      postings: templates["card.redeemed"]({ amountMicros: card.valueMicros, promotion: card.kind === "promotion" }),
      ...(card.grants === "pot"
        ? { pot: { kind: "card" as const, name: card.potName!, priority: card.potPriority!, expiresAt: until } }
        : {}),
    };
    const posted = await post(t, providerId, [transaction], now);
    if (posted.length === 0) return refuse("card_refused");
    await emit("ledger.posted", postedData([transaction]));
  }
  const service = card.planId === null ? undefined : await beginService(context, card, accountId, until);
  if (service && !service.ok) return service;
  const used: Movement = {
    ...{
      movementId: newId(),
      fromState: card.state,
      toState: "used",
      fromBlocked: false,
      toBlocked: false,
      fromDealer: card.dealerId,
      toDealer: card.dealerId,
    },
    ...{ cards: 1, firstSerial: card.serial, lastSerial: card.serial },
  };
  await writeMovements(t, providerId, card.seriesId, [used], { what: "redeemed", by: actor.name, transactionOf: () => transactionId }, now);
  await emit("cards.moved", stockChanges(card.seriesId, [used]));
  return accept({
    ...{ accountId, serial, series: card.name, value: formatMicros(card.valueMicros), currency: card.currency, transactionId },
    ...{ serviceId: service?.value.serviceId ?? null, until: card.grants === "cash" ? null : until },
  });
}

async function beginService(
  context: CommandContext,
  card: Card,
  accountId: string,
  until: string | null,
): Promise<Outcome<{ serviceId: string }>> {
  const { tx, providerId } = context;
  const t = rawOf(tx);
  const [plan] = await t<{ kind: (typeof services.$inferSelect)["kind"]; name: string }[]>`
    select kind, name from app.plans where provider_id = ${providerId} and id = ${card.planId}`;
  const begun = await activateService.run(
    { ...context, audit() {} },
    { accountId, kind: plan!.kind, planId: card.planId!, label: plan!.name, from: context.now },
  );
  if (begun.ok)
    await t`update app.cards set service_id = ${begun.value.serviceId}, service_until = ${until}::timestamptz
      where provider_id = ${providerId} and series_id = ${card.seriesId} and serial = ${card.serial}`;
  return begun;
}
