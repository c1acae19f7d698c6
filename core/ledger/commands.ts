import { carryOverBalance } from "./carry-over-balance.ts";

export const commands = [carryOverBalance];
