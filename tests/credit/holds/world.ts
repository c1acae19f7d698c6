// A provider whose subscribers have money, and what agents do with it: ask, use, go silent.
import * as v from "valibot";
import { type PlanDocumentInput, parsePlanDocument } from "../../../core/catalog/plan-document.ts";
import { authorise } from "../../../core/credit/authorise/authorise.ts";
import { type Answer, type AuthorisationInput, authorisationRequest } from "../../../core/credit/authorise/request.ts";
import { newId } from "../../../core/kernel/id.ts";
import type { Finding } from "../../../core/kernel/proof.ts";
import { lockBalances, post } from "../../../core/ledger/post.ts";
import { type Posting, type TemplateName, templates } from "../../../core/ledger/templates.ts";
import type { CallFields } from "../../../core/usage/normal-form.ts";
import { verify } from "../../../core/verify.ts";
import { rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import { callOf } from "../../support/calls.ts";
import { CaseWorld, type SoldCase } from "../../support/case-world.ts";
import type { TestDatabase } from "../../support/database.ts";

type Loose<T> = T extends unknown ? Partial<T> : never;

/** 1 a second after a connect fee, in UAH, in steps of a second. */
export const perSecond = (connectFee = "1", extra: Partial<PlanDocumentInput> = {}): PlanDocumentInput => ({
  schema: "mediabilling/plan@1",
  kind: "telephone",
  name: "By the second",
  currency: "UAH",
  rates: [{ prefix: "380", destination: "Ukraine", connectFee, steps: [{ fromSec: 0, price: "1", perSec: 1, incrementSec: 1 }] }],
  ...extra,
});

export const MICROS = 1_000_000n;

export class HoldsWorld {
  private constructor(
    readonly db: TestDatabase,
    readonly cases: CaseWorld,
  ) {}
  static async open(db: TestDatabase): Promise<HoldsWorld> {
    return new HoldsWorld(db, await CaseWorld.open(db));
  }
  get providerId(): number {
    return this.cases.provider.providerId;
  }

  /** A service on the plan, with money on its account. */
  async sell(plan: PlanDocumentInput, units: bigint, services = 1, attributes: Record<string, string> = {}): Promise<SoldCase[]> {
    const parsed = parsePlanDocument(plan);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const sold = await this.cases.sell({ plan: parsed.plan, service: { attributes } } as never, services);
    await this.give(sold[0]!, units * MICROS);
    return sold;
  }

  /** Money out of nowhere, posted as it should be; below zero it is taken back by the payer's bank. */
  give(sold: Pick<SoldCase, "accountId">, micros: bigint): Promise<void> {
    const template = micros < 0n ? "payment.charged-back" : "payment.received";
    return this.post(sold, template, templates[template]({ cash: "cash.desk", amountMicros: micros < 0n ? -micros : micros }));
  }

  /** As a transfer does; the other side doesn't matter here. */
  transferOut(sold: Pick<SoldCase, "accountId">, amountMicros: bigint): Promise<void> {
    return this.post(sold, "transfer.sent", templates["transfer.sent"]({ amountMicros }));
  }

  private async post({ accountId }: Pick<SoldCase, "accountId">, template: TemplateName, postings: Posting[]): Promise<void> {
    const now = this.db.core.clock();
    await inTenant(this.db.core.db, [this.providerId], async (tx) => {
      const t = rawOf(tx);
      await lockBalances(t, this.providerId, [accountId]);
      const id = newId();
      const frame = { id, accountId, currency: "UAH", sourceKey: `test:${id}`, effectiveAt: now.toString(), details: {} };
      await post(t, this.providerId, [{ ...frame, template, postings }], now);
    });
  }

  ask(...requests: AuthorisationInput[]): Promise<readonly Answer[]> {
    return authorise(
      this.db.core,
      this.providerId,
      requests.map((one) => v.parse(authorisationRequest, one)),
    );
  }

  /** A call of the service's login to Ukraine. */
  callOf({ login }: Pick<SoldCase, "login">, sessionKey: string, extra: Loose<AuthorisationInput> = {}): AuthorisationInput {
    const party = { kind: "login", value: login } as const;
    return { kind: "call", requestId: crypto.randomUUID(), sessionKey, party, destination: "380671234567", ...extra } as AuthorisationInput;
  }

  usageOf({ login }: Pick<SoldCase, "login">, callId: string, billableSec: number): CallFields {
    const startedAt = this.db.core.clock().toString({ smallestUnit: "second" });
    return callOf({ callId, startedAt, endedAt: null, source: login, durationSec: billableSec, billableSec });
  }

  async stateOf({ accountId }: Pick<SoldCase, "accountId">): Promise<{ balance: bigint; held: bigint; open: number; sum: bigint }> {
    const [row] = await this.db.admin`
      select b.balance_micros::text as balance, b.held_micros::text as held, b.open_holds as open,
        (select coalesce(sum(h.held_micros), 0)::text from app.holds h where h.account_id = b.account_id and h.state = 'open') as sum
      from app.balances b where b.account_id = ${accountId}`;
    return { balance: BigInt(row!.balance), held: BigInt(row!.held), open: row!.open, sum: BigInt(row!.sum) };
  }

  /** What the proofs of the books find. Transfers here have no other side, and nobody runs credit control: those two are left out. */
  async findings(): Promise<readonly Finding[]> {
    const { findings } = await verify(this.db.core);
    const ownDoing = ["ledger.clearing-comes-to-nothing", "credit.states-follow-from-facts"];
    return findings.filter(({ proof }) => !ownDoing.includes(proof));
  }
}
