// An agent's state in words, alike on the dashboard and on the agents' pages.

import { ageText } from "../../kernel/display.ts";
import type { AgentState } from "../../read/agents/agent-state.ts";
import type { FiguresText } from "./figures.ts";

export type StatePill = { readonly tone: "good" | "warn" | "bad" | "off"; readonly label: string };

export function agentPill({ kind, state, silentSec }: Pick<AgentState, "kind" | "state" | "silentSec">): StatePill {
  switch (state) {
    case "online":
      return { tone: "good", label: "online" };
    case "late":
      return { tone: "warn", label: `late ${ageText(silentSec ?? 0)}` };
    case "silent":
      return { tone: "bad", label: `silent ${ageText(silentSec ?? 0)}` };
    case "never":
      return { tone: "off", label: "never seen" };
    case "revoked":
      return { tone: "off", label: "revoked" };
    case null:
      return { tone: "off", label: kind === "chain" ? "partner" : "files" };
  }
}

/** Rows per second: "412", below ten with one decimal "0.4". */
export function rateText(rowsPerSec: number, text: FiguresText): string {
  const tenths = Math.trunc(rowsPerSec * 10);
  if (rowsPerSec > 0 && tenths === 0) return "< 0.1";
  return tenths < 100 ? `${Math.trunc(tenths / 10)}.${tenths % 10}` : text.count(Math.trunc(rowsPerSec));
}
