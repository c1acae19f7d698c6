// Where the outcome of rating again goes: added up for a preview; staged, posted and written down when it is done.
import type { RawTx } from "../../db/client.ts";
import type { Counters } from "../usage/counters.ts";
import type { NoPrice } from "../usage/price-fact.ts";
import { AccountChange, type Buckets, type Correction } from "./account-change.ts";
import type { Account } from "./part-context.ts";
import { replaceCounters } from "./replace-counters.ts";
import type { Window } from "./replay-window.ts";
import { stageCorrections } from "./stage-corrections.ts";
import type { StoredUsage } from "./stored-usage.ts";

export type Problem = { readonly usage: StoredUsage; readonly reason: NoPrice };

/** Named one by one are so many of an account; more are only counted. */
const MOST_PROBLEMS = 1000;

export class Sink {
  readonly changes = new Map<string, AccountChange>();
  readonly problems: Problem[] = [];
  private waiting: Correction[] = [];

  /** `apply`: the stage receives the corrections, and counters are replaced. */
  constructor(
    private readonly t: RawTx,
    private readonly providerId: number,
    private readonly apply: boolean,
    private readonly bucketsOf: Buckets,
    private readonly currencyOf: (accountId: string) => string,
  ) {}

  rated(usage: StoredUsage, correction: Correction | undefined): void {
    const change = this.changeOf(usage.accountId);
    change.records++;
    if (!correction) return;
    change.add(correction);
    if (this.apply) this.waiting.push(correction);
  }

  /** There is no price any more: the record keeps its charge, and a person has to look. */
  vanished(usage: StoredUsage, reason: NoPrice): void {
    const change = this.changeOf(usage.accountId);
    change.records++;
    if (++change.vanished <= MOST_PROBLEMS) this.problems.push({ usage, reason });
  }

  async replaced({ accountId }: Account, counters: Counters, window: Window): Promise<void> {
    if (this.apply) await replaceCounters(this.t, this.providerId, accountId, counters, window);
  }

  /** Between two pages: nothing is held of the one before. */
  async flush(): Promise<void> {
    if (this.waiting.length === 0) return;
    await stageCorrections(this.t, this.waiting, this.changes);
    this.waiting = [];
  }

  private changeOf(accountId: string): AccountChange {
    const known = this.changes.get(accountId);
    if (known) return known;
    const made = new AccountChange(accountId, this.currencyOf(accountId), this.bucketsOf);
    this.changes.set(accountId, made);
    return made;
  }
}
