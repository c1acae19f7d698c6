import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { moveRange } from "./range-command.ts";
import { rangeFields } from "./series-fields.ts";

const input = v.strictObject(rangeFields);

/** They stay what they are and where they are; nobody can use, hand out or sell them meanwhile. */
export const blockCards = defineCommand({
  name: "cards.block",
  summary: "Block a range of cards, such as a stolen box",
  permission: "cards:write",
  level: "provider",
  input,
  run: (context, range) => moveRange(context, "blocked", range, { move: () => accept({ trigger: "block" as const }) }),
});

export const unblockCards = defineCommand({
  name: "cards.unblock",
  summary: "Unblock a range of cards: each is what it was before",
  permission: "cards:write",
  level: "provider",
  input,
  run: (context, range) => moveRange(context, "unblocked", range, { move: () => accept({ trigger: "unblock" as const }) }),
});

/** For good. Cards that somebody paid for are returned first. */
export const voidCards = defineCommand({
  name: "cards.void",
  summary: "Void a range of cards that were not sold, for good",
  permission: "cards:write",
  level: "provider",
  input,
  run: (context, range) => moveRange(context, "voided", range, { move: () => accept({ trigger: "void" as const }) }),
});
