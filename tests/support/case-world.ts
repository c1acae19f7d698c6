// Plans of worked cases sold by a provider: each case has a plan, an account and its services of its own, and its usage is sent as an agent would.
import { formatMicros } from "../../core/kernel/money.ts";
import type { SourceRecord, UsageRecord } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import type { CaseUsage, RatingCase } from "../rating/cases.ts";
import type { TestDatabase } from "./database.ts";
import { type SeededProvider, seedProvider } from "./provider.ts";

export type SoldCase = { readonly login: string; readonly accountId: string; readonly serviceId: string; readonly planId: string };
type Sold = Pick<RatingCase, "plan" | "later" | "service">;

export class CaseWorld {
  private sequence = 0;
  private sold = 0;
  private constructor(
    readonly db: TestDatabase,
    readonly provider: SeededProvider,
  ) {}

  /** In UTC, as the pure function is unless told. */
  static async open(db: TestDatabase): Promise<CaseWorld> {
    return new CaseWorld(db, await seedProvider(db.admin, { services: 1, zone: "UTC" }));
  }

  /** A service of a new account on the case's plan; beside it as many others as share its bundles. */
  async sell({ plan, later = [], service = {} }: Sold, services = service.pooledServices ?? 1): Promise<SoldCase[]> {
    const { admin } = this.db;
    const { providerId, groupId } = this.provider;
    const n = ++this.sold;
    const [planId, accountId, subscriberId] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    const { currency, kind } = plan;
    await admin`insert into app.plans values (${providerId}, ${planId}, ${`case-${n}`}, ${plan.name}, ${kind}, ${currency}, now())`;
    for (const [i, version] of [{ from: "2000-01-01T00:00:00Z", plan }, ...later].entries())
      await admin`insert into app.plan_versions values (${providerId}, ${planId}, ${i + 1}, ${version.from}, ${JSON.stringify(version.plan)}::text::jsonb, now())`;
    await admin`insert into app.subscribers values (${providerId}, ${subscriberId}, ${5000 + n}, 'person', ${`Case ${n}`}, ${groupId}, null, null, 'active', now())`;
    await admin`insert into app.accounts values (${providerId}, ${accountId}, ${subscriberId}, ${`C${n}`}, ${currency}, 'postpaid', 'active', now(), ${service.billingDay ?? null}, false)`;
    await admin`insert into app.balances values (${providerId}, ${accountId}, ${currency}, 0)`;
    const made: SoldCase[] = [];
    for (let i = 0; i < services; i++) {
      const serviceId = crypto.randomUUID();
      const login = `case-${n}-${i}`;
      await admin`insert into app.services values (${providerId}, ${accountId}, ${serviceId}, ${subscriberId}, ${kind}, ${login}, 'active', '2000-01-01', null, now(), ${JSON.stringify(service.attributes ?? {})}::text::jsonb)`;
      await admin`insert into app.service_plans values (${providerId}, ${accountId}, ${serviceId}, ${`${service.startedOn ?? "2026-01-01"}T00:00:00Z`}, ${planId})`;
      await admin`insert into app.identifiers values (${providerId}, gen_random_uuid(), 'login', ${login}, '[2000-01-01,)', ${accountId}, ${serviceId}, now())`;
      made.push({ login, accountId, serviceId, planId });
    }
    return made;
  }

  /** Sends the records as one batch and rates it. */
  async send(records: readonly SourceRecord[]) {
    const firstSequence = this.sequence + 1;
    this.sequence += records.length;
    const agent = { providerId: this.provider.providerId, agentId: this.provider.agentId };
    await receiveBatch(this.db.core, agent, { firstSequence, records });
    return processBatch(this.db.core, { ...agent, firstSequence });
  }

  /** Each list as a batch, all rated at once; gives how many records were. */
  async sendAtOnce(batches: readonly (readonly SourceRecord[])[]): Promise<number> {
    const agent = { providerId: this.provider.providerId, agentId: this.provider.agentId };
    const firsts: number[] = [];
    for (const records of batches) {
      firsts.push(this.sequence + 1);
      await receiveBatch(this.db.core, agent, { firstSequence: this.sequence + 1, records });
      this.sequence += records.length;
    }
    const counts = await Promise.all(firsts.map((firstSequence) => processBatch(this.db.core, { ...agent, firstSequence })));
    return counts.reduce((sum, one) => sum + (one?.rated ?? 0), 0);
  }

  /** What the account owes, as text. */
  async owed({ accountId }: Pick<SoldCase, "accountId">): Promise<string> {
    const [row] = await this.db.admin`select (-balance_micros)::text as owed from app.balances where account_id = ${accountId}`;
    return formatMicros(BigInt(row!.owed), 0);
  }

  /** Why the account's latest usage waits, if it does. */
  async waiting({ login }: Pick<SoldCase, "login">): Promise<string[]> {
    const found = await this.db
      .admin`select reason from app.usage_quarantine where identifier_value = ${login} and resolved_at is null order by sequence`;
    return found.map((row) => row.reason as string);
  }
}

/** The usage as an agent sends it; `id` makes equal ones different records. */
export function recordOf({ login }: Pick<SoldCase, "login">, usage: CaseUsage, id: string): UsageRecord {
  const party = { kind: "login", value: login } as const;
  const common = { id, startedAt: usage.startedAt, endedAt: null, flags: [], raw: "" };
  switch (usage.kind) {
    case "call": {
      const { startedAt, seconds, destination, direction = "out", trunk, answered = true, slice } = usage;
      return {
        kind: "call",
        callId: id,
        startedAt,
        answeredAt: answered ? startedAt : null,
        endedAt: null,
        durationSec: seconds,
        billableSec: seconds,
        direction,
        accountCode: login,
        source: "",
        destination,
        disposition: answered ? "answered" : "busy",
        ...(trunk ? { trunk } : {}),
        ...(slice ? { slice } : {}),
        flags: [],
        raw: "",
      };
    }
    case "session":
    case "traffic":
      return { ...common, party, ...usage, seconds: usage.seconds ?? 300 };
    case "message":
      return { ...common, source: "", accountCode: login, direction: "out", messages: 1, ...usage };
    case "event":
      return { ...common, party, metrics: {}, ...usage };
  }
}
