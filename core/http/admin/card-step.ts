// A step that a button on the page of a series leads to, and what the page says of it afterwards.
import type { Refusal } from "../../kernel/errors.ts";
import { cardsDetail } from "../../read/cards/query.ts";
import type { PageContext } from "./env.ts";
import { askFor, done, param } from "./frame.ts";
import { refusalText, refuseHidden } from "./settle.ts";

/** What a button on the page of a series leads to: back there, with what happened. */
export async function onSeries(
  c: PageContext,
  act: (seriesId: string, providerId: number) => Promise<{ ok: true; value: unknown } | Refusal>,
  text: (value: never) => string,
) {
  const { series } = await askFor(c, cardsDetail, { seriesId: param(c, "id"), limit: 1 });
  const outcome = await act(series.seriesId, series.providerId);
  const href = `/cards/${series.seriesId}`;
  if (outcome.ok) return done(c, href, text(outcome.value as never));
  refuseHidden(outcome);
  const detail = typeof outcome.detail === "string" ? ` ${outcome.detail}` : leftText(outcome.leftIn);
  return done(c, href, { tone: "bad", text: `${refusalText(outcome)}${detail}` });
}

/** " 3 used, 2 void." */
export function leftText(leftIn: unknown): string {
  const counts = Object.entries((leftIn ?? {}) as Record<string, number>);
  return counts.length === 0 ? "" : ` ${counts.map(([state, cards]) => `${cards} ${state}`).join(", ")}.`;
}
