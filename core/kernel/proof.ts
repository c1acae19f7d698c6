// A proof is a statement about the stored facts that must always hold, and the query that finds where it doesn't.
import type { RawTx } from "../../db/client.ts";

/** One place where a proof fails, in words for the person who has to look. */
export type Finding = { readonly proof: string; readonly providerId: number | null; readonly message: string };

export type Proof = {
  readonly name: string;
  /** What holds, as a sentence. */
  readonly claim: string;
  /** Finds at most `limit` failures for one provider, whose rows the transaction sees. */
  find(t: RawTx, providerId: number, limit: number): Promise<string[]>;
};
