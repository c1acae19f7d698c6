// Whom a policy would change today. Decides as the check would, for every account, and writes nothing.
import * as v from "valibot";
import { rawOf } from "../../../db/client.ts";
import { defineCommand } from "../../kernel/command.ts";
import { accept } from "../../kernel/errors.ts";
import { type Decision, decide } from "./decide.ts";
import { everyAccount } from "./every-account.ts";
import { type Account, loadAccounts } from "./facts.ts";
import { policyField } from "./set-policy.ts";
import type { CreditState } from "./states.ts";

const mostShown = 50;

export type Move = { readonly from: CreditState; readonly to: CreditState; readonly accounts: number };

export const previewPolicy = defineCommand({
  name: "credit.preview-policy",
  summary: "Show whom a policy would warn, limit, block or let through today",
  permission: "credit:control",
  level: "provider",
  input: v.strictObject({ document: policyField }),

  async run({ tx, providerId, now }, { document }) {
    const t = rawOf(tx);
    // Calm hours only put off what the rules say.
    const policy = { ...document.policy, calm: { night: null, weekends: false, holidays: null } };
    const stored = { version: 0, policy };
    const moves = new Map<string, Move>();
    const shown: { account: Account; decision: Decision }[] = [];
    let looked = 0;
    for await (const ids of everyAccount(t, providerId)) {
      looked += ids.length;
      for (const account of await loadAccounts(t, providerId, ids, stored, now)) {
        const decision = decide(account.standing, account.facts, policy, now);
        const [from, to] = [account.standing.state, decision.state];
        if (from === to) continue;
        moves.set(`${from} ${to}`, { from, to, accounts: (moves.get(`${from} ${to}`)?.accounts ?? 0) + 1 });
        if (shown.length < mostShown) shown.push({ account, decision });
      }
    }
    return accept({
      accounts: looked,
      moves: [...moves.values()],
      first: shown.map(({ account: { accountId, number, currency, standing, facts }, decision: { state, reason } }) => ({
        ...{ accountId, number, currency, from: standing.state, to: state, rule: reason.rule, balanceMicros: facts.balanceMicros },
      })),
    });
  },
});
