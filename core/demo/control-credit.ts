// Credit control in the demo: a policy, a few accounts that owe for what they didn't bring back, and one that promises to pay.
import { checkAccounts } from "../credit/control/check-accounts.ts";
import { givePromise } from "../credit/control/give-promise.ts";
import type { PolicyInput } from "../credit/control/policy.ts";
import { setPolicy } from "../credit/control/set-policy.ts";
import type { Core } from "../kernel/core.ts";
import { adjust } from "../ledger/adjust.ts";
import { grantBonus } from "../ledger/grant-bonus.ts";
import type { Step } from "./sell-wholesale.ts";

// Without calm hours: whoever loads the demo at night sees states too.
const policy: PolicyInput = {
  prepaid: {
    warned: { when: { by: "left", enter: "15", leave: "20" } },
    blocked: { when: { by: "left", enter: "0", leave: "1" } },
  },
  postpaid: {
    warned: { when: { by: "credit-used", enter: 80, leave: 60 }, owedDays: 10 },
    blocked: { when: { by: "credit-used", enter: 100, leave: 90 }, owedDays: 30 },
  },
  goodPayer: { months: 12, payments: 6, extraDays: 7 },
  notices: { repeatAfterHours: 72, quiet: { from: "21:00", to: "09:00" } },
  promise: { most: "500", mostDays: 5, everyDays: 25, minAgeDays: 0, afterBrokenDays: 90 },
  suspension: { timesPerYear: 2, leastDays: 7, mostDays: 90, fee: "10" },
};

type Accounts = {
  /** Prepaid, with more to pay than they have; the first of them promises. */
  readonly debtors: readonly { readonly accountId: string; readonly owes: string }[];
  readonly rewarded: readonly string[];
  /** Whose correction waits for a second person. */
  readonly disputed: string;
};

/** `clerk` is a step of somebody who may correct nothing alone. */
export async function controlCredit(core: Core, step: Step, clerk: Step, { debtors, rewarded, disputed }: Accounts): Promise<void> {
  // Spent after cash, so that it is there to be seen.
  for (const [i, accountId] of rewarded.entries())
    await step(`bonus:${i}`, grantBonus, { accountId, name: "Loyalty bonus", amount: "25", priority: -10 });
  for (const [i, { accountId, owes }] of debtors.entries())
    await step(`debt:${i}`, adjust, { accountId, amount: `-${owes}`, reason: "Telephone that was rented and not brought back" });
  await clerk("disputed", adjust, { accountId: disputed, amount: "75", reason: "Calls to a wrong number, reported by telephone" });
  await step("policy", setPolicy, { document: policy, why: "To begin with" });
  await checkAccounts(core);
  await step("promise", givePromise, { accountId: debtors[0]!.accountId, amount: "500", days: 5 });
}
