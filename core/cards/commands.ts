import { activateCards } from "./activate-cards.ts";
import { addSeries, changeSeries } from "./add-series.ts";
import { blockCards, unblockCards, voidCards } from "./block-cards.ts";
import { cancelBatch } from "./cancel-batch.ts";
import { defineDealer } from "./define-dealer.ts";
import { dropExport, exportBatch } from "./export-batch.ts";
import { generateCards } from "./generate-cards.ts";
import { handOutCards, takeBackCards } from "./hand-out-cards.ts";
import { lookUpCard } from "./look-up-card.ts";
import { openAccountByCard } from "./open-by-card.ts";
import { redeemCard } from "./redeem-card.ts";
import { returnCards } from "./return-cards.ts";
import { seeAlarms } from "./see-alarms.ts";
import { sellCards } from "./sell-cards.ts";

export const commands = [
  addSeries,
  changeSeries,
  defineDealer,
  generateCards,
  cancelBatch,
  exportBatch,
  dropExport,
  activateCards,
  handOutCards,
  takeBackCards,
  sellCards,
  returnCards,
  blockCards,
  unblockCards,
  voidCards,
  redeemCard,
  openAccountByCard,
  lookUpCard,
  seeAlarms,
];
