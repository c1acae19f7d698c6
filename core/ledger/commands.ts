import { carryOverBalance } from "./carry-over-balance.ts";
import { closeMonth } from "./close-month.ts";

export const commands = [carryOverBalance, closeMonth];
