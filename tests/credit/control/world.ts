// Accounts whose money a test moves, and a clock that it turns.
import { checkAccounts } from "../../../core/credit/control/check-accounts.ts";
import type { PolicyInput } from "../../../core/credit/control/policy.ts";
import { setPolicy } from "../../../core/credit/control/set-policy.ts";
import type { Core } from "../../../core/kernel/core.ts";
import { newId } from "../../../core/kernel/id.ts";
import { parseMicros } from "../../../core/kernel/money.ts";
import { lockBalances, post } from "../../../core/ledger/post.ts";
import { templates } from "../../../core/ledger/templates.ts";
import { rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import type { TestDatabase } from "../../support/database.ts";
import { done } from "../../support/operator.ts";

/** Noon of a Tuesday in Kyiv. */
export const noon = Temporal.Instant.from("2026-11-24T10:00:00Z");

export const policy: PolicyInput = {
  prepaid: {
    warned: { when: { by: "left", enter: "20", leave: "30" } },
    limited: { when: { by: "left", enter: "5", leave: "8" } },
    blocked: { when: { by: "left", enter: "0", leave: "1" } },
  },
  postpaid: { warned: { owedDays: 5 }, blocked: { owedDays: 10 } },
  terminateAfterDays: 60,
  promise: { most: "100", mostDays: 5, everyDays: 20, minAgeDays: 0, afterBrokenDays: 60 },
  suspension: { timesPerYear: 2, leastDays: 7, mostDays: 60, fee: "3" },
};

export const govern = (core: Core, document: PolicyInput = policy, providerId = 1) => done(core, setPolicy, { document }, providerId);

/** Posts a payment, or below zero usage, as its own transaction. */
export async function move(core: Core, accountId: string, amount: string, providerId = 1): Promise<void> {
  const amountMicros = parseMicros(amount)!;
  const now = core.clock();
  const paid = amountMicros > 0n;
  await inTenant(core.db, [providerId], async (tx) => {
    const t = rawOf(tx);
    await lockBalances(t, providerId, [accountId]);
    const id = newId();
    const transaction = {
      ...{ id, accountId, currency: "UAH", sourceKey: id, effectiveAt: now.toString(), details: {} },
      template: paid ? ("payment.received" as const) : ("usage.charged" as const),
      postings: paid
        ? templates["payment.received"]({ cash: "cash.desk", amountMicros })
        : templates["usage.charged"]({ amountMicros: -amountMicros }),
    };
    await post(t, providerId, [transaction], now);
  });
}

/** Moves money, and looks at whatever is due then. */
export async function moveAndCheck(core: Core, accountId: string, amount: string): Promise<void> {
  await move(core, accountId, amount);
  await checkAccounts(core);
}

export async function stateOf({ admin }: TestDatabase, accountId: string): Promise<string> {
  const [row] = await admin`select state from app.credit_states where account_id = ${accountId}`;
  return row?.state ?? "never looked at";
}

export async function waysOf({ admin }: TestDatabase, accountId: string): Promise<string[]> {
  const rows = await admin`select from_state, to_state, trigger from app.credit_history where account_id = ${accountId} order by id`;
  return rows.map((r) => `${r.from_state} ${r.to_state} ${r.trigger}`);
}

export async function noticesOf({ admin }: TestDatabase, accountId: string): Promise<string[]> {
  const rows = await admin`select kind, ended_at is null as shown from app.notices where account_id = ${accountId} order by id`;
  return rows.map((r) => `${r.kind}${r.shown ? " shown" : ""}`);
}

export async function ordersOf({ admin }: TestDatabase, accountId: string): Promise<string[]> {
  const rows =
    await admin`select action, state from app.enforcements where account_id = ${accountId} and service_id is not null order by id`;
  return rows.map((r) => `${r.action} ${r.state}`);
}
