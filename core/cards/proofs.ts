// What must hold of cards: none is lost, none is in two places, and each that was used has its credit.
import type { Proof } from "../kernel/proof.ts";

export const cardProofs: readonly Proof[] = [
  {
    name: "cards.stock-equals-movements",
    claim:
      "For each series and dealer, printed = stock + sold + used + void + expired: the cards there are, are where the movements brought them",
    async find(t, providerId, limit) {
      const rows = await t`
        with there as (
          select series_id, dealer_id, state, blocked, count(*) as cards from app.cards where provider_id = ${providerId} group by 1, 2, 3, 4),
        brought as (
          select series_id, dealer_id, state, blocked, sum(cards) as cards from (
            select series_id, to_dealer as dealer_id, to_state as state, to_blocked as blocked, cards from app.card_movements where provider_id = ${providerId}
            union all select series_id, from_dealer, from_state, from_blocked, -cards from app.card_movements where provider_id = ${providerId} and from_state is not null) m
          group by 1, 2, 3, 4 having sum(cards) <> 0),
        wrong as (
          (select * from there except all select * from brought) union all (select * from brought except all select * from there))
        select s.code, d.name as dealer, w.state, w.blocked from (select distinct series_id, dealer_id, state, blocked from wrong) w
        join app.card_series s on s.provider_id = ${providerId} and s.id = w.series_id left join app.card_dealers d on d.provider_id = ${providerId} and d.id = w.dealer_id
        order by 1, 2, 3 limit ${limit}`;
      return rows.map(
        (r) =>
          `series ${r.code}, ${r.dealer ?? "own stock"}: ${r.blocked ? "blocked " : ""}${r.state} cards are not as many as the movements say`,
      );
    },
  },
  {
    name: "cards.printed-equals-serials",
    claim: "Each batch has as many cards as it says were made, with consecutive serial numbers",
    async find(t, providerId, limit) {
      const rows = await t`
        select s.code, b.id, b.made, c.cards from app.card_batches b join app.card_series s on s.provider_id = b.provider_id and s.id = b.series_id
        cross join lateral (select count(*)::int as cards from app.cards c where c.provider_id = b.provider_id and c.series_id = b.series_id
          and c.serial between b.first_serial and b.first_serial + b.made - 1) c
        where b.provider_id = ${providerId} and b.made <> c.cards limit ${limit}`;
      return rows.map((r) => `series ${r.code}, batch ${r.id}: ${r.made} cards were made and ${r.cards} are there`);
    },
  },
  {
    name: "cards.used-cards-are-credited",
    claim: "Each used card has one credit of its value on the account that used it, and each credit has its card",
    async find(t, providerId, limit) {
      const rows = await t`
        with credited as (
          select x.account_id, x.id, p.amount_micros from app.ledger_transactions x join app.ledger_postings p
            on p.provider_id = x.provider_id and p.account_id = x.account_id and p.transaction_id = x.id
          where x.provider_id = ${providerId} and x.template = 'card.redeemed'),
        used as (
          select c.account_id, c.transaction_id as id, s.value_micros as amount_micros, s.code, c.serial from app.cards c
          join app.card_series s on s.provider_id = c.provider_id and s.id = c.series_id
          where c.provider_id = ${providerId} and c.state = 'used' and s.value_micros > 0)
        select u.code, u.serial::text as serial, c.id from used u full join credited c on c.account_id = u.account_id and c.id = u.id
        where u.amount_micros is distinct from c.amount_micros limit ${limit}`;
      return rows.map((r) =>
        r.code
          ? `card ${r.code}-${r.serial} is used and not credited with its value`
          : `transaction ${r.id} credits a card that isn't used`,
      );
    },
  },
  {
    name: "cards.outstanding-is-sold",
    claim: "What is owed to holders of cards is the value of the cards that are sold and not used",
    async find(t, providerId, limit) {
      const rows = await t`
        with postings as (
          select currency, debit, credit, amount_micros from app.ledger_postings where provider_id = ${providerId} and 'cards.outstanding' in (debit, credit)
          union all select currency, debit, credit, amount_micros from app.provider_postings where provider_id = ${providerId} and 'cards.outstanding' in (debit, credit)),
        books as (select currency, sum(case when credit = 'cards.outstanding' then amount_micros else -amount_micros end) as owed from postings group by 1),
        held as (
          select s.currency, sum(s.value_micros) as owed from app.cards c join app.card_series s on s.provider_id = c.provider_id and s.id = c.series_id
          where c.provider_id = ${providerId} and c.state = 'sold' group by 1)
        select coalesce(b.currency, h.currency) as currency, coalesce(b.owed, 0)::text as books, coalesce(h.owed, 0)::text as cards
        from books b full join held h on h.currency = b.currency where coalesce(b.owed, 0) <> coalesce(h.owed, 0) limit ${limit}`;
      return rows.map(
        (r) => `the books owe ${r.books} micros of ${r.currency} to holders of cards, and the sold cards are worth ${r.cards}`,
      );
    },
  },
];
