import { adjust } from "./adjust.ts";
import { carryOverBalance } from "./carry-over-balance.ts";
import { closeMonth } from "./close-month.ts";
import { approveAdjustment, rejectAdjustment } from "./decide-adjustment.ts";
import { grantBonus } from "./grant-bonus.ts";
import { reverse } from "./reverse.ts";
import { transfer } from "./transfer.ts";
import { writeOff } from "./write-off.ts";

export const commands = [
  carryOverBalance,
  adjust,
  approveAdjustment,
  rejectAdjustment,
  transfer,
  grantBonus,
  writeOff,
  reverse,
  closeMonth,
];
